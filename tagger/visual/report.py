"""The report of a run as one HTML page for light, dark and paper, with inline styles and pictures and no scripts."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

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
from ..modelfile.metadata import Description
from ..modelfile.record import write
from ..scores.calibration import expected_calibration_error
from ..scores.names import WORD_FIGURES
from ..scores.words import Overlap, Report
from ..text.sentence import Word
from . import charts, svg
from .curves import draw_curves

_CSS = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
STYLE = f"{svg.style_sheet()}{charts.STYLE}body{{font-family:{svg.FONT}}}{_CSS}"


@dataclass(frozen=True)
class Study:
    """The content of a report.

    `curves` are values by epoch or step; `pairs` are the gold and predicted sentences of `split`; `vocabulary` holds
    the words of the training corpus.
    """

    name: str
    corpus: str
    split: str
    configuration: str
    overrides: Sequence[str]
    metadata: Description
    curves: Mapping[str, Mapping[float, float]]
    summary: Report
    pairs: Pairs
    vocabulary: Container[str] | None
    n_worst: int


def render_report(study: Study) -> str:
    """The page."""
    sections = {
        "Configuration": _configuration(study),
        "Learning curves": draw_curves(study.curves),
        "Tags": _tags(study),
        "Words and sentences": _groups(study),
        "Calibration": _calibration(study),
        "Worst sentences": _worst_sentences(study),
    }
    scored = (
        f'<p class="faint">Scored on {escape(study.corpus)}, {study.split}: {study.summary.n_sentences} sentences, '
        f"{study.summary.n_words} {study.summary.names.items}. "
        f"Figures are in percent, with 95 % bootstrap intervals over sentences.</p>"
    )
    return _page(study.name, scored + _figures(study), sections)


def render_curves(
    name: str, configuration: str, overrides: Sequence[str], curves: Mapping[str, Mapping[float, float]]
) -> str:
    """The page of a run that trained no tagger: its configuration and its curves."""
    sections = {"Learning curves": draw_curves(curves), "Configuration": _given(overrides) + _all_of_it(configuration)}
    return _page(name, "", sections)


def _page(name: str, head: str, sections: Mapping[str, str]) -> str:
    ids = {title: title.lower().replace(" ", "-") for title in sections}
    links = "".join(f'<li><a href="#{ids[title]}">{title}</a></li>' for title in sections)
    body = "".join(
        f'<section aria-labelledby="{ids[title]}"><h2 id="{ids[title]}">{title}</h2>{content}</section>'
        for title, content in sections.items()
    )
    title = f"{name}: report of a run"
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1>"
        f'{head}</header><nav aria-label="Sections"><ul>{links}</ul></nav><main>{body}</main>'
        f'<footer><p class="faint">tagger {__version__}, {date}</p></footer></body></html>\n'
    )


def _figures(study: Study) -> str:
    """The figures at the head of the page."""
    summary = study.summary
    is_words = summary.names is WORD_FIGURES
    figures = [("word F1" if is_words else "boundary F1", summary.words.f1, "word_f1")]
    if summary.joint:
        figures.append(("word and tag F1" if is_words else "entity F1", summary.joint.f1, "joint_f1"))
    if summary.oov_recall is not None:
        figures.append(("recall of unknown words", summary.oov_recall, "oov_recall"))
    items = []
    for name, value, key in figures:
        interval = summary.intervals.get(key)
        note = f"{100 * interval.low:.1f} to {100 * interval.high:.1f}" if interval else ""
        items.append(f'<li>{name} <b>{100 * value:.2f}</b><span class="faint">{note}</span></li>')
    items.append(f"<li>exact sentences <b>{100 * summary.exact_match:.1f}</b></li>")
    items.append(f"<li>parameters <b>{study.metadata.n_parameters:,}</b></li>")
    return f'<ul class="figures">{"".join(items)}</ul>'


def _configuration(study: Study) -> str:
    options = write(study.metadata.architecture)
    rows = [[escape(key), escape(str(value))] for key, value in options.items()]
    net = _table("The net", ["setting", "value"], rows)
    return _given(study.overrides) + net + _all_of_it(study.configuration)


def _given(overrides: Sequence[str]) -> str:
    items = "".join(f"<li><code>{escape(part)}</code></li>" for part in overrides)
    return f"<p>Given on the command line:</p><ul>{items}</ul>" if items else "<p>Nothing was given: all defaults.</p>"


def _all_of_it(configuration: str) -> str:
    summary = "<summary>All of it, as it was before training</summary>"
    return f'<details>{summary}<pre tabindex="0">{escape(configuration)}</pre></details>'


def _tags(study: Study) -> str:
    if not study.summary.joint:
        return "<p>The corpus has no tags of the model: words alone are compared.</p>"
    tags = study.summary.tags
    rows = [(name, overlap.f1, f"{100 * overlap.f1:.1f}  ({overlap.gold} in gold)") for name, overlap in tags.items()]
    names, counts = confusion(study.pairs)
    wrong = int(counts.sum() - counts.trace())
    title = "Confusions of tags: words whose span is right"
    matrix = charts.draw_matrix(title, names, counts, "tag that the model gave", "tag in gold") if names else ""
    return (
        _figure("F1 by tag", charts.draw_bars("F1 by tag", rows, "F1 of span and tag together (percent)"))
        + f"<p>Of {int(counts.sum())} words whose span is right, {wrong} have another tag. A row is a tag in gold; the "
        "darker (in the dark, the brighter) a cell, the larger its share of the row, on a scale of square roots.</p>"
        + _figure(title, matrix, wide=True)
        + _table("Scores by tag", ["tag", *_HEAD], [[escape(name), *_row(overlap)] for name, overlap in tags.items()])
    )


_HEAD = ("precision", "recall", "F1", "gold", "predicted")


def _row(overlap: Overlap) -> list[str]:
    shares = [f"{100 * value:.1f}" for value in (overlap.precision, overlap.recall, overlap.f1)]
    return [*shares, str(overlap.gold), str(overlap.predicted)]


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
            {f"{name} ({n} sentences)": overlap for name, (n, overlap) in sentences.items()},
            "by the characters of their sentence",
        ),
    ]
    parts = []
    for title, first_column, overlaps, grouping in groups:
        bars = [
            (name.partition(" (")[0], overlap.f1, f"{100 * overlap.f1:.1f}  ({overlap.gold} words)")
            for name, overlap in overlaps.items()
        ]
        rows = [[name, *_row(overlap)] for name, overlap in overlaps.items()]
        figure = _figure(title, charts.draw_bars(title, bars, f"F1 of words (percent), {grouping}"))
        parts.append(figure + _table(title, [first_column, *_HEAD], rows))
    return f'<div class="charts">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _calibration(study: Study) -> str:
    probabilities, true = rated_words(study.pairs)
    bins = reliability(probabilities, true)
    error = expected_calibration_error(probabilities, true)
    rows = [
        [f"{i / len(bins):.1f} to {(i + 1) / len(bins):.1f}", str(bin.n)]
        + ([f"{bin.probability:.3f}", f"{bin.right:.3f}"] if bin.n else ["–", "–"])
        for i, bin in enumerate(bins)
    ]
    title = "Reliability of word probabilities"
    with_tag = " with this tag" if study.summary.joint else ""
    return (
        f"<p>To each word found the model gives a probability that it is a word{with_tag}. Of words with one near "
        "0.9, nine in ten should be right. Points below the diagonal: too sure of itself; above: not sure enough.</p>"
        f"<p>Expected calibration error: <b>{100 * error:.2f}</b> percent, over {len(true)} words.</p>"
        f'<div class="charts">{_figure(title, charts.draw_reliability(title, bins))}'
        + "<div>"
        + _table("Words by probability", ["probability", "words", "mean probability", "share right"], rows)
        + "</div></div>"
    )


def _worst_sentences(study: Study) -> str:
    sentences = worst(study.pairs, study.n_worst)
    if not sentences:
        return "<p>Every sentence is right.</p>" if study.n_worst else "<p>None were asked for.</p>"
    items = "".join(
        f'<li><span class="faint">{sentence.errors} errors</span>'
        f'<div class="words" lang="zh"><b lang="en">gold</b>{_words(sentence.gold)}</div>'
        f'<div class="words" lang="zh"><b lang="en">predicted</b>{_words(sentence.predicted)}</div></li>'
        for sentence in sentences
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


def _figure(title: str, picture: str, *, wide: bool = False) -> str:
    """A picture under its title. A wide one keeps its size on a phone, where it scrolls."""
    inner = _scrolling(title, picture) if wide else picture
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
