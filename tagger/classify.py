"""`tagger classify -m NAME.onnx [FILE…]`: the label of every text, in order, with its probability."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from . import cli
from .errors import InputError
from .files.lines import COMPRESSED, lines, object_remedy
from .files.output import add_output, write_lines
from .tagging.classifier import TEXTS, Classifier, load_classifier


class Item(NamedTuple):
    """A text, and the fields of the object that it came in."""

    text: str
    fields: dict[str, Any]


def parser() -> cli.Parser:
    p = cli.parser(
        "classify",
        "Find the label of every text. A line is a text; in JSONL an object, whose other fields are kept in JSONL "
        "output. The format tsv writes a label, a tab and its probability, a line for each text.",
    )
    p.add_argument(
        "files", nargs="*", metavar="FILE", default=["-"], help="text or .jsonl (plain, .gz, .xz, .zst); - is stdin"
    )
    p.add_argument("-m", "--model", required=True, metavar="NAME.onnx", help="a classifier's file from tagger.export")
    add_output(p)
    p.add_argument("--format", choices=("tsv", "jsonl"), help="default: jsonl if OUT is called so, else tsv")
    p.add_argument("--input", choices=("text", "jsonl"), help="what the files hold; default: by their names, else text")
    cli.add_encoding(p)
    p.add_argument("--field", default="text", help="the field of the text in JSONL; default %(default)s")
    p.add_argument("--top", type=int, default=1, metavar="N", help="the N likeliest labels; default %(default)s")
    return p


def items(path: str, kind: str | None, field: str, encoding: str = "utf-8") -> Iterator[Item]:
    """The texts of a file or of stdin (`-`). Raises InputError at what cannot be read."""
    plain = path
    for suffix in COMPRESSED:
        plain = plain.removesuffix(suffix)
    source, name = (sys.stdin.buffer, "stdin") if path == "-" else (Path(path), path)
    rows = lines(source, name=name, error=InputError, encoding=encoding, remedy=cli.NAME_ENCODING)
    if (kind or ("jsonl" if plain.endswith(".jsonl") else "text")) == "text":
        for line in rows:
            yield Item(line.text.removesuffix("\r"), {})
        return
    for line in rows:
        try:
            value = json.loads(line.text)
        except ValueError as error:
            remedy = object_remedy(line.text, "correct the line")
            raise InputError(f"{name}:{line.number}: expected a JSON object, got: {error}; {remedy}") from None
        if not isinstance(value, dict) or not isinstance(value.get(field), str):
            raise InputError(
                f"{name}:{line.number}: expected an object with a string {field!r}, got {line.text[:80]!r}; "
                + object_remedy(line.text, "name the field with --field")
            )
        yield Item(value[field], value)


def answers(classifier: Classifier, texts: Iterable[Item], format: str, field: str, top: int) -> Iterator[str]:
    """A line of output for each text."""
    stream = iter(texts)
    while part := list(islice(stream, TEXTS)):
        predictions = classifier.classify(item.text for item in part)
        for item, prediction in zip(part, predictions, strict=True):
            best = classifier.top(prediction.probabilities, top)
            if format == "tsv":
                yield "\t".join(f"{label}\t{probability:.4f}" for label, probability in best) + "\n"
                continue
            row = {field: item.text, **item.fields, "label": best[0][0], "probability": round(best[0][1], 6)}
            if top > 1:
                row["labels"] = [{"label": label, "probability": round(p, 6)} for label, p in best]
            if prediction.truncated:
                row["truncated"] = True
            yield json.dumps(row, ensure_ascii=False) + "\n"


def classify(options: argparse.Namespace) -> None:
    """All that the command line asks for. Raises TaggerError, and OSError when the output cannot be written."""
    if options.top < 1:
        raise InputError(f"expected --top of 1 or more, got {options.top}")
    classifier = load_classifier(options.model)
    by_name = Path(options.output or "").suffixes
    format = options.format or ("jsonl" if ".jsonl" in by_name else "tsv")
    paths = options.files or ["-"]
    cli.announce_terminal(paths)
    texts = (item for path in paths for item in items(path, options.input, options.field, options.encoding))
    write_lines(answers(classifier, texts, format, options.field, options.top), options.output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: classify(options), output=options.output)


if __name__ == "__main__":
    sys.exit(main())
