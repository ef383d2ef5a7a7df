"""Chains with random scores, and the distribution over their tag sequences written out."""

from functools import cache
from itertools import product

import numpy as np
import oracles
from numpy.typing import NDArray
from oracles import sequence_score

from tagger.decoding.chain import ChainDecoder
from tagger.decoding.decoders import Decoder
from tagger.decoding.masks import join
from tagger.decoding.transitions import Scores, Transitions
from tagger.tagging.tagger import Tagger
from tagger.text.characters import code_points
from tagger.text.scheme import Scheme

legal_sequences = cache(oracles.legal_sequences)


def random_transitions(generator: np.random.Generator, n_pos: int) -> Transitions:
    """Transition scores from the standard normal distribution."""
    n = 2 * n_pos + 1
    tables = (generator.normal(size=shape).astype(np.float32) for shape in ((n, n), (4, n_pos), n, n))
    return Transitions(*tables)


Distribution = dict[tuple[int, ...], float]


def enumerated(
    scheme: Scheme, scores: Scores, transitions: Transitions, temperature: float
) -> tuple[Distribution, float]:
    """The probability of every legal sequence, and the logarithm of the partition function."""
    sequences = legal_sequences(scheme, len(scores))
    logits = np.array([sequence_score(scheme, scores, transitions, tags) for tags in sequences]) / temperature
    weights = np.exp(logits - logits.max())
    return dict(zip(sequences, weights / weights.sum(), strict=True)), float(logits.max() + np.log(weights.sum()))


def words_of(scheme: Scheme, tags: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The words (start, end, POS) of a sequence of tags."""
    return list(zip(*(column.tolist() for column in scheme.spans(np.array(tags))), strict=True))


def word_probabilities(scheme: Scheme, distribution: Distribution) -> dict[tuple[int, int, int], float]:
    """The probability of each word (start, end, POS): the sum over the sequences that contain it."""
    sums: dict[tuple[int, int, int], float] = {}
    for tags, probability in distribution.items():
        for word in words_of(scheme, tags):
            sums[word] = sums.get(word, 0.0) + probability
    return sums


def make(
    seed: int, n_pos: int, longest: int, *, scale: float = 1.0, free: bool = False
) -> tuple[Scheme, Scores, NDArray[np.int64], Transitions]:
    """A scheme, scores of three rows, the longest first, and transitions."""
    generator = np.random.default_rng(seed)
    scheme = Scheme(tuple("ABC"[:n_pos]))
    scores = generator.normal(scale=scale, size=(3, longest, scheme.n_tags)).astype(np.float32)
    lengths = np.sort(np.append(generator.integers(1, longest + 1, 2), longest))[::-1].copy()
    joined = (generator.random((3, longest)) < 0.3) & (np.arange(longest) < lengths[:, None])
    joined[:, 0] = False
    join(scores, joined, scheme.blocks)
    return scheme, scores, lengths, Transitions.zeros(n_pos) if free else random_transitions(generator, n_pos)


def scores_of(tagger: Tagger, text: str) -> Scores:
    """The scores that the model gives to a text, `[time, n_scores]`."""
    scores: Scores = tagger.model.scores(code_points(text)[None], np.array([len(text)], np.int32))[0]
    return scores


SCHEME = Scheme(("A", "B"))


def distribution_of(decoder: Decoder, scores: Scores, temperature: float) -> Distribution:
    """Every legal sequence of joint tags and its probability.

    Under a factored head this is the probability of its segmentation times, for each word, a softmax over tags: the
    tag's score at the word's first character plus that at its last one.
    """
    if isinstance(decoder, ChainDecoder):
        return enumerated(SCHEME, scores, decoder.transitions, temperature)[0]
    whole: Distribution = {}
    for letters, probability in enumerated(Scheme(), scores[:, :5], decoder.transitions, temperature)[0].items():
        words = words_of(Scheme(), letters)
        for pos in product(range(2), repeat=len(words)):
            tags, weight = [0] * len(letters), probability
            for (start, end, _), p in zip(words, pos, strict=True):
                sums = [(scores[start, 5 + q] + scores[end - 1, 7 + q]) / temperature for q in range(2)]
                weight *= np.exp(sums[p]) / np.exp(sums).sum()
                tags[start:end] = [1 + (letter - 1) * 2 + p for letter in letters[start:end]]
            whole[tuple(tags)] = float(weight)
    return whole
