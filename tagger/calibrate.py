"""`python -m tagger.calibrate model=NAME.onnx dev=FILE`: makes a model's probabilities mean what they say.

Nets are surer than they are right. One number, the temperature that scores are divided by, is fitted on gold sentences
so that the found words, which stay as they are, are as likely as they are right (Platt 1999; Guo et al. 2017). It
goes into the file's metadata, with what it changes.
"""

import json
import sys
from collections.abc import Sequence
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper

from . import corpus
from .block import Block, Places
from .calibration import Probabilities, Truths, expected_calibration_error, log_loss, lowest
from .decoding import Scores, Tags
from .errors import ExportError, InputError, TaggerError
from .files import publishing
from .inference import Tagger, load
from .model import METADATA_KEY
from .rating import Ratings
from .text import Sentence

LOWEST, HIGHEST = 0.1, 10.0  # temperatures to choose from
_Group = tuple[Sequence[Scores], Places, Tags, Places]


def right(tagger: Tagger, gold: Sequence[Sentence]) -> tuple[Truths, Truths]:
    """Which of the words found in gold sentences are right, with their POS and whatever it is. A sentence of which the
    gold has no POS is judged by its words alone."""
    both, words = [], []
    for wanted, sentence in zip(gold, tagger.tag([sentence.text for sentence in gold]), strict=True):
        pos = {(word.start, word.end): word.pos for word in wanted.words}
        for word in sentence.words:
            span = (word.start, word.end)
            words.append(span in pos)
            both.append(span in pos and pos[span] in (None, word.pos))
    return np.array(both, bool), np.array(words, bool)


class Rater:
    """Rates the words found in gold sentences at any temperature: the net looks at them once."""

    def __init__(self, tagger: Tagger, gold: Sequence[Sentence]) -> None:
        self._tagger, self._groups = tagger, list[_Group]()
        self._block = Block.of(sentence.text for sentence in gold)
        self._answer = tagger.answers(self._block, (), lambda *group: self._groups.append(group))

    def __call__(self, temperature: float) -> tuple[Probabilities, Probabilities]:
        """How likely the words are with their POS, and with any."""
        ratings = Ratings(self._tagger.model.decoder, self._tagger.model.scheme, temperature)
        for group in self._groups:
            ratings(*group)
        spans = ratings.spans(self._block, *self._answer)
        return spans.probability, spans.span_probability


def calibrate(tagger: Tagger, gold: Sequence[Sentence]) -> dict[str, Any]:
    """The temperature at which the log loss of the found words' probabilities is lowest, and the expected calibration
    errors before (at 1) and after. Raises InputError without words."""
    if not any(sentence.words for sentence in gold):
        raise InputError("expected gold sentences with words to calibrate on, got none; give dev=FILE")
    rater, truths = Rater(tagger, gold), right(tagger, gold)
    fitted = lowest(lambda x: log_loss(rater(exp(x))[0], truths[0]), log(LOWEST), log(HIGHEST))
    temperature = round(exp(fitted), 4)
    figures: dict[str, Any] = {"temperature": temperature, "words": len(truths[0])}
    for when, rates in (("before", rater(1.0)), ("after", rater(temperature))):
        for name, probability, truth in zip(("joint", "word"), rates, truths, strict=True):
            figures[f"{name}_ece_{when}"] = round(expected_calibration_error(probability, truth), 5)
        figures[f"log_loss_{when}"] = round(log_loss(rates[0], truths[0]), 5)
    return figures


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
