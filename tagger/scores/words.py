"""How well predicted words match gold ones, by the definitions of the SIGHAN bakeoffs: pure functions.

A word is right when a gold word has the same span of the same text; jointly right when the tag agrees too.
All figures are fractions in [0, 1]. Joint and per-tag figures are taken over the sentences whose gold words
all carry a tag, so corpora with and without tags may be mixed.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.sentence import Sentence
from .names import WORD_FIGURES, FigureNames
from .resampling import resampled_sums


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many items are in gold, how many are predicted, how many are both."""

    gold: int = 0
    predicted: int = 0
    correct: int = 0

    def __add__(self, other: "Overlap") -> "Overlap":
        return Overlap(self.gold + other.gold, self.predicted + other.predicted, self.correct + other.correct)

    @property
    def precision(self) -> float:
        """Correct of predicted; 0 when nothing is predicted."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Correct of gold; 0 when gold is empty."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 when both sides are empty."""
        n_items = self.gold + self.predicted
        return 2 * self.correct / n_items if n_items else 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What the scores of one or more sentences are computed from: adding is exact, in any order.

    `exact` counts the sentences with every span right, `oov` the gold words missing from the training
    vocabulary and `oov_correct` those of them with the right span; `joint` sums over tagged sentences only.
    """

    sentences: int = 0
    exact: int = 0
    words: Overlap = Overlap()
    joint: Overlap = Overlap()
    oov: int = 0
    oov_correct: int = 0
    tags: Mapping[str, Overlap] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        return total((self, other))


class Interval(NamedTuple):
    low: float
    high: float


def count(gold: Sentence, predicted: Sentence, vocabulary: Container[str] | None = None) -> Counts:
    """Compare one sentence; without a training vocabulary no word counts as OOV. ValueError when texts differ."""
    if gold.text != predicted.text:
        raise ValueError(f"expected a prediction for the text {gold.text!r}, got one for {predicted.text!r}")
    tags_of = {(start, end): pos for _, pos, start, end in predicted.words}
    hits = [(start, end) in tags_of for _, _, start, end in gold.words]
    correct = sum(hits)
    known = [vocabulary is None or form in vocabulary for form in gold.forms]
    joint, tags = Overlap(), {}
    if None not in gold.tags:
        correct_tags = Counter(pos for _, pos, start, end in gold.words if tags_of.get((start, end)) == pos)
        gold_tags, predicted_tags = Counter(gold.tags), Counter(predicted.tags)
        joint = Overlap(len(gold.words), len(predicted.words), correct_tags.total())
        names = (pos for pos in {**gold_tags, **predicted_tags} if pos is not None)
        tags = {pos: Overlap(gold_tags[pos], predicted_tags[pos], correct_tags[pos]) for pos in names}
    return Counts(
        sentences=1,
        exact=int(correct == len(gold.words) == len(predicted.words)),
        words=Overlap(len(gold.words), len(predicted.words), correct),
        joint=joint,
        oov=known.count(False),
        oov_correct=sum(hit for hit, iv in zip(hits, known, strict=True) if not iv),
        tags=tags,
    )


def total(counts: Iterable[Counts]) -> Counts:
    """Sum counts in one pass."""
    sentences = exact = oov = oov_correct = 0
    words, joint = Overlap(), Overlap()
    tags: dict[str, Overlap] = {}
    for item in counts:
        sentences += item.sentences
        exact += item.exact
        oov += item.oov
        oov_correct += item.oov_correct
        words += item.words
        joint += item.joint
        for pos, overlap in item.tags.items():
            tags[pos] = tags[pos] + overlap if pos in tags else overlap
    return Counts(sentences, exact, words, joint, oov, oov_correct, tags)


def bootstrap(
    counts: Sequence[Counts],
    *,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    max_draws: int = 1 << 21,
) -> dict[str, Interval | None]:
    """Percentile bootstrap intervals of `word_f1`, `joint_f1` and `oov_recall`, resampling sentences.

    Give one `Counts` per sentence. Resamples in which a figure has denominator 0 are left out of its
    interval, which is None when none remain. Efron & Tibshirani, An Introduction to the Bootstrap (1993),
    ch. 13; Koehn, Statistical Significance Tests for Machine Translation Evaluation (EMNLP 2004). `max_draws` bounds
    the memory (see `resampled_sums`).
    """
    # shape: [n, 6], numerator and denominator of each figure; whole numbers, so exact as float64
    rows = np.array([_ratios(item) for item in counts], dtype=np.float64).reshape(len(counts), 6)
    sums = resampled_sums(rows, n_resamples=n_resamples, seed=seed, max_draws=max_draws)
    levels = (1 - confidence) / 2, (1 + confidence) / 2
    figures = zip(("word_f1", "joint_f1", "oov_recall"), sums[:, ::2].T, sums[:, 1::2].T, strict=True)
    return {name: _interval(top, bottom, levels) for name, top, bottom in figures}


def _ratios(counts: Counts) -> tuple[int, ...]:
    """Numerators and denominators of the figures that `bootstrap` gives, in its order."""
    overlaps = (counts.words, counts.joint)
    word_f1, joint_f1 = ((2 * overlap.correct, overlap.gold + overlap.predicted) for overlap in overlaps)
    return *word_f1, *joint_f1, counts.oov_correct, counts.oov


def _interval(top: NDArray[np.float64], bottom: NDArray[np.float64], levels: tuple[float, float]) -> Interval | None:
    defined = bottom > 0
    if not defined.any():
        return None
    return Interval(*np.quantile(top[defined] / bottom[defined], levels).tolist())


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of a set of sentences; `joint` is None without gold tags, `oov_recall` without OOV words.

    `oov_rate` is None when no vocabulary was given; `exact_match` is the share of sentences with every
    span right; `intervals` are those of `bootstrap`. `names` are what the figures are called: those of words, or of
    entities.
    """

    n_sentences: int
    n_words: int
    words: Overlap
    joint: Overlap | None
    exact_match: float
    oov_rate: float | None
    oov_recall: float | None
    tags: Mapping[str, Overlap]
    intervals: Mapping[str, Interval | None]
    names: FigureNames = WORD_FIGURES

    def to_json(self) -> dict[str, object]:
        """Plain dicts, lists, numbers and None, fit for `json.dumps`; fractions are kept in full."""
        keys = self.names.keys
        values = asdict(self) | {
            "words": _figures(self.words),
            "joint": _figures(self.joint) if self.joint else None,
            "tags": {pos: _figures(overlap) for pos, overlap in self.tags.items()},
            "intervals": {keys.get(name, name): list(ends) if ends else None for name, ends in self.intervals.items()},
        }
        return {keys.get(name, name): value for name, value in values.items() if name != "names"}

    def table(self) -> str:
        """Aligned columns, in percent, `-` where there is no figure; intervals of F1, for OOV words of recall."""
        names = self.names
        head = [("sentences", str(self.n_sentences)), (names.items, str(self.n_words))]
        head += [("exact match, %", _percent(self.exact_match)), ("OOV rate, %", _percent(self.oov_rate))]
        body: list[tuple[str, ...]] = [
            ("", "precision", "recall", "F1", "95 % interval", "gold", "predicted", "correct"),
            _row(names.spans, self.words, self.intervals.get("word_f1")),
        ]
        if self.joint:
            body.append(_row(names.tagged, self.joint, self.intervals.get("joint_f1")))
        if self.oov_recall is not None:
            ends = _ends(self.intervals.get("oov_recall"))
            body.append((names.unseen, "-", _percent(self.oov_recall), "-", ends, "-", "-", "-"))
        body += [_row(pos, overlap, None) for pos, overlap in self.tags.items()]
        return f"{_align(head)}\n\n{_align(body)}\n"


