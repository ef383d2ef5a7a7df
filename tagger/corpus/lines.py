"""Corpora of a sentence a line, words between spaces, with or without their POS."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import WHITESPACE, Sentence, Word

_SPACE = "".join(sorted(WHITESPACE))
_TOKEN = re.compile(f"[^{re.escape(_SPACE)}]+")


def _tokens(line: str, exact: bool, place: str) -> tuple[list[str], list[str]]:
    """The words of a line and the gaps of the text around them."""
    matches = list(_TOKEN.finditer(line))
    forms = [match.group() for match in matches]
    gaps = [""] * (len(forms) + 1)
    if exact and matches:
        gaps[0], gaps[-1] = line[: matches[0].start()], line[matches[-1].end() :]
        for i, (left, right) in enumerate(pairwise(matches), 1):
            if (separator := line[left.end()]) != " ":
                raise CorpusError(
                    f"{place}: expected a space after {left.group()!r}, got {separator!r}; use spaces=collapse"
                )
            gaps[i] = line[left.end() + 1 : right.start()]
    return forms, gaps


def _segmented(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    for number, line in source:
        forms, gaps = _tokens(line, exact, f"{name}:{number}")
        if forms:
            yield Sentence.from_forms(forms, gaps=gaps)


def _joined(mark: str) -> Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]:
    def reader(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
        for number, line in source:
            tokens, gaps = _tokens(line, exact, f"{name}:{number}")
            parts = [token.rpartition(mark) for token in tokens]
            for token, (form, _, pos) in zip(tokens, parts, strict=True):
                if not form or not pos:
                    raise CorpusError(
                        f"{name}:{number}: expected word{mark}POS, got {token!r}; "
                        "use format=segmented for untagged text"
                    )
            if parts:
                tags = [None if tag == "none" else pos for _, _, pos in parts]
                yield Sentence.from_forms([form for form, _, _ in parts], tags, gaps=gaps)

    return reader


def _write_line(sentence: Sentence, form: Callable[[Word], str]) -> str:
    gaps, tokens = sentence.gaps, []
    if "\n" in sentence.text:
        raise CorpusError(f"expected a text on one line, got {sentence.text!r}; use format=jsonl")
    for word in sentence.words:
        if not WHITESPACE.isdisjoint(word.form):
            raise CorpusError(f"expected words without whitespace, got {word.form!r}; use format=conllu or jsonl")
        tokens.append(form(word))
    parts = [gaps[0]]
    for i, token in enumerate(tokens):
        parts += (" " if i else ""), (gaps[i] if i else ""), token
    return "".join([*parts, gaps[-1] if tokens else "", "\n"])


def _mark(mark: str) -> Callable[[Word], str]:
    def form(word: Word) -> str:
        if word.pos is None:
            raise CorpusError(f"expected a POS on every word, got none on {word.form!r}; use format=segmented")
        if not word.pos or mark in word.pos or not WHITESPACE.isdisjoint(word.pos):
            raise CorpusError(
                f"expected a POS without {mark!r} and whitespace, got {word.pos!r} on {word.form!r}; "
                "use format=conllu or jsonl"
            )
        return f"{word.form}{mark}{word.pos}"

    return form
