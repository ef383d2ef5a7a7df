r"""Partially annotated text: the words, cuts and joins that somebody knows, the rest left open.

A line is a sentence. `[北京大学]` is a word and `[北京大学/PROPN]` one with its part of speech; outside of brackets
`|` says that a word ends here, `~` that none does. What is not marked is not known. A backslash before a mark
(`\[ \] \| \~ \/ \\`) makes it text. Spaces belong to the text."""

import re
from collections.abc import Iterable, Iterator

from ..errors import CorpusError
from ..files.lines import Line
from ..text.partial import Partial
from ..text.sentence import WHITESPACE, Word
from .reading import ReadOptions

MARKS = "[]|~/\\"
_TOKEN = re.compile(r"\\(.)|(.)", re.DOTALL)
_MARKED = re.compile(f"[{re.escape(MARKS)}]")
_OUTSIDE = re.compile(f"[{re.escape(MARKS.replace('/', ''))}]")  # a slash outside of brackets is text


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Partial]:
    """The sentences of lines that are not empty. Raises CorpusError with file and line."""
    for number, line in source:
        line = line.removesuffix("\r")
        if WHITESPACE.issuperset(line):
            continue
        try:
            sentence = _parse(line, with_tags=options.with_tags)
            fault = sentence.fault()
        except ValueError as error:
            fault = str(error)
        if fault:
            raise CorpusError(
                f"{options.name}:{number}: expected text with [word], [word/POS], | and ~ as marks, got {fault} in "
                f"{line[:80]!r}; correct it, or write \\ before a mark that is text"
            )
        yield sentence


def _parse(line: str, *, with_tags: bool) -> Partial:
    """Raises ValueError, saying what came."""
    text: list[str] = []
    words: list[Word] = []
    cuts: list[int] = []
    joins: list[int] = []
    start = slash = -1  # of the open bracket's word, and of its last slash
    for match in _TOKEN.finditer(line):
        escaped, char = match.groups()
        if escaped is not None:
            if escaped not in MARKS:
                raise ValueError(f"a backslash before {escaped!r}, which is no mark")
            text.append(escaped)
        elif char == "[":
            if start >= 0:
                raise ValueError("a [ inside brackets")
            start, slash = len(text), -1
        elif char == "]":
            if start < 0:
                raise ValueError("a ] without [")
            tag = "".join(text[slash + 1 :]) if slash >= 0 else None
            del text[slash if slash >= 0 else len(text) :]
            if start == len(text) or tag == "":
                raise ValueError("brackets without a word" if start == len(text) else "a / without a tag")
            words.append(Word("".join(text[start:]), tag if with_tags else None, start, len(text)))
            start = -1
        elif char in "|~":
            if start >= 0:
                raise ValueError(f"a {char} inside brackets")
            (cuts if char == "|" else joins).append(len(text))
        elif char == "\\":
            raise ValueError("a backslash at the end")
        else:
            if char == "/" and start >= 0:
                slash = len(text)
            text.append(char)
    if start >= 0:
        raise ValueError("a [ without ]")
    edges = {0, len(text), *(edge for word in words for edge in (word.start, word.end))}
    return Partial("".join(text), tuple(words), tuple(sorted(set(cuts) - edges)), tuple(sorted(set(joins))))


def write(sentence: Partial) -> str:
    """A sentence as a line. Raises CorpusError for a text of several lines."""
    text = sentence.text
    if "\n" in text or text.endswith("\r"):
        raise CorpusError(f"expected a text on one line, got {text!r}; use format=jsonl for whole sentences")
    edges = {edge for word in sentence.words for edge in (word.start, word.end)}
    marks = {cut: "|" for cut in sentence.cuts if cut not in edges} | dict.fromkeys(sentence.joins, "~")
    parts: list[str] = []
    last = 0
    for form, pos, start, end in [*sentence.words, Word("", None, len(text), 0)]:
        parts += (marks.get(i, "") + _escape(text[i], _OUTSIDE) for i in range(last, start))
        if form:
            parts.append(f"[{_escape(form)}{'' if pos is None else '/' + _escape(pos)}]")
        last = end
    return "".join([*parts, "\n"])


def _escape(text: str, marks: re.Pattern[str] = _MARKED) -> str:
    return marks.sub(lambda match: "\\" + match[0], text)
