"""A checkpoint becomes one model file, which appears only if it answers as the net does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import onnx
from torch import nn

from ...errors import ExportError, ModelError
from ...files.atomic import publishing
from ...modelfile.metadata import Metadata, Rounding
from ...modelfile.opening import open_model
from ...modelfile.self_test import add_self_test
from ..checkpoint import Trained, TrainedClassifier, check_exportable, describe_use, load, load_classifier, read
from ..nets import TransformerTagger
from .build import build, describe, verify
from .regressor import export_regressor
from .rounding import round_weights
from .tagger import describe_tagger

LOADERS: Mapping[str, Callable[[str | Path], Trained | TrainedClassifier]] = {
    "tagger": load,
    "classifier": load_classifier,
}
REGRESSOR = "regressor"


def export(checkpoint: str | Path, output: str | Path, *, model_version: int = 1) -> float:
    """Write the model file of a checkpoint, of a regressor a plain ONNX file; returns the largest difference of scores
    found.

    Raises ModelError for a bad checkpoint, and ExportError when the net cannot be exported, or when the file would
    answer otherwise or cannot be written; nothing is left half-written.
    """
    kind = _exportable_kind(checkpoint)
    if kind == REGRESSOR:
        return export_regressor(checkpoint, output)
    trained = LOADERS[kind](checkpoint)
    check_exportable(trained.net)
    return write_model(trained.net, replace(describe(trained), model_version=model_version), output)


def _exportable_kind(checkpoint: str | Path) -> str:
    """The kind of a checkpoint's net. Raises ModelError for one that has no model file, and for a bad checkpoint."""
    stored, _ = read(checkpoint)
    if stored.kind not in (*LOADERS, REGRESSOR):
        raise ModelError(
            f"{checkpoint}: expected a checkpoint of a {', '.join(LOADERS)} or {REGRESSOR}, got one of a "
            f"{stored.kind}; {describe_use(stored, checkpoint)}"
        )
    return stored.kind


def export_rounded(checkpoint: str | Path, output: str | Path, *, model_version: int = 1) -> float:
    """Write the model file of a tagger's checkpoint with weights in fewer bits, as `rounding` describes.

    The file must answer as the net with the same rounded weights does. Returns and raises what `export` does.
    """
    trained = load(checkpoint)
    check_exportable(trained.net)
    assert not isinstance(trained.net, TransformerTagger)  # it was refused
    rounding = Rounding(tables="int8", encoder="fp16")
    metadata = replace(describe_tagger(trained), rounding=rounding, model_version=model_version)
    return write_model(round_weights(trained.net), metadata, output, rounded=True)


def write_model(net: nn.Module, metadata: Metadata, output: str | Path, *, rounded: bool = False) -> float:
    """Write a net and its metadata as a model file that is verified first. Returns and raises what `export` does."""
    proto = build(net, metadata, rounded=rounded)
    try:
        with publishing(output) as temporary:
            onnx.save(proto, temporary)
            difference = verify(open_model(temporary), net)
            add_self_test(temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
    return difference
