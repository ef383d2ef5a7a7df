"""What a classifier computes for a text: gates and states, labels, and which characters or words moved the decision."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...modelfile.shipped import find
from ...text.format_characters import without_format
from ...text.padding import pad
from ...text.reading import split_words
from ...text.windows import WINDOW
from ..classifier import Classifier, load_classifier
from .states import Layer, StateReader


@dataclass(frozen=True)
class ClassifierInspection:
    """What a classifier computes for one text.

    `names` are the characters or words that were read, `[time]`, and `unit` says which. `labels` are the likeliest ones
    with their probabilities, best first. `without [time]` is the probability of the first of them when one character or
    word is left out (Zeiler and Fergus 2014: occlusion).
    """

    text: str
    unit: str
    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    labels: tuple[tuple[str, float], ...]
    without: NDArray[np.float64]

    @property
    def moved(self) -> NDArray[np.float64]:
        """By how much each character or word raises the probability of the first label, `[time]`; below 0 it speaks
        against it."""
        moved: NDArray[np.float64] = self.labels[0][1] - self.without
        return moved


class ClassifierInspector:
    """Shows what the net of a classifier's file computes: `inspector("我不喜欢你")`."""

    def __init__(self, classifier: Classifier, path: str | Path) -> None:
        """`path` is the classifier's file, which is read again. Raises ModelError as `StateReader` does."""
        self.classifier = classifier
        self._states = StateReader(path, self._inputs(" "))

    @classmethod
    def open(cls, model: str | Path) -> Self:
        """Raises ModelError when the file cannot be used."""
        path = find(model)
        return cls(load_classifier(path), path)

    def _inputs(self, text: str) -> dict[str, NDArray[np.int32]]:
        reading = self.classifier.model.reading
        row = reading.read(text)
        return {"code_points": pad([row], reading.fill), "lengths": np.array([len(row)], np.int32)}

    def __call__(self, text: str) -> ClassifierInspection:
        """Inspect a text, without its format characters and what the model does not read. Raises InputError for a text
        of which nothing is read, or more than 256 characters or words."""
        reading = self.classifier.model.reading
        text = without_format(text)
        by_words = reading.unit == "word"
        names = split_words(text)[-reading.limit :] if by_words else list(text[: reading.limit])
        if not 0 < len(names) <= WINDOW:
            wanted = f"a text of 1 to {WINDOW} {reading.unit}s"
            raise InputError(f"expected {wanted}, got {len(names)}; give a part of a longer one")
        joined = (" " if by_words else "").join
        variants = [joined(names[:left_out] + names[left_out + 1 :]) for left_out in range(len(names))]
        probabilities = self.classifier.probabilities([joined(names), *variants])
        return ClassifierInspection(
            text=text,
            unit=reading.unit,
            names=tuple(names),
            layers=tuple(_last_steps(layer, len(names)) for layer in self._states(self._inputs(text))),
            labels=tuple(self.classifier.top(probabilities[0], len(self.classifier.labels))),
            without=probabilities[1:, probabilities[0].argmax()],
        )


def _last_steps(layer: Layer, n: int) -> Layer:
    """The last steps of a layer: those before read the words without characters that pad a text in front."""
    directions = {
        name: {part: values[-n:] for part, values in steps.items()} for name, steps in layer.directions.items()
    }
    return Layer(layer.operator, directions)
