"""Where a tagger errs: scores by kind of word and sentence, confusions of POS, calibration. Pure functions."""

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
    for gold_sentence, predicted_sentence in pairs:
        spans = {(word.start, word.end) for word in predicted_sentence.words}
        gold.update(group(word.form) for word in gold_sentence.words)
        predicted.update(group(word.form) for word in predicted_sentence.words)
        correct.update(group(word.form) for word in gold_sentence.words if (word.start, word.end) in spans)
    return {key: Overlap(gold[key], predicted[key], correct[key]) for key in {**gold, **predicted}}


def by_word_length(pairs: Pairs) -> dict[str, Overlap]:
    """The spans of words by their number of characters."""
    groups = by_word(pairs, lambda form: min(len(form), WORDS))
    return {f"{n} or more" if n == WORDS else str(n): groups[n] for n in sorted(groups)}


def by_vocabulary(pairs: Pairs, vocabulary: Container[str] | None) -> dict[str, Overlap]:
    """The spans of words in and out of the vocabulary of train; no group when it is not known."""
    if vocabulary is None:
        return {}
    groups = by_word(pairs, lambda form: form in vocabulary)
    names = {True: "in training", False: "not in training"}
    return {name: groups[known] for known, name in names.items() if known in groups}


def by_sentence_length(pairs: Pairs) -> dict[str, tuple[int, Overlap]]:
    """Number of sentences, and their words, by their length in characters."""
    groups: dict[int, list[Overlap]] = {}
    for gold, predicted in pairs:
        index = int(np.searchsorted(SENTENCES, len(gold.text)))
        groups.setdefault(index, []).append(count(gold, predicted).words)
    edges = [0, *SENTENCES]
    names = [*(f"{a + 1} to {b}" for a, b in zip(edges, SENTENCES, strict=False)), f"{edges[-1] + 1} or more"]
    return {names[i]: (len(groups[i]), sum(groups[i], Overlap())) for i in sorted(groups)}


def confusion(pairs: Pairs) -> tuple[list[str], NDArray[np.int64]]:
    """The POS of words whose span is right, and how often gold (row) was tagged as predicted (column)."""
    counts = Counter[tuple[str, str]]()
    for gold, predicted in pairs:
        tags = {(word.start, word.end): word.pos for word in predicted.words}
        for _, pos, start, end in gold.words:
            predicted_pos = tags.get((start, end))
            if pos is not None and predicted_pos is not None:
                counts[pos, predicted_pos] += 1
    names = sorted({pos for pair in counts for pos in pair})
    table = [[counts[row, column] for column in names] for row in names]
    return names, np.array(table, np.int64).reshape(len(names), len(names))


class WorstSentence(NamedTuple):
    """A sentence with errors: its gold and predicted words, each with whether the other side has it too."""

    errors: int
    gold: list[tuple[Word, bool]]
    predicted: list[tuple[Word, bool]]


def worst(pairs: Iterable[tuple[Sentence, Sentence]], n: int) -> list[WorstSentence]:
    """The `n` sentences with most errors: words (with their POS) of gold alone, and of the prediction alone."""
    sentences = []
    for gold, predicted in pairs:
        gold_words, predicted_words = set(gold.words), set(predicted.words)
        if errors := len(gold_words ^ predicted_words):
            sentences.append(
                WorstSentence(
                    errors,
                    [(word, word in predicted_words) for word in gold.words],
                    [(word, word in gold_words) for word in predicted.words],
                )
            )
    return sorted(sentences, key=lambda sentence: -sentence.errors)[:n]


class Bin(NamedTuple):
    """Words of like probability: their mean probability, the share that is right, their number."""

    probability: float
    right: float
    n: int


def rated_words(pairs: Pairs) -> tuple[Probabilities, Truths]:
    """The probability of each predicted word, and whether gold has it, with its POS. The words are RatedWords."""
    words = [(word, set(gold.words)) for gold, predicted in pairs for word in predicted.words]
    probabilities = np.array([word.probability for word, _ in words if isinstance(word, RatedWord)], np.float64)
    return probabilities, np.array([word in gold_words for word, gold_words in words], bool)


def reliability(probabilities: Probabilities, true: Truths, n_bins: int = 10) -> list[Bin]:
    """Words in bins of equal width from 0 to 1, empty ones too."""
    indices = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    bins = []
    for i in range(n_bins):
        inside = indices == i
        n = int(inside.sum())
        shares = (float(probabilities[inside].mean()), float(true[inside].mean())) if n else (0.0, 0.0)
        bins.append(Bin(*shares, n))
    return bins
