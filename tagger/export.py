"""`python -m tagger.export`: a checkpoint becomes one model file, published only if it answers the same."""

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
from onnx import helper

from . import corpus
from .errors import ExportError, TaggerError
from .evaluation.classifier import evaluate_classifier
from .evaluation.rounding import compare
from .evaluation.tagging import evaluate
from .files.atomic import publishing, write_json
from .learning.checkpoint import load, read
from .learning.data.classification import ClassificationData
from .learning.data.tagging import TaggingData
from .learning.export import classifier as classifier_export
from .learning.export.rounding import rounded as round_net
from .learning.export.tagger import build, describe, export, verify
from .modelfile.metadata import METADATA_KEY
from .modelfile.tagger import Model
from .tagging.classifier import load_classifier
from .tagging.word_tagger import load_any, open_any
from .text.sentence import Sentence


def export_rounded(checkpoint: str | Path, output: str | Path, gold: Sequence[Sentence]) -> dict[str, Any]:
    """Write the model file of a checkpoint with rounded weights (see `rounding`); returns what rounding changes on
    the gold sentences, which the file's metadata holds too.

    The file must answer as the net with the same rounded weights does. Raises what `export` raises.
    """
    if not gold:
        raise ExportError("expected gold sentences to measure the rounding on, got none; give dev=FILE")
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
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error
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


USAGE = """usage: python -m tagger.export checkpoint=RUN/best.ckpt output=NAME.onnx [round=tables|quantize=int8]
dev=FILE [format=NAME] beside either: gold sentences, on which what the rounding changes is measured
round=tables: smaller; an answer still depends on its text alone
quantize=int8: smaller and faster; an answer may depend on what else is in a batch"""


def main(arguments: Sequence[str] | None = None) -> int:
    """`checkpoint=PATH output=NAME.onnx [quantize=int8 dev=FILE]`, the same words as for training."""
    given = dict(part.partition("=")[::2] for part in (sys.argv[1:] if arguments is None else arguments))
    smaller = {"quantize", "round"} & set(given)
    wanted = {"checkpoint", "output"} | ({"dev", *smaller} if smaller else set())
    known = given.get("quantize", "int8") == "int8" and given.get("round", "tables") == "tables"
    if set(given) - {"format"} != wanted or not all(given.values()) or not known or len(smaller) > 1:
        print(USAGE, file=sys.stderr)
        return 0 if set(given) <= {"-h", "--help"} and given else 2
    output = Path(given["output"])
    try:
        if not smaller:
            classifies = read(given["checkpoint"]).kind == "classifier"
            worst = (classifier_export.export if classifies else export)(given["checkpoint"], output)
            size, equal = output.stat().st_size / 1e6, "" if classifies else ", tags equal"
            print(f"{output}: {size:.1f} MB, scores within {worst:.1e} of the checkpoint's{equal}")
        else:
            gold = list(corpus.read(given["dev"], format=given.get("format")))
            if "round" in given:
                figures = export_rounded(given["checkpoint"], output, gold)
            else:
                with TemporaryDirectory() as folder:
                    export(given["checkpoint"], exact := Path(folder, output.name))
                    figures = quantize(exact, output, gold)
            lost = ", ".join(f"{name} {value:.2%}" for name, value in figures.items() if isinstance(value, float))
            print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, rounded; on {given['dev']}: {lost}")
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
