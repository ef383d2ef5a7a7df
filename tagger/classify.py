"""`tagger classify -m NAME.onnx [FILE…]`: the label of every text, in order, with its probability."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from . import cli
from .bulk.documents import read_rows
from .bulk.formats import FORMATS
from .bulk.inputs import Input
from .bulk.readers import TextReader
from .errors import InputError
from .files.lines import lines
from .files.output import add_output, write_lines
from .tagging.classifier import TEXTS, Classifier, load_classifier
from .text.scheme import Scheme
from .usage import whole_number

KINDS = ("text", "jsonl", "csv", "tsv")


class Item(NamedTuple):
    """A text, and the fields of the object or row that it came in, with its own."""

    text: str
    fields: dict[str, Any]


def parser() -> cli.Parser:
    p = cli.parser(
        "classify",
        "Find the label of every text. A line is a text; in JSONL an object, in CSV and TSV a row, whose other fields "
        "are kept in JSONL output. The format tsv writes a label, a tab and its probability, a line for each text.",
    )
    p.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=["-"],
        help="text, .jsonl, .csv or .tsv (plain, .gz, .xz, .zst); - is stdin",
    )
    p.add_argument(
        "-m",
        "--model",
        required=True,
        metavar="NAME.onnx",
        help="a classifier: model.onnx of tagger train experiment=classify data.train=FILE.csv",
    )
    add_output(p)
    p.add_argument("--format", choices=("tsv", "jsonl"), help="default: jsonl if OUT is called so, else tsv")
    p.add_argument("--input", choices=KINDS, help="what the files hold; default: by their names, else text")
    cli.add_encoding(p)
    p.add_argument("--field", default="text", help="the field or column of the text; default %(default)s")
    p.add_argument(
        "--top", type=whole_number(), default=1, metavar="N", help="the N likeliest labels; default %(default)s"
    )
    return p


def items(source: Input, field: str, encoding: str = "utf-8") -> Iterator[Item]:
    """The texts of a file or of stdin. Raises InputError at what cannot be read, and for a Parquet file."""
    if source.kind not in KINDS:
        raise InputError(f"{source.path}: expected text, JSONL, CSV or TSV, got {source.kind}; convert it to CSV")
    if source.kind == "text":
        stream, name = (sys.stdin.buffer, "stdin") if source.path == "-" else (Path(source.path), source.path)
        for line in lines(stream, name=name, error=InputError, encoding=encoding, remedy=cli.NAME_ENCODING):
            text = line.text.removesuffix("\r")
            yield Item(text, {field: text})
        return
    reader = TextReader(FORMATS["jsonl"], Scheme(()), field, encoding=encoding, written=())
    for rows in read_rows(source, reader):
        for text, fields in zip(rows.texts, rows.fields, strict=True):
            yield Item(text, json.loads(fields + "}"))


def answers(classifier: Classifier, texts: Iterable[Item], format: str, top: int) -> Iterator[str]:
    """A line of output for each text."""
    stream = iter(texts)
    while part := list(islice(stream, TEXTS)):
        predictions = classifier.classify(item.text for item in part)
        for item, prediction in zip(part, predictions, strict=True):
            best = classifier.top(prediction.probabilities, top)
            if format == "tsv":
                yield "\t".join(f"{label}\t{probability:.4f}" for label, probability in best) + "\n"
                continue
            row = {**item.fields, "label": best[0][0], "probability": round(best[0][1], 6)}
            if top > 1:
                row["labels"] = [{"label": label, "probability": round(p, 6)} for label, p in best]
            if prediction.truncated:
                row["truncated"] = True
            yield json.dumps(row, ensure_ascii=False) + "\n"


def classify(options: argparse.Namespace) -> None:
    """All that the command line asks for. Raises TaggerError, and OSError when the output cannot be written."""
    classifier = load_classifier(options.model)
    by_name = Path(options.output or "").suffixes
    format = options.format or ("jsonl" if ".jsonl" in by_name else "tsv")
    sources = cli.find_texts(options.files, options.input)
    texts = (item for source in sources for item in items(source, options.field, options.encoding))
    write_lines(answers(classifier, texts, format, options.top), options.output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: classify(options), output=options.output)


if __name__ == "__main__":
    sys.exit(main())
