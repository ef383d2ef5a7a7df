"""How right a classifier is: accuracy and macro F1, with intervals, and its confusions of labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


def macro_f1(confusion: NDArray[Any]) -> NDArray[np.float64]:
    """Mean F1 of the labels that occur, in gold or predicted, of matrices `[…, gold, predicted]`."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    seen = confusion.sum(-1) + confusion.sum(-2)
    f1 = 2 * right / np.maximum(seen, 1)
    mean: NDArray[np.float64] = f1.sum(-1) / np.maximum((seen > 0).sum(-1), 1)
    return mean


def accuracy(confusion: NDArray[Any]) -> NDArray[np.float64]:
    """The share of texts on the diagonal of matrices `[…, gold, predicted]`."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1).sum(-1)
    share: NDArray[np.float64] = right / np.maximum(confusion.sum((-2, -1)), 1)
    return share


@dataclass(frozen=True, eq=False)
class Report:
    """The counts of texts `[gold label, predicted label]`, and figures of them."""

    labels: tuple[str, ...]
    confusion: NDArray[np.int64]

    @classmethod
    def of(cls, gold: Sequence[str], predicted: Sequence[str]) -> Self:
        """Of the labels of the same texts. ValueError when their numbers differ."""
        labels = sorted({*gold, *predicted})
        ids = {label: id for id, label in enumerate(labels)}
        confusion = np.zeros((len(labels), len(labels)), np.int64)
        for gold_label, predicted_label in zip(gold, predicted, strict=True):
            confusion[ids[gold_label], ids[predicted_label]] += 1
        return cls(tuple(labels), confusion)

    @property
    def n_texts(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(accuracy(self.confusion))

    @property
    def macro_f1(self) -> float:
        return float(macro_f1(self.confusion))

    def intervals(self, *, n_resamples: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """95 % bootstrap intervals over the texts: a resample of texts is a multinomial draw of the matrix's cells."""
        if not self.n_texts:
            return {}
        shares = self.confusion.ravel() / self.n_texts
        draws = np.random.default_rng(seed).multinomial(self.n_texts, shares, size=n_resamples)
        matrices = draws.reshape(-1, *self.confusion.shape)
        figures = {"accuracy": accuracy(matrices), "macro_f1": macro_f1(matrices)}
        return {name: tuple(np.quantile(values, (0.025, 0.975)).tolist()) for name, values in figures.items()}

    def mistakes(self, limit: int = 10) -> list[tuple[str, str, int]]:
        """The commonest confusions: gold label, predicted label, number of texts."""
        wrong = self.confusion * (1 - np.eye(len(self.labels), dtype=np.int64))
        order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
        rows, columns = np.unravel_index(order, wrong.shape)
        pairs = [(self.labels[a], self.labels[b], int(wrong[a, b])) for a, b in zip(rows, columns, strict=True)]
        return [pair for pair in pairs if pair[2]]

    def by_label(self) -> dict[str, dict[str, float | int]]:
        """Precision, recall and F1 of every label, and how many texts have it."""
        right, gold, predicted = np.diagonal(self.confusion), self.confusion.sum(1), self.confusion.sum(0)
        return {
            label: {
                "precision": float(right[i] / max(predicted[i], 1)),
                "recall": float(right[i] / max(gold[i], 1)),
                "f1": float(2 * right[i] / max(gold[i] + predicted[i], 1)),
                "n_texts": int(gold[i]),
            }
            for i, label in enumerate(self.labels)
        }

    def to_json(self, *, n_resamples: int = 1000) -> dict[str, Any]:
        return {
            "n_texts": self.n_texts,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "intervals": self.intervals(n_resamples=n_resamples),
            "labels": self.by_label(),
            "mistakes": [{"gold": a, "predicted": b, "n_texts": n} for a, b, n in self.mistakes(50)],
        }


def table(values: dict[str, Any]) -> str:
    """The values of `to_json` as text: the figures, the worst labels, the commonest mistakes."""
    lines = []
    for name, title in (("accuracy", "accuracy"), ("macro_f1", "macro F1")):
        low, high = values["intervals"].get(name, (values[name], values[name]))
        lines.append(f"{title:<10}{values[name]:8.2%}   95 % interval {low:.2%} to {high:.2%}")
    worst = sorted(values["labels"].items(), key=lambda item: item[1]["f1"])[:10]
    width = max((len(label) for label, _ in worst), default=0)
    lines += ["", f"{'the worst labels':<{width}}  precision  recall      F1   texts"]
    lines += [
        f"{label:<{width}}  {row['precision']:9.2%} {row['recall']:7.2%} {row['f1']:7.2%} {row['n_texts']:7}"
        for label, row in worst
    ]
    if values["mistakes"]:
        lines += ["", "the commonest mistakes"]
        lines += [f"{row['n_texts']:4}  {row['gold']} taken for {row['predicted']}" for row in values["mistakes"][:10]]
    return "\n".join(lines)
