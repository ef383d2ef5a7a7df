"""`python -m tagger.evaluate model=NAME.onnx data=…`: how right a model file is, as a table and as JSON."""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig

from .calibrate import Rater, right
from .calibration import expected_calibration_error
from .classifier import load_classifier
from .classifier_data import ClassificationData
from .classifier_evaluate import evaluate_classifier
from .data import TaggingData
from .errors import TaggerError
from .export import export
from .files import write_json
from .inference import Tagger
from .runs import NO_RUNS
from .scores import summary, tag_summary
from .text import Sentence
from .words import AnyTagger, WordTagger, answers, load_any


def evaluate(tagger: AnyTagger, data: TaggingData, split: str, *, resamples: int = 1000) -> tuple[dict[str, Any], str]:
    """Score the words found in the plain text of a split's sentences, or the tags of given words: as JSON values, and
    as a table.

    Each part of a corpus of several standards is tagged by its own. Raises InputError for one the model has not.
    """
    pairs = [] if isinstance(tagger, WordTagger) else _pairs(tagger, data, split)
    asked: list[tuple[AnyTagger, list[Sentence]]] = [*pairs] or [(tagger, data.read(split))]
    gold = [sentence for _, sentences in asked for sentence in sentences]
    vocabulary = {word.form for sentence in data.read("train") for word in sentence.words}
    start = time.perf_counter()
    found = [found for own, sentences in asked for found in answers(own, sentences)]
    seconds = time.perf_counter() - start
    score = tag_summary if isinstance(tagger, WordTagger) else summary
    report = score(gold, found, vocabulary, n_resamples=resamples)
    n_chars = sum(len(sentence.text) for sentence in gold)
    about = {
        "model": tagger.model.name,
        "corpus": data.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    head = f"{about['model']} on {about['corpus']}, {split}: {n_chars} characters, {n_chars / seconds:,.0f} a second"
    if isinstance(tagger, WordTagger):
        return about | report.to_json(), f"{head}\n\n{report.table()}"
    calibrated = calibration(pairs)
    return about | report.to_json() | {
        "calibration": calibrated
    }, f"{head}\n\n{report.table()}\n{_sentence(calibrated)}\n"


def _pairs(tagger: Tagger, data: TaggingData, split: str) -> list[tuple[Tagger, list[Sentence]]]:
    """What tags the sentences of a split, and these: of several standards each part by its own."""
    if not data.parts:
        return [(tagger, data.read(split))]
    return [(tagger.using(standard), part.read(split)) for standard, part in data.parts.items()]


def calibration(pairs: Sequence[tuple[Tagger, Sequence[Sentence]]]) -> dict[str, float]:
    """Expected calibration errors of the found words' probabilities: of words with their POS (`joint`) and of words,
    at the model's temperature, and without one (`_plain`). Of gold sentences, each with what tags them."""
    raters = [Rater(tagger, gold) for tagger, gold in pairs]
    truths = _joined(right(tagger, gold) for tagger, gold in pairs)
    figures = {"temperature": pairs[0][0].temperature}
    for suffix, temperature in (("", figures["temperature"]), ("_plain", 1.0)):
        rates = _joined(rater(temperature) for rater in raters)
        for name, rate, truth in zip(("joint", "word"), rates, truths, strict=True):
            figures[f"{name}_ece{suffix}"] = expected_calibration_error(rate, truth)
    return figures


def _joined(parts: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> list[NDArray[Any]]:
    """Pairs of columns as one pair."""
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _sentence(figures: Mapping[str, float]) -> str:
    errors = [
        f"of {what} {figures[f'{name}_ece']:.2%} ({figures[f'{name}_ece_plain']:.2%} at temperature 1)"
        for name, what in (("joint", "words + tags"), ("word", "words"))
    ]
    return f"expected calibration error at temperature {figures['temperature']:g}: {', '.join(errors)}"


def publish(checkpoint: Path, data: TaggingData) -> None:
    """Export the best checkpoint beside itself, and score the model file on dev."""
    model = checkpoint.with_name("model.onnx")
    worst = export(checkpoint, model)
    print(f"{model}: scores within {worst:.1e} of the checkpoint's, tags equal")
    values, table = evaluate(load_any(model), data, "dev")
    write_json(model.with_suffix(".dev.json"), values)
    print(f"\n{table}")


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        data = instantiate(cfg.data)
        data.prepare_data()
        if isinstance(data, ClassificationData):
            classifier = load_classifier(cfg.model)
            values, table = evaluate_classifier(classifier, data, cfg.split, resamples=cfg.resamples)
        else:
            tagger = load_any(cfg.model, runs=None if cfg.keep_runs else NO_RUNS, standard=cfg.standard)
            values, table = evaluate(tagger, data, cfg.split, resamples=cfg.resamples)
        output = Path(cfg.output or Path(cfg.model).with_suffix(f".{cfg.split}.json"))
        write_json(output, values)
    except (TaggerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"{table}\n{output}")


if __name__ == "__main__":
    main()
