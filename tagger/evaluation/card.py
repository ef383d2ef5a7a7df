"""A model card (Mitchell et al. 2019), measured on gold text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from ..corpus.corpora import AnyCorpus
from ..corpus.raw import RawText
from ..corpus.variants import VARIANTS
from ..modelfile.metadata import Figures, Interval, TaggerMetadata
from ..scores.words import Overlap, Report, summary
from ..tagging.tagger import Tagger
from ..text.sentence import Sentence
from . import analysis

Table = Sequence[Sequence[str]]


def describe_figures(report: Report) -> Figures:
    """What a model file says of a split: F1 with its 95 % interval, and recall of words that train lacks."""

    def interval(name: str) -> Interval | None:
        ends = report.intervals.get(name)
        return (ends.low, ends.high) if ends else None

    return Figures(
        sentences=report.n_sentences,
        word_f1=report.words.f1,
        joint_f1=report.joint.f1 if report.joint else None,
        oov_recall=report.oov_recall,
        word_f1_interval=interval("word_f1"),
        joint_f1_interval=interval("joint_f1"),
        oov_recall_interval=interval("oov_recall"),
    )


def disagreement(one: Tagger, other: Tagger, source: Path, *, n_chars: int) -> tuple[int, float]:
    """How many of the first `n_chars` characters of a text were read, and the share of their words, as the first
    model has them, that the other one does not have."""
    lines, size = [], 0
    for line in RawText([source], [], overlap=1):
        lines.append(line)
        size += len(line)
        if size >= n_chars:
            break
    same = n = 0
    for ours, theirs in zip(one.tag(lines), other.tag(lines), strict=True):
        n += len(ours.words)
        same += len(set(ours.words) & set(theirs.words))
    return size, 1 - same / max(1, n)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _score_rows(reports: Mapping[str, Report]) -> Iterable[tuple[str, ...]]:
    for split, report in reports.items():
        for name, overlap, key in (("words", report.words, "word_f1"), ("words and tags", report.joint, "joint_f1")):
            if overlap:
                ends = report.intervals[key]
                interval = f"{_percent(ends.low)}–{_percent(ends.high)}" if ends else "–"
                three = (_percent(value) for value in (overlap.precision, overlap.recall, overlap.f1))
                yield split, name, *three, interval
        yield split, "words that train lacks", "–", _percent(report.oov_recall), "–", "–"


def _overlaps(groups: Mapping[str, Overlap]) -> Iterable[tuple[str, ...]]:
    for name, overlap in groups.items():
        yield name, str(overlap.gold), *(_percent(v) for v in (overlap.precision, overlap.recall, overlap.f1))


def _mistakes(pairs: Sequence[tuple[Sentence, Sentence]], n: int) -> Iterable[tuple[str, ...]]:
    seen = Counter(
        (pos, found.pos)
        for gold, tagged in pairs
        for found, pos in _same_spans(gold, tagged)
        if pos is not None and found.pos != pos
    )
    return ((str(gold), str(found), str(times)) for (gold, found), times in seen.most_common(n))


def _same_spans(gold: Sentence, tagged: Sentence) -> Iterable[tuple[Any, str | None]]:
    wanted = {(word.start, word.end): word.pos for word in gold.words}
    return ((word, wanted[word.start, word.end]) for word in tagged.words if (word.start, word.end) in wanted)


def _variants(model: Tagger, gold: Sequence[Sentence]) -> Iterable[tuple[str, ...]]:
    for name, vary in VARIANTS.items():
        written = [vary(sentence) for sentence in gold]
        found = summary(written, model.tag(sentence.text for sentence in written), n_resamples=0)
        changed = sum(one.text != other.text for one, other in zip(gold, written, strict=True))
        yield name, str(changed), _percent(found.words.f1), _percent(found.joint.f1 if found.joint else None)


@dataclass(frozen=True)
class Measured:
    """A model's reports on splits of a corpus; the first split's gold sentences, each with the model's answer."""

    reports: Mapping[str, Report]
    pairs: Sequence[tuple[Sentence, Sentence]]
    vocabulary: frozenset[str] | None

    @classmethod
    def of(cls, model: Tagger, corpus: AnyCorpus, splits: Sequence[str], *, resamples: int) -> Self:
        vocabulary = corpus.vocabulary()
        reports: dict[str, Report] = {}
        pairs: list[tuple[Sentence, Sentence]] = []
        for split in splits:
            gold = corpus.read(split)
            tagged = list(model.tag(sentence.text for sentence in gold))
            reports[split] = summary(gold, tagged, vocabulary, n_resamples=resamples)
            pairs = pairs or list(zip(gold, tagged, strict=True))
        return cls(reports, pairs, vocabulary)


