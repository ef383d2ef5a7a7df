"""Sentences become columns, read once, a block of them in memory at a time."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...corpus.blocks import Block
from ...files.array_cache import Sink
from ...text.characters import N_CODE_POINTS, SPACE, class_table, code_points
from ...text.hashes import hash_spans
from ...text.presegment import RunCounts
from ...text.scheme import BEGIN, END, MIDDLE, SINGLE
from ...text.sentence import Sentence
from .columns import N_LETTERS
from .known_forms import FormHashes

# Characters that are encoded together: few, so that words are gone before the garbage collector looks for them.
_BLOCK = 1 << 11


class Spans(NamedTuple):
    """The words or entities of sentences one after the other: starts, ends (half-open) and numbers of their kinds."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    kinds: NDArray[np.int64]


class _Numbers(dict[str | None, int]):
    """Numbers for kinds, in the order in which they are asked for."""

    def __missing__(self, kind: str | None) -> int:
        number = self[kind] = len(self)
        return number


class _Encoder:
    """Sentences become pieces of columns, a block at a time."""

    def __init__(self, sink: Sink, *, is_entities: bool, counts_runs: bool) -> None:
        self.sink, self.is_entities, self.counts_runs, self.runs = sink, is_entities, counts_runs, RunCounts()
        self.numbers, self.forms, self.inner_spaces = _Numbers(), FormHashes(), False
        self.rows = np.full(N_CODE_POINTS, -1, np.int32)  # of code points in the table
        self.table, self.counts = np.zeros(0, np.int32), np.zeros(0, np.int64)
        self.end = 0
        for name, dtype in (("chars", np.uint8), ("tags", np.uint8), ("bounds", np.int64)):
            sink.append(name, np.zeros(1 if name == "bounds" else 0, dtype))

    def add_sentences(self, sentences: Sequence[Sentence]) -> None:
        codes = code_points("".join(sentence.text for sentence in sentences))
        bounds = np.cumsum([0, *(len(sentence.text) for sentence in sentences)])
        self._add(codes, bounds, self._spans(sentences, bounds[:-1]))

    def add_block(self, block: Block) -> None:
        numbers = np.array([self.numbers[kind] for kind in block.kinds])
        self._add(block.codes, block.bounds, Spans(block.starts, block.ends, numbers[block.kind_ids]))

    def _add(self, codes: NDArray[np.int32], bounds: NDArray[np.int64], spans: Spans) -> None:
        if self.counts_runs:
            self.runs.add_all(codes, bounds, spans.starts)
        self.forms.add(hash_spans(codes, spans.starts, spans.ends))
        self.sink.append("chars", self._chars(codes))
        self.sink.append("tags", self._tags(codes, spans))
        self.sink.append("bounds", bounds[1:] + self.end)
        self.end += len(codes)

    def _chars(self, codes: NDArray[np.int32]) -> NDArray[Any]:
        new = np.unique(codes[self.rows.take(codes) < 0])
        self.rows[new] = np.arange(len(self.table), len(self.table) + len(new))
        self.table = np.concatenate([self.table, new])
        chars = self.rows.take(codes)
        counts = np.bincount(chars, minlength=len(self.table))
        counts[: len(self.counts)] += self.counts
        self.counts = counts
        return chars.astype(np.min_scalar_type(max(0, len(self.table) - 1)))

    def _spans(self, sentences: Sequence[Sentence], starts: NDArray[np.int64]) -> Spans:
        of_sentences = [sentence.entities if self.is_entities else sentence.words for sentence in sentences]
        spans: list[Sequence[Any]] = list(chain.from_iterable(of_sentences))
        if not spans:
            return Spans(*np.zeros((3, 0), np.int64))
        shift = np.repeat(starts, [len(spans) for spans in of_sentences])
        kinds = np.array([self.numbers[span[1]] for span in spans])
        begins, ends = np.array([span[2] for span in spans]), np.array([span[3] for span in spans])
        return Spans(begins + shift, ends + shift, kinds)

    def _tags(self, codes: NDArray[np.int32], spans: Spans) -> NDArray[Any]:
        tags = np.zeros(len(codes), np.int64)
        base, lengths = N_LETTERS * spans.kinds, spans.ends - spans.starts
        before = np.cumsum(lengths) - lengths
        inside = np.repeat(spans.starts - before, lengths) + np.arange(lengths.sum())
        tags[inside] = np.repeat(base + MIDDLE, lengths)
        tags[spans.starts], tags[spans.ends - 1] = base + BEGIN, base + END
        single = lengths == 1
        tags[spans.starts[single]] = base[single] + SINGLE
        self.inner_spaces = self.inner_spaces or bool((class_table().take(codes[inside]) == SPACE).any())
        return tags.astype(np.min_scalar_type(N_LETTERS * len(self.numbers)))

    def close(self) -> None:
        for name, column in (("table", self.table), ("counts", self.counts), ("forms", self.forms.table())):
            self.sink.append(name, column)
        self.sink.notes |= {"kinds": list(self.numbers), "inner_spaces": self.inner_spaces}
        self.sink.notes |= {"is_entities": self.is_entities, "n_seen": self.runs.n_seen}
        self.sink.notes |= {"n_cut": self.runs.n_cut}


def write_columns(found: Iterable[Block | Sentence], sink: Sink, *, is_entities: bool, counts_runs: bool) -> None:
    """Write the columns of sentences, reading them once, a block in memory at a time.

    With `is_entities` their entities are what the tags mark, else their words; with `counts_runs` the strings that the
    presegmenter knows are counted.
    """
    encoder = _Encoder(sink, is_entities=is_entities, counts_runs=counts_runs)
    waiting, n_chars = list[Sentence](), 0
    for item in chain(found, [None]):
        if isinstance(item, Sentence):
            waiting.append(item)
            n_chars += len(item.text)
        if waiting and (n_chars >= _BLOCK or not isinstance(item, Sentence)):
            encoder.add_sentences(waiting)
            waiting, n_chars = [], 0
        if isinstance(item, Block):
            encoder.add_block(item)
    encoder.close()
