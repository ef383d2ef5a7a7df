"""The runtimes in which the self-test of a model file can run: each opens a file and gives its version and its scores.

onnxruntime comes with the package. The others are imported when they are asked for, and say what to install.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

from ..decoding.transitions import Scores
from ..errors import ModelError
from .native.arrays import NetArrays
from .native.graph import UnknownGraphError
from .native.kernel import Kernel
from .native.library import installed_library
from .native.runtime import TWO_HEADS
from .self_test import Feeds, join_outputs
from .session import ModelFile, run_all
from .tagger import Model


class OpenedFile(NamedTuple):
    """A file that is open in a runtime: the runtime with its version, and the function that gives scores to inputs."""

    runtime: str
    score: Callable[[Feeds], Scores]


def open_in_onnxruntime(file: ModelFile) -> OpenedFile:
    """The session of an open file."""
    return OpenedFile(
        f"onnxruntime {version('onnxruntime')}", lambda feeds: join_outputs(run_all(file.session, **feeds))
    )


def open_in_native(file: ModelFile) -> OpenedFile:
    """The compiled kernel. Raises ModelError without `tagger-native` and for what is no tagger, and UnknownGraphError
    for a graph that the kernel does not know."""
    library = installed_library()
    if library is None:
        raise ModelError("expected tagger-native, which is not installed; run make native in a checkout of tagger")
    model = Model.of(file, file.name)
    if model.entities:
        raise UnknownGraphError(TWO_HEADS)
    kernel = Kernel(library, library.path, NetArrays.read(file.source.read()), model.decoder)

    def score(feeds: Feeds) -> Scores:
        codes, lengths = feeds["code_points"], feeds["lengths"]
        standards = feeds.get("standards", np.zeros(len(lengths), np.int32))
        longest_first = np.argsort(-lengths, kind="stable")
        scores = np.zeros((*codes.shape, kernel.n_scores), np.float32)
        for standard in set(standards.tolist()):
            rows = longest_first[standards[longest_first] == standard]
            scores[rows] = kernel.scores(codes[rows], lengths[rows], standard)
        return scores

    return OpenedFile(f"native ({kernel.path})", score)


def open_in_openvino(file: ModelFile) -> OpenedFile:
    """OpenVINO on the CPU, in float32: its own choice is bfloat16 where the processor has it."""
    import openvino

    core = openvino.Core()
    model = core.compile_model(core.read_model(file.source.read()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def score(feeds: Feeds) -> Scores:
        outputs = model(dict(feeds))
        return join_outputs([np.asarray(outputs[node]) for node in model.outputs])

    return OpenedFile(f"openvino {version('openvino')}", score)


def open_in_onnx_reference(file: ModelFile) -> OpenedFile:
    """The reference of ONNX, which computes in numpy."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    reference = ReferenceEvaluator(onnx.load_from_string(file.source.read()))

    def score(feeds: Feeds) -> Scores:
        return join_outputs([np.asarray(scores) for scores in reference.run(None, dict(feeds))])

    return OpenedFile(f"onnx.reference {onnx.__version__}", score)


class Runtime(NamedTuple):
    """How a runtime opens a file, the package that holds it, and what it raises at a file that it cannot compute."""

    open: Callable[[ModelFile], OpenedFile]
    package: str
    refusals: tuple[type[Exception], ...]


RUNTIMES = {
    "onnxruntime": Runtime(open_in_onnxruntime, "onnxruntime", (RuntimeError,)),
    "native": Runtime(open_in_native, "tagger-native", (UnknownGraphError,)),
    "openvino": Runtime(open_in_openvino, "openvino", (RuntimeError,)),
    "onnx.reference": Runtime(
        open_in_onnx_reference, "onnx", (RuntimeError, ValueError, TypeError, LookupError, AttributeError)
    ),
}
