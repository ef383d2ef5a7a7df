"""The curves of a run's log as charts in HTML."""

from collections.abc import Mapping

from . import charts

# Title, names of the curves with their labels, titles of the axes, and the unit of y.
_CHARTS = (
    ("Loss in training", {"train/loss_epoch": "loss"}, "epoch", "mean loss", 1.0),
    (
        "Scores on dev",
        {
            "val/word_f1": "word F1",
            "val/joint_f1": "word and tag F1",
            "val/boundary_f1": "boundary F1",
            "val/entity_f1": "entity F1",
            "val/oov_recall": "unknown words",
        },
        "epoch",
        "percent",
        100.0,
    ),
    ("Labels on dev", {"val/accuracy": "accuracy", "val/macro_f1": "macro F1"}, "epoch", "percent", 100.0),
    ("Perplexity on dev", {"val/perplexity": "perplexity"}, "epoch", "perplexity", 1.0),
    ("Error on dev", {"val/rmse": "RMSE"}, "epoch", "root of the mean squared error", 1.0),
    ("Learning rate", {"lr": "learning rate"}, "step", "learning rate", 1.0),
    ("Gradients before clipping", {"train/gradient_norm": "norm"}, "step", "norm of all gradients", 1.0),
)
# What chooses the best epoch: its name, whether more is better, and its unit.
_BEST = {
    "val/word_f1": ("word F1", True, 100.0),
    "val/accuracy": ("accuracy", True, 100.0),
    "val/perplexity": ("perplexity", False, 1.0),
    "val/rmse": ("RMSE", False, 1.0),
}


def draw_curves(curves: Mapping[str, Mapping[float, float]]) -> str:
    """Charts of the curves that a run has, values by epoch or step, below a line about the best epoch."""
    points = {name: sorted(values.items()) for name, values in curves.items()}
    # The log names the learning rate by its optimizer, such as lr-Adam.
    rate = next((name for name in points if name.startswith("lr")), None)
    if rate:
        points["lr"] = points[rate]
    figures = []
    for title, labels, x_title, y_title, unit in _CHARTS:
        series = {label: [(x, unit * y) for x, y in points[name]] for name, label in labels.items() if name in points}
        if series:
            zero = y_title.startswith(("norm", "learning"))
            picture = charts.draw_lines(title, series, x_title, y_title, zero=zero)
            figures.append(f"<figure><figcaption>{title}</figcaption>{picture}</figure>")
    if not figures:
        return "<p>The run has no CSV log: train with logger=csv, which the default logger=[csv,tensorboard] has.</p>"
    return f'{_best(curves)}<div class="charts">{"".join(figures)}</div>'


def _best(curves: Mapping[str, Mapping[float, float]]) -> str:
    for name, (label, more_is_better, unit) in _BEST.items():
        if scores := curves.get(name):
            epoch = (max if more_is_better else min)(scores, key=lambda at: scores[at])
            recall = " Of unknown words: recall." if name == "val/word_f1" else ""
            return f"<p>Best {label} on dev: {unit * scores[epoch]:.2f}, after epoch {epoch:g}.{recall}</p>"
    return ""
