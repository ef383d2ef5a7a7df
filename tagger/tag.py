"""`python -m tagger.tag -m NAME.onnx [FILE…]`: words of every line, in order, to stdout or a file."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from . import __version__, corpus
from .errors import InputError, TaggerError
from .files import publishing
from .stream import lines

FORMATS = ("slash", "conllu", "jsonl", "segmented")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m tagger.tag",
        description="Find the words of every line of UTF-8 text, and their parts of speech if the model knows them. "
        "jsonl and conllu keep the text exactly; slash and segmented write a space between words and, "
        "after it, the whitespace that was there.",
        epilog="exit status: 0 all lines tagged, 1 an error (named on stderr), 2 wrong usage",
    )
    p.add_argument("files", nargs="*", metavar="FILE", default=["-"], help="text, plain, .gz, .xz or .zst; - is stdin")
    p.add_argument("-m", "--model", required=True, metavar="NAME.onnx", help="a model file from tagger.export")
    p.add_argument("-o", "--output", metavar="OUT", help="a file, written whole or not at all; default stdout")
    p.add_argument("--format", choices=FORMATS, default="slash", help="default %(default)s")
    p.add_argument("--version", action="version", version=__version__)
    return p


def texts(paths: Sequence[str]) -> Iterator[str]:
    """The lines of files in order, without their line feeds. Raises InputError for what cannot be read."""
    for path in paths:
        if path == "-":
            yield from (line.text for line in lines(sys.stdin.buffer, name="<stdin>", error=InputError))
        else:
            yield from (line.text for line in lines(Path(path), error=InputError))


def tag(model: str, paths: Sequence[str], out: TextIO, format: str) -> None:
    """Write the sentence of every line to `out`."""
    from .inference import load

    tagger = load(model)
    rest: Iterable[str] = texts(paths)
    typed = paths == ["-"] and sys.stdin.isatty()  # a person types: answer line by line
    for sentence in map(tagger, rest) if typed else tagger.tag(rest):
        out.write(corpus.format_sentence(sentence, format))
        if out.isatty():
            out.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        with ExitStack() as stack:
            if options.output:
                path = stack.enter_context(publishing(options.output))
                out: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            else:
                out = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115
                stack.callback(out.flush)
            tag(options.model, options.files or ["-"], out, options.format)
    except BrokenPipeError:  # the reader had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write {options.output or 'stdout'}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
