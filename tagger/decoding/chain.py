"""One chain over the joint tags: the decoder of the `crf` head and, with transitions of zero, of `softmax`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import Blocks, Scheme
from .marginals import ForwardBackward, lattices
from .masks import keep_pos
from .nbest import Readings, n_best
from .single_rows import PairScores
from .steps import stack_steps
from .transitions import EXCLUDED, Scores, Table, Tags, Transitions
from .viterbi import best_tags, viterbi
from .weighted_words import WeightedWords
from .words import Candidates, WordCharacters, WordRates


@dataclass(frozen=True)
class ChainDecoder:
    """Scores `[batch, time, n_scores]` whose first columns are the tags of `scheme`; further ones are not read.

    The probability of a word with its POS is its marginal in the chain.
    """

    transitions: Transitions
    scheme: Scheme
    ranks_tags = True

    @classmethod
    def free(cls, parameters: Mapping[str, Any], scheme: Scheme) -> Self:
        """Without preferences: all legal pairs of tags have the same score."""
        return cls(Transitions.zeros(scheme.n_pos), scheme)

    @classmethod
    def of(cls, parameters: Mapping[str, Any], scheme: Scheme) -> Self:
        """From the tables of a model file. Raises ModelError for tables that do not fit the scheme."""
        return cls(Transitions.from_dict(parameters, scheme.n_pos), scheme)

    @cached_property
    def pairs(self) -> PairScores:
        """The same transitions for rows that are decoded one after the other."""
        return PairScores.of(self.transitions)

    @property
    def blocks(self) -> Blocks:
        return self.scheme.blocks

    @property
    def columns(self) -> tuple[str, ...]:
        return self.scheme.names

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        return viterbi(scores, lengths, self.transitions)

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: WeightedWords | None = None) -> Tags:
        if words is None and self.pairs.are_faster(len(lengths)):
            return self.pairs.best_tags(parts, lengths)
        return best_tags(stack_steps(parts), lengths, self.transitions, words)

    def fix_pos(self, scores: Scores, pos: NDArray[np.int16]) -> None:
        keep_pos(scores, pos, self.blocks.begin.start, self.scheme)

    def fix_tags(self, scores: Scores, tags: Tags) -> Scores:
        n_tags, fixed = self.blocks.n_tags, scores.copy()
        fixed[..., :n_tags] = np.where(np.arange(n_tags) == tags[..., None], scores[..., :n_tags], EXCLUDED)
        return fixed

    def rates(self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0) -> WordRates:
        characters = WordCharacters.of(tags, self.blocks.n_pos)
        weight, firsts = self.word_weights(parts, lengths, characters, temperature), characters.firsts
        with_pos = weight[np.arange(len(weight)), characters.pos[firsts]]
        return WordRates(characters.row[firsts], characters.time[firsts], np.stack([with_pos, weight.sum(1)]))

    def word_weights(
        self, parts: Sequence[Scores], lengths: NDArray[Any], characters: WordCharacters, temperature: float
    ) -> Table:
        """How likely the words of these characters are with each POS of the chain, `[n_words, n_pos]`."""
        weights = [np.zeros((0, self.blocks.n_pos))]
        for rows, lattice in lattices(parts, lengths, self.transitions, temperature):
            part = slice(*np.searchsorted(characters.row, [rows.start, rows.stop]))
            weights.append(lattice.words(characters[part].moved(-rows.start)))
        return np.concatenate(weights)

    def candidates(
        self, parts: Sequence[Scores], lengths: NDArray[Any], least: float, temperature: float = 1.0
    ) -> Candidates:
        pieces = []
        for rows, lattice in lattices(parts, lengths, self.transitions, temperature):
            piece = lattice.candidates(least)
            pieces.append(piece._replace(row=piece.row + rows.start))
        return Candidates(*(np.concatenate(column) for column in zip(*pieces, strict=True)))

    def tag_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], temperature: float = 1.0, least: float = 0.0
    ) -> list[Table]:
        return [
            lattice.tags(row)
            for rows, lattice in lattices(parts, lengths, self.transitions, temperature)
            for row in range(rows.stop - rows.start)
        ]

    def log_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
    ) -> Table:
        fixed, first = [], 0
        for part in parts:
            fixed.append(self.fix_tags(part, tags[first : first + len(part), : part.shape[1]]))
            first += len(part)
        return self._log_totals(fixed, lengths, temperature) - self._log_totals(parts, lengths, temperature)

    def _log_totals(self, parts: Sequence[Scores], lengths: NDArray[Any], temperature: float) -> Table:
        """The logarithm of the sum over all legal tags of each row, `[rows]`."""
        groups = lattices(parts, lengths, self.transitions, temperature)
        return np.concatenate([lattice.log_total for _, lattice in groups])

    def readings(self, scores: Scores, n: int, temperature: float = 1.0, *, by_tags: bool = False) -> Readings:
        scores = scores[:, : self.blocks.n_tags]
        sums, tags = n_best(scores, self.transitions, n, by_tags=by_tags)
        # The sum over all tags of a reading's words: all tags of other letters are excluded.
        letters = self.blocks.letters(np.arange(self.blocks.n_tags))
        of_words = np.where(letters == letters[tags][:, :, None], scores, EXCLUDED)  # shape: [k, time, n_tags]
        rows = np.concatenate([scores[None], of_words])
        lattice = ForwardBackward.of([rows], np.full(len(rows), len(scores)), self.transitions, temperature)
        log_total, log_words = lattice.log_total[0], lattice.log_total[1:]
        return Readings(sums, sums / temperature - log_total, log_words - log_total, tags)
