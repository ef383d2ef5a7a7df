"""Model files that compute in int8: smaller and faster, but an answer may depend on the rest of its batch."""

import logging
from dataclasses import replace
from pathlib import Path

import onnx

from ...errors import ExportError
from ...files.atomic import publishing
from ...modelfile.metadata import Quantization
from ...modelfile.self_test import add_self_test
from ...modelfile.tagger import Model
from .graph import set_metadata


def quantize(source: str | Path, output: str | Path) -> None:
    """Write the int8 file of a tagger's fp32 model file.

    Raises ModelError for a bad source, and ExportError when the file cannot be written; nothing is left half-written.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    metadata = replace(Model.open(source).metadata, quantization=Quantization(weights="int8"))
    root = logging.getLogger()
    level = root.level
    try:
        with publishing(output) as temporary:
            root.setLevel(logging.ERROR)  # onnxruntime logs advice that is for convolutional nets
            quantize_dynamic(source, temporary, op_types_to_quantize=["LSTM", "MatMul"], weight_type=QuantType.QInt8)
            proto = onnx.load(temporary)
            set_metadata(proto, metadata)
            onnx.save(proto, temporary)
            add_self_test(temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
    finally:
        root.setLevel(level)
