"""The best legal tags of a batch of scored characters: numpy, all sentences at once, step by step.

A tag is either *open* (`B-p`, `M-p`: its word goes on) or *closed* (`O`, `E-p`, `S-p`). After a closed
tag comes any of `O`, `B-q`, `S-q`; after an open one only `M-p` or `E-p`. So a step costs a
`(2 n_pos + 1)²` table for word boundaries and four additions per POS inside words, and no illegal
path is ever looked at. The tag blocks of `scheme` make every group a slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..text.scheme import Scheme

if TYPE_CHECKING:
    from .weighted_words import WeightedWords
from .transitions import Scores, Tags, Transitions
from .viterbi import _TAGS, _segment, _steps, _viterbi, viterbi


class Decoder(Protocol):
    """Turns scores `[batch, time, n_scores]` into legal tags `[batch, time]`.

    The scores begin with the five blocks O, B, M, E, S of a scheme of `n_pos`. `decode` does the same for
    scores in parts, the longest sentences first: several batches at once, without copying them together; and
    with words that have a weight of their own, their rows those of all parts.
    """

    @property
    def n_pos(self) -> int: ...

    @property
    def transitions(self) -> Transitions: ...

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: "WeightedWords | None" = None) -> Tags: ...

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags: ...


@dataclass(frozen=True)
class ChainDecoder:
    """One chain over the joint tags: the `crf` head, and with zero transitions the `softmax` head."""

    transitions: Transitions

    @property
    def n_pos(self) -> int:
        return len(self.transitions.inside[0])

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        return viterbi(scores, lengths, self.transitions)

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: "WeightedWords | None" = None) -> Tags:
        return _viterbi(_steps(parts), lengths, self.transitions, words)


@dataclass(frozen=True)
class FactoredDecoder:
    """A chain over the five segmentation tags, then the best POS of each word.

    Scores `[batch, time, 5 + 2 n_pos]`: segmentation, then the POS scores that a character gives as
    the first and as the last of a word; a word's POS maximises their sum.
    """

    transitions: Transitions
    scheme: Scheme
    n_pos: int = 1  # of the scheme of the scores: segmentation alone

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        order = np.argsort(-lengths, kind="stable")
        tags = np.zeros(scores.shape[:2], np.int16)
        tags[order] = self.decode([scores[order]], lengths[order])
        return tags

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: "WeightedWords | None" = None) -> Tags:
        if words is None:
            tags = _segment(_steps(parts, _TAGS), lengths, self.transitions)
        else:
            tags = _viterbi(_steps(parts, slice(5)), lengths, self.transitions, words.untagged)
        first = 0
        for part in parts:
            own = tags[first : first + len(part), : part.shape[1]]
            if words is not None:
                words.add_to_pos(part, own, first)
            self.add_pos(part, own)
            first += len(part)
        return tags

    def add_pos(self, scores: Scores, letters: Tags) -> None:
        """Make segmentation tags tags of the scheme, in place."""
        n = self.scheme.n_pos
        begins = (letters == 1) | (letters == 4)
        sentence, start = np.nonzero(begins)
        end = np.nonzero((letters == 3) | (letters == 4))[1]
        pos = (scores[sentence, start, 5 : 5 + n] + scores[sentence, end, 5 + n :]).argmax(1).astype(np.int16)
        # Every character takes the POS of the word that began last; legal tags begin one before any other.
        word = np.cumsum(begins).reshape(letters.shape) - 1
        inside = letters > 0
        letters[inside] = 1 + (letters[inside] - 1) * n + pos[word[inside]]


def decoder(kind: str, parameters: Mapping[str, Any], scheme: Scheme) -> Decoder:
    """The decoder of a head, from its name and tables. Raises ModelError for an unknown one."""
    if kind == "softmax":
        return ChainDecoder(Transitions.zeros(scheme.n_pos))
    if kind == "crf":
        return ChainDecoder(Transitions.from_dict(parameters, scheme.n_pos))
    if kind == "factored":
        return FactoredDecoder(Transitions.from_dict(parameters, 1), scheme)
    raise ModelError(f"expected a decoder softmax, crf or factored, got {kind!r}; update tagger or export again")
