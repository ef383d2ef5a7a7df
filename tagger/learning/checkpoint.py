"""Checkpoints as trained nets: read without running anything that lies in them."""

import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..text.presegment import Presegmenter
from ..text.reading import Padding
from . import stored as contents
from .nets import (
    CharLM,
    CharTagger,
    GivenWordTagger,
    SequenceClassifier,
    SequenceRegressor,
    TaggerNet,
    TransformerTagger,
)
from .nets.parts import name_of, outside_parts
from .stored import Stored, StoredCharLM, StoredClassifier, StoredRegressor, StoredTagger

_USES = {
    "tagger": "tagger export {path} -o NAME.onnx makes a model file of it, for tagger tag",
    "classifier": "tagger export {path} -o NAME.onnx makes a model file of it, for tagger classify",
    "character model": "it has no model file: tagger generate -m {path} writes text with it",
    "language model": "it has no model file: tagger pretrain resumes it",
    "regressor": "tagger export {path} -o NAME.onnx makes a plain ONNX file of it",
}
TAGGER_NETS: dict[str, type[TaggerNet]] = {net.unit: net for net in (CharTagger, GivenWordTagger)}
Net = TypeVar("Net", bound=nn.Module)
Kind = TypeVar("Kind", bound=Stored)


class Trained(NamedTuple):
    """A net in evaluation mode, the runs it was trained to keep together, and what training wrote beside it."""

    net: TaggerNet
    presegmenter: Presegmenter
    metadata: Mapping[str, Any]


class TrainedClassifier(NamedTuple):
    """A classifier in evaluation mode, how much of a text it reads, what training wrote beside it, and where texts are
    padded."""

    net: SequenceClassifier
    max_chars: int
    metadata: Mapping[str, Any]
    padding: Padding = "none"


class TrainedCharLM(NamedTuple):
    """A character model in evaluation mode, what each id looks like in text, how many characters a window of its
    training had, and what training wrote beside it."""

    net: CharLM
    forms: Mapping[int, str]
    context: int
    metadata: Mapping[str, Any]


class TrainedRegressor(NamedTuple):
    """A net that foretells a number in evaluation mode, and what training wrote beside it."""

    net: SequenceRegressor
    metadata: Mapping[str, Any]


def load(path: str | Path, *, net: TaggerNet | None = None) -> Trained:
    """The tagger's net of a checkpoint. Raises ModelError when there is none.

    A checkpoint never brings code. So a net with parts from outside this package is built by the caller and given as
    `net`, which gets the checkpoint's weights.
    """
    stored, weights = _read(path, StoredTagger)
    if net is None:
        made = TransformerTagger if "transformer" in stored.architecture else TAGGER_NETS[stored.unit]
        restore: Callable[[StoredTagger], TaggerNet] = made.restore
        net = _restore(path, restore, stored)
    return Trained(_fill(net, weights, path), stored.presegmenter, stored.metadata)


def load_classifier(path: str | Path, *, net: SequenceClassifier | None = None) -> TrainedClassifier:
    """The classifier of a checkpoint. Raises ModelError when there is none; `net` as for `load`."""
    stored, weights = _read(path, StoredClassifier)
    net = _restore(path, SequenceClassifier.restore, stored) if net is None else net
    return TrainedClassifier(_fill(net, weights, path), stored.max_chars, stored.metadata, stored.padding)


def load_char_lm(path: str | Path, *, net: CharLM | None = None) -> TrainedCharLM:
    """The character model of a checkpoint. Raises ModelError when there is none; `net` as for `load`."""
    stored, weights = _read(path, StoredCharLM)
    net = _restore(path, CharLM.restore, stored) if net is None else net
    return TrainedCharLM(_fill(net, weights, path), stored.forms, stored.context, stored.metadata)


def load_regressor(path: str | Path, *, net: SequenceRegressor | None = None) -> TrainedRegressor:
    """The net of a checkpoint that foretells a number. Raises ModelError when there is none; `net` as for `load`."""
    stored, weights = _read(path, StoredRegressor)
    net = _restore(path, SequenceRegressor.restore, stored) if net is None else net
    return TrainedRegressor(_fill(net, weights, path), stored.metadata)


def check_exportable(net: nn.Module) -> None:
    """Raises ModelError for a net with parts that its checkpoints cannot build again, which export has to do, for a
    pretrained encoder, and for an LSTM with a projection."""
    if isinstance(net, TransformerTagger):
        raise ModelError(
            "expected a recurrent net for a model file, got net=encoder; an encoder is a teacher: it trains, scores "
            "and distils; train with export=false, and let tagger distill -m RUN/best.ckpt label text for a student"
        )
    if projection := getattr(getattr(net, "encoder", None), "projection", 0):
        raise ModelError(f"expected net.encoder.projection=0 for a model file, got {projection}: ONNX's LSTM has none")
    ours = type(net).__module__.startswith("tagger.") or not isinstance(net, CharTagger | GivenWordTagger)
    if names := outside_parts(net) if ours else [name_of(type(net))]:
        raise ModelError(
            f"expected parts of this package for a model file, got {', '.join(names)}; add a head to HEADS and a cell "
            "to CELLS, or let the system name its own publish (docs/extending.md)"
        )


def read(path: str | Path) -> tuple[Stored, dict[str, Tensor]]:
    """What a checkpoint says about its net, and the net's weights, on the CPU. Raises ModelError when it is not one of
    `tagger.train`."""
    if not Path(path).is_file():
        raise ModelError(f"{path}: expected a checkpoint, found no file; train first, or correct the path")
    if Path(path).suffix == ".onnx":
        raise ModelError(f"{path}: expected a checkpoint, got a model file; give the best.ckpt of its run")
    try:
        # torch reads other formats too, less carefully; its own since 1.6, and so ours, is a zip.
        if not zipfile.is_zipfile(path):
            raise ValueError("not a zip file")
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path}: expected a checkpoint of tagger.train, cannot read this file ({error}); "
            "it is damaged or another kind of file: train again"
        ) from error
    try:
        stored = contents.read(checkpoint if isinstance(checkpoint, dict) else {})
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    weights = {name[4:]: value for name, value in checkpoint["state_dict"].items() if name.startswith("net.")}
    return stored, weights


def _read(path: str | Path, kind: type[Kind]) -> tuple[Kind, dict[str, Tensor]]:
    """The same for one kind of net. Raises ModelError for another kind."""
    stored, weights = read(path)
    if not isinstance(stored, kind):
        raise ModelError(
            f"{path}: expected a checkpoint of a {kind.kind}, got one of a {stored.kind}; {describe_use(stored, path)}"
        )
    return stored, weights


def describe_use(stored: Stored, path: str | Path) -> str:
    """What to do with a checkpoint of this kind of net."""
    return _USES.get(stored.kind, "choose another").format(path=path)


def _restore(path: str | Path, restore: Callable[[Kind], Net], stored: Kind) -> Net:
    """The net that a checkpoint describes, with random weights."""
    try:
        return restore(stored)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _fill(net: Net, weights: Mapping[str, Tensor], path: str | Path) -> Net:
    """The net with these weights, in evaluation mode. Raises ModelError when they are another's."""
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(f"{path}: the weights do not fit the net that the checkpoint describes: {error}") from error
    return net.eval()
