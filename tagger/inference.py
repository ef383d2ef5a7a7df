"""Texts to words: rows of like length through the model together, words back in the order of the texts."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .block import Block, Places, Spans
from .constraint import Constraints
from .decoding import Tags
from .dictionary import Dictionary
from .errors import InputError
from .given import Marks
from .model import Model
from .runs import Runs
from .shipped import find
from .text import Sentence
from .window import CONTEXT, WINDOW, Window, seam, windows

# Code points looked at together, to find batch mates of like length.
BLOCK = 1 << 17
# Padded code points per run of the model: small batches stay in the caches and are as fast as larger ones
# (measured at 8 to 32 sentences). Decoding does not mind size, so it takes several batches at once.
BATCH = 2048
DECODED = 1 << 16


class Tagger:
    """Finds the words of texts: `tagger("我喜欢北京")` for one, `tagger.tag(texts)` for a stream.

    An answer depends on its text alone, whatever else is in the batch. `runs` are kept together (URLs,
    numbers, Latin words, …): those that the model was trained with by default, `Runs(())` for none. The entries of
    `dictionary` are obeyed; of several dictionaries the later ones go first. Safe to use from several threads.
    """

    def __init__(
        self, model: Model, *, runs: Runs | None = None, dictionary: Dictionary | Sequence[Dictionary] = ()
    ) -> None:
        self.model = model
        self.runs = model.runs if runs is None else runs
        self.dictionaries = (dictionary,) if isinstance(dictionary, Dictionary) else tuple(dictionary)

    def with_dictionary(self, *dictionaries: Dictionary) -> Self:
        """A tagger with further dictionaries on the same open model."""
        return type(self)(self.model, runs=self.runs, dictionary=(*self.dictionaries, *dictionaries))

    @property
    def unknown_tags(self) -> tuple[str, ...]:
        """Tags of the dictionaries that the model does not have: it chooses those of their words itself."""
        pos = self.model.scheme.pos  # without any, tags are of no concern
        tags = {tag for dictionary in self.dictionaries for tag in dictionary.tag_names if pos}
        return tuple(sorted(tags.difference(pos)))

    def __call__(self, text: str, *, given: Marks = ()) -> Sentence:
        """`given` are words and boundaries that are known. Raises InputError when `text` is not a string, and for
        what is given and cannot be."""
        return next(self.tag([text], given=[given]))

    def tag(self, texts: Iterable[str], *, given: Iterable[Marks] | None = None) -> Iterator[Sentence]:
        """A sentence per text, in order; what is `given` comes per text. Raises InputError at a text that is not a
        string, and at what is given and cannot be."""
        if isinstance(texts, str):
            raise InputError("expected several texts, got one string; call tagger(text), or pass [text]")
        pos = self.model.scheme.pos or (None,)
        marks = None if given is None else iter(given)
        for part in _parts(iter(texts)):
            own = [()] * len(part) if marks is None else list(islice(marks, len(part)))
            if len(own) < len(part):
                raise InputError("expected what is given for every text, got too little; give () for nothing")
            yield from self.spans(Block.of(part), own).sentences(part, pos)

    def spans(self, block: Block, given: Sequence[Marks] = ()) -> Spans:
        """The words of a block of texts, as columns: what everything that tags is built on."""
        return Spans.of(block, *self.model.scheme.spans(self.tags(block, given)))

    def tags(self, block: Block, given: Sequence[Marks] = ()) -> Tags:
        """A tag per code point of a block, `[n]`; 0 for the line feeds between rows."""
        constraints = self.constraints(block, given)
        joined = constraints.joined
        short = (block.lengths > 0) & (block.lengths <= WINDOW)
        chains = [
            windows(block.text, start, start + length, joined)
            for start, length in zip(block.starts[~short].tolist(), block.lengths[~short].tolist(), strict=True)
            if length
        ]
        pieces = [window for chain in chains for window in chain]
        starts = np.array([*block.starts[short], *(window.start for window in pieces)], np.int64)
        ends = np.array([*(block.starts + block.lengths)[short], *(window.end for window in pieces)], np.int64)
        # Each piece is answered in its own place, but windows that overlap after the block's end.
        places, end = starts.copy(), len(block.codes)
        at = int(short.sum())
        for chain in chains:
            before = False
            for window in chain:
                if window.overlaps or before:
                    places[at] = end
                    end += window.end - window.start
                before = window.overlaps
                at += 1
        tags = np.zeros(end, np.int16)
        self._tag(block.codes, constraints, starts, ends - starts, tags, places)
        at = int(short.sum())
        for chain in chains:
            self._stitch(chain, places[at : at + len(chain)].tolist(), tags)
            at += len(chain)
        return tags[: len(block.codes)]

    def constraints(self, block: Block, given: Sequence[Marks] = ()) -> Constraints:
        """What runs, dictionaries and, per text, what is given leave to the model."""
        joined = self.runs.joined(block.text)
        if not self.dictionaries and not any(given):
            return Constraints(joined.view(np.int8))
        return Constraints.of(block, joined, self.model.scheme, self.dictionaries, given)

    def _stitch(self, chain: list[Window], places: list[int], tags: Tags) -> None:
        """Put overlapping windows, answered at `places`, where they belong: go over where both begin a word."""
        begins, taken = self.model.scheme.begins, 0
        for window, following, place, next_place in zip(
            chain, [*chain[1:], None], places, [*places[1:], 0], strict=True
        ):
            own = tags[place : place + window.end - window.start]
            end = len(own)
            shared = 0
            if window.overlaps and following:
                other = tags[next_place : next_place + 2 * CONTEXT]
                shared = seam(begins(own)[-2 * CONTEXT :], begins(other))
                end += shared - 2 * CONTEXT
            tags[window.start + taken : window.start + end] = own[taken:end]
            taken = shared

    def _tag(
        self,
        codes: NDArray[np.int32],
        constraints: Constraints,
        starts: Places,
        lengths: Places,
        tags: Tags,
        places: Places,
    ) -> None:
        """Tag the rows `codes[starts : starts + lengths]`, none empty, into `tags` from `places` on."""
        order = np.argsort(-lengths, kind="stable")
        starts, lengths, places = starts[order], lengths[order], places[order]
        for first, last in _cuts(lengths, DECODED):
            steps = np.arange(lengths[first])
            inside = steps < lengths[first:last, None]
            # What follows a row stands in its padding: the model reads `lengths`, not padding.
            at = starts[first:last, None] + steps
            chars = codes.take(at, mode="clip")
            rows = constraints.rows(starts[first:last], lengths[first:last], at, inside)
            parts = []
            for begin, end in _cuts(lengths[first:last], BATCH):
                own, time = lengths[first + begin : first + end], lengths[first + begin]
                parts.append(self.model.scores(np.ascontiguousarray(chars[begin:end, :time]), own.astype(np.int32)))
                rows.mask(parts[-1], begin, self.model.decoder)
            found = self.model.decoder.decode(parts, lengths[first:last], rows.words)
            tags[(places[first:last, None] + steps)[inside]] = found[inside]


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
    """Runs of rows, longest first, of at most `budget` padded code points, or one row."""
    first = 0
    while first < len(lengths):
        last = min(len(lengths), first + max(1, budget // int(lengths[first])))
        yield first, last
        first = last


def load(
    model: str | Path | None = None,
    *,
    runs: Runs | None = None,
    dictionary: Dictionary | Sequence[Dictionary] = (),
) -> Tagger:
    """A tagger from a model file, or from the name of a model in the package (`zh-small` without one; see `shipped`).
    Raises ModelError when it cannot be used."""
    return Tagger(Model.open(find(model)), runs=runs, dictionary=dictionary)
