"""The words that a user of `tagger.jieba` adds, deletes and separates: one dictionary, built again after a change."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ..errors import InputError
from ..tagging.dictionary import Dictionary
from ..tagging.dictionary_formats import parse_entries, read_entries
from ..tagging.entries import MARK, Entry, EntryTable
from ..tagging.tag_maps import read_tag
from ..text.format_characters import without_format


class OwnWords:
    """Entries by their words, of which the last one counts, and the `tags` of those that have one."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self._entries: dict[str, Entry] = {}

    def add(self, word: str, tag: str | None = None) -> None:
        """Adds a word to cut wherever it matches. Raises InputError for what cannot be a word."""
        self._set(word, Entry(word, "force", tag))

    def delete(self, word: str) -> None:
        """Forbids a word; of a single character it only forgets that it was added. Raises InputError as `add`."""
        self._set(word, Entry(word, "forbid"))
        if len(word) == 1:
            del self._entries[word]

    def separate(self, parts: Sequence[str]) -> None:
        """Cuts the word that the parts make between them. Raises InputError for fewer than two parts."""
        self._set("".join(parts), Entry(MARK.join(parts), "cut"))

    def read(self, file: str | Path | IO[str] | IO[bytes]) -> None:
        """Adds the words of a file in jieba's format. Raises InputError for a file or a line that cannot be read."""
        if isinstance(file, str | Path):
            table, _ = read_entries(Path(file), "force", "jieba", "utf-8")
        else:
            name = str(getattr(file, "name", "the user dictionary"))
            table, _ = parse_entries(_rows(file, name), name, "force", "jieba")
        kinds = list(table.numbers)
        for word, number in table.kinds.items():
            strength, tag, _ = kinds[number]
            if strength == "forbid":
                self.delete(word)
            else:
                self.add(word, tag)

    def dictionaries(self, pos: Sequence[str]) -> list[Dictionary]:
        """One dictionary of all of them so far, with the tags that those of a model, `pos`, know; none if there are no
        words."""
        known = {tag for tag in self.tags.values() if read_tag(tag, pos) is not None}
        entries = [entry if entry.tag in known else entry._replace(tag=None) for entry in self._entries.values()]
        return [Dictionary(entries)] if entries else []

    def _set(self, word: str, entry: Entry) -> None:
        EntryTable().add(entry)
        self._entries[word] = entry
        self.tags.pop(word, None)
        if entry.tag:
            self.tags[word] = entry.tag


def _rows(file: IO[str] | IO[bytes], name: str) -> list[str]:
    content = file.read()
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeError as error:
        raise InputError(
            f"{name}: expected UTF-8, got other bytes ({error}); open it as text with its encoding"
        ) from None
    return without_format(text).splitlines()
