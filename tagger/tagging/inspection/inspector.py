"""What a net computes for a sentence: gates and states, scores, the Viterbi path, words with their probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ...decoding.transitions import FORBIDDEN
from ...errors import InputError, ModelError
from ...modelfile.protobuf import add_outputs, read_nodes
from ...modelfile.session import start_session
from ...modelfile.shipped import find
from ...text.block import Block
from ...text.characters import code_points
from ...text.format_characters import without_format
from ...text.presegment import Presegmenter
from ...text.sentence import Word
from ...text.windows import WINDOW
from ..confidence import RatedWord, rate_words, rated_spans
from ..rows import keep
from ..tagger import Tagger, load
from .cells import Array, Steps
from .layers import RecurrentLayer, find_layers

TOLERANCE = 1e-3  # between the states computed here and those of onnxruntime, which computes in fp32


class Layer(NamedTuple):
    """A recurrent layer: its operator, and the gates and states `[time, units]` of each direction, in text order."""

    operator: str
    directions: dict[str, Steps]


@dataclass(frozen=True)
class Inspection:
    """What a net computes for one sentence.

    `scores [time, n_scores]` are named by `columns`; they are minus infinity for tags that the net or what is known of
    the text rules out. `path` is the decoded tag of each character; `words` are those of the tagger, with
    their probabilities (RatedWord).
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
    def path_columns(self) -> tuple[int, ...]:
        """The column of scores of each character's tag on the path; of a factored head that of the tag's letter."""
        numbers = {name: number for number, name in enumerate(self.columns)}
        return tuple(numbers[tag if tag in numbers else tag[0]] for tag in self.path)

    def to_json(self, layer: int) -> dict[str, Any]:
        """The inspection as JSON values, with the gates and states of one layer, in three decimals.

        Layers count from 0 here and from 1 in the result. A score of minus infinity is None.
        """
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
    """Shows what the net of a model file computes: `inspector("我喜欢北京")`.

    The words are the tagger's. Gates and states are computed step by step from the file's weights and checked against
    the states that onnxruntime computes for each layer.
    """

    def __init__(self, tagger: Tagger, path: str | Path) -> None:
        """`path` is the tagger's file, which is read again. Raises ModelError for int8 files and other nets."""
        self.tagger = tagger
        data = Path(path).read_bytes()
        graph = read_nodes(data)
        if any(node.operator == "DynamicQuantizeLSTM" for node in graph):
            raise ModelError(
                f"{path}: expected a file that computes in fp32, got one of quantize=int8, whose gates are rounded "
                "inside the operator; inspect the file it was made from"
            )
        self._layers = find_layers(graph)
        if not self._layers:
            raise ModelError(
                f"{path}: expected recurrent layers (LSTM, GRU, RNN), found none; inspect a file of tagger.export"
            )
        weights = [name for layer in self._layers for name in layer.weights]
        activations = [name for layer in self._layers for name in (*layer.inputs, layer.hidden)]
        data = add_outputs(data, dict.fromkeys([*activations, *weights]))
        self._session = start_session(data)
        ones = np.ones(1, np.int32)
        self._standard = tagger.model.following(tagger.standard, 1)
        values = self._session.run(weights, {"code_points": ones[None], "lengths": ones, **self._standard})
        self._weights = {name: np.asarray(value, np.float64) for name, value in zip(weights, values, strict=True)}
        self._activations = list(dict.fromkeys(activations))

    @classmethod
    def open(cls, model: str | Path | None = None, *, presegmenter: Presegmenter | None = None) -> Self:
        """`model` and `presegmenter` are those of `load`. Raises ModelError when the file cannot be used."""
        path = find(model)
        return cls(load(path, presegmenter=presegmenter), path)

    def __call__(self, text: str) -> Inspection:
        """Inspect a sentence, without its format characters. Raises InputError for an empty text and for one of more
        than 256 characters."""
        text = without_format(text)
        if not 0 < len(text) <= WINDOW:
            wanted, got = f"a sentence of 1 to {WINDOW} characters", f"{len(text)} without format characters"
            raise InputError(f"expected {wanted}, got {got}; give a part of a longer one")
        inputs = {"code_points": code_points(text)[None], "lengths": np.array([len(text)], np.int32), **self._standard}
        values = self._session.run(self._activations, inputs)
        activations = {name: value.astype(np.float64) for name, value in zip(self._activations, values, strict=True)}
        layers = tuple(_compute_layer(layer, self._weights | activations) for layer in self._layers)
        model, decoded = self.tagger.model, self.tagger.decode(self.tagger.bare(Block.of([text])), keep)
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


def _compute_layer(layer: RecurrentLayer, values: Mapping[str, Array]) -> Layer:
    """The steps of a layer. Raises ModelError when its hidden states are not those of the file's operator."""
    directions = layer.compute(values)
    hidden = np.concatenate([steps["hidden"] for steps in directions.values()], 1)
    if not np.allclose(hidden, values[layer.hidden].reshape(hidden.shape), TOLERANCE, TOLERANCE):
        raise ModelError(f"expected the states that the file's {layer.operator} gives, got others; report a bug")
    return Layer(layer.operator, directions)


def most_active(steps: Steps, n: int) -> NDArray[np.intp]:
    """The numbers of the `n` units (0: all) whose hidden state varies most over the sentence, in ascending order."""
    spread = steps["hidden"].std(0)
    return np.sort(np.argsort(-spread, kind="stable")[: n or len(spread)])
