"""The corpus of the People's Daily of January 1998 (PFR): `[中央/n 电视台/n]nt`, a date at the start of a line."""

import re
from collections.abc import Iterable, Iterator

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Sentence
from .full_width import token_hint
from .lines import gaps_of, split
from .reading import ReadOptions

DATE = re.compile(r"[0-9]{8}-[0-9]{2}-[0-9]{3}-[0-9]{3}(?:/m)?")
# Brackets that open compounds, the word, its reading, its tag, and brackets that close compounds with their tags.
_TOKEN = re.compile(r"(?:\[*+|\[*(?=\[/))(?P<form>.+?)(?:\{[a-z]+[0-9]?\})?/(?P<tag>[A-Za-z]+)(?:\][A-Za-z]*)*")


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of lines of `word/POS`, without the dates that begin the lines, the brackets around compounds and the
    readings of words (`{zhe5}`). Raises CorpusError with file and line."""
    for number, line in source:
        tokens, gaps = split(line, options, number)
        if tokens and DATE.fullmatch(tokens[0]):
            tokens, gaps = tokens[1:], ["", *gaps[2:]]
        forms: list[str] = []
        tags: list[str | None] = []
        for token in tokens:
            match = _TOKEN.fullmatch(token)
            if match is None:
                raise CorpusError(
                    f"{options.name}:{number}: expected word/POS, perhaps in brackets, got {token!r}"
                    f"{token_hint(token, '/') or '; correct the line'}"
                )
            forms.append(match["form"])
            tags.append(match["tag"] if options.with_tags else None)
        if forms:
            yield Sentence.from_forms(forms, tags, gaps=gaps_of(forms, gaps, options))
