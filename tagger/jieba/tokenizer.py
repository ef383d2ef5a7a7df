"""A tagger with jieba's methods, and own words that can be added and deleted at any time."""

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import IO, TYPE_CHECKING, Literal

from ..errors import InputError, ModelError
from ..text.sentence import Word

if TYPE_CHECKING:
    from ..tagging.dictionary import Dictionary
    from ..tagging.entries import Strength
    from ..tagging.tagger import Tagger
    from .own_words import OwnWords

MODEL = "TAGGER_MODEL"
SEARCHED = 0.01  # the least probability of a shorter word inside a word, for search
EVERY = 0.1  # the least probability of a word with cut_all
_SPACE = re.compile(r"\r\n|.", re.DOTALL)  # as jieba cuts whitespace
Token = tuple[str, int, int]


class Tokenizer:
    """What jieba calls a tokenizer: a model, and own words that are cut wherever they match.

    `model` is a model file or the name of a shipped model, by default what the variable TAGGER_MODEL names, else
    `zh-small`; `standard` is one of its standards. The model is opened at the first use. Safe to use from several
    threads.
    """

    def __init__(self, model: str | Path | None = None, standard: str | None = None) -> None:
        self._model, self._standard = model, standard
        self._lock = RLock()
        self._bare: Tagger | None = None
        self._tagger: Tagger | None = None

    def initialize(
        self, dictionary: str | Path | None = None, *, model: str | Path | None = None, standard: str | None = None
    ) -> None:
        """Opens the model now, if one is named another one than before.

        Raises ModelError or InputError as `tagger.load` does, and InputError for a main dictionary.
        """
        if dictionary is not None:
            self.set_dictionary(dictionary)
        with self._lock:
            if model is not None or standard is not None:
                self._model, self._standard = self._model if model is None else model, standard
                self._bare = self._tagger = None
            self.tagger()

    def set_dictionary(self, dictionary_path: str | Path) -> None:
        """Raises InputError: words come from a model, so there is no main dictionary to set."""
        raise InputError(
            f"{dictionary_path}: expected a model, got a main dictionary, which this module does not have; add words "
            "by load_userdict, choose a model by initialize(model=…)"
        )

    def tagger(self) -> "Tagger":
        """The tagger with all own words so far."""
        with self._lock:
            if self._bare is None:
                self._bare = _open(self._model or os.environ.get(MODEL) or None, self._standard)
            if self._tagger is None:
                self._tagger = self._bare.with_dictionary(*self._own.dictionaries(self._bare.model.scheme.pos))
            return self._tagger

    @cached_property
    def _own(self) -> "OwnWords":
        from .own_words import OwnWords

        return OwnWords()

    @property
    def tags(self) -> dict[str, str]:
        """The tags of own words that were added with one."""
        with self._lock:
            return self._own.tags

    def words(self, sentence: str) -> Iterator[Word]:
        """The words of a text and, one by one, the whitespace between them. Raises InputError for other than a str."""
        end = 0
        for word in self.tagger()(sentence).words:
            yield from _spaces(sentence, end, word.start)
            yield word
            end = word.end
        yield from _spaces(sentence, end, len(sentence))

    def cut(self, sentence: str, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> Iterator[str]:
        """The words of a text, which give it back when they are joined; with `cut_all` every word that is likely, with
        those that overlap. `HMM` and `use_paddle` change nothing: a model finds words that no list has.

        Raises InputError for anything but a string.
        """
        if cut_all:
            yield from (form for form, _, _ in self._every(sentence))
        else:
            yield from (word.form for word in self.words(sentence))

    def lcut(self, sentence: str, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> list[str]:
        """The same as a list."""
        return list(self.cut(sentence, cut_all))

    def cut_for_search(self, sentence: str, HMM: bool = True) -> Iterator[str]:
        """The words of a text, each after the shorter words that are likely inside it."""
        return (form for form, _, _ in self.tokenize(sentence, "search"))

    def lcut_for_search(self, sentence: str, HMM: bool = True) -> list[str]:
        """The same as a list."""
        return list(self.cut_for_search(sentence))

    def tokenize(
        self, unicode_sentence: str, mode: Literal["default", "search"] = "default", HMM: bool = True
    ) -> Iterator[Token]:
        """The words of `cut`, or of `cut_for_search`, with their starts and ends in code points.

        Raises InputError for another mode.
        """
        if mode not in ("default", "search"):
            raise InputError(f"expected the mode default or search, got {mode!r}; choose one of them")
        inner = self._inner(unicode_sentence) if mode == "search" else []
        for form, _, start, end in self.words(unicode_sentence):
            yield from _inside(inner, start, end)
            yield form, start, end

    def load_userdict(self, f: str | Path | IO[str] | IO[bytes]) -> None:
        """Adds the words of a file, given by its name or open, in jieba's format: `word [frequency] [tag]` a line.

        A frequency of 0 deletes the word; others are not used. Raises InputError for a file that cannot be read, or a
        bad line.
        """
        with self._lock:
            self._own.read(f)
            self._tagger = None

    def add_word(self, word: str, freq: int | None = None, tag: str | None = None) -> None:
        """Adds a word, which is then cut wherever it matches; a frequency of 0 deletes it. Raises InputError for what
        cannot be a word."""
        with self._lock:
            if freq == 0:
                self._own.delete(word)
            else:
                self._own.add(word, tag)
            self._tagger = None

    def del_word(self, word: str) -> None:
        """Forbids a word of several characters. A single character remains one: nothing shorter could be cut."""
        self.add_word(word, 0)

    def suggest_freq(self, segment: str | Sequence[str], tune: bool = False) -> int:
        """The frequency that keeps a word whole (1) or, of a sequence of parts, cuts their word (0) in a user
        dictionary. With `tune` the tokenizer does so from now on."""
        if tune:
            with self._lock:
                if isinstance(segment, str):
                    self._own.add(segment)
                else:
                    self._own.separate(segment)
                self._tagger = None
        return int(isinstance(segment, str))

    def enable_parallel(self, processnum: int | None = None) -> None:
        """Does nothing: the model's library uses several threads by itself."""

    def disable_parallel(self) -> None:
        """Does nothing, as `enable_parallel`."""

    def _inner(self, sentence: str) -> list[Token]:
        """The words of several characters that may lie inside others: own ones, and those that the model finds likely
        where no own word is cut."""
        tagger = self.tagger()
        bare = self._bare or tagger
        spans = {(word.start, word.end) for word in bare.search_words(sentence, SEARCHED)}
        for dictionary in tagger.dictionaries:
            spans |= _matches(dictionary, sentence, "force")
            spans -= _matches(dictionary, sentence, "forbid")
        return [(sentence[a:b], a, b) for a, b in sorted(spans) if b - a > 1]

    def _every(self, sentence: str) -> list[Token]:
        """Every word that is likely, and the words of `cut`, in the order of their starts and ends."""
        tagger = self.tagger()
        spans = {(word.start, word.end) for word in tagger.search_words(sentence, EVERY)}
        spans.update((word.start, word.end) for word in tagger(sentence).words)
        return [(sentence[a:b], a, b) for a, b in sorted(spans)]


def _spaces(text: str, start: int, end: int) -> Iterator[Word]:
    """The whitespace from `start` to `end`, one character or CR LF at a time."""
    for match in _SPACE.finditer(text, start, end):
        yield Word(match[0], None, match.start(), match.end())


def _inside(tokens: list[Token], start: int, end: int) -> list[Token]:
    """The tokens that lie in a word and are shorter than it, the short ones first. `tokens` are in order."""
    first, last = (bisect_left(tokens, place, key=lambda token: token[1]) for place in (start, end))
    inside = [token for token in tokens[first:last] if token[2] <= end and token[2] - token[1] < end - start]
    return sorted(inside, key=lambda token: (token[2] - token[1], token[1]))


def _matches(dictionary: "Dictionary", text: str, strength: "Strength") -> set[tuple[int, int]]:
    """The starts and ends of all matches of the entries of this strength, whether or not longer ones match there."""
    from ..tagging.entries import STRENGTHS

    starts, ends, entries = dictionary.find(text)
    wanted = dictionary.strengths[entries] == STRENGTHS.index(strength)
    return set(zip(starts[wanted].tolist(), ends[wanted].tolist(), strict=True))


def _open(model: str | Path | None, standard: str | None) -> "Tagger":
    """Raises ModelError for a model that finds no words."""
    from ..tagging.tagger import load

    tagger = load(model, standard=standard)
    if tagger.finds_entities:
        raise ModelError(f"{tagger.model.name}: expected a model of words, got one of entities; name another model")
    return tagger


dt = Tokenizer()
