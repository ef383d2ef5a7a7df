"""A smaller, faster model file with int8 weights, and what that costs, measured before it is published.

Weights of the LSTM and of the head become int8 with a scale, and their inputs are rounded to int8 at run time.
The scale of a rounded input is taken over the whole batch: unlike those of the fp32 file, the answers may
depend on what else is in it. What they lose on dev is written into the file's metadata.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import helper

from .errors import ExportError
from .files import publishing
from .model import METADATA_KEY, Model
from .scores import count, total
from .text import Sentence
from .words import AnyTagger, answers, open_any


def compare(exact: AnyTagger, rounded: AnyTagger, gold: Sequence[Sentence]) -> dict[str, Any]:
    """F1 of both on gold sentences (fractions), and the share of sentences and words answered otherwise."""
    both = [list(answers(tagger, gold)) for tagger in (exact, rounded)]
    before, after = (total(map(count, gold, found)) for found in both)
    changed = [a != b for a, b in zip(*both, strict=True)]
    moved = sum(len(set(a.words) - set(b.words)) for a, b in zip(*both, strict=True))
    figures: dict[str, Any] = {
        "sentences": len(gold),
        "sentences_changed": round(sum(changed) / len(gold), 5),
        "words_changed": round(moved / max(1, sum(len(a.words) for a in both[0])), 5),
        "word_f1": round(after.words.f1, 5),
        "word_f1_lost": round(before.words.f1 - after.words.f1, 5),
    }
    if before.joint.gold:
        figures |= {"joint_f1": round(after.joint.f1, 5), "joint_f1_lost": round(before.joint.f1 - after.joint.f1, 5)}
    return figures


def quantize(source: str | Path, output: str | Path, gold: Sequence[Sentence]) -> dict[str, Any]:
    """Write the int8 file of an fp32 model file; returns what it changes on `gold`.

    Raises ModelError for a bad source and ExportError without gold sentences, or when the file cannot be
    written; nothing is left half-written.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if not gold:
        raise ExportError("expected gold sentences to measure int8 on, got none; give dev=FILE")
    exact = Model.open(source)
    root, level = logging.getLogger(), logging.getLogger().level
    try:
        with publishing(output) as temporary:
            root.setLevel(logging.ERROR)  # its advice is for convolutional nets
            quantize_dynamic(source, temporary, op_types_to_quantize=["LSTM", "MatMul"], weight_type=QuantType.QInt8)
            root.setLevel(level)
            proto = onnx.load(temporary)
            _describe(proto, dict(exact.metadata), temporary)
            figures = compare(open_any(exact), open_any(Model.open(temporary)), gold)
            _describe(proto, {**exact.metadata, "quantization": {"weights": "int8", "dev": figures}}, temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error
    finally:
        root.setLevel(level)
    return figures


def _describe(proto: onnx.ModelProto, metadata: dict[str, Any], path: Path) -> None:
    del proto.metadata_props[:]
    helper.set_model_props(proto, {METADATA_KEY: json.dumps(metadata, ensure_ascii=False)})
    onnx.save(proto, path)
