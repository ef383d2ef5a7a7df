"""A model card (Mitchell et al. 2019), measured: its figures, where the model fails, and the card as Markdown."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..corpus.corpora import AnyCorpus
from ..corpus.raw import RawText
from ..corpus.variants import VARIANTS
from ..modelfile.metadata import Figures, Interval, TaggerMetadata
from ..scores.words import Overlap, Report, summary
from ..tagging.tagger import Tagger
from ..text.sentence import Sentence
from . import analysis

Rows = Iterable[Sequence[str]]
GROUPS = ("group", "gold words", "precision", "recall", "F1")


@dataclass(frozen=True)
class Measurements:
    """What a card is made of: the scores of each split, and gold and found sentences of the first one.

    `domains` holds, for each source of raw text, its name, how many characters of it were read, and the share of words
    that another model does not have.
    """

    corpus: str
    reports: Mapping[str, Report]
    pairs: Sequence[tuple[Sentence, Sentence]]
    vocabulary: Container[str] | None
    domains: Sequence[tuple[str, int, float]] = ()


def measure(tagger: Tagger, corpus: AnyCorpus, splits: Sequence[str], *, n_resamples: int) -> Measurements:
    """Scores of the splits of a corpus, with bootstrap intervals. Raises CorpusError as reading does."""
    vocabulary = corpus.vocabulary()
    reports: dict[str, Report] = {}
    pairs: list[tuple[Sentence, Sentence]] = []
    for split in splits:
        gold = corpus.read(split)
        found = list(tagger.tag(sentence.text for sentence in gold))
        reports[split] = summary(gold, found, vocabulary, n_resamples=n_resamples)
        pairs = pairs or list(zip(gold, found, strict=True))
    return Measurements(corpus.name, reports, pairs, vocabulary)


def measure_disagreement(tagger: Tagger, other: Tagger, source: Path, *, n_chars: int) -> tuple[int, float]:
    """How many characters of a text were read, `n_chars` or the rest of a line more, and the share of the words of
    `tagger` that `other` does not have."""
    lines, n_read = [], 0
    for line in RawText([source], [], overlap=1):
        lines.append(line)
        n_read += len(line)
        if n_read >= n_chars:
            break
    n_words = n_shared = 0
    for sentence, other_sentence in zip(tagger.tag(lines), other.tag(lines), strict=True):
        n_words += len(sentence.words)
        n_shared += len(set(sentence.words) & set(other_sentence.words))
    return n_read, 1 - n_shared / max(1, n_words)


def describe_report(report: Report) -> Figures:
    """The scores of a split as a model file holds them."""

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


def add_figures(metadata: TaggerMetadata, measured: Measurements, *, command: str) -> TaggerMetadata:
    """Metadata with the figures of each split, the command that made the model, and whose data it learnt from."""
    figures = {split: describe_report(report) for split, report in measured.reports.items()}
    attribution = f"learnt from {measured.corpus} ({_licence(metadata)})"
    return replace(metadata, figures=figures, command=command, attribution=attribution)


def render(tagger: Tagger, measured: Measurements, *, command: str) -> str:
    """The card as Markdown. Raises what tagging does."""
    model = tagger.model
    sections = [
        _heading(model.name, model.metadata, command),
        PURPOSE,
        _data(measured.corpus, model.metadata),
        _figures(measured.reports),
        _failures(tagger, measured),
    ]
    if measured.domains:
        sections.append(_domains(measured.domains))
    return "\n\n".join(sections) + "\n"


def _licence(metadata: TaggerMetadata) -> str:
    return "unknown" if metadata.training.licence is None else metadata.training.licence


def _heading(name: str, metadata: TaggerMetadata, command: str) -> str:
    layers, pos = "-".join(map(str, metadata.architecture.hidden_sizes)), metadata.scheme.pos
    return f"""# {name}

Chinese word segmentation and part-of-speech tagging: {metadata.architecture.cell.upper()} of {layers} in each
direction, head `{metadata.decoder.kind}`, {metadata.n_parameters:,} parameters, {len(pos)} tags
({", ".join(pos)}). Made by `{command}`; this card by `tagger.card` from the model file itself."""


PURPOSE = """## What it is for

