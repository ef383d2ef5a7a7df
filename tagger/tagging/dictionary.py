"""User dictionaries: words that are tagged wherever they match, that get a bonus, or that are ruled out.

Words may hold spaces. Strengths:

- `force`: a word wherever it matches. Of matches that overlap the longest counts, of equally long ones the first.
- `prefer`: for each character after the first the weight is added to the score of every answer with exactly this word,
  and with its tag if it has one. A single character gets no bonus, nor does a word inside a longer one to prefer that
  has the same weight. The default weight is that of a short list (see `entries`) or, in a longer one, less.
- `forbid`: not a word, unless there is no other way.
- `join`: no boundary inside; the word may be longer.
- `cut`: a boundary at every `|` of the entry (`的|话`).

A word that begins or ends with a letter does not match next to a letter; with a digit it does not match next to one.
Files are read by `dictionary_formats`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain, compress
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..extras import needed_for
from ..text.characters import CLASSES, N_CODE_POINTS, class_table, code_points, folding
from .dictionary_formats import DictionaryFile, Format, read_entries
from .entries import CUT, LONG, STRENGTHS, WEIGHT, WEIGHT_OF_LONG, Entry, EntryTable, Strength
from .guard import UNGUARDED, Guard

_NO_CHARACTER = 0x10FFFF
PIECE, SMALL_PIECE = 1 << 10, 1 << 7  # code points that are searched at a time, at most and at least
FOUND = 1 << 12  # matches of a piece, about; dense texts are searched in smaller pieces, a millisecond each
# Two characters of both scripts, each with the simplified one that it may stand for: 看著 (看着), 乾淨 (干净).
_AMBIGUOUS = {0x8457: 0x7740, 0x4E7E: 0x5E72}


class Matches(NamedTuple):
    """Where entries match: code points `starts` to `ends` (half-open), and the numbers of the entries."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    entries: NDArray[np.int64]


@dataclass(frozen=True)
class DictionaryOptions:
    """How dictionary files are read and matched: the arguments of `Dictionary.read`."""

    strength: Strength = "force"
    format: Format | None = None
    encoding: str = "utf-8"
    fold: bool = False
    exact: bool = False

    def read(self, path: str | Path) -> "Dictionary":
        """Reads a file. Raises InputError as `Dictionary.read` does."""
        return Dictionary.read(
            path,
            strength=self.strength,
            format=self.format,
            encoding=self.encoding,
            fold=self.fold,
            exact=self.exact,
        )


FORCED = DictionaryOptions()  # the defaults: words to force, in the format that their file looks like


