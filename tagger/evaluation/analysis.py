"""Where words go wrong: scores by kind of word and sentence, confusions of POS, calibration. Pure functions."""

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..scores.calibration import Probabilities, Truths
from ..scores.words import Overlap, count
from ..tagging.confidence import RatedWord
from ..text.sentence import Sentence, Word

Pairs = Sequence[tuple[Sentence, Sentence]]  # gold and predicted, of one text
Key = TypeVar("Key", bound=Hashable)
SENTENCES = (10, 20, 40, 80)  # lengths in characters that groups of sentences go up to
WORDS = 5  # words of this many characters or more are one group


def by_word(pairs: Pairs, group: Callable[[str], Key]) -> dict[Key, Overlap]:
    """The spans of gold, predicted and right words in each group of forms; a right word has one form, so one group."""
    gold, predicted, correct = Counter[Key](), Counter[Key](), Counter[Key]()
    for wanted, found in pairs:
        spans = {(word.start, word.end) for word in found.words}
        gold.update(group(word.form) for word in wanted.words)
        predicted.update(group(word.form) for word in found.words)
        correct.update(group(word.form) for word in wanted.words if (word.start, word.end) in spans)
    return {key: Overlap(gold[key], predicted[key], correct[key]) for key in {**gold, **predicted}}


def by_word_length(pairs: Pairs) -> dict[str, Overlap]:
    found = by_word(pairs, lambda form: min(len(form), WORDS))
    return {f"{n} or more" if n == WORDS else str(n): found[n] for n in sorted(found)}


def by_vocabulary(pairs: Pairs, vocabulary: Container[str] | None) -> dict[str, Overlap]:
    """The spans of words in and out of the vocabulary of train; no group when it is not known."""
    if vocabulary is None:
        return {}
    found = by_word(pairs, lambda form: form in vocabulary)
    names = {True: "in training", False: "not in training"}
    return {name: found[known] for known, name in names.items() if known in found}


def by_sentence_length(pairs: Pairs) -> dict[str, tuple[int, Overlap]]:
    """Number of sentences, and their words, by their length in characters."""
    groups: dict[int, list[Overlap]] = {}
    for gold, found in pairs:
        place = int(np.searchsorted(SENTENCES, len(gold.text)))
        groups.setdefault(place, []).append(count(gold, found).words)
    edges = [0, *SENTENCES]
    names = [*(f"{a + 1} to {b}" for a, b in zip(edges, SENTENCES, strict=False)), f"{edges[-1] + 1} or more"]
    return {names[at]: (len(groups[at]), sum(groups[at], Overlap())) for at in sorted(groups)}


def confusion(pairs: Pairs) -> tuple[list[str], NDArray[np.int64]]:
    """The POS of words whose span is right, and how often gold (row) was tagged as predicted (column)."""
    seen = Counter[tuple[str, str]]()
    for gold, found in pairs:
        given = {(word.start, word.end): word.pos for word in found.words}
        for _, pos, start, end in gold.words:
            tagged = given.get((start, end))
            if pos is not None and tagged is not None:
                seen[pos, tagged] += 1
    names = sorted({pos for pair in seen for pos in pair})
    return names, np.array([[seen[row, column] for column in names] for row in names], np.int64).reshape(
        2 * (len(names),)
    )


class WorstSentence(NamedTuple):
    """A sentence that went wrong: its gold and predicted words, each with whether the other has it too."""

    errors: int
    gold: list[tuple[Word, bool]]
    predicted: list[tuple[Word, bool]]


def worst(pairs: Iterable[tuple[Sentence, Sentence]], n: int) -> list[WorstSentence]:
    """The `n` sentences with most errors: gold words (with their POS) missed, and words found that gold has not."""
    faults = []
    for gold, found in pairs:
        ours, theirs = set(gold.words), set(found.words)
        if errors := len(ours ^ theirs):
            faults.append(
                WorstSentence(
                    errors,
                    [(word, word in theirs) for word in gold.words],
                    [(word, word in ours) for word in found.words],
                )
            )
    return sorted(faults, key=lambda fault: -fault.errors)[:n]


class Bin(NamedTuple):
    """Words of like probability: their mean probability, the share that is right, their number."""

    probability: float
    right: float
    n: int


def rated_words(pairs: Pairs) -> tuple[Probabilities, Truths]:
    """How likely each word found is, and whether gold has it, with its POS. `pairs` are of RatedWords."""
    words = [(word, set(gold.words)) for gold, found in pairs for word in found.words]
    probabilities = np.array([word.probability for word, _ in words if isinstance(word, RatedWord)], np.float64)
    return probabilities, np.array([word in wanted for word, wanted in words], bool)


def reliability(probabilities: Probabilities, true: Truths, n_bins: int = 10) -> list[Bin]:
    """Words in bins of equal width from 0 to 1, empty ones too."""
    places = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    bins = []
    for i in range(n_bins):
        inside = places == i
        n = int(inside.sum())
        shares = (float(probabilities[inside].mean()), float(true[inside].mean())) if n else (0.0, 0.0)
        bins.append(Bin(*shares, n))
    return bins
