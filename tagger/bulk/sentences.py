"""Tagged texts cut into their sentences, for formats that write each sentence by itself."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..text.block import Block, Spans
from ..text.sentence import WHITESPACE
from .tagged import TaggedTexts

_SPACES = "".join(WHITESPACE)


def split_texts(tagged: TaggedTexts) -> tuple[TaggedTexts, NDArray[np.bool_]]:
    """The sentences of texts as texts of their own, and a mask of those that are the first of their text.

    Whitespace around sentences is left out, as are sentences of nothing else; an empty text is one sentence.
    """
    block, spans = tagged.spans.block, tagged.spans
    rows = zip(block.starts.tolist(), (block.starts + block.lengths).tolist(), strict=True)
    parts = [block.text[start:end] for start, end in rows]
    first_rows = np.append(True, block.lasts[:-1])[: len(parts)]
    kept = np.array([bool(part.strip(_SPACES)) for part in parts], np.bool_) | (first_rows & block.lasts)
    texts = [part.strip(_SPACES) for part, is_kept in zip(parts, kept.tolist(), strict=True) if is_kept]
    split = Block.of(texts, section=len(block.text) + 1)
    indents = np.array([len(part) - len(part.lstrip(_SPACES)) for part in parts], np.int64)
    shifts = np.zeros(len(parts), np.int64)
    shifts[kept] = split.starts - (block.starts + indents)[kept]
    of_words = shifts[np.searchsorted(block.starts, spans.starts, side="right") - 1]
    placed = Spans.of(split, spans.starts + of_words, spans.ends + of_words, spans.pos)
    moved = replace(spans, block=split, starts=placed.starts, ends=placed.ends, firsts=placed.firsts)
    text_numbers = (np.cumsum(first_rows) - 1)[kept]
    is_first = np.append(True, np.diff(text_numbers) > 0)[: len(texts)]
    return replace(tagged, spans=moved, texts=texts, fields=(), cleaned=(), by_sentence=False), is_first


def sentence_offsets(tagged: TaggedTexts) -> list[list[dict[str, int]]]:
    """The sentences of each text, as values of JSON: half-open offsets in the original text."""
    block = tagged.spans.block
    starts = block.starts[block.lengths > 0]
    ends = starts + block.lengths[block.lengths > 0]
    rows = Spans.of(block, starts, ends, np.zeros(len(starts), np.intp))
    places = zip(*(column.tolist() for column in replace(tagged, spans=rows).offsets()), strict=True)
    offsets = [{"start": start, "end": end} for start, end in places]
    return [offsets[first:last] for first, last in pairwise(rows.firsts.tolist())]
