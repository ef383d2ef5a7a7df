"""Texts to words: rows of like length through the model together, words back in the order of the texts."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block, Places, Spans
from .decoding import Tags, join
from .errors import InputError
from .model import Model
from .runs import Runs
from .text import Sentence
from .window import CONTEXT, WINDOW, seam, windows

# Code points looked at together, to find batch mates of like length.
BLOCK = 1 << 17
# Padded code points per run of the model: small batches stay in the caches and are as fast as larger ones
# (measured at 8 to 32 sentences). Decoding does not mind size, so it takes several batches at once.
BATCH = 2048
DECODED = 1 << 16


class Tagger:
    """Finds the words of texts: `tagger("我喜欢北京")` for one, `tagger.tag(texts)` for a stream.

    An answer depends on its text alone, whatever else is in the batch. `runs` are kept together (URLs,
    numbers, Latin words, …): those that the model was trained with by default, `Runs(())` for none.
    Safe to use from several threads.
    """

    def __init__(self, model: Model, *, runs: Runs | None = None) -> None:
        self.model = model
        self.runs = model.runs if runs is None else runs

    def __call__(self, text: str) -> Sentence:
        """Raises InputError when `text` is not a string."""
        return next(self.tag([text]))

    def tag(self, texts: Iterable[str]) -> Iterator[Sentence]:
        """A sentence per text, in order. Raises InputError at a text that is not a string."""
        if isinstance(texts, str):
            raise InputError("expected several texts, got one string; call tagger(text), or pass [text]")
        pos = self.model.scheme.pos or (None,)
        for part in _parts(iter(texts)):
            yield from self.spans(Block.of(part)).sentences(part, pos)

    def spans(self, block: Block) -> Spans:
        """The words of a block of texts, as columns: what everything that tags is built on."""
        return Spans.of(block, *self.model.scheme.spans(self.tags(block)))

    def tags(self, block: Block) -> Tags:
        """A tag per code point of a block, `[n]`; 0 for the line feeds between rows."""
        tags = np.zeros(len(block.codes), np.int16)
        joined = self.runs.joined(block.text)
        short = (block.lengths > 0) & (block.lengths <= WINDOW)
        self._tag(block.codes, joined, block.starts[short], block.lengths[short], tags, block.starts[short])
        for row in np.flatnonzero(block.lengths > WINDOW).tolist():
            self._tag_long(block, joined, row, tags)
        return tags

    def _tag(
        self,
        codes: NDArray[np.int32],
        joined: NDArray[np.bool_],
        starts: Places,
        lengths: Places,
        tags: Tags,
        places: Places,
    ) -> None:
        """Tag the rows `codes[starts : starts + lengths]`, none empty, into `tags` from `places` on."""
        order = np.argsort(lengths, kind="stable")
        starts, lengths, places = starts[order], lengths[order], places[order]
        for first, last in _cuts(lengths, DECODED):
            steps = np.arange(lengths[last - 1])
            inside = steps < lengths[first:last, None]
            at = np.where(inside, starts[first:last, None] + steps, 0)
            scores = self._scores(np.where(inside, codes[at], 0).astype(np.int32), lengths[first:last])
            goes_on = inside & joined[at]
            goes_on[:, 0] = False  # the first code point of a window begins a word, whatever came before
            if goes_on.any():
                join(scores, goes_on, self.model.decoder.n_pos)
            found = self.model.decoder(scores, lengths[first:last])
            tags[(places[first:last, None] + steps)[inside]] = found[inside]

    def _scores(self, codes: NDArray[np.int32], lengths: Places) -> NDArray[np.float32]:
        """Scores `[rows, time, n_scores]` of rows sorted by length; 0 where a row is padded."""
        scores: NDArray[np.float32] | None = None
        for first, last in _cuts(lengths, BATCH):
            time = lengths[last - 1]
            part = self.model.scores(
                np.ascontiguousarray(codes[first:last, :time]), lengths[first:last].astype(np.int32)
            )
            if scores is None:
                if last == len(lengths):
                    return part
                scores = np.zeros((*codes.shape, part.shape[2]), np.float32)
            scores[first:last, :time] = part
        assert scores is not None
        return scores

    def _tag_long(self, block: Block, joined: NDArray[np.bool_], row: int, tags: Tags) -> None:
        """Tag a row window by window, going over from one to the next where both begin a word."""
        start = int(block.starts[row])
        parts = windows(block.text, start, start + int(block.lengths[row]), joined)
        starts = np.array([part.start for part in parts])
        lengths = np.array([part.end for part in parts]) - starts
        places = np.cumsum(lengths) - lengths
        found = np.zeros(int(lengths.sum()), np.int16)
        self._tag(block.codes, joined, starts, lengths, found, places)
        scheme = self.model.scheme
        taken = 0  # of the window at hand, what the one before has answered for
        for i, (part, place, length) in enumerate(zip(parts, places.tolist(), lengths.tolist(), strict=True)):
            own = found[place : place + length]
            end = length
            if part.overlaps:
                following = found[places[i + 1] :][: 2 * CONTEXT]
                shared = seam(scheme.begins(own)[-2 * CONTEXT :], scheme.begins(following))
                end = length - 2 * CONTEXT + shared
            tags[part.start + taken : part.start + end] = own[taken:end]
            taken = shared if part.overlaps else 0


def _parts(texts: Iterator[str]) -> Iterator[list[str]]:
    """Texts in lists of about BLOCK code points; the first ones shorter, so that a stream answers soon."""
    limit = BLOCK // 16
    while part := list(islice(texts, 1)):
        size = _size(part[0])
        while size < limit and (more := list(islice(texts, 1))):
            part += more
            size += _size(more[0])
        yield part
        limit = min(2 * limit, BLOCK)


def _size(text: Any) -> int:
    return 1 + len(text) if isinstance(text, str) else 1


def _cuts(lengths: Places, budget: int) -> Iterator[tuple[int, int]]:
    """Runs of rows, sorted by length, of at most `budget` padded code points, or one row."""
    first = 0
    while first < len(lengths):
        # How many rows fit grows with their number while each is as long as the last of them.
        low, high = first + 1, len(lengths)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if (middle - first) * lengths[middle - 1] <= budget else (low, middle - 1)
        yield first, low
        first = low


def load(path: str | Path, *, runs: Runs | None = None) -> Tagger:
    """A tagger from a model file. Raises ModelError when it cannot be used."""
    return Tagger(Model.open(path), runs=runs)