class Dictionary:
    """Entries that are found in a text in one pass, however many there are (Aho and Corasick 1975).

    Plain strings are words to `force`. Of several entries of a word the last one counts. An entry in traditional or
    simplified characters matches text in the other script, unless `exact`. With `fold`, full-width and half-width forms
    match each other. Raises InputError for a bad entry.

    Per entry: `strengths` (FORCE, …), `weights`, `tags` (numbers in `tag_names`, -1 for none), and whether it has
    `matched` any text so far. `marks`, by the number of an entry to cut, says how many of its characters come before
    each boundary. `file` says how the file was read; None if there is none. `own_tags` are the tags of entries in our
    own format, each with the file and line that has it first, empty if there is none.
    """

    def __init__(
        self, entries: Iterable[Entry | tuple[Any, ...] | str] = (), *, fold: bool = False, exact: bool = False
    ) -> None:
        table = EntryTable()
        for entry in entries:
            table.add(Entry.of(entry))
        self._build(table, None, fold, exact)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        strength: Strength = "force",
        format: Format | None = None,
        encoding: str = "utf-8",
        fold: bool = False,
        exact: bool = False,
    ) -> Self:
        """A file of entries, plain or compressed; `strength` is that of lines that name none. Without a `format` the
        file is read in the one that it looks like, and `file` says in which.

        Raises InputError for a file that cannot be read and, with its number, for a bad line.
        """
        if strength not in STRENGTHS[:3]:
            raise InputError(f"expected a strength among {', '.join(STRENGTHS[:3])}, got {strength!r}; choose one")
        table, file = read_entries(Path(path), strength, format, encoding)
        dictionary = cls.__new__(cls)
        dictionary._build(table, file, fold, exact)
        return dictionary

    def _build(self, table: EntryTable, file: DictionaryFile | None, fold: bool, exact: bool) -> None:
        words = list(table.kinds)
        numbers = np.fromiter(table.kinds.values(), np.int64, len(words))
        marks = table.marks
        self._joined_words = "\n".join(words)  # takes much less memory than a string per word
        self._fold, self._exact = fold, exact
        self._folding = _folding_table(fold=fold, exact=exact)
        if self._folding is not None:
            names, (words, is_kept) = words, _read_words(words, self._joined_words, self._folding)
            if not is_kept.all():
                self._joined_words = "\n".join(compress(names, is_kept.tolist()))
                words, numbers = list(compress(words, is_kept.tolist())), numbers[is_kept]
            marks = {_folded(word, self._folding): places for word, places in marks.items()}
        self.file = file
        kinds = list(table.numbers)
        self.tag_names = tuple(sorted({kinds[k][1] or "" for k in np.unique(numbers)} - {""}))
        self.own_tags = {
            tag: f"{file.path}:{line}" if file else "" for tag, line in table.own_tags.items() if tag in self.tag_names
        }
        tags = {tag: i for i, tag in enumerate(self.tag_names)}
        self.strengths = np.array([STRENGTHS.index(strength) for strength, _, _ in kinds], np.int8)[numbers]
        self.tags = np.array([tags.get(tag or "", -1) for _, tag, _ in kinds], np.int16)[numbers]
        default = WEIGHT if len(words) <= LONG else WEIGHT_OF_LONG
        weights = [default if weight is None else weight for _, _, weight in kinds]
        self.weights = np.array(weights, np.float32)[numbers]
        self.marks = {i: marks[words[i]] for i in np.flatnonzero(self.strengths == CUT).tolist()}
        self.matched = np.zeros(len(words), np.bool_)
        self._longest = max(map(len, words), default=0)
        self._automaton = _automaton(words)

    def __getstate__(self) -> dict[str, Any]:
        """All but the automaton, which cannot be copied, and the table of folding."""
        return {name: value for name, value in vars(self).items() if name not in ("_automaton", "_folding")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._folding = _folding_table(fold=self._fold, exact=self._exact)
        words = self._joined_words.split("\n") if len(self) else []
        self._automaton = _automaton([_folded(word, self._folding) for word in words])

    def __len__(self) -> int:
        return len(self.strengths)

    def word(self, entry: int) -> str:
        """The word of the entry of a number."""
        return self._joined_words.split("\n")[entry]

    @property
    def unmatched(self) -> list[str]:
        """The words of the entries that have matched no text so far."""
        words = self._joined_words.split("\n")
        return [words[i] for i in np.flatnonzero(~self.matched)]

    def find(self, text: str, guard: Guard = UNGUARDED, most: int | None = None) -> Matches:
        """All places where entries match, however they overlap. Raises TooManyMatchesError for more than `most`."""
        codes = code_points(text)
        folded = _folded(text, self._folding)
        try:
            folded.encode()
        except UnicodeEncodeError:  # lone surrogates, which no entry has
            safe = np.where((codes >= 0xD800) & (codes < 0xE000), _NO_CHARACTER, codes)
            safe = safe if self._folding is None else self._folding[safe]
            folded = safe.tobytes().decode("utf-32-le")
        columns = self._find_columns(folded, guard, most)
        kinds = edge_kinds()[codes]
        within = np.zeros(len(codes) + 1, bool)
        within[1:-1] = (kinds[1:] == kinds[:-1]) & (kinds[1:] > 0)
        columns = columns[~(within[columns[:, 0]] | within[columns[:, 1]])]
        self.matched[columns[:, 2]] = True
        return Matches(*columns.T)

    def _find_columns(self, text: str, guard: Guard, most: int | None) -> NDArray[np.int64]:
        """Start, end and entry of each match, `[n_matches, 3]`. Long texts are searched in pieces, each with as much of
        the one before as a match may have, so that the matches of one piece alone are Python objects at a time."""
        parts, n_matches, overlap = [np.zeros((0, 3), np.int64)], 0, max(self._longest - 1, 0)
        first, piece = 0, SMALL_PIECE
        while first < len(text):
            guard.pause()
            before = max(0, first - overlap)
            found = self._automaton.find_overlapping(text[before : first + piece])
            columns = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
            columns[:, :2] += before
            parts.append(columns[columns[:, 1] > first])
            first, piece = first + piece, min(PIECE, max(SMALL_PIECE, piece * FOUND // (len(found) + 1)))
            n_matches += len(parts[-1])
            if most is not None and n_matches > most:
                raise guard.too_many()
        return np.concatenate(parts)


def _read_words(words: list[str], joined: str, table: NDArray[np.int32]) -> tuple[list[str], NDArray[np.bool_]]:
    """The words as `table` reads them, and which of them to keep: of words that are read alike the last one.
    `joined` has a word on each line."""
    codes = code_points(joined)
    is_changed = np.zeros(len(words), np.bool_)
    is_changed[np.cumsum(codes == ord("\n"))[codes != table[codes]]] = True
    changed = np.flatnonzero(is_changed).tolist()
    is_kept = np.ones(len(words), np.bool_)
    if not changed:
        return words, is_kept
    lines = _folded(joined, table).split("\n")
    read = list(words)  # whose hashes are known, unlike those of `lines`
    alike: dict[str, list[int]] = {}
    for index in changed:
        read[index] = lines[index]
        alike.setdefault(lines[index], []).append(index)
    for index, word in enumerate(words):
        if word in alike and not is_changed[index]:
            alike[word].append(index)
    for indices in alike.values():
        is_kept[sorted(indices)[:-1]] = False
    return read, is_kept


def _automaton(words: list[str]) -> Any:
    with needed_for("dictionaries"):
        from daachorse import CharwiseDoubleArrayAhoCorasick
    try:
        return CharwiseDoubleArrayAhoCorasick(words)
    except UnicodeEncodeError as error:
        got = repr(error.object)
        raise InputError(f"expected words of characters, got {got:.80} with half of one; correct it") from None


@cache
def edge_kinds() -> NDArray[np.uint8]:
    """1 for letters and the marks on them, 2 for digits, else 0: `[0x110000]`. A word that begins or ends with a code
    point of a kind does not match beside another of its kind."""
    kinds = {"Latin capital": 1, "Latin small": 1, "letter": 1, "mark": 1, "digit": 2}
    return np.array([kinds.get(name, 0) for name in CLASSES], np.uint8)[class_table()]


@cache
def _folding_table(*, fold: bool, exact: bool) -> NDArray[np.int32] | None:
    """The code point that each one is read as, `[0x110000]`: half-width forms if `fold`, simplified characters unless
    `exact`; None if every code point is read as itself."""
    if exact and not fold:
        return None
    table = np.arange(N_CODE_POINTS, dtype=np.int32)
    pairs = (width_folding() if fold else {}) | ({} if exact else script_folding())
    table[list(pairs)] = list(pairs.values())
    return table


def width_folding() -> dict[int, int]:
    """The half-width forms that full-width ones are read as, and the other way round, with `fold`."""
    return {code: target for code, target in folding().items() if _is_width(code)}


def script_folding() -> dict[int, int]:
    """The simplified characters that traditional ones are read as, unless `exact`."""
    return {code: target for code, target in folding().items() if not _is_width(code)} | _AMBIGUOUS


def _is_width(code: int) -> bool:
    return code == 0x3000 or 0xFF00 <= code < 0xFFF0


def _folded(text: str, table: NDArray[np.int32] | None) -> str:
    """The text with each code point as `table` reads it."""
    if table is None or text.isascii():
        return text
    return table[code_points(text)].tobytes().decode("utf-32-le", "surrogatepass")
