"""Texts to words: rows of like length through the model together, words back in the order of the texts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores, Tags
from ..errors import InputError, ModelError
from ..modelfile.shipped import find
from ..modelfile.tagger import Model
from ..text.block import Block, Places, Spans
from ..text.presegment import Presegmenter
from ..text.sentence import Sentence
from ..text.windows import CONTEXT, WINDOW, Window, seam, windows
from .alternatives import Alternative, Distinct, Marginals, RowReader
from .confidence import RatedSpans, RatedWord, SpanRater, SpanSearch
from .constraints import Constraints
from .dictionary import Dictionary
from .known import Annotations

# Code points looked at together, to find batch mates of like length.
BLOCK = 1 << 17
# Padded code points per run of the model: small batches stay in the caches and are as fast as larger ones
# (measured at 8 to 32 sentences). Decoding does not mind size, so it takes several batches at once.
BATCH = 2048
DECODED = 1 << 16
# Looks at rows as they are decoded: their scores in parts, the longest first, lengths, tags, and where they go.
Reader = Callable[[Sequence[Scores], Places, Tags, Places], None]


class Tagger:
    """Finds the words of texts: `tagger("我喜欢北京")` for one, `tagger.tag(texts)` for a stream.

    An answer depends on its text alone, whatever else is in the batch. `presegmenter` keeps runs of characters whole
    (URLs, numbers, Latin words, …): by default those kinds that the model was trained with; `Presegmenter(())` keeps
    none. Entries of `dictionary` are hard constraints (`force`, `forbid`, …) or score bonuses (`prefer`); where
    dictionaries disagree, the later one holds. `standard` names the standard to follow, by default the model's first.
    `temperature` divides scores before they become probabilities, by default the model's own (see `calibrate`).
    Probabilities are the model's, given what presegmentation, dictionaries and known words allow; the bonus of a
    preferred word is not part of them. Safe to use from several threads. Raises InputError for a standard that the
    model does not have.
    """

    def __init__(
        self,
        model: Model,
        *,
        presegmenter: Presegmenter | None = None,
        dictionary: Dictionary | Sequence[Dictionary] = (),
        temperature: float | None = None,
        standard: str | None = None,
    ) -> None:
        if model.unit != "character":
            raise ModelError(f"{model.name}: expected a model of texts, got one of given words; use tagger.load_words")
        self.model = model
        self.standard = model.standard(standard)
        self.presegmenter = model.presegmenter if presegmenter is None else presegmenter
        self.dictionaries = (dictionary,) if isinstance(dictionary, Dictionary) else tuple(dictionary)
        self.temperature = model.temperature if temperature is None else temperature

    def with_dictionary(self, *dictionaries: Dictionary) -> Self:
        """A tagger with further dictionaries on the same open model."""
        chosen = copy(self)
        chosen.dictionaries = (*self.dictionaries, *dictionaries)
        return chosen

    def using(self, standard: str | None) -> Self:
        """A tagger of the same model that follows another standard. Raises InputError for one it has not."""
        chosen = copy(self)
        chosen.standard = self.model.standard(standard)
        return chosen

    @property
    def unknown_tags(self) -> tuple[str, ...]:
        """Tags of the dictionaries that the model does not have: it chooses those of their words itself."""
        pos = self.model.scheme.pos  # without any, tags are of no concern
        tags = {tag for dictionary in self.dictionaries for tag in dictionary.tag_names if pos}
        return tuple(sorted(tags.difference(pos)))

    def __call__(
        self, text: str, *, confidence: bool = False, known: Annotations = (), standard: str | None = None
    ) -> Sentence:
        """`given` are words and boundaries that are known. Raises InputError when `text` is not a string, and for
        what is given and cannot be."""
        return next(self.tag([text], confidence=confidence, known=[known], standard=standard))

    def tag(
        self,
        texts: Iterable[str],
        *,
        confidence: bool = False,
        known: Iterable[Annotations] | None = None,
        standard: str | None = None,
    ) -> Iterator[Sentence]:
        """A sentence per text, in order; with `confidence` its words are RatedWords, which carry their probability.
        What is `given` comes per text.

        Raises InputError at a text that is not a string, and at what is given and cannot be.
        """
        if standard is not None:
            yield from self.using(standard).tag(texts, confidence=confidence, known=known)
            return
        if isinstance(texts, str):
            raise InputError("expected several texts, got one string; call tagger(text), or pass [text]")
        pos = self.model.scheme.pos or (None,)
        marks = None if known is None else iter(known)
        for part in _parts(iter(texts)):
            own = [()] * len(part) if marks is None else list(islice(marks, len(part)))
            if len(own) < len(part):
                raise InputError("expected what is given for every text, got too little; give () for nothing")
            yield from (self.rated if confidence else self.spans)(Block.of(part), own).sentences(part, pos)

    def search_words(self, text: str, min_probability: float = 0.1, *, known: Annotations = ()) -> list[RatedWord]:
        """Every span of a text that is a word with a probability of at least `min_probability`, whatever its POS,
        with its likeliest one: coarse and fine words, which overlap, in order of their starts, then ends.

        Raises InputError when `text` is not a string, or `min_probability` not above 0 and at most 1.
        """
        found = self.search(Block.of([text]), min_probability, [known])
        [sentence] = found.sentences([text], self.model.scheme.pos or (None,))
        return [word for word in sentence.words if isinstance(word, RatedWord)]

    def alternatives(
        self, text: str, n: int = 5, *, distinct: Distinct = "words", known: Annotations = ()
    ) -> list[Alternative]:
        """The `n` best readings of a text, the best first; fewer if there are no more (see `nbest`).

        They differ in their words, each with the tags that are best for them, or with `distinct="tags"` in their words
        or tags. Raises InputError when `text` is not a string, `n` below 1, or for tags of a factored head.
        """
        block, rows = Block.of([text]), RowReader(self.model.decoder, self.model.scheme, self.temperature)
        return rows.alternatives(block, *self.answers(block, [known], rows), text, n, distinct)

    def marginals(self, text: str, *, known: Annotations = ()) -> Marginals:
        """How likely each tag is at each code point of a text, and each boundary between two of them.

        Raises InputError when `text` is not a string.
        """
        block, rows = Block.of([text]), RowReader(self.model.decoder, self.model.scheme, self.temperature)
        return rows.marginals(block, *self.answers(block, [known], rows))

    def spans(self, block: Block, known: Sequence[Annotations] = ()) -> Spans:
        """The words of a block of texts, as columns: what everything that tags is built on."""
        return Spans.of(block, *self.model.scheme.spans(self.tags(block, known)))

    def rated(self, block: Block, known: Sequence[Annotations] = ()) -> RatedSpans:
        """The same with their probabilities."""
        ratings = SpanRater(self.model.decoder, self.model.scheme, self.temperature)
        return ratings.spans(block, *self.answers(block, known, ratings))

    def search(self, block: Block, min_probability: float, known: Sequence[Annotations] = ()) -> RatedSpans:
        """`search_words` for a block."""
        if not 0 < min_probability <= 1:
            raise InputError(f"expected a least probability above 0 and at most 1, got {min_probability}; try 0.1")
        search = SpanSearch(self.model.decoder, self.temperature, min_probability)
        return search.spans(block, *self.answers(block, known, search))

    def tags(self, block: Block, known: Sequence[Annotations] = ()) -> Tags:
        """A tag per code point of a block, `[n]`; 0 for the line feeds between rows."""
        tags, origin = self.answers(block, known)
        return tags[origin]

    def answers(
        self, block: Block, known: Sequence[Annotations] = (), read: Reader | None = None
    ) -> tuple[Tags, slice | Places]:
        """The tags of all rows and windows, and where among them the code points of the block are answered.

        `read` gets to see the rows as they are decoded.
        """
        constraints = self.constraints(block, known)
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
        self._tag(block.codes, constraints, starts, ends - starts, tags, places, read)
        if end == len(block.codes):
            return tags, slice(end)
        origin = np.arange(len(block.codes))
        at = int(short.sum())
        for chain in chains:
            self._stitch(chain, places[at : at + len(chain)].tolist(), tags, origin)
            at += len(chain)
        return tags, origin

    def constraints(self, block: Block, known: Sequence[Annotations] = ()) -> Constraints:
        """What runs, dictionaries and, per text, what is given leave to the model."""
        joined = self.presegmenter.joined_mask(block.text)
        if not self.dictionaries and not any(known):
            return Constraints(joined.view(np.int8))
        return Constraints.of(block, joined, self.model.scheme, self.dictionaries, known)

    def _stitch(self, chain: list[Window], places: list[int], tags: Tags, origin: Places) -> None:
        """Note where overlapping windows, answered at `places`, answer: go over where both begin a word."""
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
            origin[window.start + taken : window.start + end] = np.arange(place + taken, place + end)
            taken = shared

    def _tag(
        self,
        codes: NDArray[np.int32],
        constraints: Constraints,
        starts: Places,
        lengths: Places,
        tags: Tags,
        places: Places,
        read: Reader | None,
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
                window = np.ascontiguousarray(chars[begin:end, :time])
                parts.append(self.model.scores(window, own.astype(np.int32), self.standard))
                rows.mask(parts[-1], begin, self.model.decoder)
            found = self.model.decoder.decode(parts, lengths[first:last], rows.words)
            tags[(places[first:last, None] + steps)[inside]] = found[inside]
            if read:
                read(parts, lengths[first:last], found, places[first:last])


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
    presegmenter: Presegmenter | None = None,
    dictionary: Dictionary | Sequence[Dictionary] = (),
    standard: str | None = None,
) -> Tagger:
    """A tagger from a model file, or from the name of a model in the package (`zh-small` without one; see `shipped`).
    Raises ModelError when it cannot be used, InputError for a standard that it has not."""
    return Tagger(Model.open(find(model)), presegmenter=presegmenter, dictionary=dictionary, standard=standard)
