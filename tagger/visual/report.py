"""A study of a run as one HTML page: inline styles and pictures, no scripts, light and dark, fit to be printed."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from .. import __version__
from ..evaluation.analysis import (
    Pairs,
    by_sentence_length,
    by_vocabulary,
    by_word_length,
    confusion,
    rated_words,
    reliability,
    worst,
)
from ..scores.calibration import expected_calibration_error
from ..scores.words import Overlap, Report
from ..text.sentence import Word
from . import charts as chart
from . import svg

STYLE = f"{svg.style()}{chart.STYLE}body{{font-family:{svg.FONT}}}" + Path(__file__).with_name("report.css").read_text(
    encoding="utf-8"
)


@dataclass(frozen=True)
class Study:
    """All that a page says. `curves` are values by epoch or step; `pairs` gold and predicted sentences of the split."""

    name: str
    corpus: str
    split: str
    configuration: str
    overrides: Sequence[str]
    metadata: Mapping[str, Any]
    curves: Mapping[str, Mapping[float, float]]
    summary: Report
    pairs: Pairs
    vocabulary: Container[str]
    n_worst: int


def html(study: Study) -> str:
    """The page."""
    sections = {
        "Configuration": _configuration(study),
        "Learning curves": _curves(study),
        "Tags": _tags(study),
        "Words and sentences": _groups(study),
        "Calibration": _calibration(study),
        "Worst sentences": _worst(study),
    }
    ids = {title: title.lower().replace(" ", "-") for title in sections}
    links = "".join(f'<li><a href="#{ids[title]}">{title}</a></li>' for title in sections)
    body = "".join(
        f'<section aria-labelledby="{ids[title]}"><h2 id="{ids[title]}">{title}</h2>{content}</section>'
        for title, content in sections.items()
    )
    title = f"{study.name}: report of a run"
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1>"
        f'<p class="faint">Scored on {escape(study.corpus)}, {study.split}: {study.summary.n_sentences} sentences, '
        f"{study.summary.n_words} words. Figures are in percent, with 95 % bootstrap intervals over sentences.</p>"
        f'{_figures(study)}</header><nav aria-label="Sections"><ul>{links}</ul></nav><main>{body}</main>'
        f'<footer><p class="faint">tagger {__version__}, {made}</p></footer></body></html>\n'
    )


def _figures(study: Study) -> str:
    found, n = study.summary, study.metadata.get("n_parameters")
    shown = [("word F1", found.words.f1, "word_f1")]
    if found.joint:
        shown.append(("word and tag F1", found.joint.f1, "joint_f1"))
    if found.oov_recall is not None:
        shown.append(("recall of unknown words", found.oov_recall, "oov_recall"))
    items = []
    for name, value, interval in shown:
        ends = found.intervals.get(interval)
        note = f"{100 * ends.low:.1f} to {100 * ends.high:.1f}" if ends else ""
        items.append(f'<li>{name} <b>{100 * value:.2f}</b><span class="faint">{note}</span></li>')
    items.append(f"<li>exact sentences <b>{100 * found.exact_match:.1f}</b></li>")
    if n is not None:
        items.append(f"<li>parameters <b>{n:,}</b></li>")
    return f'<ul class="figures">{"".join(items)}</ul>'


def _configuration(study: Study) -> str:
    given = "".join(f"<li><code>{escape(part)}</code></li>" for part in study.overrides)
    net = study.metadata.get("architecture", {})
    rows = [[escape(str(key)), escape(str(value))] for key, value in net.items()]
    return (
        (f"<p>Given on the command line:</p><ul>{given}</ul>" if given else "<p>Nothing was given: all defaults.</p>")
        + _table("The net", ["setting", "value"], rows)
        + f'<details><summary>All of it</summary><pre tabindex="0">{escape(study.configuration)}</pre></details>'
    )


def _curves(study: Study) -> str:
    curves = {name: sorted(values.items()) for name, values in study.curves.items()}
    wanted = [
        ("Loss in training", {"train/loss_epoch": "loss"}, "epoch", "mean loss per character (nats)", 1.0),
        (
            "Scores on dev",
            {"val/word_f1": "word F1", "val/joint_f1": "word and tag F1", "val/oov_recall": "unknown words"},
            "epoch",
            "percent",
            100.0,
        ),
        ("Learning rate", {"lr": "learning rate"}, "step", "learning rate", 1.0),
        ("Gradients before clipping", {"train/gradient_norm": "norm"}, "step", "norm of all gradients", 1.0),
    ]
    rate = next((name for name in curves if name.startswith("lr")), None)
    if rate:
        curves["lr"] = curves[rate]
    drawn = []
    for title, names, x, y, factor in wanted:
        series = {shown: [(a, factor * b) for a, b in curves[name]] for name, shown in names.items() if name in curves}
        if series:
            drawn.append(_figure(title, chart.lines(title, series, x, y, zero=y.startswith(("norm", "learning")))))
    if not drawn:
        return "<p>The run has no CSV log (logger=csv).</p>"
    note = ""
    if scores := curves.get("val/word_f1"):
        epoch, best = max(scores, key=lambda point: point[1])
        note = f"<p>Best word F1 on dev: {100 * best:.2f}, after epoch {epoch:g}. Of unknown words: recall.</p>"
    return f'{note}<div class="charts">{"".join(drawn)}</div>'


def _tags(study: Study) -> str:
    if not study.summary.joint:
        return "<p>The corpus has no tags: words alone were learnt.</p>"
    tags = study.summary.tags
    rows = [(name, both.f1, f"{100 * both.f1:.1f}  ({both.gold} in gold)") for name, both in tags.items()]
    names, counts = confusion(study.pairs)
    wrong = int(counts.sum() - counts.trace())
    title = "Confusions of tags: words whose span is right"
    drawn = chart.matrix(title, names, counts, "tag that the model gave", "tag in gold") if names else ""
    return (
        _figure("F1 by tag", chart.bars("F1 by tag", rows, "F1 of span and tag together (percent)"))
        + f"<p>Of {int(counts.sum())} words whose span is right, {wrong} have another tag. A row is a tag in gold; the "
        "darker (in the dark, the brighter) a cell, the larger its share of the row, on a scale of square roots.</p>"
        + _figure(title, drawn, wide=True)
        + _table("Scores by tag", ["tag", *_HEAD], [[escape(name), *_row(both)] for name, both in tags.items()])
    )


_HEAD = ("precision", "recall", "F1", "gold", "predicted")


def _row(both: Overlap) -> list[str]:
    shares = [f"{100 * value:.1f}" for value in (both.precision, both.recall, both.f1)]
    return [*shares, str(both.gold), str(both.predicted)]


def _groups(study: Study) -> str:
    sentences = by_sentence_length(study.pairs)
    groups = [
        ("By word length", "characters", by_word_length(study.pairs), "by the number of their characters"),
        (
            "Known and unknown words",
            "words",
            by_vocabulary(study.pairs, study.vocabulary),
            "by being in training or not",
        ),
        (
            "By sentence length",
            "characters",
            {f"{name} ({n} sentences)": both for name, (n, both) in sentences.items()},
            "by the characters of their sentence",
        ),
    ]
    parts = []
    for title, first, found, by in groups:
        notes = {name: f"{100 * both.f1:.1f}  ({both.gold} words)" for name, both in found.items()}
        rows = [(name.partition(" (")[0], both.f1, notes[name]) for name, both in found.items()]
        drawn = _figure(title, chart.bars(title, rows, f"F1 of words (percent), {by}"))
        parts.append(drawn + _table(title, [first, *_HEAD], [[name, *_row(both)] for name, both in found.items()]))
    return f'<div class="charts">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _calibration(study: Study) -> str:
    probabilities, true = rated_words(study.pairs)
    bins = reliability(probabilities, true)
    error = expected_calibration_error(probabilities, true)
    rows = [
        [f"{i / len(bins):.1f} to {(i + 1) / len(bins):.1f}", str(one.n)]
        + ([f"{one.probability:.3f}", f"{one.right:.3f}"] if one.n else ["–", "–"])
        for i, one in enumerate(bins)
    ]
    title = "Reliability of word probabilities"
    return (
        "<p>To each word found the model gives a probability that it is a word with this tag. Of words with one near "
        "0.9, nine in ten should be right. Points below the diagonal: too sure of itself; above: not sure enough.</p>"
        f"<p>Expected calibration error: <b>{100 * error:.2f}</b> percent, over {len(true)} words.</p>"
        f'<div class="charts">{_figure(title, chart.reliability(title, bins))}'
        + "<div>"
        + _table("Words by probability", ["probability", "words", "mean probability", "share right"], rows)
        + "</div></div>"
    )


def _worst(study: Study) -> str:
    faults = worst(study.pairs, study.n_worst)
    if not faults:
        return "<p>Every sentence is right.</p>" if study.n_worst else "<p>None were asked for.</p>"
    items = "".join(
        f'<li><span class="faint">{fault.errors} errors</span>'
        f'<div class="words" lang="zh"><b lang="en">gold</b>{_words(fault.gold)}</div>'
        f'<div class="words" lang="zh"><b lang="en">predicted</b>{_words(fault.predicted)}</div></li>'
        for fault in faults
    )
    return (
        "<p>The sentences with most errors. Underlined: words that the other side does not have, in span or tag.</p>"
        f'<ol class="worst">{items}</ol>'
    )


def _words(words: Sequence[tuple[Word, bool]]) -> str:
    return "".join(
        f'<span class="w{"" if right else " bad"}">{escape(word.form)}<small>{escape(word.pos or "")}</small></span>'
        for word, right in words
    )


def _figure(title: str, drawn: str, *, wide: bool = False) -> str:
    """A picture under its title; a wide one keeps its size on a phone and scrolls."""
    inner = _scrolling(title, drawn) if wide else drawn
    return f"<figure><figcaption>{escape(title)}</figcaption>{inner}</figure>"


def _scrolling(title: str, content: str) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(title)}">{content}</div>'


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    table = f"<table><caption>{escape(caption)}</caption><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
    return _scrolling(caption, table)
