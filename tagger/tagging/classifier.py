"""Texts to labels: a classifier's model file through onnxruntime; no torch."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..errors import InputError
from ..modelfile.classifier import ClassifierModel
from ..modelfile.shipped import find
from ..text.format_characters import without_format
from ..text.padding import batches, pad
from .arguments import refuse_unopened

BATCH = 4096  # padded code points per run of the model
TEXTS = 256  # that are looked at together, so that those of like length share a batch


class Prediction(NamedTuple):
    """A text's likeliest label with its probability, the probabilities of all labels in the model's order `[n_labels]`,
    and whether the text was longer than what the model reads."""

    label: str
    probability: float
    probabilities: NDArray[np.float64]
    truncated: bool


class Classifier:
    """Finds the label of texts: `classifier("Where is my card?")` for one, `classifier.classify(texts)` for a stream.

    An answer depends on its text alone, whatever else is in the batch, and is the same with and without format
    characters (see `text.format_characters`). Only the first `model.max_chars` of the other characters are read, or the
    last so many words of a model of words; a text without any is read as a space. Safe to use from several threads.
    """

    def __init__(self, model: ClassifierModel) -> None:
        refuse_unopened(model, "load_classifier")
        self.model = model

    @property
    def labels(self) -> tuple[str, ...]:
        return self.model.labels

    def __call__(self, text: str) -> Prediction:
        """Raises InputError when `text` is not a string."""
        return next(self.classify([text]))

    def classify(self, texts: Iterable[str]) -> Iterator[Prediction]:
        """A prediction per text, in order. Raises InputError at a text that is not a string."""
        if isinstance(texts, str):
            raise InputError("expected several texts, got one string; call classifier(text), or pass [text]")
        stream = iter(texts)
        while part := list(map(_bare, islice(stream, TEXTS))):
            rows = self._probabilities(part)
            for text, row, best in zip(part, rows, rows.argmax(1).tolist(), strict=True):
                yield Prediction(self.labels[best], float(row[best]), row, self.model.reading.is_longer(text))

    def top(self, probabilities: NDArray[np.float64], n: int) -> list[tuple[str, float]]:
        """The `n` likeliest labels and their probabilities, best first."""
        order = np.argsort(-probabilities, kind="stable")[:n].tolist()
        return [(self.labels[i], float(probabilities[i])) for i in order]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The probability of every label for every text, `[n_texts, n_labels]`. Raises InputError at a text that is not
        a string."""
        return self._probabilities(list(map(_bare, texts)))

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The same for texts without format characters."""
        reading = self.model.reading
        codes = list(map(reading.read, texts))
        lengths = np.array([len(row) for row in codes], np.int32)
        order = np.argsort(-lengths, kind="stable")
        probabilities = np.zeros((len(texts), len(self.labels)))
        for first, last in batches(lengths[order], BATCH):
            rows = order[first:last]
            chars = pad([codes[row] for row in rows], reading.fill)  # shape: [batch, time, …]
            probabilities[rows] = _softmax(self.model.scores(chars, lengths[rows]))
        return probabilities


def _bare(text: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"expected a text (str), got {type(text).__name__}; decode or convert it first")
    return without_format(text)


def _softmax(scores: Scores) -> NDArray[np.float64]:
    exponentials = np.exp(scores.astype(np.float64) - scores.max(1, keepdims=True))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum(1, keepdims=True)
    return probabilities


def load_classifier(path: str | Path | bytes) -> Classifier:
    """A classifier from a model file or its content. Raises ModelError when it cannot be used."""
    return Classifier(ClassifierModel.open(path if isinstance(path, bytes) else find(path)))
