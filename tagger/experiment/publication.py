"""Checkpoints become model files: exported, rounded on demand, and scored."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..corpus.labelled import LabelledCorpus
from ..corpus.several import AnyCorpus
from ..errors import CorpusError, ExportError
from ..evaluation.classifier import evaluate_classifier
from ..evaluation.rounding import compare
from ..evaluation.tagging import evaluate
from ..files.atomic import publishing, write_json
from ..learning.checkpoint import load_char_lm, load_regressor
from ..learning.data.char_lm import CharData
from ..learning.data.classification import ClassificationData
from ..learning.data.series import SeriesData
from ..learning.data.tagging import TaggingData
from ..learning.export import export
from ..learning.export.regressor import export_regressor
from ..learning.generation import describe_score, score, write
from ..modelfile.metadata import RoundingEffect, TaggerMetadata
from ..modelfile.rewrite import rewrite
from ..tagging.classifier import load_classifier
from ..tagging.word_tagger import load_any
from ..text.sentence import Sentence

log = logging.getLogger(__name__)
_TEST_FIGURES = {"words": "words", "joint": "words + tags", "boundaries": "boundaries", "entities": "entities"}


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
    tagger, corpus = load_any(model), data.corpus
    values, table = evaluate(tagger, corpus, "dev", vocabulary=data.vocabulary)
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{table}")
    _score_test(model, corpus, lambda: evaluate(tagger, corpus, "test", vocabulary=data.vocabulary))
    log.info("report: tagger report %s", model.parent)


def publish_classifier(checkpoint: Path, data: ClassificationData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's")
    classifier, corpus = load_classifier(model), data.corpus
    values, shown = evaluate_classifier(classifier, corpus, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{shown}")
    _score_test(model, corpus, lambda: evaluate_classifier(classifier, corpus, "test"))


def publish_char_lm(checkpoint: Path, data: CharData) -> None:
    """Score the best checkpoint on dev, and let it write a line."""
    trained = load_char_lm(checkpoint)
    values = score(trained, data.text["dev"])
    write_json(checkpoint.with_suffix(".dev.json"), {"corpus": data.corpus.name, "split": "dev", **values})
    print(f"dev, {describe_score(values)}")
    print("".join(write(trained, "", length=60, temperature=0.8, seed=1, line=True)))


def publish_regressor(checkpoint: Path, data: SeriesData) -> None:
    """Export the best checkpoint beside itself, and score it on dev beside the guess that nothing changes."""
    model = checkpoint.with_name("model.onnx")
    worst = export_regressor(checkpoint, model)
    print(f"{model}: numbers within {worst:.1e} deviations of the checkpoint's")
    net, dev = load_regressor(checkpoint).net, data.datasets["dev"]
    with torch.inference_mode():
        found = net(dev.windows, torch.full((len(dev.windows),), data.context))
    errors = {"rmse": found - dev.targets, "rmse_of_the_last_value": dev.windows[:, -1, net.scale.target] - dev.targets}
    figures = {name: float(error.square().mean().sqrt()) for name, error in errors.items()}
    values = {"corpus": data.corpus.name, "split": "dev", "n_windows": len(dev.windows), **figures}
    write_json(model.with_suffix(".dev.json"), values)
    rmse, last = figures.values()
    print(f"dev, {len(dev.windows)} windows: RMSE {rmse:.4f}; that of the last value {last:.4f}")


def _score_test(
    model: Path, corpus: AnyCorpus | LabelledCorpus, score: Callable[[], tuple[dict[str, Any], str]]
) -> None:
    """Score the model file on test too, if the corpus has it, and log the figures in a line."""
    members = [corpus] if isinstance(corpus, LabelledCorpus) else corpus.members
    if not any(member.test for member in members):
        return
    try:
        values, _ = score()
    except CorpusError as error:  # the training is done: a test file that cannot be read must not lose it
        log.info("no test score: %s", error)
        return
    output = model.with_suffix(".test.json")
    write_json(output, values)
    named = [f"{shown} F1 {100 * values[key]['f1']:.2f}" for key, shown in _TEST_FIGURES.items() if values.get(key)]
    named += [f"accuracy {100 * values['accuracy']:.2f}"] if "accuracy" in values else []
    log.info("test: %s (%s)", ", ".join(named), output)