Modern written Chinese in simplified or traditional characters (read as simplified ones, one to one), split into the
words of the corpus it learnt from and tagged with their parts of speech: search, counting, features for other programs,
a first pass for annotators. Other conventions of what a word is (PKU, MSR, CTB) are other tasks: train on a corpus that
follows them. It is not made for classical Chinese, and nobody should decide about people on the strength of its tags
alone."""


def _data(corpus: str, metadata: TaggerMetadata) -> str:
    return f"""## Data and licence

Corpus: {corpus}, {_licence(metadata)}; a model learnt from it is shared under the same terms, with attribution to the
treebank's authors. Vectors, language model, lexicon and teachers' labels come from raw text: `raw-zh`, under each
source's own licence."""


def _figures(reports: Mapping[str, Report]) -> str:
    return f"""## Figures

Plain text of each gold sentence in, its words out; percent; 95 % intervals by bootstrap over sentences.

{_table(("split", "what", "precision", "recall", "F1", "95 % interval"), _score_rows(reports))}"""


def _failures(tagger: Tagger, measured: Measurements) -> str:
    """Scores of the first split by groups, of other ways to write it, and by tag."""
    split, pairs = next(iter(measured.reports)), measured.pairs
    variants = _variant_rows(tagger, [gold for gold, _ in pairs])
    by_sentence_length = {name: overlap for name, (_, overlap) in analysis.by_sentence_length(pairs).items()}
    return f"""## Where it fails

On {split}, by vocabulary, by length of the word, and by length of the sentence, in characters (spans of words):

{_table(GROUPS, _overlap_rows(analysis.by_vocabulary(pairs, measured.vocabulary)))}

{_table(GROUPS, _overlap_rows(analysis.by_word_length(pairs)))}

{_table(GROUPS, _overlap_rows(by_sentence_length))}

The same sentences as others would write them:

{_table(("written", "sentences that change", "word F1", "joint F1"), variants)}

By tag (span and tag), and the tags most often taken for others where the span is right:

{_table(GROUPS, _overlap_rows(measured.reports[split].tags))}

{_table(("gold", "tagged as", "times"), _mistake_rows(pairs, 10))}"""


def _domains(domains: Sequence[tuple[str, int, float]]) -> str:
    rows = ((name, str(n_chars), f"{100 * share:.1f}") for name, n_chars, share in domains)
    return f"""\
There is no gold for other domains. Where two models that learnt from the same corpus often disagree, at least one of
them is often wrong: words of this model, in raw text of each source, that the other model does not have.

{_table(("source", "characters", "words that differ, %"), rows)}"""


def _table(head: Sequence[str], rows: Rows) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _percentages(overlap: Overlap) -> tuple[str, str, str]:
    return _percent(overlap.precision), _percent(overlap.recall), _percent(overlap.f1)


def _score_rows(reports: Mapping[str, Report]) -> Rows:
    for split, report in reports.items():
        for name, overlap, key in (("words", report.words, "word_f1"), ("words and tags", report.joint, "joint_f1")):
            if overlap:
                ends = report.intervals[key]
                interval = f"{_percent(ends.low)}–{_percent(ends.high)}" if ends else "–"
                yield split, name, *_percentages(overlap), interval
        yield split, "words that train lacks", "–", _percent(report.oov_recall), "–", "–"


def _overlap_rows(groups: Mapping[str, Overlap]) -> Rows:
    return ((name, str(overlap.gold), *_percentages(overlap)) for name, overlap in groups.items())


def _variant_rows(tagger: Tagger, gold: Sequence[Sentence]) -> Rows:
    for name, vary in VARIANTS.items():
        varied = [vary(sentence) for sentence in gold]
        report = summary(varied, tagger.tag(sentence.text for sentence in varied), n_resamples=0)
        n_changed = sum(before.text != after.text for before, after in zip(gold, varied, strict=True))
        yield name, str(n_changed), _percent(report.words.f1), _percent(report.joint.f1 if report.joint else None)


def _mistake_rows(pairs: Sequence[tuple[Sentence, Sentence]], n: int) -> Rows:
    """The `n` most frequent pairs of a gold tag and another that was found for it, of words whose span is right."""
    counts: Counter[tuple[str, str | None]] = Counter()
    for gold, found in pairs:
        gold_pos = {(word.start, word.end): word.pos for word in gold.words}
        for word in found.words:
            pos = gold_pos.get((word.start, word.end))
            if pos is not None and word.pos != pos:
                counts[pos, word.pos] += 1
    return ((pos, str(found_pos), str(times)) for (pos, found_pos), times in counts.most_common(n))
