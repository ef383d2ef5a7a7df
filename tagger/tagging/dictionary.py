"""User dictionaries: words that are tagged wherever they match, that get a bonus, or that are ruled out.

A file has an entry per line. A line without a tab is in jieba's format, `word [frequency] [tag]`, and its frequency is
not used; a line with a tab is `word<TAB>strength[=weight][<TAB>tag]`. Words may hold spaces. Strengths:

- `force`: a word wherever it matches. Of matches that overlap the longest counts, of equally long ones the first.
- `prefer`: the weight is added to the score of every answer with exactly this word, and with its tag if it has one.
- `forbid`: not a word, unless there is no other way.
- `join`: no boundary inside; the word may be longer.
- `cut`: a boundary at every `|` of the entry (`的|话`).

A word that begins or ends with a letter does not match next to a letter; with a digit it does not match next to one.
"""

from collections.abc import Iterable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.lines import BOM, decompressing, decompression_errors, lines
from ..text.characters import CLASSES, N_CODE_POINTS, class_table, code_points, folding

Strength = Literal["force", "prefer", "forbid", "join", "cut"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
FORCE, PREFER, FORBID, JOIN, CUT = range(5)
WEIGHT = 5.0  # of a preferred word, in the units of the decoder's scores (natural logarithms); best on dev of GSD
MARK = "|"
_NO_CHARACTER = 0x10FFFF


class Entry(NamedTuple):
    """A word and what to do with it; `tag` is for `force` and `prefer`, `weight` for `prefer`."""

    word: str
    strength: Strength = "force"
    tag: str | None = None
    weight: float = WEIGHT


class Matches(NamedTuple):
    """Where entries match: code points `starts` to `ends` (half-open), and the numbers of the entries."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    entries: NDArray[np.int64]


class Dictionary:
    """Entries that are found in a text in one pass, however many there are (Aho and Corasick 1975).

    Plain strings are words to `force`. Of several entries of a word the last one counts. With `fold`, full-width and
    half-width forms match each other. Raises InputError for a bad entry.

    Per entry: `strengths` (FORCE, …), `weights`, `tags` (numbers in `tag_names`, -1 for none); and `marks`, by the
    number of an entry to cut, says how many of its characters come before each boundary.
    """

    def __init__(self, entries: Iterable[Entry | str] = (), *, fold: bool = False) -> None:
        rows = _Rows()
        for entry in entries:
            rows.add(Entry(entry) if isinstance(entry, str) else entry)
        self._build(rows, fold)

    @classmethod
    def read(cls, path: str | Path, *, strength: Strength = "force", fold: bool = False) -> Self:
        """A file of entries, plain or compressed; `strength` is that of lines that name none.

        Raises InputError for a file that cannot be read and, with its number, for a bad line.
        """
        if strength not in STRENGTHS[:3]:
            raise InputError(f"expected a strength among {', '.join(STRENGTHS[:3])}, got {strength!r}; choose one")
        dictionary = cls.__new__(cls)
        dictionary._build(_read(Path(path), strength), fold)
        return dictionary

    def _build(self, rows: "_Rows", fold: bool) -> None:
        words = list(rows.kinds)
        numbers = np.fromiter(rows.kinds.values(), np.int64, len(words))
        if fold:
            folded = dict(zip(_folded("\n".join(words)).split("\n"), range(len(words)), strict=False))
            numbers = numbers[list(folded.values())]
            words, unfolded = list(folded), words
            rows.marks = {word: rows.marks[unfolded[i]] for word, i in folded.items() if unfolded[i] in rows.marks}
        self.fold = fold
        kinds = list(rows.numbers)
        self.tag_names = tuple(sorted({tag for _, tag, _ in kinds if tag is not None}))
        tags = {tag: i for i, tag in enumerate(self.tag_names)}
        self.strengths = np.array([STRENGTHS.index(strength) for strength, _, _ in kinds], np.int8)[numbers]
        self.tags = np.array([-1 if tag is None else tags[tag] for _, tag, _ in kinds], np.int16)[numbers]
        self.weights = np.array([weight for _, _, weight in kinds], np.float32)[numbers]
        self.marks = {i: rows.marks[words[i]] for i in np.flatnonzero(self.strengths == CUT).tolist()}
        self._automaton = _automaton(words)

    def __len__(self) -> int:
        return len(self.strengths)

    def find(self, text: str) -> Matches:
        """All places where entries match, however they overlap."""
        codes = code_points(text)
        if self.fold:
            text = _folded(text)
        try:
            matches = self._automaton.find_overlapping(text)
        except UnicodeEncodeError:  # lone surrogates, which no entry has
            codes = np.where((codes >= 0xD800) & (codes < 0xE000), _NO_CHARACTER, codes)
            matches = self._automaton.find_overlapping(codes.tobytes().decode("utf-32-le"))
        columns = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches)).reshape(-1, 3)
        kinds = _kinds()[codes]
        within = np.zeros(len(codes) + 1, bool)
        within[1:-1] = (kinds[1:] == kinds[:-1]) & (kinds[1:] > 0)
        return Matches(*columns[~(within[columns[:, 0]] | within[columns[:, 1]])].T)


def _automaton(words: list[str]) -> Any:
    try:
        from daachorse import CharwiseDoubleArrayAhoCorasick
    except ImportError:
        raise InputError("expected daachorse for dictionaries, it is not installed; pip install daachorse") from None
    try:
        return CharwiseDoubleArrayAhoCorasick(words)
    except UnicodeEncodeError as error:
        got = repr(error.object)
        raise InputError(f"expected words of characters, got {got:.80} with half of one; correct it") from None


class _Rows:
    """Words, each with the number of its kind: strength, tag and weight, all that an entry holds beside the word."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[Strength, str | None, float], int] = {}
        self.kinds: dict[str, int] = {}
        self.marks: dict[str, tuple[int, ...]] = {}

    def add(self, entry: Entry) -> None:
        """Raises InputError for a bad word, or a strength, tag, weight or mark that does not go with the others."""
        word, strength, tag, weight = entry
        if not word.strip() or word != word.strip() or "\n" in word:
            wanted, got = "a word without line feeds, and without spaces around it", repr(word)
        elif strength not in STRENGTHS:
            wanted, got = f"a strength among {', '.join(STRENGTHS)}", repr(strength)
        elif tag is not None and strength not in ("force", "prefer"):
            wanted, got = f"no tag on an entry to {strength}", repr(tag)
        elif not 0 < weight < 1000:
            wanted, got = "a weight above 0 and below 1000", repr(weight)
        elif strength == "cut" and not _marks(word):
            wanted, got = f"{MARK} where to cut, between characters", "none"
        else:
            if strength == "cut":
                marks, word = _marks(word), word.replace(MARK, "")
                self.marks[word] = marks
            self.kinds[word] = self.number(strength, tag, weight)
            return
        raise InputError(f"entry {word!r:.80}: expected {wanted}, got {got:.80}; correct it")

    def number(self, strength: Strength, tag: str | None, weight: float = WEIGHT) -> int:
        return self.numbers.setdefault((strength, tag, weight), len(self.numbers))


def _marks(word: str) -> tuple[int, ...]:
    parts = word.split(MARK)
    places = np.cumsum([len(part) for part in parts]).tolist()
    return tuple(place for place in dict.fromkeys(places[:-1]) if 0 < place < places[-1])


def _read(path: Path, strength: Strength) -> _Rows:
    rows = _Rows()
    kinds = rows.kinds
    plain = rows.number(strength, None)
    tagged: dict[str, int] = {}
    for number, line in enumerate(_lines(path), 1):
        if "\t" in line:
            try:
                rows.add(_entry(line, strength))
            except (InputError, ValueError) as error:
                raise InputError(
                    f"{path}:{number}: expected word<TAB>strength[=weight][<TAB>tag], got {line!r:.80} ({error}); "
                    "correct the line"
                ) from None
            continue
        # jieba reads such a line as (.+?)( [0-9]+)?( [a-z]+)?
        word, kind = line.strip(), plain
        head, _, last = word.rpartition(" ")
        if head and last.isascii() and last.isalpha() and last.islower():
            word = head
            if strength != "forbid":
                kind = tagged.get(last, -1)
                if kind < 0:
                    kind = tagged[last] = rows.number(strength, last)
            head, _, last = word.rpartition(" ")
        if head and last.isascii() and last.isdigit():
            word = head
        if word := word.rstrip():
            kinds[word] = kind
    return rows


def _lines(path: Path) -> list[str]:
    """All lines at once, several times as fast as one after the other. Raises InputError for a file that cannot be
    read."""
    try:
        with path.open("rb") as file, decompressing(file, path.name, InputError) as stream:
            return stream.read().removeprefix(BOM).decode().split("\n")
    except Exception as error:  # lines() says what is wrong, and where
        if not isinstance(error, (UnicodeDecodeError, *decompression_errors())):
            raise
        return [line for _, line in lines(path, error=InputError)]


def _entry(line: str, strength: Strength) -> Entry:
    columns = line.split("\t")
    if len(columns) > 3:
        raise ValueError(f"{len(columns)} columns")
    word, wanted, tag = (column.strip() for column in (*columns, "")[:3])
    wanted, equals, weight = (wanted or strength).partition("=")
    if equals and wanted != "prefer":
        raise ValueError(f"a weight for {wanted}")
    return Entry(word, wanted, tag or None, float(weight) if equals else WEIGHT)  # type: ignore[arg-type]


@cache
def _kinds() -> NDArray[np.uint8]:
    """1 for letters and the marks on them, 2 for digits, else 0: `[0x110000]`."""
    kinds = {"Latin capital": 1, "Latin small": 1, "letter": 1, "mark": 1, "digit": 2}
    return np.array([kinds.get(name, 0) for name in CLASSES], np.uint8)[class_table()]


@cache
def _folding_table() -> NDArray[np.int32]:
    """The code point that each one is read as, lone surrogates as one that is no character: `[0x110000]`."""
    table = np.arange(N_CODE_POINTS, dtype=np.int32)
    table[list(folding())] = list(folding().values())
    table[0xD800:0xE000] = _NO_CHARACTER
    return table


def _folded(text: str) -> str:
    return _folding_table()[code_points(text)].tobytes().decode("utf-32-le")
