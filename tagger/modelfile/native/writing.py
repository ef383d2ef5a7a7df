"""Words as text by the compiled library: lines with something after each word, and objects of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .library import Library
from .structures import Memory, TnWritten

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class WrittenWords:
    """Words `codes[starts : ends]`, in order, and for each the number of the string that is written with it."""

    codes: NDArray[np.int32]
    starts: Numbers
    ends: Numbers
    kinds: NDArray[Any]
    strings: Sequence[str]

    def lines(self, library: Library, left_out: NDArray[np.bool_] | None) -> bytes | None:
        """All code points that are not left out in UTF-8, with its string after each word; None where a lone surrogate
        is among them."""
        words, memory, n_bytes = self._structure()
        words.left_out = None if left_out is None else memory.place(left_out, np.uint8)
        to = np.empty(4 * len(self.codes) + n_bytes + _MARGIN, np.uint8)
        n = library.functions.tn_write_lines(words, to.ctypes.data, len(to))
        del memory  # it lives until the call is over
        return None if n < 0 else to[:n].tobytes()

    def objects(self, library: Library, offsets: tuple[Numbers, Numbers]) -> tuple[bytes, Numbers] | None:
        """An object for each word, `{"form": "`, the word, its string, the first offset, `, "end": `, the second one,
        `}, `, and where each begins, with the end of all of them; None where a lone surrogate is among them."""
        words, memory, n_bytes = self._structure()
        for name, column in zip(("from", "to"), offsets, strict=True):
            setattr(words, name, memory.place(column, np.int64))
        n_words = len(self.starts)
        size = _ESCAPE * int((self.ends - self.starts).sum()) + n_bytes + _OBJECT * n_words + _MARGIN
        to, places = np.empty(size, np.uint8), np.zeros(n_words + 1, np.int64)
        n = library.functions.tn_write_objects(words, to.ctypes.data, len(to), places.ctypes.data)
        del memory
        places[-1] = n
        return None if n < 0 else (to[:n].tobytes(), places)

    def _structure(self) -> tuple[TnWritten, Memory, int]:
        """What C reads, its memory, and how many bytes all strings take together."""
        memory, strings = Memory(), [string.encode() for string in self.strings]
        sizes = np.array([len(string) for string in strings], np.int64)
        text = np.frombuffer(b"".join(strings), np.uint8)
        columns = (memory.place(column, np.int64) for column in (self.starts, self.ends, self.kinds))
        words = TnWritten(
            memory.place(self.codes, np.int32),
            None,
            len(self.codes),
            *columns,
            len(self.starts),
            memory.place(text, np.uint8),
            memory.place(np.append(0, np.cumsum(sizes)), np.int64),
            len(text),
            len(strings),
        )
        return words, memory, int(sizes[self.kinds].sum())


# Bytes of the longest escape of a character, and of an object beside its form and string; and what C may want to spare.
_ESCAPE, _OBJECT, _MARGIN = 6, 70, 8
