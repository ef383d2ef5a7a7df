"""How likely the words of gold sentences are to a tagger, beside those that it finds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Tags
from ..tagging.confidence import rate_words, rated_spans
from ..tagging.marginals import read_tags, tag_probabilities
from ..tagging.rows import DecodedRows, RowGroup, keep
from ..tagging.tagger import Tagger
from ..text.block import Block
from ..text.scheme import BEGIN, END, OUTSIDE, SINGLE, Blocks, Scheme
from ..text.sentence import Sentence, Word


class Rated(NamedTuple):
    """A word, and how likely it is: with its tag where both sides have tags, else with any."""

    word: Word
    probability: float


class Sides(NamedTuple):
    """The words of gold and of a model in a sentence; how likely each code point is outside of all entities `[n]`,
    1 for a model of words."""

    gold: Sequence[Rated]
    found: Sequence[Rated]
    outside: NDArray[np.float64]


def rate_sides(tagger: Tagger, sentences: Sequence[Sentence]) -> Iterator[Sides]:
    """Both sides of each sentence, which has no format characters and at most `SECTION` code points; entities are
    given as words. The net scores each sentence once.

    Where a gold word has no tag, or the model has none, its sentence is compared without tags, and the found words lose
    theirs. A tag that the model lacks has the probability 0, as have words that the tagger's rules exclude and those
    that a window of a long sentence cuts.
    """
    scheme, decoder, temperature = tagger.model.scheme, tagger.model.decoder, tagger.temperature
    bare = tagger.bare(Block.of(sentence.text for sentence in sentences))
    block, decoded = bare.block, tagger.decode(bare, keep)
    spans = rated_spans(decoded.map(rate_words(decoder, temperature)), scheme)
    found = spans.sentences([sentence.text for sentence in sentences], scheme.pos or (None,))
    found_rates = np.stack([spans.probability, spans.span_probability])
    gold_rates = _rate_gold(tagger, decoded, _flat_tags(sentences, scheme, block))
    outside = np.ones(len(block.codes) - len(sentences))
    if scheme.outside:
        read = read_tags(decoder, temperature, 0.5)  # the column of O does not depend on which words are left out
        outside = tag_probabilities(decoded.map(read), scheme)[:, OUTSIDE]
    for i, (sentence, predicted) in enumerate(zip(sentences, found, strict=True)):
        row = slice(int(block.starts[i]), int(block.starts[i] + block.lengths[i]))
        tagged = bool(scheme.pos) and all(word.pos is not None for word in sentence.words)
        rates = gold_rates[0 if tagged else 1, row]
        of_found = found_rates[0 if tagged else 1, spans.firsts[i] : spans.firsts[i + 1]]
        words = (Word(word.form, word.pos if tagged else None, word.start, word.end) for word in predicted.words)
        yield Sides(
            [
                Rated(word, 0.0 if tagged and word.pos not in scheme.pos else float(rates[word.start]))
                for word in sentence.words
            ],
            list(map(Rated, words, of_found.tolist())),
            outside[row.start - i : row.stop - i],
        )


def _flat_tags(sentences: Sequence[Sentence], scheme: Scheme, block: Block) -> Tags:
    """The gold tags at the code points of a block with a row for each sentence, `[n]`. A word whose tag the scheme
    lacks gets the first one."""
    tags, words_only = np.zeros(len(block.codes), np.int16), replace(scheme, outside=False)
    first = scheme.pos[0] if scheme.pos else None
    for sentence, start in zip(sentences, block.starts.tolist(), strict=True):
        words = (word if word.pos in scheme.pos else word._replace(pos=first) for word in sentence.words)
        tags[start : start + len(sentence.text)] = words_only.encode(Sentence(sentence.text, tuple(words)))
    return tags


def _rate_gold(tagger: Tagger, decoded: DecodedRows[RowGroup], gold: Tags) -> NDArray[np.float64]:
    """How likely the words of gold tags are with their tag and with any, at the code point where each begins,
    `[2, n]`; 0 elsewhere."""
    scheme, decoder = tagger.model.scheme, tagger.model.decoder
    rates = np.zeros((2, len(decoded.tags)))
    for group in decoded.groups:
        tags = np.zeros_like(group.tags)
        for i, (place, length) in enumerate(zip(group.places.tolist(), group.lengths.tolist(), strict=True)):
            part, target = decoded.answered(place, length)
            if part.stop:
                start = target.start - part.start
                tags[i, :length] = _whole_words(gold[start : start + length], scheme.blocks)
        row, time, probability = decoder.rates(group.parts, group.lengths, tags, tagger.temperature)
        rates[:, group.places[row] + time] = probability
    gathered: NDArray[np.float64] = np.nan_to_num(decoded.gather(rates), nan=0.0).clip(0, 1)
    return gathered


def _whole_words(tags: Tags, blocks: Blocks) -> Tags:
    """The tags of a stretch of text, 0 in words that its edges cut."""
    letters, whole = blocks.letters(tags), tags.copy()
    starts = np.flatnonzero(np.isin(letters, (OUTSIDE, BEGIN, SINGLE)))
    ends = np.flatnonzero(np.isin(letters, (OUTSIDE, END, SINGLE)))
    whole[: starts[0] if len(starts) else len(tags)] = 0
    whole[ends[-1] + 1 if len(ends) else 0 :] = 0
    return whole
