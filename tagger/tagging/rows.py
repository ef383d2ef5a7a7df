"""Rows of a block through the model: score, mask, decode, stitch.

A row of up to `window` code points goes through the model whole, a longer one in windows. The tags of all rows and
windows lie in one array, and a *place* is an index into it:

    0 … n-1    the block's code points: rows, and windows that overlap no other, are answered where they stand
    n …        windows that overlap, one after the other; `origin` says which of them answers for a code point
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores, Tags
from ..modelfile.native.kernel import Kernel, Known
from ..modelfile.tagger import Model
from ..text.block import Block, Places
from ..text.padding import batches
from ..text.scheme import Scheme
from ..text.windows import CONTEXT, WINDOW, Window, seam, windows
from .constraints import Constraints
from .guard import UNGUARDED, Guard

# Padded code points per run of the model: small batches stay in the caches and are as fast as larger ones
# (measured at 8 to 32 sentences). Decoding does not mind size, so it takes several batches at once.
BATCH = 2048
DECODED = 1 << 16

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class RowGroup:
    """Rows that were decoded together, the longest first: their masked scores in parts `[rows, time, n_scores]`,
    lengths `[n_rows]`, tags `[n_rows, time]`, and the place at which the answer of each begins `[n_rows]`."""

    parts: Sequence[Scores]
    lengths: Places
    tags: Tags
    places: Places

    def rows(self) -> list[tuple[int, Scores, Tags]]:
        """Place, scores `[length, n_scores]` and tags `[length]` of each row."""
        scores = [row for part in self.parts for row in part]
        columns = zip(self.places.tolist(), scores, self.tags, self.lengths.tolist(), strict=True)
        return [(place, row[:length], tags[:length]) for place, row, tags, length in columns]


@dataclass(frozen=True)
class DecodedRows(Generic[T]):
    """The tags of all rows and windows of a block, by place, and what was read off each group of rows.

    `origin [n]` is the place at which each code point of the block is answered; None where that is its own number.
    """

    block: Block
    tags: Tags
    origin: Places | None
    groups: Sequence[T]

    @property
    def stitched(self) -> bool:
        """Whether any row went through the model in windows that overlap."""
        return self.origin is not None

    def gather(self, values: NDArray[Any]) -> NDArray[Any]:
        """The values of the block's code points `[…, n]` out of those of all places `[…, n_places]`."""
        return values[..., : len(self.block.codes)] if self.origin is None else values[..., self.origin]

    def map(self, read: Callable[[T], U]) -> "DecodedRows[U]":
        """The same rows with `read(group)` for each group."""
        return DecodedRows(self.block, self.tags, self.origin, [read(group) for group in self.groups])

    @cached_property
    def targets(self) -> Places:
        """The code point of the block that each place answers, `[n_places]`; -1 where it answers none."""
        targets = np.full(len(self.tags), -1)
        targets[slice(len(self.block.codes)) if self.origin is None else self.origin] = np.arange(len(self.block.codes))
        return targets

    def answered(self, place: int, length: int) -> tuple[slice, slice]:
        """Which part of a row answered from `place` on is an answer, and for which code points of the block."""
        targets = self.targets[place : place + length]
        part = np.flatnonzero(targets >= 0)
        if not len(part):
            return slice(0), slice(0)
        first, last = int(part[0]), int(part[-1])
        return slice(first, last + 1), slice(int(targets[first]), int(targets[last]) + 1)


@dataclass(frozen=True)
class _Pieces:
    """Rows and windows of a block, `codes[starts : starts + lengths]`, each with the place of its answer. The windows
    of each longer row follow one another, from `n_whole` on."""

    starts: Places
    lengths: Places
    places: Places
    n_places: int
    n_whole: int
    chains: Sequence[list[Window]]


@dataclass(frozen=True)
class Layer(Generic[T]):
    """What is found in rows by the scores of one of a model's outputs: the model of this output, what holds for its
    spans, and what is read off each group of rows."""

    model: Model
    constraints: Constraints
    read: Callable[[RowGroup], T]


