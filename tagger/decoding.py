"""The best legal tags of a batch of scored characters: numpy, all sentences at once, step by step.

A tag is either *open* (`B-p`, `M-p`: its word goes on) or *closed* (`O`, `E-p`, `S-p`). After a closed
tag comes any of `O`, `B-q`, `S-q`; after an open one only `M-p` or `E-p`. So a step costs a
`(2 n_pos + 1)²` table for word boundaries and four additions per POS inside words, and no illegal
path is ever looked at. The tag blocks of `scheme` make every group a slice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .scheme import Scheme

Scores = NDArray[np.float32]
Tags = NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """Scores of a linear chain over the tags of a scheme; legal ones only.

    `boundary [2p+1, 2p+1]` from (O, E…, S…) to (O, B…, S…); `inside [4, p]` for B→M, B→E, M→M, M→E;
    `start [2p+1]` over (O, B…, S…); `end [2p+1]` over (O, E…, S…).
    """

    boundary: Scores
    inside: Scores
    start: Scores
    end: Scores

    @classmethod
    def zeros(cls, n_pos: int) -> Self:
        """No preference: legality alone."""
        n = 2 * n_pos + 1
        return cls(*(np.zeros(shape, np.float32) for shape in ((n, n), (4, n_pos), n, n)))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], n_pos: int) -> Self:
        """Raises ModelError when a table is missing or has another shape."""
        n = 2 * n_pos + 1
        shapes = {"boundary": (n, n), "inside": (4, n_pos), "start": (n,), "end": (n,)}
        tables = {}
        for name, shape in shapes.items():
            table = np.asarray(values.get(name), np.float32)
            if table.shape != shape or not np.isfinite(table).all():
                raise ModelError(
                    f"expected finite transition scores {name!r} of shape {shape}, got shape {table.shape}; "
                    "the model file is damaged or of another format: export it again"
                )
            tables[name] = table
        return cls(**tables)

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name).tolist() for name in ("boundary", "inside", "start", "end")}


def viterbi(scores: Scores, lengths: NDArray[Any], transitions: Transitions) -> Tags:
    """The highest scoring legal tags `[batch, time]` for scores `[batch, time, n_tags]` (Viterbi 1967).

    Positions past a sentence's length get 0. On ties the lower tag id wins, boundary before inside.
    """
    batch, time, n_tags = scores.shape
    n = (n_tags - 1) // 4
    tags = np.zeros((batch, time), np.int64)
    if not batch or not time:
        return tags
    rows = np.arange(batch)
    # Column numbers of the groups in the order of the transition tables.
    closed_ids = np.r_[0, 1 + 2 * n : 1 + 4 * n]
    start_ids = np.r_[0, 1 : 1 + n, 1 + 3 * n : 1 + 4 * n]
    to_middle, to_end = transitions.inside[[0, 2]], transitions.inside[[1, 3]]
    free = not transitions.boundary.any()
    steps = np.ascontiguousarray(scores.transpose(1, 0, 2))
    closed_at = np.empty((time, batch, 2 * n + 1), np.float32)
    from_closed = np.empty((time, batch, 1 if free else 2 * n + 1), np.int16)
    from_middle = np.empty((time, 2, batch, n), bool)
    open_ = np.empty((2, batch, n), np.float32)  # B, M
    for t, step in enumerate(steps):
        if t == 0:
            starts = transitions.start + step[:, start_ids]
            open_[1] = ended = np.float32(-1e30)
        else:
            closed = closed_at[t - 1]
            if free:
                best = closed.argmax(1)[:, None]
                starts = closed[rows, best[:, 0]][:, None] + step[:, start_ids]
            else:
                paths = closed[:, None, :] + transitions.boundary.T
                best = paths.argmax(2)
                starts = np.take_along_axis(paths, best[:, :, None], 2)[:, :, 0] + step[:, start_ids]
            from_closed[t] = best
            middles = open_ + to_middle[:, None]
            ends = open_ + to_end[:, None]
            np.greater(middles[1], middles[0], out=from_middle[t, 0])
            np.greater(ends[1], ends[0], out=from_middle[t, 1])
            open_[1] = middles.max(0) + step[:, 1 + n : 1 + 2 * n]
            ended = ends.max(0) + step[:, 1 + 2 * n : 1 + 3 * n]
        open_[0] = starts[:, 1 : 1 + n]
        closed_at[t, :, 0] = starts[:, 0]
        closed_at[t, :, 1 : 1 + n] = ended
        closed_at[t, :, 1 + n :] = starts[:, 1 + n :]
    current = np.zeros(batch, np.int64)
    for t in range(time - 1, -1, -1):
        last = lengths == t + 1
        if last.any():
            current = np.where(last, closed_ids[(closed_at[t] + transitions.end).argmax(1)], current)
        tags[:, t] = current
        if t:
            letter, pos = (current - 1) // n, (current - 1) % n
            column = np.where(letter == 3, 1 + n + pos, np.where(letter == 0, 1 + pos, 0))
            before = closed_ids[from_closed[t, rows, 0 if free else column]]
            inner = from_middle[t, np.where(letter == 2, 1, 0), rows, pos]
            continues = (letter == 1) | (letter == 2)
            current = np.where(continues, 1 + pos + n * inner, before)
            current[lengths <= t] = 0
    return tags


class Decoder(Protocol):
    """Turns scores `[batch, time, n_scores]` into legal tags `[batch, time]`."""

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags: ...


@dataclass(frozen=True)
class ChainDecoder:
    """One chain over the joint tags: the `crf` head, and with zero transitions the `softmax` head."""

    transitions: Transitions

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        return viterbi(scores, lengths, self.transitions)


@dataclass(frozen=True)
class FactoredDecoder:
    """A chain over the five segmentation tags, then the best POS of each word.

    Scores `[batch, time, 5 + 2 n_pos]`: segmentation, then the POS scores that a character gives as
    the first and as the last of a word; a word's POS maximises their sum.
    """

    transitions: Transitions
    scheme: Scheme

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        n = self.scheme.n_pos
        letters = viterbi(scores[:, :, :5], lengths, self.transitions)
        sentence, start = np.nonzero((letters == 1) | (letters == 4))
        _, end = np.nonzero((letters == 3) | (letters == 4))
        pos = (scores[sentence, start, 5 : 5 + n] + scores[sentence, end, 5 + n :]).argmax(1)
        # Every character takes the POS of the word that began last; legal tags begin one before any other.
        word = np.cumsum((letters == 1) | (letters == 4)).reshape(letters.shape) - 1
        inside = letters > 0
        tags = letters.copy()
        tags[inside] = 1 + (letters[inside] - 1) * n + pos[word[inside]]
        return tags


def decoder(kind: str, parameters: Mapping[str, Any], scheme: Scheme) -> Decoder:
    """The decoder of a head, from its name and tables. Raises ModelError for an unknown one."""
    if kind == "softmax":
        return ChainDecoder(Transitions.zeros(scheme.n_pos))
    if kind == "crf":
        return ChainDecoder(Transitions.from_dict(parameters, scheme.n_pos))
    if kind == "factored":
        return FactoredDecoder(Transitions.from_dict(parameters, 1), scheme)
    raise ModelError(f"expected a decoder softmax, crf or factored, got {kind!r}; update tagger or export again")
