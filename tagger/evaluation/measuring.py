"""What a model card tells: scores by standard, corpus, split and genre, and how often two models disagree."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from ..corpus.corpora import Corpus
from ..corpus.genres import Genres
from ..corpus.raw import RawText
from ..corpus.several import AnyCorpus
from ..errors import CorpusError
from ..modelfile.metadata import Figures, Interval, TaggerMetadata
from ..scores.words import Report, summary
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import answers, judged
from ..text.sentence import Sentence
from .origins import attribution_of
from .tagging import following

Pairs = Sequence[tuple[Sentence, Sentence]]  # gold and found
ALL = "all"  # the name of the corpora of a standard together


@dataclass(frozen=True)
class Scores:
    """How right a tagger is on one split of a corpus, by the standard that it followed: empty if it has one only."""

    standard: str
    corpus: str
    split: str
    report: Report
    pairs: Pairs


@dataclass(frozen=True)
class Measurements:
    """What a card is made of: the scores of each split of each corpus, and of each genre by `genre_standard`.

    `domains` holds, for each source of raw text, its name, how many characters of it were read, and the share of words
    that another model does not have.
    """

    corpus: str
    scores: Sequence[Scores]
    vocabulary: Container[str] | None
    genres: Mapping[str, Report] = field(default_factory=dict)
    genre_standard: str = ""
    domains: Sequence[tuple[str, int, float]] = ()

    @property
    def standards(self) -> tuple[str, ...]:
        """The standards that were followed, the first one first."""
        return tuple(dict.fromkeys(scores.standard for scores in self.scores))

    def whole(self, standard: str) -> dict[str, Scores]:
        """By split the scores of a standard: of its only corpus, or of all of them together."""
        own = [scores for scores in self.scores if scores.standard == standard]
        splits = dict.fromkeys(scores.split for scores in own)
        of_splits = ([scores for scores in own if scores.split == split] for split in splits)
        return {parts[-1].split: parts[-1] for parts in of_splits}  # `ALL` comes last


def measure(
    tagger: Tagger, corpus: AnyCorpus, splits: Sequence[str], *, n_resamples: int, standard: str | None = None
) -> Measurements:
    """Scores of the splits of a corpus, with bootstrap intervals.

    A part of a corpus of several standards is tagged by its own; `standard` leaves the parts of other standards out.
    Another corpus is tagged by `standard`, or by the one that it names. Raises InputError for a standard that the model
    does not have, and CorpusError as reading does, and for a split that no part has.
    """
    vocabulary = corpus.vocabulary(entities=tagger.finds_entities)
    scores: list[Scores] = []
    for split in splits:
        by_standard: dict[str, list[Scores]] = {}
        for chosen, member in _members(tagger, corpus, split, standard):
            gold = judged(tagger, member.read_layer(split, entities=tagger.finds_entities))
            pairs = list(zip(gold, answers(chosen, gold), strict=True))
            report = _report(pairs, vocabulary, n_resamples)
            part = Scores(chosen.standard_name, member.name, split, report, pairs)
            by_standard.setdefault(chosen.standard_name, []).append(part)
        for name, parts in by_standard.items():
            scores += parts
            if len(parts) > 1:
                pairs = [pair for part in parts for pair in part.pairs]
                scores.append(Scores(name, ALL, split, _report(pairs, vocabulary, n_resamples), pairs))
    return Measurements(corpus.name, scores, vocabulary)


def _report(pairs: Pairs, vocabulary: Container[str] | None, n_resamples: int) -> Report:
    gold, found = ([pair[i] for pair in pairs] for i in range(2))
    return summary(gold, found, vocabulary, n_resamples=n_resamples)


def _members(tagger: Tagger, corpus: AnyCorpus, split: str, standard: str | None) -> Iterator[tuple[Tagger, Corpus]]:
    """The corpora that have a split, each with a tagger that follows its standard."""
    if isinstance(corpus, Corpus):
        yield (following(tagger, corpus) if standard is None else tagger.using(standard)), corpus
        return
    members = [
        (tagger.using(followed), member)
        for followed, member in zip(corpus.member_standards, corpus.members, strict=True)
        if split in member.paths and standard in (None, followed)
    ]
    if not members:
        of_standard = f" of the standard {standard}" if standard else ""
        raise CorpusError(f"{corpus.name}: expected a part{of_standard} with data.{split}, found none; choose another")
    yield from members


def measure_genres(tagger: Tagger, genres: Genres, *, n_resamples: int) -> dict[str, Report]:
    """The scores of each genre, with bootstrap intervals; of entities, which some genres lack, those of all together
    first."""
    if tagger.finds_entities and genres:
        genres = {ALL: list(chain.from_iterable(genres.values())), **genres}
    return {
        name: summary(judged(tagger, gold), answers(tagger, gold), n_resamples=n_resamples)
        for name, gold in genres.items()
    }


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
    for sentence, other_sentence in zip(tagger.tag_as_words(lines), other.tag_as_words(lines), strict=True):
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


def add_figures(
    metadata: TaggerMetadata, measured: Measurements, entities: Measurements | None = None, *, command: str
) -> TaggerMetadata:
    """Metadata with the figures of splits and genres, the command that made the model, and whose data it learnt from.

    Figures by the model's first standard have the name of the split alone, those by others `STANDARD/SPLIT`, and those
    of `entities` beside words `entities/SPLIT`.
    """
    figures: dict[str, Figures] = {}
    for standard in measured.standards:
        prefix = f"{standard}/" if standard in metadata.standards[1:] else ""
        for split, scores in measured.whole(standard).items():
            figures[f"{prefix}{split}"] = describe_report(scores.report)
    figures |= {f"genre/{name}": describe_report(report) for name, report in measured.genres.items()}
    for scores in entities.scores if entities else ():
        figures[f"entities/{scores.split}"] = describe_report(scores.report)
    attribution = attribution_of(metadata, measured.corpus)
    return replace(metadata, figures=figures, command=command, attribution=attribution)