def card(
    model: Tagger, corpus: AnyCorpus, splits: Sequence[str], domains: Table, *, command: str, resamples: int
) -> tuple[str, TaggerMetadata]:
    """The card as Markdown, and the model's metadata with the figures of each split, the command and the attribution.

    Where the model fails is measured on the first split. `domains` are rows of `disagreement` on sources of raw text.
    """
    measured = Measured.of(model, corpus, splits, resamples=resamples)
    metadata = model.model.metadata
    licence = "unknown" if metadata.training.licence is None else metadata.training.licence
    text = _about(model, corpus.name, licence, command) + _figures(measured) + _failures(model, measured, splits[0])
    if domains:
        text += _domains(domains)
    figures = {split: describe_figures(report) for split, report in measured.reports.items()}
    attribution = f"learnt from {corpus.name} ({licence})"
    return text, replace(metadata, figures=figures, command=command, attribution=attribution)


def _about(model: Tagger, corpus: str, licence: str, command: str) -> str:
    about = model.model.metadata
    layers = "-".join(map(str, about.architecture.hidden_sizes))
    return f"""# {model.model.name}

Chinese word segmentation and part-of-speech tagging: {about.architecture.cell.upper()} of {layers} in each
direction, head `{about.decoder.kind}`, {about.n_parameters:,} parameters, {len(model.model.scheme.pos)} tags
({", ".join(model.model.scheme.pos)}). Made by `{command}`; this card by `tagger.card` from the model file itself.

## What it is for

Modern written Chinese in simplified characters, split into the words of the corpus it learnt from and tagged with their
parts of speech: search, counting, features for other programs, a first pass for annotators. Other conventions of what a
word is (PKU, MSR, CTB) are other tasks: train on a corpus that follows them. It is not made for traditional characters
or classical Chinese, and nobody should decide about people on the strength of its tags alone.

## Data and licence

Corpus: {corpus}, {licence}; a model learnt from it is shared under the same terms, with attribution to the
treebank's authors. Vectors, language model, lexicon and teachers' labels come from raw text: `raw-zh`, under each
source's own licence.

"""


def _figures(measured: Measured) -> str:
    return f"""## Figures

Plain text of each gold sentence in, its words out; percent; 95 % intervals by bootstrap over sentences.

{_markdown(("split", "what", "precision", "recall", "F1", "95 % interval"), _score_rows(measured.reports))}

"""


def _failures(model: Tagger, measured: Measured, split: str) -> str:
    pairs = measured.pairs
    lengths = {name: overlap for name, (_, overlap) in analysis.by_sentence_length(pairs).items()}
    groups = ("group", "gold words", "precision", "recall", "F1")
    return f"""## Where it fails

On {split}, by vocabulary, by length of the word, and by length of the sentence, in characters (spans of words):

{_markdown(groups, _overlaps(analysis.by_vocabulary(pairs, measured.vocabulary)))}

{_markdown(groups, _overlaps(analysis.by_word_length(pairs)))}

{_markdown(groups, _overlaps(lengths))}

The same sentences as others would write them:

{_markdown(("written", "sentences that change", "word F1", "joint F1"), _variants(model, [gold for gold, _ in pairs]))}

By tag (span and tag), and the tags most often taken for others where the span is right:

{_markdown(groups, _overlaps(measured.reports[split].tags))}

{_markdown(("gold", "tagged as", "times"), _mistakes(pairs, 10))}
"""


def _domains(domains: Table) -> str:
    return f"""
There is no gold for other domains. Where two models that learnt from the same corpus often disagree, at least one of
them is often wrong: words of this model, in raw text of each source, that the other model does not have.

{_markdown(("source", "characters", "words that differ, %"), domains)}
"""