def summary(
    gold: Iterable[Sentence],
    predicted: Iterable[Sentence],
    vocabulary: Container[str] | None = None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Report:
    """Score predictions against gold, sentence by sentence; tags come the most frequent in gold first.

    ValueError when the numbers of sentences or the texts of a pair differ.
    """
    counts = [count(*pair, vocabulary) for pair in zip(gold, predicted, strict=True)]
    totals = total(counts)
    tagged = totals.joint.gold > 0
    intervals = bootstrap(counts, n_resamples=n_resamples, seed=seed)
    return Report(
        n_sentences=totals.sentences,
        n_words=totals.words.gold,
        words=totals.words,
        joint=totals.joint if tagged else None,
        exact_match=totals.exact / totals.sentences if totals.sentences else 0.0,
        oov_rate=None if vocabulary is None else totals.oov / max(1, totals.words.gold),
        oov_recall=totals.oov_correct / totals.oov if totals.oov else None,
        tags=dict(sorted(totals.tags.items(), key=lambda item: (-item[1].gold, item[0]))) if tagged else {},
        intervals=intervals if tagged else intervals | {"joint_f1": None},
    )


def tag_summary(
    gold: Sequence[Sentence],
    predicted: Sequence[Sentence],
    vocabulary: Container[str] | None = None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Report:
    """Score the tags of given words: `joint` is their accuracy. The shares of exact sentences and of right OOV words,
    which `summary` takes over spans, are taken over tags; the latter has no interval.

    ValueError when the words of a pair differ.
    """
    for ours, theirs in zip(gold, predicted, strict=True):
        if ours.forms != theirs.forms:
            raise ValueError(f"expected tags of the words {ours.forms}, got those of {theirs.forms}")
    report = summary(gold, predicted, n_resamples=n_resamples, seed=seed)
    sentences = list(zip(gold, predicted, strict=True))
    words = [pair for ours, theirs in sentences for pair in zip(ours.words, theirs.words, strict=True)]
    unseen = (pair for pair in words if vocabulary is not None and pair[0].form not in vocabulary)
    oov = [ours.pos == theirs.pos for ours, theirs in unseen]
    exact = [ours.tags == theirs.tags for ours, theirs in sentences]
    return replace(
        report,
        exact_match=sum(exact) / max(1, len(exact)),
        oov_rate=None if vocabulary is None else len(oov) / max(1, len(words)),
        oov_recall=sum(oov) / len(oov) if oov else None,
    )


def _figures(overlap: Overlap) -> dict[str, float]:
    return {"precision": overlap.precision, "recall": overlap.recall, "f1": overlap.f1, **asdict(overlap)}


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.2f}"


def _ends(interval: Interval | None) -> str:
    return f"{_percent(interval.low)} .. {_percent(interval.high)}" if interval else "-"


def _row(name: str, overlap: Overlap, interval: Interval | None) -> tuple[str, ...]:
    figures = map(_percent, (overlap.precision, overlap.recall, overlap.f1))
    return name, *figures, _ends(interval), *map(str, (overlap.gold, overlap.predicted, overlap.correct))


def _align(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    )
