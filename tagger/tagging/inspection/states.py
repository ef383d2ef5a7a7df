"""The gates and states of a model file's recurrent layers for one text, whatever the net makes of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...modelfile.protobuf import add_outputs, read_nodes
from ...modelfile.session import start_session
from .cells import Array, Steps
from .layers import RecurrentLayer, find_layers

TOLERANCE = 1e-3  # between the states computed here and those of onnxruntime, which computes in fp32


class Layer(NamedTuple):
    """A recurrent layer: its operator, and the gates and states `[time, units]` of each direction, in text order."""

    operator: str
    directions: dict[str, Steps]


class StateReader:
    """Computes gates and states step by step from a file's weights, and checks them against those of onnxruntime."""

    def __init__(self, path: str | Path, inputs: Mapping[str, NDArray[Any]]) -> None:
        """`inputs` are those of any text, by name. Raises ModelError for int8 files and nets without such layers."""
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
        self._session = start_session(add_outputs(data, dict.fromkeys([*activations, *weights])))
        values = self._session.run(weights, dict(inputs))
        self._weights = {name: np.asarray(value, np.float64) for name, value in zip(weights, values, strict=True)}
        self._activations = list(dict.fromkeys(activations))

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> tuple[Layer, ...]:
        """The layers for the inputs of one text, `[1, time, …]`. Raises ModelError when states differ from those of
        the file's operators."""
        values = self._session.run(self._activations, dict(inputs))
        activations = {name: value.astype(np.float64) for name, value in zip(self._activations, values, strict=True)}
        return tuple(_compute_layer(layer, self._weights | activations) for layer in self._layers)


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
