"""`tagger suggest -m NAME.onnx [TEXT…]`: the sentences worth annotating next, the least certain first; with
`--suspicious GOLD…` the places in annotated sentences at which the model disagrees most.

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
from .bulk.chunks import KINDS
from .bulk.documents import read_rows
from .bulk.formats import FORMATS
from .bulk.inputs import Input
from .bulk.readers import TextReader
from .corpus.spans import SPANS
from .decoding.transitions import Table
from .errors import InputError, UsageError
from .evaluation.disagreements import Disagreement, disagreements, largest, to_json_lines, to_tsv
from .files.lines import lines
from .files.output import file_or_stdout, write_lines
from .tagging.rows import keep
from .tagging.tagger import Tagger, load
from .text.block import Block, Spans
from .text.scheme import Scheme
from .text.sentence import Sentence
from .text.windows import WINDOW
from .usage import whole_number

MIN_CHARS = 5
FIELD = "text"  # of rows
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
    tagger: Tagger, texts: Iterable[str], n: int, *, known: Iterable[str] = (), min_chars: int = MIN_CHARS
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


def suspicious_places(
    tagger: Tagger,
    paths: Iterable[str],
    n: int,
    *,
    format: str | None = None,
    tag: str = "upos",
    encoding: str = "utf-8",
) -> list[Disagreement]:
    """The `n` places in gold corpora at which a tagger disagrees most, the largest margin first.

    `format`, `tag` and `encoding` are those of `corpus.read`; a model that finds entities reads `spans` by default.
    Raises TaggerError for what cannot be read, and for an `n` below 1.
    """
    chosen = format or (SPANS if tagger.finds_entities else None)
    gold = (
        located for path in paths for located in corpus.read_located(path, format=chosen, tag=tag, encoding=encoding)
    )
    return largest(disagreements(tagger, gold), n)


WRITERS = {".tsv": to_tsv, ".jsonl": to_json_lines}


def parser() -> cli.Parser:
    p = cli.parser(
        "suggest",
        "List the sentences worth annotating next: those that the model is least certain of. With --suspicious: list "
        "the places in annotated sentences that are worth a second look, those at which the model disagrees most.",
    )
    p.add_argument(
        "texts", nargs="*", metavar="TEXT", default=["-"],
        help="raw text, a sentence a line (.jsonl, .csv, .tsv, .parquet by name: of each row); - is stdin; with "
        "--suspicious annotated corpora",
    )  # fmt: skip
    p.add_argument("-m", "--model", metavar="NAME", help="a model file, or a model of the package; default: zh-small")
    p.add_argument(
        "-n", "--top", dest="n", type=whole_number(), default=100, metavar="N",
        help="how many sentences, or places; default %(default)s",
    )  # fmt: skip
    p.add_argument(
        "-o", "--output", type=file_or_stdout, metavar="OUT",
        help="write the sentences with the words found in them, to be corrected: a corpus in the format its name "
        "says; default: certainty and text to stdout. With --suspicious OUT.tsv or OUT.jsonl; default: TSV to stdout",
    )  # fmt: skip
    p.add_argument("--suspicious", action="store_true", help="look for errors in annotated corpora")
    p.add_argument("--input", choices=KINDS, help="what raw text is in; default: by the names of files, else text")
    p.add_argument("--field", metavar="NAME", help=f"the field or column of the text; default {FIELD}")
    cli.add_encoding(p)
    p.add_argument("--known", metavar="CORPUS", help="an annotated corpus, whose sentences are left out")
    p.add_argument("--min-chars", type=whole_number(), metavar="N", help=f"leave out shorter ones; default {MIN_CHARS}")
    p.add_argument("--standard", metavar="NAME", help="of a model of several standards; default: its first")
    p.add_argument("--format", metavar="NAME", help="of annotated corpora; default: as their names say")
    p.add_argument(
        "--tag", metavar="NAME",
        help="of annotated corpora: upos, xpos, a column number, or none to compare words alone; default upos",
    )  # fmt: skip
    return p


def suggest_from_files(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    if options.format or options.tag:
        raise UsageError("expected --format and --tag with --suspicious alone, got them for raw text; leave them out")
    sources = cli.find_texts(options.texts, options.input)
    tagger = load(options.model, standard=options.standard)
    known = corpus.read_texts(options.known) if options.known else ()
    texts = (text for source in sources for text in _texts(source, options.field or FIELD, options.encoding))
    min_chars = MIN_CHARS if options.min_chars is None else options.min_chars
    suggestions = suggest(tagger, texts, options.n, known=known, min_chars=min_chars)
    if options.output:
        corpus.write((suggestion.sentence for suggestion in suggestions), options.output)
    else:
        sys.stdout.writelines(f"{certainty:.4f}\t{sentence.text}\n" for certainty, sentence in suggestions)


def suspect_from_files(options: argparse.Namespace) -> None:
    """What the command line asks for with `--suspicious`. Raises TaggerError."""
    if options.texts in ([], ["-"]):
        raise UsageError("expected an annotated corpus after --suspicious, got none; name its files")
    if options.known or options.min_chars is not None or options.input or options.field:
        raise UsageError(
            "expected --known, --min-chars, --input and --field for raw text alone, got one with --suspicious; leave "
            "it out"
        )
    suffix = Path(options.output).suffix if options.output else ".tsv"
    if suffix not in WRITERS:
        raise UsageError(f"expected -o OUT.tsv or OUT.jsonl with --suspicious, got {options.output}; choose one")
    tagger = load(options.model, standard=options.standard)
    places = suspicious_places(
        tagger,
        options.texts,
        options.n,
        format=options.format,
        tag=options.tag or "upos",
        encoding=options.encoding,
    )
    write_lines(WRITERS[suffix](places), options.output)
    tags = {word.pos for place in places for word in place.gold.words if word.pos}
    if unknown := sorted(tags.difference(tagger.model.scheme.pos)):
        told = f"note: tags that the model does not have count as impossible: {', '.join(unknown)}"
        print(f"{told}; --tag none compares words alone", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    body = suspect_from_files if options.suspicious else suggest_from_files
    return cli.run(lambda: body(options), output=options.output, phrase=cli.in_flags("format", "tag", "encoding"))


def _texts(source: Input, field: str, encoding: str) -> Iterator[str]:
    """The lines of a file of text or of stdin, or of the text in each of its rows. Raises InputError."""
    if source.kind == "text":
        stream, name = (sys.stdin.buffer, "stdin") if source.path == "-" else (Path(source.path), source.path)
        for line in lines(stream, name=name, error=InputError, encoding=encoding, remedy=cli.NAME_ENCODING):
            yield line.text.strip()
        return
    reader = TextReader(FORMATS["jsonl"], Scheme(()), field, encoding=encoding)
    for rows in read_rows(source, reader):
        yield from (line.strip() for text in rows.texts for line in text.split("\n"))


if __name__ == "__main__":
    sys.exit(main())
