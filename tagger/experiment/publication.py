"""Checkpoints become model files: exported, rounded on demand, and scored."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
from onnx import helper

from ..errors import ExportError
from ..evaluation.classifier import evaluate_classifier
from ..evaluation.rounding import compare
from ..evaluation.tagging import evaluate
from ..files.atomic import publishing, write_json
from ..learning.checkpoint import load, load_char_lm
from ..learning.data.char_lm import CharData
from ..learning.data.classification import ClassificationData
from ..learning.data.tagging import TaggingData
from ..learning.export import classifier as classifier_export
from ..learning.export.rounding import rounded as round_net
from ..learning.export.tagger import build, describe, export, verify
from ..learning.generation import describe_score, score, write
from ..modelfile.metadata import METADATA_KEY
from ..modelfile.tagger import Model
from ..tagging.classifier import load_classifier
from ..tagging.word_tagger import load_any, open_any
from ..text.sentence import Sentence


def export_rounded(checkpoint: str | Path, output: str | Path, gold: Sequence[Sentence]) -> dict[str, Any]:
    """Write the model file of a checkpoint with rounded weights (see `rounding`); returns what rounding changes on
    the gold sentences, which the file's metadata holds too.

    The file must answer as the net with the same rounded weights does. Raises what `export` raises.
    """
    if not gold:
        raise ExportError("expected gold sentences to measure the rounding on, got none; give --dev GOLD")
    trained = load(checkpoint)
    small = trained._replace(net=round_net(trained.net))
    try:
        with TemporaryDirectory() as folder, publishing(output) as temporary:
            for name, one in (("exact", trained), ("rounded", small)):
                onnx.save(build(one.net, describe(one), rounded=one is small), Path(folder, name))
            exact, rounded = (load_any(Path(folder, name)) for name in ("exact", "rounded"))
            figures = compare(exact, rounded, gold)
            metadata = describe(small) | {"rounding": {"tables": "int8", "encoder": "fp16", "dev": figures}}
            onnx.save(build(small.net, metadata, rounded=True), temporary)
            verify(Model.open(temporary), small.net)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
    return figures


def quantize(source: str | Path, output: str | Path, gold: Sequence[Sentence]) -> dict[str, Any]:
    """Write the int8 file of an fp32 model file; returns what it changes on `gold`.

    Raises ModelError for a bad source and ExportError without gold sentences, or when the file cannot be
    written; nothing is left half-written.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if not gold:
        raise ExportError("expected gold sentences to measure int8 on, got none; give --dev GOLD")
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
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
    finally:
        root.setLevel(level)
    return figures


def _describe(proto: onnx.ModelProto, metadata: dict[str, Any], path: Path) -> None:
    del proto.metadata_props[:]
    helper.set_model_props(proto, {METADATA_KEY: json.dumps(metadata, ensure_ascii=False)})
    onnx.save(proto, path)


def publish_tagger(checkpoint: Path, data: TaggingData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's, tags equal")
    values, table = evaluate(load_any(model), data, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{table}")


def publish_classifier(checkpoint: Path, data: ClassificationData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = classifier_export.export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's")
    values, shown = evaluate_classifier(load_classifier(model), data, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{shown}")


def publish_char_lm(checkpoint: Path, data: CharData) -> None:
    """Score the best checkpoint on dev, and let it write a line."""
    trained = load_char_lm(checkpoint)
    values = score(trained, data.text["dev"])
    write_json(checkpoint.with_suffix(".dev.json"), {"corpus": data.name, "split": "dev", **values})
    print(f"dev, {describe_score(values)}")
    print(write(trained, "", length=60, temperature=0.8, seed=1, line=True))