@dataclass(frozen=True)
class RowTagger:
    """Takes the rows of blocks through a model, under the standard with that number."""

    model: Model
    standard: int = 0
    window: int = WINDOW
    context: int = CONTEXT
    guard: Guard = UNGUARDED

    def tags(self, block: Block, constraints: Constraints) -> Tags:
        """A tag per code point of a block, `[n]`; 0 for the line feeds between rows."""
        pieces = self._pieces(block, constraints)
        kernel = None if constraints.words else self.model.tagging_kernel(pieces.lengths)
        if kernel:
            decoded = self._tag_natively(kernel, block, constraints, pieces)
        else:
            [decoded] = self._decode(block, pieces, [Layer(self.model, constraints, read_nothing)])
        return decoded.gather(decoded.tags)

    def _tag_natively(
        self, kernel: Kernel, block: Block, constraints: Constraints, pieces: _Pieces
    ) -> DecodedRows[None]:
        """The tags of all pieces in one call; no piece is without code points."""
        known = Known(constraints.edges, constraints.pos, constraints.spaces)
        rows = pieces.starts, pieces.lengths, pieces.places, pieces.n_places
        tags = kernel.tags(block.codes, *rows, known, self.standard)
        return DecodedRows(block, tags, self._stitch(block, pieces, tags, self.model.scheme), ())

    def decode(self, block: Block, constraints: Constraints, read: Callable[[RowGroup], T]) -> DecodedRows[T]:
        """The tags of a block's rows under constraints, and what `read` finds in the groups in which they are decoded:
        scores of a group are not kept beyond that."""
        [decoded] = self.decode_layers(block, [Layer(self.model, constraints, read)])
        return decoded

    def decode_layers(self, block: Block, layers: Sequence[Layer[T]]) -> list[DecodedRows[T]]:
        """The same for each of some layers of the model, the first ones, of one run of the net."""
        return self._decode(block, self._pieces(block, layers[0].constraints), layers)

    def _decode(self, block: Block, pieces: _Pieces, layers: Sequence[Layer[T]]) -> list[DecodedRows[T]]:
        tags = [np.zeros(pieces.n_places, np.int16) for _ in layers]
        order = np.argsort(-pieces.lengths, kind="stable")
        starts, lengths, places = pieces.starts[order], pieces.lengths[order], pieces.places[order]
        found: list[list[T]] = [[] for _ in layers]
        for first, last in batches(lengths, DECODED):
            rows = slice(first, last)
            groups = self._groups(block.codes, layers, starts[rows], lengths[rows], places[rows])
            steps = np.arange(lengths[first])
            inside = steps < lengths[rows, None]
            for of_layer, layer, readings in zip(tags, layers, found, strict=True):
                group = next(groups)
                of_layer[(places[rows, None] + steps)[inside]] = group.tags[inside]
                self.guard.pause()
                readings.append(layer.read(group))
                del group  # so that its scores are free before the next group needs as much memory
        return [
            DecodedRows(block, of_layer, self._stitch(block, pieces, of_layer, layer.model.scheme), readings)
            for of_layer, layer, readings in zip(tags, layers, found, strict=True)
        ]

    def _groups(
        self, codes: NDArray[np.int32], layers: Sequence[Layer[T]], starts: Places, lengths: Places, places: Places
    ) -> Iterator[RowGroup]:
        """Score, mask and decode the rows `codes[starts : starts + lengths]`, the longest first, none empty, for each
        layer."""
        steps = np.arange(lengths[0])
        # What follows a row stands in its padding: the model reads `lengths`, not padding.
        index = starts[:, None] + steps  # shape: [n_rows, time]
        chars = codes.take(index, mode="clip")
        rows = [layer.constraints.rows(starts, lengths, index, steps < lengths[:, None]) for layer in layers]
        parts: list[list[Scores]] = [[] for _ in layers]
        for first, last in batches(lengths, BATCH):
            self.guard.pause()
            window = np.ascontiguousarray(chars[first:last, : lengths[first]])
            scores = self._scores(window, lengths[first:last].astype(np.int32), len(layers))
            for layer, of_rows, of_layer, of_parts in zip(layers, rows, scores, parts, strict=True):
                of_rows.mask(of_layer, first, layer.model.decoder)
                of_parts.append(of_layer)
        for layer, of_rows, of_parts in zip(layers, rows, parts, strict=True):
            self.guard.pause()
            tags = layer.model.decoder.decode(of_parts, lengths, of_rows.words)
            yield RowGroup(of_parts, lengths, tags, places)

    def _scores(self, chars: NDArray[np.int32], lengths: NDArray[np.int32], n_layers: int) -> Sequence[Scores]:
        """The scores of a batch for each layer."""
        if n_layers == 1:
            return [self.model.scores(chars, lengths, self.standard)]
        return self.model.layer_scores(chars, lengths, self.standard)

    def _pieces(self, block: Block, constraints: Constraints) -> _Pieces:
        """What goes through the model whole, then the windows of longer rows."""
        whole = (block.lengths > 0) & (block.lengths <= self.window)
        if whole.all():
            return _Pieces(block.starts, block.lengths, block.starts, len(block.codes), len(whole), ())
        joined = constraints.joined
        chains = [
            windows(block.text, start, start + length, joined, window=self.window, context=self.context)
            for start, length in zip(block.starts[~whole].tolist(), block.lengths[~whole].tolist(), strict=True)
            if length
        ]
        starts = np.array([*block.starts[whole], *(window.start for chain in chains for window in chain)], np.int64)
        ends = np.array(
            [*(block.starts + block.lengths)[whole], *(window.end for chain in chains for window in chain)], np.int64
        )
        # Windows that overlap are answered behind the block's end, all other pieces where they stand.
        places, end, n_whole = starts.copy(), len(block.codes), int(whole.sum())
        index = n_whole
        for chain in chains:
            overlapped = False
            for window in chain:
                if window.overlaps or overlapped:
                    places[index] = end
                    end += window.end - window.start
                overlapped = window.overlaps
                index += 1
        return _Pieces(starts, ends - starts, places, end, n_whole, chains)

    def _stitch(self, block: Block, pieces: _Pieces, tags: Tags, scheme: Scheme) -> Places | None:
        """Where each code point is answered: None where every window answers in its own place."""
        if pieces.n_places == len(block.codes):
            return None
        origin, first = np.arange(len(block.codes)), pieces.n_whole
        for chain in pieces.chains:
            self._stitch_row(chain, pieces.places[first : first + len(chain)].tolist(), tags, origin, scheme)
            first += len(chain)
        return origin

    def _stitch_row(self, chain: list[Window], places: list[int], tags: Tags, origin: Places, scheme: Scheme) -> None:
        """Note where the windows of a row, answered at `places`, answer: of two that overlap the answer passes from one
        to the other where both begin a word."""
        begins, n_shared, taken = scheme.begins, 2 * self.context, 0
        followers = zip([*chain[1:], None], [*places[1:], 0], strict=True)
        for window, place, (following, next_place) in zip(chain, places, followers, strict=True):
            own_tags = tags[place : place + window.end - window.start]
            end, shared = len(own_tags), 0
            if window.overlaps and following:
                next_tags = tags[next_place : next_place + n_shared]
                shared = seam(begins(own_tags)[-n_shared:], begins(next_tags))
                end += shared - n_shared
            origin[window.start + taken : window.start + end] = np.arange(place + taken, place + end)
            taken = shared


def read_nothing(group: RowGroup) -> None:
    """For those who want the tags alone."""


def keep(group: RowGroup) -> RowGroup:
    """For those who want the rows as they are, with their scores."""
    return group
