"""Many texts as one array of code points, and their words as columns, without a Python object per word."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .characters import code_points
from .sentence import Sentence, Word
from .windows import SECTION, sections

Places = NDArray[np.int64]
Unit = Literal["codepoint", "byte", "utf16"]
UNITS: tuple[Unit, ...] = ("codepoint", "byte", "utf16")
LINE_FEED = 10


def widths(codes: NDArray[Any], unit: Unit) -> NDArray[np.int8]:
    """How many units each code point takes, `[n]`: UTF-8 bytes, UTF-16 code units, or 1 for code points.

    A lone surrogate takes three bytes, as Python's `surrogatepass` writes it, or one UTF-16 code unit. Raises
    InputError for an unknown unit.
    """
    if unit == "byte":
        return 1 + (codes >= 0x80).view(np.int8) + (codes >= 0x800) + (codes >= 0x10000)
    if unit == "utf16":
        return 1 + (codes >= 0x10000).view(np.int8)
    if unit == "codepoint":
        return np.ones(len(codes), np.int8)
    raise InputError(f"expected offsets in {', '.join(UNITS)}, got {unit!r}; choose one of them")


@dataclass(frozen=True)
class Block:
    """Texts in one string, `text`, cut into rows. A line feed that belongs to no text follows each row.

    `codes [n]` are the code points of the string. Row `i` is `codes[starts[i] : starts[i] + lengths[i]]`. A text has
    one row, or several if it is long (see `windows.sections`); `lasts[i]` says whether row `i` is the last of its text.
    """

    text: str
    codes: NDArray[np.int32]
    starts: Places
    lengths: Places
    lasts: NDArray[np.bool_]

    @classmethod
    def of(
        cls, texts: Iterable[str], *, section: int = SECTION, split: Callable[[str], list[str]] | None = None
    ) -> Self:
        """The block of some texts, with rows of at most `section` code points; `split` cuts a text into parts that
        begin rows of their own. Raises InputError at a text that is not a string."""
        rows: list[str] = []
        lasts: list[bool] = []
        for text in texts:
            if not isinstance(text, str):
                raise _not_a_text(text)
            for part in (split(text) if split else ()) or (text,):
                rows += sections(part, section=section)
            lasts += [False] * (len(rows) - len(lasts) - 1)
            lasts.append(True)
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = "\n".join([*rows, ""])
        starts = np.cumsum(lengths + 1) - lengths - 1
        return cls(flat, code_points(flat), starts, lengths, np.array(lasts, bool))

    @classmethod
    def of_lines(cls, text: str, *, section: int = SECTION) -> Self:
        """The block whose texts are the lines of `text`; after a final line feed there is no further line."""
        if text and text[-1] != "\n":
            text += "\n"
        codes = code_points(text)
        ends = np.flatnonzero(codes == LINE_FEED)
        starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
        lengths = ends - starts
        if len(lengths) and lengths.max() > section:
            return cls.of(text[:-1].split("\n"), section=section)
        return cls(text, codes, starts, lengths, np.ones(len(starts), bool))

    @property
    def n_texts(self) -> int:
        """How many texts the block holds."""
        return int(self.lasts.sum())


def _not_a_text(value: object) -> InputError:
    remedy = "give several texts to the method tag" if isinstance(value, list | tuple) else "decode bytes to str first"
    return InputError(f"expected a text (str), got {type(value).__name__}; {remedy}")


@dataclass(frozen=True)
class Spans:
    """The words of a block, in order. Word `k` is `block.codes[starts[k] : ends[k]]`, and `pos[k]` is the index of its
    POS. The words of text `i` are those from `firsts[i]` up to, but without, `firsts[i + 1]`."""

    block: Block
    starts: Places
    ends: Places
    pos: NDArray[np.intp]
    firsts: Places

    columns: ClassVar[tuple[str, ...]] = ("starts", "ends", "pos")  # the fields with a value per word

    @classmethod
    def of(cls, block: Block, starts: Places, ends: Places, pos: NDArray[np.intp]) -> Self:
        """The words at these places in the block, which are in order."""
        ends_of_texts = (block.starts + block.lengths)[block.lasts]
        return cls(block, starts, ends, pos, np.concatenate([[0], np.searchsorted(starts, ends_of_texts)]))

    def where(self, is_kept: NDArray[np.bool_]) -> Self:
        """The words for which `is_kept`, `[n_words]`, is true."""
        before = np.append(0, np.cumsum(is_kept))
        kept = {name: getattr(self, name)[is_kept] for name in self.columns}
        return replace(self, firsts=before[self.firsts], **kept)

    def offsets(self, unit: Unit = "codepoint") -> tuple[Places, Places]:
        """The start and the end of each word within its text, `[n_words]`, half-open, in code points, UTF-8 bytes or
        UTF-16 code units. Raises InputError for another unit."""
        block = self.block
        if unit == "codepoint" and block.lasts.all():
            base = np.repeat(block.starts, np.diff(self.firsts))  # shape: [n_texts] -> [n_words]
            return self.starts - base, self.ends - base
        sizes = widths(block.codes, unit)
        ends_of_rows = block.starts + block.lengths
        sizes[ends_of_rows] = 0  # the line feeds between rows
        before = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])  # shape: [n] -> [n + 1]
        starts_of_texts = block.starts[np.concatenate([[True], block.lasts[:-1]])] if len(block.lasts) else block.starts
        base = np.repeat(before[starts_of_texts], np.diff(self.firsts))  # shape: [n_texts] -> [n_words]
        return before[self.starts] - base, before[self.ends] - base

    def row_numbers(self) -> Places:
        """The number of the row in which each word begins, from 0 in each text, `[n_words]`."""
        block = self.block
        rows: Places = np.searchsorted(block.starts, self.starts, "right") - 1
        first_rows = np.flatnonzero(np.append(True, block.lasts[:-1])[: len(block.lasts)])
        return rows - np.repeat(first_rows, np.diff(self.firsts))

    def forms(self) -> list[str]:
        """The words as strings."""
        text = self.block.text
        return [text[a:b] for a, b in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]

    def sentences(self, texts: Sequence[str], pos: Sequence[str | None]) -> list[Sentence]:
        """A Sentence for each of `texts`, of which the block was made; `pos` holds the names of the POS."""
        starts, ends = (column.tolist() for column in self.offsets())
        tags = [pos[i] for i in self.pos.tolist()]
        words = list(map(Word, self.forms(), tags, starts, ends))
        firsts = self.firsts.tolist()
        return [Sentence(text, tuple(words[a:b])) for text, a, b in zip(texts, firsts, firsts[1:], strict=False)]
