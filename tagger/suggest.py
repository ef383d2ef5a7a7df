"""`tagger suggest -m NAME.onnx [TEXT…]`: the sentences worth annotating next, the least certain first.

How certain the model is of a sentence: the probability of the words and tags that it finds, the geometric mean over
its characters (maximum normalised log-probability, Shen et al. 2017), so that long sentences have no advantage.
"""

import argparse
import heapq
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import cli, corpus
from .decoding.transitions import Table
from .errors import InputError
from .files.lines import Line, lines
from .tagging.rows import keep
from .tagging.tagger import Tagger, load
from .text.block import Block, Spans
from .text.sentence import Sentence
from .text.windows import WINDOW

TEXTS = 256  # looked at together, so that those of like length share a batch


class Suggestion(NamedTuple):
    """A sentence as the model reads it, and how certain of that it is (0 to 1)."""

    confidence: float
    sentence: Sentence


def log_probabilities(tagger: Tagger, texts: Sequence[str]) -> tuple[list[Sentence], Table]:
    """The words that the model finds in texts of 1 to `WINDOW` characters, and the log-probability of these words and
    their tags, `[n_texts]`."""
    model, bare = tagger.model, tagger.bare(Block.of(texts))
    decoded = tagger.decode(bare, keep)
    logs = np.zeros(len(texts))
    for group in decoded.groups:
        rows = np.searchsorted(bare.block.starts, group.places)
        logs[rows] = model.decoder.log_probabilities(group.parts, group.lengths, group.tags, tagger.temperature)
    spans = bare.restore(Spans.of(bare.block, *model.scheme.spans(decoded.gather(decoded.tags))))
    return spans.sentences(texts, model.scheme.pos or (None,)), logs


def confidences(tagger: Tagger, texts: Iterable[str]) -> Iterator[Suggestion]:
    """How certain a tagger is of each of the texts, in order; each of 1 to `WINDOW` characters."""
    stream = iter(texts)
    while part := list(islice(stream, TEXTS)):
        for sentence, log in zip(*log_probabilities(tagger, part), strict=True):
            yield Suggestion(math.exp(log / len(sentence.text)), sentence)


def suggest(
    tagger: Tagger, texts: Iterable[str], n: int, *, known: Iterable[str] = (), min_chars: int = 5
) -> list[Suggestion]:
    """The `n` texts of which a tagger is least certain, each once, without those `known` already.

    Texts of fewer than `min_chars` or more than `WINDOW` characters are left out. Raises InputError for an `n`
    below 1.
    """
    if n < 1 or min_chars < 1:
        raise InputError(f"expected a number of sentences and of characters of 1 or more, got {n} and {min_chars}")
    seen = set(known)

    def fresh() -> Iterator[str]:
        for text in texts:
            if min_chars <= len(text) <= WINDOW and text not in seen:
                seen.add(text)
                yield text

    return heapq.nsmallest(n, confidences(tagger, fresh()), key=lambda suggestion: suggestion.confidence)


def parser() -> cli.Parser:
    p = cli.parser("suggest", "List the sentences worth annotating next: those that the model is least certain of.")
    p.add_argument("texts", nargs="*", metavar="TEXT", default=["-"], help="raw text, a sentence a line; - is stdin")
    p.add_argument("-m", "--model", required=True, metavar="NAME", help="a model file, or a model of the package")
    p.add_argument("-n", type=int, default=100, metavar="N", help="how many sentences; default %(default)s")
    p.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="write the sentences with the words found in them, to be corrected: a corpus in the format its name "
        "says; default: certainty and text to stdout",
    )
    cli.add_encoding(p)
    p.add_argument("--known", metavar="CORPUS", help="an annotated corpus, whose sentences are left out")
    p.add_argument("--min-chars", type=int, default=5, metavar="N", help="leave out shorter ones; default %(default)s")
    p.add_argument("--standard", metavar="NAME", help="of a model of several standards; default: its first")
    return p


def suggest_from_files(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    tagger = load(options.model, standard=options.standard)
    known = corpus.read_texts(options.known) if options.known else ()
    texts = (line.text.strip() for name in options.texts or ["-"] for line in _lines(name, options.encoding))
    suggestions = suggest(tagger, texts, options.n, known=known, min_chars=options.min_chars)
    if options.output:
        corpus.write((suggestion.sentence for suggestion in suggestions), options.output)
    else:
        sys.stdout.writelines(f"{certainty:.4f}\t{sentence.text}\n" for certainty, sentence in suggestions)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: suggest_from_files(options), output=options.output)


def _lines(name: str, encoding: str) -> Iterator[Line]:
    cli.announce_terminal([name])
    source, shown = (sys.stdin.buffer, "stdin") if name == "-" else (Path(name), name)
    return lines(source, name=shown, error=InputError, encoding=encoding, remedy=cli.NAME_ENCODING)


if __name__ == "__main__":
    sys.exit(main())
