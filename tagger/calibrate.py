"""`python -m tagger.calibrate model=NAME.onnx dev=FILE`: makes a model's probabilities mean what they say.

Nets are surer than they are right. One number, the temperature that scores are divided by, is fitted on gold sentences
so that the found words, which stay as they are, are as likely as they are right (Platt 1999; Guo et al. 2017). It
goes into the file's metadata, with what it changes."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import corpus
from .errors import TaggerError
from .evaluation.calibration import calibrate
from .modelfile.rewrite import rewrite
from .tagging.tagger import load

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
        calibration = replace(calibrate(tagger, list(corpus.read(given["dev"]))), dev=Path(given["dev"]).name)
        rewrite(given["model"], output, replace(tagger.model.metadata, calibration=calibration))
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"{output}: temperature {calibration.temperature}; expected calibration error of words and tags "
        f"{calibration.joint_ece_before:.2%} before, {calibration.joint_ece_after:.2%} after, of words "
        f"{calibration.word_ece_before:.2%} before, {calibration.word_ece_after:.2%} after ({given['dev']})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
