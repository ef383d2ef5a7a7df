"""What a net computes on its way from a sentence to words: gates and states, scores, the path, probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ..decoding.transitions import FORBIDDEN
from ..errors import InputError, ModelError
from ..modelfile.protobuf import nodes, with_outputs
from ..modelfile.session import session_options
from ..modelfile.shipped import find
from ..tagging.confidence import RatedWord, rate_words, rated_spans
from ..tagging.rows import keep
from ..tagging.tagger import Tagger, load
from ..text.block import Block
from ..text.characters import code_points
from ..text.presegment import Presegmenter
from ..text.sentence import Word
from ..text.windows import WINDOW
from .cells import Array, Steps
from .layers import Recurrent, recurrent

TOLERANCE = 1e-3  # between the states found here and those of onnxruntime, which computes in fp32


class Layer(NamedTuple):
    """A recurrent layer: its operator, and what each direction computes, `[time, units]` by name, in text order."""

    operator: str
    directions: dict[str, Steps]


@dataclass(frozen=True)
class Inspection:
    """A sentence on its way through a net.

    `scores [time, n_scores]` are named by `columns`; they are minus infinity for tags that the net or what is known of
    the text rules out. `path` is the decoded tag of each character; `words` are what the tagger finds, with
    their probabilities (RatedWords).
    """

    text: str
    layers: tuple[Layer, ...]
    columns: tuple[str, ...]
    scores: NDArray[np.float64]
    path: tuple[str, ...]
    words: tuple[Word, ...]

    @property
    def probabilities(self) -> tuple[float, ...]:
        """How likely each word is, with its POS."""
        return tuple(word.probability for word in self.words if isinstance(word, RatedWord))

    @property
    def taken(self) -> tuple[int, ...]:
        """The column of scores of each character's tag on the path; of a factored head that of the tag's letter."""
        numbers = {name: number for number, name in enumerate(self.columns)}
        return tuple(numbers[tag if tag in numbers else tag[0]] for tag in self.path)

    def to_json(self, layer: int) -> dict[str, Any]:
        """Plain values, with the gates and states of one layer (counted from 0 here, from 1 in the answer) in three
        decimals; a score of minus infinity is null."""
        scores = [[None if s == -np.inf else round(s, 3) for s in row] for row in self.scores.tolist()]
        operator, directions = self.layers[layer]
        words = zip(self.words, self.probabilities, strict=True)
        return {
            "text": self.text,
            "words": [word._asdict() | {"probability": round(p, 4)} for word, p in words],
            "path": list(self.path),
            "tags": list(self.columns),
            "scores": scores,
            "n_layers": len(self.layers),
            "layer": layer + 1,
            "operator": operator,
            "directions": {
                name: {part: np.round(values, 3).tolist() for part, values in steps.items()}
                for name, steps in directions.items()
            },
        }


class Inspector:
    """Looks into a model file: `inspector("我喜欢北京")`, for sentences that go through the net in one piece.

    The words are the tagger's. Gates and states are computed step by step from the file's weights, and checked
    against what onnxruntime gives for each layer. Raises ModelError for files without gates to show: int8, other nets.
    """

    def __init__(self, tagger: Tagger, path: str | Path) -> None:
        """`path` is the tagger's file, read again here."""
        self.tagger = tagger
        data = Path(path).read_bytes()
        found = nodes(data)
        if any(node.operator == "DynamicQuantizeLSTM" for node in found):
            raise ModelError(
                f"{path}: expected a file that computes in fp32, got one of quantize=int8, whose gates are rounded "
                "inside the operator; inspect the file it was made from"
            )
        self._layers = recurrent(found)
        if not self._layers:
            raise ModelError(
                f"{path}: expected recurrent layers (LSTM, GRU, RNN), found none; inspect a file of tagger.export"
            )
        weights = [name for layer in self._layers for name in layer.weights]
        flowing = [name for layer in self._layers for name in (*layer.entering, layer.hidden)]
        data = with_outputs(data, dict.fromkeys([*flowing, *weights]))
        self._session = ort.InferenceSession(data, session_options(), providers=["CPUExecutionProvider"])
        one = np.ones(1, np.int32)
        self._more = tagger.model.following(tagger.standard, 1)
        values = self._session.run(weights, {"code_points": one[None], "lengths": one, **self._more})
        self._weights = {name: np.asarray(value, np.float64) for name, value in zip(weights, values, strict=True)}
        self._flowing = list(dict.fromkeys(flowing))

    @classmethod
    def open(cls, model: str | Path | None = None, *, presegmenter: Presegmenter | None = None) -> Self:
        """`model` and `runs` as for `load`. Raises ModelError when the file cannot be used."""
        path = find(model)
        return cls(load(path, presegmenter=presegmenter), path)

    def __call__(self, text: str) -> Inspection:
        """Raises InputError for an empty text and for one of more than 256 characters."""
        if not 0 < len(text) <= WINDOW:
            raise InputError(f"expected a sentence of 1 to {WINDOW} characters, got {len(text)}; give a part of it")
        inputs = {"code_points": code_points(text)[None], "lengths": np.array([len(text)], np.int32), **self._more}
        values = self._session.run(self._flowing, inputs)
        flowing = {name: value.astype(np.float64) for name, value in zip(self._flowing, values, strict=True)}
        layers = tuple(_layer(layer, self._weights | flowing) for layer in self._layers)
        model, decoded = self.tagger.model, self.tagger.decode(Block.of([text]), (), keep)
        [[(_, scores, tags)]] = [group.rows() for group in decoded.groups]
        rates = decoded.map(rate_words(model.decoder, self.tagger.temperature))
        [sentence] = rated_spans(rates, model.scheme).sentences([text], model.scheme.pos or (None,))
        return Inspection(
            text=text,
            layers=layers,
            columns=model.decoder.columns,
            scores=np.where(scores <= FORBIDDEN, -np.inf, scores).astype(np.float64),
            path=tuple(model.scheme.names[tag] for tag in tags),
            words=sentence.words,
        )


def _layer(layer: Recurrent, values: Mapping[str, Array]) -> Layer:
    """A layer's steps, once they are found to end in the hidden states that the file gives."""
    directions = layer.directions(values)
    hidden = np.concatenate([steps["hidden"] for steps in directions.values()], 1)
    if not np.allclose(hidden, values[layer.hidden].reshape(hidden.shape), TOLERANCE, TOLERANCE):
        raise ModelError(f"expected the states that the file's {layer.operator} gives, got others; report a bug")
    return Layer(layer.operator, directions)


def most_active(steps: Steps, n: int) -> NDArray[np.intp]:
    """The `n` units whose hidden state varies most over the sentence, in order of their numbers; all for 0."""
    spread = steps["hidden"].std(0)
    return np.sort(np.argsort(-spread, kind="stable")[: n or len(spread)])
