"""Checkpoints become model files: exported, rounded on demand, and scored."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import ExportError
from ..evaluation.classifier import evaluate_classifier
from ..evaluation.rounding import compare
from ..evaluation.tagging import evaluate
from ..files.atomic import publishing, write_json
from ..learning.checkpoint import load_char_lm
from ..learning.data.char_lm import CharData
from ..learning.data.classification import ClassificationData
from ..learning.data.tagging import TaggingData
from ..learning.export import export
from ..learning.generation import describe_score, score, write
from ..modelfile.metadata import RoundingEffect, TaggerMetadata
from ..modelfile.rewrite import rewrite
from ..tagging.classifier import load_classifier
from ..tagging.word_tagger import load_any
from ..text.sentence import Sentence


def publish_measured(
    exact: Path, output: str | Path, gold: Sequence[Sentence], write_smaller: Callable[[Path], object]
) -> RoundingEffect:
    """Publish the smaller file that `write_smaller` makes; returns what differs from the `exact` file's answers on the
    gold sentences, which the smaller file's metadata holds too.

    Raises what `write_smaller` raises, and ExportError without gold sentences; nothing is left half-written.
    """
    if not gold:
        raise ExportError("expected gold sentences to measure the rounding on, got none; give --dev GOLD")
    try:
        with publishing(output) as temporary:
            write_smaller(temporary)
            smaller = load_any(temporary)
            effect = compare(load_any(exact), smaller, gold)
            rewrite(temporary, temporary, _with_effect(smaller.model.metadata, effect))
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another --output") from error
    return effect


def _with_effect(metadata: TaggerMetadata, effect: RoundingEffect) -> TaggerMetadata:
    if metadata.quantization:  # of a rounded file, maybe: the last step is the one that was measured
        return replace(metadata, quantization=replace(metadata.quantization, dev=effect))
    if metadata.rounding:
        return replace(metadata, rounding=replace(metadata.rounding, dev=effect))
    return metadata


def publish_tagger(checkpoint: Path, data: TaggingData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's, tags equal")
    values, table = evaluate(load_any(model), data.corpus, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{table}")


def publish_classifier(checkpoint: Path, data: ClassificationData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's")
    values, shown = evaluate_classifier(load_classifier(model), data.corpus, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{shown}")


def publish_char_lm(checkpoint: Path, data: CharData) -> None:
    """Score the best checkpoint on dev, and let it write a line."""
    trained = load_char_lm(checkpoint)
    values = score(trained, data.text["dev"])
    write_json(checkpoint.with_suffix(".dev.json"), {"corpus": data.corpus.name, "split": "dev", **values})
    print(f"dev, {describe_score(values)}")
    print(write(trained, "", length=60, temperature=0.8, seed=1, line=True))
