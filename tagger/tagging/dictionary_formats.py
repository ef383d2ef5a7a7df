"""Reading of dictionary files: our own format and those of other tools.

| format | lines |
|---|---|
| `tagger` | `word<TAB>strength[=weight][<TAB>tag]`; lines without a tab are read as jieba's or HanLP's |
| `jieba` | `word [frequency] [tag]`; a frequency of 0 forbids the word |
| `hanlp` | `word [tag frequency]…`, of which the first tag counts |
| `lac` | `word/tag`, or words that are cut from each other, `word/tag word/tag` or `word word` |
| `plain` | a line is a word, which may hold spaces |

A line that begins with `#` and a space is a comment. `dictionary_lines` says how a line is taken apart.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ..errors import InputError
from .dictionary_lines import Form, split_line
from .entries import MARK, STRENGTHS, WANTED_WEIGHT, Entry, EntryTable, Strength
from .user_files import COMMENT, read_rows

Format = Literal["tagger", "jieba", "hanlp", "lac", "plain"]
FORMATS: tuple[Format, ...] = get_args(Format)
SAMPLE = 2000  # lines from which a format is guessed
_SHAPES: dict[Format, str] = {
    "tagger": "word<TAB>strength[=weight][<TAB>tag]",
    "jieba": "word [frequency] [tag]",
    "hanlp": "word [tag frequency]",
    "lac": "word/tag word/tag",
    "plain": "a word",
}
_FORMS: dict[Format, frozenset[Form]] = {
    "tagger": frozenset(get_args(Form)),
    "jieba": frozenset(("jieba", "tagged", "phrase", "word")),
    "hanlp": frozenset(("hanlp", "tagged", "phrase", "word")),
    "lac": frozenset(get_args(Form)),
    "plain": frozenset(("phrase", "word")),
}
_USUAL = re.compile(r"(\w+) ([0-9]+)(?: ([a-z]+))?")  # a line of jieba's dictionaries
# Each part begins or ends beside its only run of spaces, so that the time grows with the length of the line.
_SPACED = re.compile(rf"([^\t]*?[^ \u3000\t])[ \u3000]+((?:{'|'.join(STRENGTHS)})(?:=\S+)?)(?:[ \u3000]+(\S+))?")
_LAC_PART = re.compile(r"([^/]*[^\x00-\x7f/][^/]*)/([A-Za-z]+)")  # of a guess: the word is not in ASCII


@dataclass
class DictionaryFile:
    """How a file was read: its format, whether that was guessed, and which lines were read in another way.

    `unfitting` lines have the form of another format and were read in that form; `phrases` were read as words with
    spaces or commas. Each comes with the number and the text of the first such line. `spaced` are the line and the text
    of the first word with whitespace that may come out.
    """

    path: str
    format: Format
    is_guessed: bool
    unfitting: int = 0
    first_unfitting: tuple[int, str] = (0, "")
    phrases: int = 0
    first_phrase: tuple[int, str] = (0, "")
    spaced: tuple[int, str] | None = None

    def note(self, number: int, line: str, form: Form) -> None:
        """Counts a line of this form."""
        if form == "phrase":
            self.phrases += 1
            self.first_phrase = self.first_phrase if self.first_phrase[0] else (number, line)
        elif form not in _FORMS[self.format]:
            self.unfitting += 1
            self.first_unfitting = self.first_unfitting if self.first_unfitting[0] else (number, line)

    def describe(self, n_entries: int) -> str:
        """A line about the file for the person who gave it."""
        guessed = ", which is guessed" if self.is_guessed else ""
        entries = "1 entry" if n_entries == 1 else f"{n_entries:,} entries"
        parts = [f"{self.path}: {entries} in the format {self.format}{guessed}"]
        for n, what, (number, line) in (
            (self.unfitting, "in the form of another format", self.first_unfitting),
            (self.phrases, "read as a word with spaces or commas", self.first_phrase),
        ):
            if n:
                parts.append(f"{n:,} {'line' if n == 1 else 'lines'} {what}, first {number}: {line!r:.60}")
        return "; ".join(parts)


def read_entries(
    path: Path, strength: Strength, format: Format | None, encoding: str
) -> tuple[EntryTable, DictionaryFile]:
    """The entries of a file, plain or compressed, in a format, by default the one that it looks like.

    Raises InputError for a file that cannot be read and, with its number, for a line that cannot be an entry or that
    does not fit the format that was asked for.
    """
    if format is not None and format not in FORMATS:
        raise InputError(f"expected a dictionary format among {', '.join(FORMATS)}, got {format!r}; choose one")
    return parse_entries(read_rows(path, encoding), str(path), strength, format)


def parse_entries(
    rows: list[str], name: str, strength: Strength, format: Format | None
) -> tuple[EntryTable, DictionaryFile]:
    """The entries of lines that were read already; `name` says in messages where they are from. Raises InputError as
    `read_entries` does for a line."""
    file = DictionaryFile(name, format or guess_format(rows), format is None)
    table = EntryTable()
    if file.format == "lac":
        _read_lac(rows, table, file, strength)
    elif format == "plain":
        _read_plain(rows, table, strength)
    else:
        _read_rows(rows, table, file, strength)
    file.spaced = table.first_spaced()
    return table, file


def read_line(line: str) -> Entry:
    """The entry of a line by itself: a word, or a line in our own format or of a dictionary for jieba or HanLP. After a
    word that is not in ASCII spaces may stand for the tabs of our own format. Raises InputError for a line in our own
    format that is no entry."""
    spaced = _SPACED.fullmatch(line)
    row = "\t".join(filter(None, spaced.groups())) if spaced and not spaced[1].isascii() else line
    found = split_line(row)
    if found.form != "ours":
        return Entry(found.word, "forbid") if found.is_unwanted else Entry(found.word, "force", found.tag)
    try:
        return _entry(row, "force")
    except ValueError as error:
        raise InputError(
            f"expected word<TAB>strength[=weight][<TAB>tag], got {line!r:.80} ({error}); correct the line"
        ) from None


def ask_for_english(part: str, otherwise: str) -> str:
    """What to do about the last part of a word with spaces, which may be meant as a strength or a tag."""
    return (
        f"if {part!r} is a strength or a tag, write force, prefer, forbid, join or cut, or a tag such as NOUN, after a "
        f"tab; if it is a part of the word, {otherwise}"
    )


def guess_format(rows: list[str]) -> Format:
    """The format that most of the first lines with more than a word look like; `plain` if there are no such lines."""
    votes: Counter[str] = Counter()
    for line in rows[:SAMPLE]:
        if not line.isalnum() and line.strip() and not COMMENT.match(line):
            votes["lac" if all(map(_LAC_PART.fullmatch, line.split())) else split_line(line).form] += 1
    votes["jieba"] += votes.pop("tagged", 0) if not votes["hanlp"] else 0
    if votes["lac"] > votes["jieba"] + votes["hanlp"] + votes["ours"]:
        return "lac"
    if votes["ours"]:
        return "tagger"
    if votes["hanlp"] > votes["jieba"]:
        return "hanlp"
    return "jieba" if votes["jieba"] else "plain"


def _read_rows(rows: list[str], table: EntryTable, file: DictionaryFile, strength: Strength) -> None:
    """Lines whose parts stand between spaces, commas or tabs."""
    kinds, forbidden = table.kinds, table.number("forbid")
    by_tag: dict[str | None, int] = {None: table.number(strength)}
    plain = by_tag[None]
    usual = _USUAL.fullmatch
    is_fast, certain = "jieba" in _FORMS[file.format], not file.is_guessed
    for number, row in enumerate(rows, 1):
        if row.isalnum():
            kinds[row] = plain
            continue
        if is_fast and (match := usual(row)):
            word, frequency, tag = match.groups()
            if tag in by_tag and frequency != "0" and not word.isascii():
                kinds[word] = by_tag[tag]
                continue
        if not row.strip() or COMMENT.match(row):
            continue
        line = split_line(row, certain=certain)
        if certain and line.form not in _FORMS[file.format]:
            raise _misfit(file, number, row)
        if line.form == "ours":
            _add(table, row, strength, f"{file.path}:{number}", number)
        else:
            tag = None if strength == "forbid" else line.tag
            if tag not in by_tag:
                by_tag[tag] = table.number(strength, tag)
            kinds[line.word] = forbidden if line.is_unwanted else by_tag[tag]
            table.note_spaces(line.word, number)
        file.note(number, row.strip(), line.form)


def _read_plain(rows: list[str], table: EntryTable, strength: Strength) -> None:
    plain = table.number(strength)
    for number, row in enumerate(rows, 1):
        word = row.strip()
        if word and not COMMENT.match(row):
            table.kinds[word] = plain
            if not word.isalnum():
                table.note_spaces(word, number)


def _read_lac(rows: list[str], table: EntryTable, file: DictionaryFile, strength: Strength) -> None:
    """A line of several words says how their text is cut; their tags are not used. A line in ASCII without tags is a
    phrase."""
    for number, row in enumerate(rows, 1):
        if not row.strip() or COMMENT.match(row):
            continue
        if row.isascii() and "/" not in row:
            table.kinds[row.strip()] = table.number(strength)
            table.note_spaces(row.strip(), number)
            file.note(number, row.strip(), "phrase" if " " in row.strip() else "word")
            continue
        parts = [part.rpartition("/") if "/" in part else (part, "", "") for part in row.split()]
        words = [word for word, _, _ in parts]
        if not all(words):
            raise _misfit(file, number, row)
        if len(words) > 1:
            table.add(Entry(MARK.join(words), "cut"))
        else:
            tag = None if strength == "forbid" else parts[0][2] or None
            table.kinds[words[0]] = table.number(strength, tag)


def _add(table: EntryTable, row: str, strength: Strength, place: str, number: int) -> None:
    """Adds a line in our own format. Raises InputError for a bad one."""
    try:
        word = table.add(_entry(row, strength), number)
    except (InputError, ValueError) as error:
        raise InputError(
            f"{place}: expected word<TAB>strength[=weight][<TAB>tag], got {row!r:.80} ({error}); correct the line"
        ) from None
    table.note_spaces(word, number)


def _entry(row: str, strength: Strength) -> Entry:
    columns = row.split("\t")
    if len(columns) > 3:
        raise ValueError(f"expected at most 3 columns, got {len(columns)}")
    word, wanted, tag = (column.strip() for column in (*columns, "")[:3])
    wanted, equals, weight = (wanted or strength).partition("=")
    if equals and wanted != "prefer":
        raise ValueError(f"expected a weight after prefer alone, got one after {wanted}")
    try:
        return Entry(word, wanted, tag or None, float(weight) if equals else None)  # type: ignore[arg-type]
    except ValueError:
        raise ValueError(f"expected {WANTED_WEIGHT}, as in prefer=4, got {weight!r:.80}") from None


def _misfit(file: DictionaryFile, number: int, row: str) -> InputError:
    return InputError(
        f"{file.path}:{number}: expected {_SHAPES[file.format]} in the format {file.format}, got {row!r:.80}; correct "
        "the line, or name another format"
    )
