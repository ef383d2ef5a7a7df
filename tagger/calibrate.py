"""`tagger calibrate GOLD -m NAME.onnx`: makes a model's probabilities mean what they say.

Nets are surer than they are right. One number, the temperature that scores are divided by, is fitted on gold sentences
so that the found words, which stay as they are, are as likely as they are right (Platt 1999; Guo et al. 2017). It
goes into the file's metadata, with what it changes."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from . import cli, corpus
from .corpus.layers import read_entities, read_layers, sentences_with
from .errors import UsageError
from .evaluation.calibration import calibrate
from .files.output import file_to_write
from .modelfile.metadata import Calibration, TaggerMetadata
from .modelfile.rewrite import rewrite
from .modelfile.shipped import find, is_shipped
from .tagging.tagger import Tagger, load
from .text.sentence import Sentence

# `key=value` words of version 0.1.
WORDS = {"model": "-m", "dev": "", "output": "-o"}


def parser() -> cli.Parser:
    p = cli.parser(
        "calibrate",
        "Fit the temperature that makes a model's probabilities mean what they say, on gold sentences that the model "
        "was not trained on, and store it in the model file.",
    )
    p.add_argument(
        "gold",
        nargs="+",
        metavar="GOLD",
        help="gold sentences that the model was not trained on: the dev file of its training; or several files",
    )
    p.add_argument("-m", "--model", required=True, metavar="NAME.onnx", help="a model file from tagger export")
    p.add_argument(
        "-o",
        "--output",
        type=file_to_write,
        metavar="OTHER.onnx",
        help="the calibrated file; default: in place of NAME.onnx",
    )
    p.add_argument("--format", metavar="NAME", help="of GOLD; default: by its name")
    p.add_argument(
        "--standard",
        metavar="NAME",
        help="of a model of several, each with its temperature; default: the first",
    )
    return p


def calibrate_file(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    if is_shipped(options.model) and not options.output:
        raise UsageError(f"expected -o NAME.onnx beside the shipped model {options.model}, got none; name the new file")
    output = options.output or options.model
    tagger = load(options.model, standard=options.standard)
    dev = ", ".join(Path(file).name for file in options.gold)
    metadata, lines = tagger.model.metadata, []
    for layer, gold in _layers(tagger, options):
        calibration = replace(calibrate(layer, gold), dev=dev)
        metadata = _with_calibration(metadata, layer, calibration)
        lines.append(f"{output}: {_describe(calibration, layer)} ({', '.join(options.gold)})")
    rewrite(find(options.model), output, metadata)
    print("\n".join(lines))


def _layers(tagger: Tagger, options: argparse.Namespace) -> Sequence[tuple[Tagger, Sequence[Sentence]]]:
    """What finds the words and the entities that gold has, if the tagger finds both, else the tagger alone; each with
    the sentences that have them."""
    files = [Path(file) for file in options.gold]
    if tagger.entity_tagger is None:
        read = read_entities if tagger.finds_entities else corpus.read
        return [(tagger, [sentence for file in files for sentence in read(file, format=options.format)])]
    read_both = partial(read_layers, format=options.format, tag="upos", encoding="utf-8")
    gold = [sentence for file in files for sentence in read_both(file)]
    taggers = (tagger, tagger.entity_tagger)
    layers = [(layer, sentences_with(gold, entities=layer.finds_entities)) for layer in taggers]
    return [(layer, sentences) for layer, sentences in layers if sentences] or layers[:1]


def _with_calibration(metadata: TaggerMetadata, tagger: Tagger, calibration: Calibration) -> TaggerMetadata:
    if tagger.model.output and metadata.entities:
        return replace(metadata, entities=replace(metadata.entities, calibration=calibration))
    if tagger.standard:
        others = {**metadata.calibration_by_standard, tagger.standard_name: calibration}
        return replace(metadata, calibration_by_standard=others)
    return replace(metadata, calibration=calibration)


def _describe(calibration: Calibration, tagger: Tagger) -> str:
    standard = f" for the standard {tagger.standard_name}" if tagger.standard_name else ""
    tagged, spans = ("entities", "boundaries") if tagger.finds_entities else ("words and tags", "words")
    return (
        f"temperature {calibration.temperature}{standard}; expected calibration error of {tagged} "
        f"{calibration.joint_ece_before:.2%} before, {calibration.joint_ece_after:.2%} after, of {spans} "
        f"{calibration.word_ece_before:.2%} before, {calibration.word_ece_after:.2%} after"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    return cli.run(
        lambda: calibrate_file(options), output=options.output or options.model, phrase=cli.in_flags("format")
    )


if __name__ == "__main__":
    sys.exit(main())
