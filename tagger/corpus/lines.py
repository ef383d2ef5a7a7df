"""Corpora of a sentence a line, words between spaces, with or without their POS."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import WHITESPACE, Sentence, Word
from . import spacing
from .full_width import token_hint
from .reading import Reader, ReadOptions, Writer

SPACES = "".join(sorted(WHITESPACE))
TOKEN = re.compile(f"[^{re.escape(SPACES)}]+")


def split(line: str, options: ReadOptions, number: int) -> tuple[list[str], list[str]]:
    """The words of a line and the gaps of the text around them. Raises CorpusError when `options` ask for exact
    spaces and another space than U+0020 separates two words."""
    forms = TOKEN.findall(line)
    gaps = [""] * (len(forms) + 1)
    if options.exact_spaces and forms:
        matches = list(TOKEN.finditer(line))
        gaps[0], gaps[-1] = line[: matches[0].start()], line[matches[-1].end() :]
        for i, (left, right) in enumerate(pairwise(matches), 1):
            if (separator := line[left.end()]) != " ":
                raise CorpusError(
                    f"{options.name}:{number}: expected a space after {left.group()!r}, got {separator!r}; "
                    "use spaces=collapse"
                )
            gaps[i] = line[left.end() + 1 : right.start()]
    return forms, gaps


def gaps_of(forms: Sequence[str], gaps: Sequence[str], options: ReadOptions) -> Sequence[str]:
    """The gaps of a text: those that a line has where spaces are exact, else those that its words need."""
    return gaps if options.exact_spaces else spacing.between(forms)


def read_segmented(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of lines that hold any words, without POS."""
    for number, line in source:
        forms, gaps = split(line, options, number)
        if forms:
            yield Sentence.from_forms(forms, gaps=gaps_of(forms, gaps, options))


def reader(mark: str) -> Reader:
    """A reader of words with their POS behind the last `mark` of each."""

    def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
        for number, line in source:
            tokens, gaps = split(line, options, number)
            parts = [token.rpartition(mark) for token in tokens]
            for token, (form, _, pos) in zip(tokens, parts, strict=True):
                if not form or not pos:
                    raise CorpusError(
                        f"{options.name}:{number}: expected word{mark}POS, got {token!r}{_remedy(token, mark, parts)}"
                    )
            if parts:
                tags = [pos if options.with_tags else None for _, _, pos in parts]
                forms = [form for form, _, _ in parts]
                yield Sentence.from_forms(forms, tags, gaps=gaps_of(forms, gaps, options))

    return read


def _remedy(token: str, mark: str, parts: Sequence[tuple[str, str, str]]) -> str:
    """What to do about a token without word or POS, in a line whose tokens have the `parts`."""
    if wide := token_hint(token, mark):
        return wide
    if not any(form and pos for form, _, pos in parts):
        return "; use format=segmented for untagged text"
    word, _, pos = token.rpartition(mark) if mark in token else (token, "", "")
    if word:
        return f": this word has no tag; write {word}{mark}TAG"
    return f": the tag {pos!r} has no word; delete it, or write its word before it"


def write_segmented(sentence: Sentence) -> str:
    """The words of a sentence, a separator before each but the first, and the spaces of the text."""
    return _line(sentence, [word.form for word in sentence.words])


def writer(mark: str) -> Writer:
    """A writer of words with their POS behind a `mark`, as `reader` reads them."""
    return lambda sentence: _line(sentence, [_marked(word, mark) for word in sentence.words])


def _line(sentence: Sentence, tokens: Sequence[str]) -> str:
    if "\n" in sentence.text:
        raise CorpusError(f"expected a text on one line, got {sentence.text!r}; use format=jsonl")
    for form in sentence.forms:
        if not WHITESPACE.isdisjoint(form):
            raise CorpusError(f"expected words without whitespace, got {form!r}; use format=conllu or jsonl")
    gaps = sentence.gaps
    parts = [gaps[0]]
    for i, token in enumerate(tokens):
        parts += (" " if i else ""), (gaps[i] if i else ""), token
    return "".join([*parts, gaps[-1] if tokens else "", "\n"])


def _marked(word: Word, mark: str) -> str:
    if word.pos is None:
        raise CorpusError(f"expected a POS on every word, got none on {word.form!r}; use format=segmented")
    if not word.pos or mark in word.pos or not WHITESPACE.isdisjoint(word.pos):
        raise CorpusError(
            f"expected a POS without {mark!r} and whitespace, got {word.pos!r} on {word.form!r}; "
            "use format=conllu or jsonl"
        )
    return f"{word.form}{mark}{word.pos}"
