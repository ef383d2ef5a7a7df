"""Chunks of text with hard line ends, each of whole paragraphs."""

from collections.abc import Iterable, Iterator

from ..text.cleaning import ends_for_sure, paragraph_ends
from .chunks import Chunk


def whole_paragraphs(chunks: Iterable[Chunk], *, skip: bool) -> Iterator[Chunk]:
    """The lines of chunks in chunks that end where a paragraph ends.

    So the paragraphs of each chunk are those of the whole file, wherever that was cut. A paragraph is held until its
    end is known. With `skip` lines that are not UTF-8 count for none.
    """
    held: Chunk | None = None
    for new in chunks:
        chunk = held._replace(data=held.data + new.data) if held else new
        raw_lines = chunk.data.split(b"\n")
        n_lines = _count_closed(raw_lines[:-1], skip=skip)
        size = sum(map(len, raw_lines[:n_lines])) + n_lines
        if n_lines:
            yield chunk._replace(data=chunk.data[:size])
        held = chunk._replace(data=chunk.data[size:], number=chunk.number + n_lines, offset=chunk.offset + size)
    if held and held.data:
        yield held


def _count_closed(raw_lines: list[bytes], *, skip: bool) -> int:
    """How many lines, from the first, are paragraphs that no further line can continue."""
    lines: list[str] = []
    numbers: list[int] = []
    for number, raw in enumerate(raw_lines, 1):
        line = _decode(raw, skip=skip)
        if line is not None:
            lines.append(line)
            numbers.append(number)
    if not lines:
        return 0
    ends = paragraph_ends(lines)
    ends[-1] = ends_for_sure(lines[-1])
    return max((number for number, is_end in zip(numbers, ends, strict=True) if is_end), default=0)


def _decode(raw: bytes, *, skip: bool) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None if skip else raw.decode(errors="replace")
