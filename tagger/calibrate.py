"""`python -m tagger.calibrate model=NAME.onnx dev=FILE`: makes a model's probabilities mean what they say.

Nets are surer than they are right. One number, the temperature that scores are divided by, is fitted on gold sentences
so that the found words, which stay as they are, are as likely as they are right (Platt 1999; Guo et al. 2017). It
goes into the file's metadata, with what it changes."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import helper

from . import corpus
from .errors import ExportError, TaggerError
from .evaluation.calibration import calibrate
from .files.atomic import publishing
from .modelfile.metadata import METADATA_KEY
from .tagging.tagger import load


def describe_temperature(model: str | Path, output: str | Path, figures: dict[str, Any]) -> None:
    """A copy of a model file that carries a temperature. Raises ExportError when it cannot be written."""
    proto = onnx.load(model)
    [metadata] = [json.loads(item.value) for item in proto.metadata_props if item.key == METADATA_KEY]
    del proto.metadata_props[:]
    helper.set_model_props(proto, {METADATA_KEY: json.dumps(metadata | {"calibration": figures}, ensure_ascii=False)})
    try:
        with publishing(output) as temporary:
            onnx.save(proto, temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error


USAGE = """usage: python -m tagger.calibrate model=NAME.onnx dev=FILE [output=OTHER.onnx]
dev: gold sentences that the model was not trained on; output: where the calibrated file goes, else into its place"""


def main(arguments: Sequence[str] | None = None) -> int:
    given = dict(part.partition("=")[::2] for part in (sys.argv[1:] if arguments is None else arguments))
    if not {"model", "dev"} <= set(given) <= {"model", "dev", "output"} or not all(given.values()):
        print(USAGE, file=sys.stderr)
        return 0 if set(given) <= {"-h", "--help"} and given else 2
    output = given.get("output", given["model"])
    try:
        tagger = load(given["model"])
        figures = calibrate(tagger, list(corpus.read(given["dev"])))
        describe_temperature(given["model"], output, figures | {"dev": Path(given["dev"]).name})
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"{output}: temperature {figures['temperature']}; expected calibration error of words and tags "
        f"{figures['joint_ece_before']:.2%} before, {figures['joint_ece_after']:.2%} after, of words "
        f"{figures['word_ece_before']:.2%} before, {figures['word_ece_after']:.2%} after ({given['dev']})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
