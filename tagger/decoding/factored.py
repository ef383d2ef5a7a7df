"""A chain over the five tags, then the best POS of each word: the decoder of the `factored` head.

The probability of a word with its POS is the marginal of the word in the chain, times the softmax, over the POS, of the
sums of the word's first and last character's POS scores: the POS of a word depends on its edges alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, LETTERS, MIDDLE, OUTSIDE, SINGLE, Blocks, Scheme
from .chain import ChainDecoder
from .masks import keep_pos
from .nbest import Readings
from .segmentation import ORDER, segment_steps
from .steps import stack_steps
from .transitions import Places, Scores, Table, Tags, Transitions
from .viterbi import best_tags
from .weighted_words import WeightedWords
from .words import Candidates, WordCharacters, WordRates


@dataclass(frozen=True)
class Columns:
    """The columns of a factored head's scores: the five tags, then the POS scores that a character gives as the first
    character of a word (`first`) and as its last one (`last`)."""

    n_pos: int

    @cached_property
    def tags(self) -> slice:
        return slice(0, len(LETTERS))

    @cached_property
    def first(self) -> slice:
        return slice(len(LETTERS), len(LETTERS) + self.n_pos)

    @cached_property
    def last(self) -> slice:
        return slice(len(LETTERS) + self.n_pos, self.n_scores)

    @property
    def n_scores(self) -> int:
        return len(LETTERS) + 2 * self.n_pos


@dataclass(frozen=True)
class FactoredDecoder:
    """Scores `[batch, time, 5 + 2 n_pos]` (see `Columns`); a word's POS maximises the sum of what its first and its
    last character say."""

    transitions: Transitions
    scheme: Scheme
    ranks_tags = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any], scheme: Scheme) -> Self:
        """From the tables of a model file. Raises ModelError for tables that are not those of five tags."""
        return cls(Transitions.from_dict(parameters, 1), scheme)

    @cached_property
    def chain(self) -> ChainDecoder:
        """The decoder of the five tags alone."""
        return ChainDecoder(self.transitions, replace(self.scheme, pos=()))

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.scheme.n_pos)

    @property
    def blocks(self) -> Blocks:
        return self.chain.blocks

    @property
    def columns(self) -> tuple[str, ...]:
        pos = self.scheme.pos or ("word",)
        return (*LETTERS, *(f"{tag} {place}" for place in ("first", "last") for tag in pos))

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        order = np.argsort(-lengths, kind="stable")
        tags = np.zeros(scores.shape[:2], np.int16)
        tags[order] = self.decode([scores[order]], lengths[order])
        return tags

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: WeightedWords | None = None) -> Tags:
        if words is None and self.chain.pairs.are_faster(len(lengths)):
            tags = self.chain.pairs.best_tags(parts, lengths)
        elif words is None:
            tags = segment_steps(stack_steps(parts, ORDER), lengths, self.transitions)
        else:
            tags = best_tags(stack_steps(parts, self._columns.tags), lengths, self.transitions, words.untagged)
        first = 0
        for part in parts:
            letters = tags[first : first + len(part), : part.shape[1]]
            self._add_pos(part if words is None else self._weighted(part, letters, words, first), letters)
            first += len(part)
        return tags

    def _weighted(self, part: Scores, letters: Tags, words: WeightedWords, first: int) -> Scores:
        """The scores of the rows from `first` on, with the bonuses of the words with a POS that came out in `letters`.
        `part` stays as it is, because probabilities are read off it."""
        k = words.decoded(letters, first)
        if not len(k):
            return part
        weighted = part.copy()
        column = self._columns.first.start + words.pos[k]
        np.add.at(weighted, (words.rows[k] - first, words.firsts[k], column), words.weights[k])
        return weighted

    def _add_pos(self, scores: Scores, letters: Tags) -> None:
        """Make segmentation tags `[batch, time]` tags of the scheme, in place."""
        begins = (letters == BEGIN) | (letters == SINGLE)
        row, start = np.nonzero(begins)
        end = np.nonzero((letters == END) | (letters == SINGLE))[1]
        sums = scores[row, start, self._columns.first] + scores[row, end, self._columns.last]  # shape: [n_words, n_pos]
        pos = sums.argmax(1).astype(np.int16)
        # Every character takes the POS of the word that began last; legal tags begin one before any other.
        word = np.cumsum(begins).reshape(letters.shape) - 1
        inside = letters > OUTSIDE
        letters[inside] = 1 + (letters[inside] - BEGIN) * self.scheme.n_pos + pos[word[inside]]

    def fix_pos(self, scores: Scores, pos: NDArray[np.int16]) -> None:
        keep_pos(scores, pos, self._columns.first.start, self.scheme)

    def fix_tags(self, scores: Scores, tags: Tags) -> Scores:
        return self.chain.fix_tags(scores, self.scheme.blocks.letters(tags))

    def rates(self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0) -> WordRates:
        characters = WordCharacters.of(tags, self.scheme.n_pos)
        words = self.chain.word_weights(parts, lengths, characters, temperature).sum(1)
        firsts = characters.firsts
        with_pos = words * self._pos_of_words(parts, characters, temperature)
        return WordRates(characters.row[firsts], characters.time[firsts], np.stack([with_pos, words]))

    def candidates(
        self, parts: Sequence[Scores], lengths: NDArray[Any], least: float, temperature: float = 1.0
    ) -> Candidates:
        spans = self.chain.candidates(parts, lengths, least, temperature)
        weight, total = self._pos_weights(parts, spans.row, spans.start, spans.end - 1, temperature)
        return spans._replace(weight=spans.weight * (weight / total).T.astype(np.float64))

    def tag_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], temperature: float = 1.0, least: float = 0.0
    ) -> list[Table]:
        tables = self.chain.tag_probabilities(parts, lengths, temperature)
        spans = self.candidates(parts, lengths, least, temperature)
        n_pos, long = self.scheme.n_pos, spans.end - spans.start > 1
        by_letter = np.zeros((len(tables), int(lengths.max()) + 1, len(LETTERS), n_pos))
        for letter, mask, place, sign in (
            (BEGIN, long, spans.start, 1), (MIDDLE, long, spans.start + 1, 1), (MIDDLE, long, spans.end - 1, -1),
            (END, long, spans.end - 1, 1), (SINGLE, ~long, spans.start, 1),
        ):  # fmt: skip
            np.add.at(by_letter[:, :, letter], (spans.row[mask], place[mask]), sign * spans.weight[mask])
        by_letter[:, :, MIDDLE] = by_letter[:, :, MIDDLE].cumsum(1).clip(0)
        return [
            np.concatenate([tags[:, :BEGIN], table[: len(tags), BEGIN:].reshape(len(tags), 4 * n_pos)], 1)
            for tags, table in zip(tables, by_letter, strict=True)
        ]

    def log_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
    ) -> Table:
        letters = self.scheme.blocks.letters(tags)
        of_words = self.chain.log_probabilities(parts, lengths, letters, temperature)
        return of_words + self.log_pos(parts, tags, temperature)

    def log_pos(self, parts: Sequence[Scores], tags: Tags, temperature: float = 1.0) -> Table:
        """The logarithm of the probability `[rows]` of the POS in `tags [rows, time]`, given their words."""
        characters = WordCharacters.of(tags, self.scheme.n_pos)
        probabilities = self._pos_of_words(parts, characters, temperature)
        return np.bincount(characters.row[characters.firsts], np.log(probabilities), len(tags)).astype(np.float64)

    def readings(self, scores: Scores, n: int, temperature: float = 1.0, *, by_tags: bool = False) -> Readings:
        best = self.chain.readings(scores, n, temperature)
        copies = np.broadcast_to(scores, (len(best.tags), *scores.shape))
        self._add_pos(copies, best.tags)
        return best._replace(log_tags=best.log_words + self.log_pos([copies], best.tags, temperature))

    def _pos_of_words(self, parts: Sequence[Scores], characters: WordCharacters, temperature: float) -> Table:
        """The probability of each word's POS, given the word, `[n_words]`."""
        firsts, lasts = characters.firsts, characters.lasts
        row, first, last = characters.row[firsts], characters.time[firsts], characters.time[lasts]
        weight, total = self._pos_weights(parts, row, first, last, temperature)
        of_words: Table = (weight[characters.pos[firsts], np.arange(len(firsts))] / total).astype(np.float64)
        return of_words

    def _pos_weights(
        self, parts: Sequence[Scores], row: Places, first: Places, last: Places, temperature: float
    ) -> tuple[Scores, Scores]:
        """What each POS counts for words from character `first` to `last` of rows, in order of rows, `[n_pos, n]`, and
        the sums over all POS, `[n]`."""
        # Words are innermost: what is done over POS is done for all words at once.
        logits = np.empty((self.scheme.n_pos, len(row)), np.float32)
        edges = np.cumsum([0, *map(len, parts)])
        cuts = np.searchsorted(row, edges)
        for part, begin, a, b in zip(parts, edges[:-1], cuts[:-1], cuts[1:], strict=True):
            rows = row[a:b] - begin
            of_first, of_last = (part[rows, first[a:b], self._columns.first], part[rows, last[a:b], self._columns.last])
            np.add(of_first, of_last, out=logits[:, a:b].T)
        logits /= temperature
        logits -= logits.max(0)
        weight = np.exp(logits, out=logits)
        return weight, weight.sum(0)
