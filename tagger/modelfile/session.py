"""A model file opened with onnxruntime: `NAME.onnx`, code points and lengths in, scores out.

Inputs are `code_points` int32 `[batch, time]` (of a tagger of words `[batch, time, characters]`), `lengths` int32
`[batch]`, and `standards` int32 `[batch]` where a tagger follows several standards. The output is `scores` float32
`[batch, time, n_scores]`, of a classifier `[batch, n_labels]`; a tagger that finds entities beside words has a second
output, `entity_scores`, of the same kind. The property `tagger` holds the metadata.
"""

import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..errors import ModelError
from . import shipped
from .metadata import METADATA_KEY, Metadata, from_json
from .source import Source, describe, name_of

if TYPE_CHECKING:  # it is imported when a model is opened: --help and wrong usage answer without it
    import onnxruntime as ort

INPUTS = {"code_points": "tensor(int32)", "lengths": "tensor(int32)"}
STANDARDS = {"standards": "tensor(int32)"}
OUTPUTS = {"scores": "tensor(float)"}
ENTITY_SCORES = "entity_scores"
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
RUNTIME, ON_CARD = "TAGGER_RUNTIME", "onnxruntime:cuda"  # the variable, and its value for a card


class Session(Protocol):
    """What a model's scores come from: onnxruntime's session of a model file, or what is called like one."""

    def run(self, output_names: None, feeds: Mapping[str, NDArray[np.int32]]) -> Sequence[Scores]: ...


def start_session(model: str | bytes, provider: str = CPU) -> "ort.InferenceSession":
    """A session of a path or of a file's content, with one thread that does not spin: processes, not threads, use the
    other cores. Raises what onnxruntime does."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # fatal ones only: errors are raised
    return ort.InferenceSession(model, options, providers=list(dict.fromkeys([provider, CPU])))


def asked_provider() -> str:
    """The provider of onnxruntime that TAGGER_RUNTIME asks for. Raises ModelError where this onnxruntime lacks it."""
    if os.environ.get(RUNTIME) != ON_CARD:
        return CPU
    import onnxruntime as ort

    if CUDA not in (available := ort.get_available_providers()):
        raise ModelError(
            f"expected an onnxruntime with {CUDA} for {RUNTIME}={ON_CARD}, got one with {', '.join(available)}; "
            f"pip uninstall onnxruntime and pip install 'onnxruntime-gpu[cuda,cudnn]', or unset {RUNTIME}"
        )
    return CUDA


def open_session(model: Path | bytes) -> "ort.InferenceSession":
    """The session of an ONNX file, or of the content of one, by the provider that TAGGER_RUNTIME asks for. Raises
    ModelError when onnxruntime cannot read it, or does not have the provider."""
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    if isinstance(model, Path) and not model.is_file():
        raise ModelError(shipped.describe_missing(model))
    provider = asked_provider()
    try:
        session = start_session(model if isinstance(model, bytes) else str(model), provider)
    except (
        errors.Fail,
        errors.InvalidArgument,
        errors.InvalidGraph,
        errors.InvalidProtobuf,
        errors.NoSuchFile,
        errors.NotImplemented,
        errors.RuntimeException,
        RuntimeError,
    ) as error:
        if isinstance(model, Path) and zipfile.is_zipfile(model):
            raise ModelError(
                f"{model}: expected a model file, got a zip file, as checkpoints are; "
                f"tagger export {model} -o {model.with_suffix('.onnx')} makes one of a tagger or classifier"
            ) from error
        raise ModelError(
            f"{describe(model)}: expected an ONNX model, onnxruntime cannot read it ({str(error).strip()}); "
            "it is damaged or another kind of file: export it again"
        ) from error
    if (used := session.get_providers()[0]) != provider:  # onnxruntime takes another one without an error
        raise ModelError(
            f"expected {provider} for {RUNTIME}={ON_CARD}, onnxruntime could not start it and took {used}; see that a "
            f"card, its driver, CUDA and cuDNN are there, or unset {RUNTIME}"
        )
    return session


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Errors of metadata that is read in this block become ModelErrors that name the file."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: the model's metadata cannot be read ({error!r}); export it again") from error


@dataclass(frozen=True)
class ModelFile:
    """An open model file of any kind: its session and metadata, and where it came from."""

    name: str
    session: "ort.InferenceSession"
    metadata: Metadata
    source: Source


def open_file(model: str | Path | bytes) -> ModelFile:
    """Opens a model file, or the content of one.

    Raises ModelError when the file is missing, damaged, foreign or of a newer format.
    """
    place = model if isinstance(model, bytes) else Path(model)
    source, path = Source.of(place), describe(place)
    opened = open_session(place)
    inputs = {node.name: node.type for node in opened.get_inputs()}
    outputs = {node.name: node.type for node in opened.get_outputs()}
    text = opened.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    known_outputs = OUTPUTS, OUTPUTS | {ENTITY_SCORES: OUTPUTS["scores"]}
    if inputs not in (INPUTS, INPUTS | STANDARDS) or outputs not in known_outputs or text is None:
        raise ModelError(
            f"{path}: expected a model exported by tagger, got an ONNX file with inputs {sorted(inputs)}, outputs "
            f"{sorted(outputs)} and {'no' if text is None else 'a'} property {METADATA_KEY!r}; use tagger.export"
        )
    with reading(path):
        metadata = from_json(text)
    return ModelFile(name_of(place), opened, metadata, source)


def run(
    session: Session,
    code_points: NDArray[np.int32],
    lengths: NDArray[np.int32],
    **more: NDArray[np.int32],
) -> Scores:
    """The scores of a batch, from the first output; `more` are further inputs by name.

    Raises ValueError for an empty batch or row, which would make onnxruntime abort.
    """
    return run_all(session, code_points, lengths, **more)[0]


def run_all(
    session: Session,
    code_points: NDArray[np.int32],
    lengths: NDArray[np.int32],
    **more: NDArray[np.int32],
) -> Sequence[Scores]:
    """The scores of a batch from every output. Raises ValueError as `run` does."""
    if not code_points.size or not lengths.all():
        raise ValueError(f"expected at least one character per row, got {code_points.shape}, lengths {lengths}")
    return session.run(None, {"code_points": code_points, "lengths": lengths, **more})
