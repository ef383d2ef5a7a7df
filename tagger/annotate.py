"""`tagger annotate WORDS [TEXT…]`: marks the words of a list in raw text, as partially annotated sentences.

Of several listed words that begin or end at one place the longest one is marked. Words that overlap are not marked,
nor is a word that would cut a number, a Latin word or another string that presegmentation keeps whole.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from . import cli, corpus
from .corpus.raw import check_raw
from .errors import CorpusError
from .files.lines import Line, lines
from .files.output import file_or_stdout
from .text.partial import Partial
from .text.presegment import Presegmenter
from .text.sentence import Word
from .usage import whole_number

PRESEGMENTER = Presegmenter()


def word_list(source: Iterable[Line], name: str) -> dict[str, str | None]:
    """The words of a list and their tags, from lines `word`, `word tag` or, as in jieba's lists, `word count [tag]`.

    A word that is listed with different tags gets none. Raises CorpusError for a line with more columns.
    """
    listed: dict[str, str | None] = {}
    for number, line in source:
        cells = line.split()
        if not cells:
            continue
        tags = [cell for cell in cells[1:] if not cell.replace(".", "", 1).isdecimal()]
        if len(cells) > 3 or len(tags) > 1:
            raise CorpusError(
                f"{name}:{number}: expected a word, then at most a count and a tag, got {line!r}; correct it"
            )
        tag = tags[0] if tags else None
        listed[cells[0]] = tag if listed.get(cells[0], tag) == tag else None
    return listed


def mark(text: str, words: Mapping[str, str | None], *, longest: int) -> Partial:
    """The text with the listed words in it marked; `longest` is the length of the longest listed word."""
    joined = [*PRESEGMENTER.joined_mask(text).tolist(), False]
    spans: list[tuple[int, int]] = []
    end = 0
    for start in range(len(text)):
        for stop in range(min(len(text), start + longest), max(start, end), -1):
            if text[start:stop] in words:
                spans.append((start, stop))
                end = stop
                break
    apart = [
        (start, stop)
        for i, (start, stop) in enumerate(spans)
        if (i == 0 or spans[i - 1][1] <= start) and (i + 1 == len(spans) or spans[i + 1][0] >= stop)
    ]
    kept = ((start, stop) for start, stop in apart if not joined[start] and not joined[stop])
    marked = (Word(text[start:stop], words[text[start:stop]], start, stop) for start, stop in kept)
    return Partial(text, tuple(marked))


def annotate(texts: Iterable[str], words: Mapping[str, str | None]) -> Iterator[Partial]:
    """The texts with the listed words in them marked; texts without any are left out."""
    longest = max(map(len, words), default=0)
    for text in texts:
        sentence = mark(text, words, longest=longest)
        if sentence.words:
            yield sentence


def parser() -> cli.Parser:
    p = cli.parser("annotate", "Mark the words of a list in raw text, as training data.")
    p.add_argument("words", metavar="WORDS", help="a word a line; a count and a tag may follow (jieba's format)")
    p.add_argument("texts", nargs="*", metavar="TEXT", default=["-"], help="text, a sentence a line; - is stdin")
    p.add_argument("-o", "--output", type=file_or_stdout, metavar="OUT.partial", help="default stdout")
    cli.add_encoding(p)
    p.add_argument("--tags", action="store_true", help="use the tags of the list: they must be those of the corpus")
    p.add_argument(
        "--min-chars", type=whole_number(0), default=2, metavar="N", help="leave out shorter words; default %(default)s"
    )
    return p


def annotate_files(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises CorpusError."""
    listed = word_list(lines(Path(options.words)), options.words)
    words = {word: tag if options.tags else None for word, tag in listed.items() if len(word) >= options.min_chars}
    if not words:
        raise CorpusError(
            f"{options.words}: expected words of {options.min_chars} or more characters, found none; name another list"
        )
    texts = (line.text.removesuffix("\r") for name in options.texts or ["-"] for line in _lines(name, options.encoding))
    corpus.write_partial(annotate(texts, words), options.output or sys.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: annotate_files(options), output=options.output)


def _lines(name: str, encoding: str) -> Iterator[Line]:
    cli.announce_terminal([name])
    source, shown = (sys.stdin.buffer, "stdin") if name == "-" else (Path(name), name)
    check_raw(Path(name))
    return lines(source, name=shown, encoding=encoding, remedy=cli.NAME_ENCODING)


if __name__ == "__main__":
    sys.exit(main())
