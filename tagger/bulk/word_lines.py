"""Tagged texts as lines of words with spaces between them: the formats slash and segmented.

The lines are those that `corpus` writes for the same sentences, made from columns without an object per word.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..modelfile.native.runtime import wanted_library
from ..modelfile.native.writing import WrittenWords
from ..tagging.confidence import RatedSpans
from ..tagging.word_tagger import SpacedSpans
from ..text.block import LINE_FEED, Spans
from ..text.characters import N_CODE_POINTS, code_points
from ..text.sentence import WHITESPACE, Sentence
from .sentences import split_texts
from .tagged import TaggedTexts, TextAlternatives, encode

DOUBT = "?"  # stands after the POS of a doubtful word, or after a slash if words have no POS


def write_slash(tagged: TaggedTexts) -> bytes:
    """A line `word/POS word/POS …` per text or, by sentence, per sentence.

    Raises InputError for what such a line cannot hold.
    """
    if None in tagged.pos:
        raise InputError("expected a model with POS for the format slash, got one for words alone; use segmented")
    return _lines(tagged, [_suffix(str(name)) for name in tagged.pos])


def write_segmented(tagged: TaggedTexts) -> bytes:
    """A line `word word …` per text or, by sentence, per sentence. Raises InputError for what such a line cannot
    hold."""
    return _lines(tagged, [""] * len(tagged.pos))


def write_alternatives(line_of: Callable[[Sentence], str]) -> Callable[[TextAlternatives], bytes]:
    """Writes a line `probability TAB reading` per reading, and an empty line after each text. `line_of` writes a
    reading as a line, with its line feed."""

    def write(texts: TextAlternatives) -> bytes:
        lines = []
        for readings in texts.alternatives:
            lines += [f"{reading.probability:.6f}\t{line_of(reading.sentence)}" for reading in readings]
            lines.append("\n")
        return encode("".join(lines))

    return write


def _suffix(pos: str) -> str:
    if "/" in pos or not pos or not WHITESPACE.isdisjoint(pos):
        raise InputError(f"expected a POS without '/' and whitespace, got {pos!r}; use the format conllu or jsonl")
    return "/" + pos


@cache
def _is_space() -> NDArray[np.bool_]:
    """Mask `[0x110000]` of the code points that are whitespace."""
    table = np.zeros(N_CODE_POINTS, bool)
    table[[ord(char) for char in WHITESPACE]] = True
    return table


def _lines(tagged: TaggedTexts, suffixes: Sequence[str]) -> bytes:
    """The texts or, by sentence, the sentences, with a suffix after each word, by its POS, and a space.

    The last word of a line gets no space, nor does any if whitespace separates the words already. Doubtful words have
    DOUBT in their suffix.
    """
    spans = split_texts(tagged)[0].spans if tagged.by_sentence else tagged.spans
    pos = spans.pos
    if isinstance(spans, RatedSpans):
        pos = pos + len(suffixes) * spans.doubtful(pos=suffixes[0] != "")
        suffixes = [*suffixes, *((suffix or "/") + DOUBT for suffix in suffixes)]
    if tagged.some_words or (isinstance(spans, RatedSpans) and spans.overlapping):
        return encode(_words_alone(spans, [suffixes[i] for i in pos.tolist()]))
    _check_lines(spans)
    spaced = np.full(len(pos), not isinstance(spans, SpacedSpans))
    spaced[spans.firsts[1:][np.diff(spans.firsts) > 0] - 1] = False  # the last words
    return _insert(spans, 2 * pos + spaced, [suffix + space for suffix in suffixes for space in ("", " ")])


def _check_lines(spans: Spans) -> None:
    """Raises InputError for texts with a line feed and for words with whitespace."""
    block = spans.block
    spaces = np.flatnonzero(_is_space()[block.codes])
    if int((block.codes[spaces] == LINE_FEED).sum()) > len(block.starts):
        raise InputError("expected texts on one line, got a line feed in one; use the format jsonl")
    n_begun, n_ended = (np.searchsorted(edges, spaces, side="right") for edges in (spans.starts, spans.ends))
    if (n_begun != n_ended).any():
        raise InputError("expected words without whitespace, got one with some; use the format conllu or jsonl")


def _insert(spans: Spans, kinds: NDArray[np.int64], strings: Sequence[str]) -> bytes:
    """The text of the block with `strings[kinds[k]]` inserted after word `k`."""
    block, left_out = spans.block, None
    if not block.lasts.all():  # the line feeds between the rows of a text are not part of it
        left_out = np.zeros(len(block.codes), bool)
        left_out[(block.starts + block.lengths)[~block.lasts]] = True
    library = wanted_library()
    words = WrittenWords(block.codes, spans.starts, spans.ends, kinds, strings)
    written = words.lines(library, left_out) if library else None
    return encode(_insert_by_numpy(spans, kinds, strings, left_out)) if written is None else written


def _insert_by_numpy(
    spans: Spans, kinds: NDArray[np.int64], strings: Sequence[str], left_out: NDArray[np.bool_] | None
) -> str:
    block = spans.block
    sizes = np.array(list(map(len, strings)))[kinds]
    table = np.zeros((len(strings), max(map(len, strings))), np.int32)
    for row, string in zip(table, strings, strict=True):
        row[: len(string)] = code_points(string)
    # shape: [n_words, longest string] -> [all code points of the strings]
    inserted = table[kinds][np.arange(table.shape[1]) < sizes[:, None]]
    n_inserted = np.zeros(len(block.codes) + 1, np.int64)
    n_inserted[spans.ends] = sizes
    places = np.arange(len(block.codes)) + np.cumsum(n_inserted)[:-1]  # where the block's code points go
    codes = np.zeros(len(places) + len(inserted), np.int32)
    codes[places] = block.codes
    is_inserted = np.ones(len(codes), bool)
    is_inserted[places] = False
    codes[is_inserted] = inserted
    if left_out is not None:
        codes = np.delete(codes, places[left_out])
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _words_alone(spans: Spans, suffixes: Sequence[str]) -> str:
    """The words of each text, which may overlap, each with its suffix, and a space between them in place of what the
    text has there."""
    forms = spans.forms()
    for form in forms:
        if not WHITESPACE.isdisjoint(form):
            raise InputError(f"expected words without whitespace, got {form!r}; use the format jsonl")
    words = [form + suffix for form, suffix in zip(forms, suffixes, strict=True)]
    return "".join(" ".join(words[first:last]) + "\n" for first, last in pairwise(spans.firsts.tolist()))
