"""How right a classifier is on a split of a corpus."""

import time
from typing import Any

from ..corpus.labelled import LabelledCorpus
from ..scores.labels import Report, table
from ..tagging.classifier import Classifier


def evaluate_classifier(
    classifier: Classifier, corpus: LabelledCorpus, split: str, *, resamples: int = 1000
) -> tuple[dict[str, Any], str]:
    """Score the labels found for the texts of a split: as JSON values, and as a table."""
    examples = corpus.read(split)
    start = time.perf_counter()
    predicted = [prediction.label for prediction in classifier.classify(example.text for example in examples)]
    seconds = time.perf_counter() - start
    report = Report.of([example.label for example in examples], predicted)
    n_chars = sum(len(example.text) for example in examples)
    about = {
        "model": classifier.model.name,
        "corpus": corpus.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    head = f"{about['model']} on {corpus.name}, {split}: {len(examples)} texts, {len(examples) / seconds:,.0f} a second"
    values = about | report.to_json(n_resamples=resamples)
    return values, f"{head}\n\n{table(values)}"
