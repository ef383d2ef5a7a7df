"""What a model learnt from: its corpora and their licences, and the runs that its net began from."""

from collections.abc import Sequence

from ..corpus.licences import join_licences
from ..modelfile.metadata import TaggerMetadata, TrainingInfo

UNKNOWN = "unknown"
# The runs that train the models of the package, and those that these began from.
RECIPES = (
    "zh-small", "zh-base", "zh-small-taught", "zh-base-taught",
    "zh-words-small", "zh-words-base", "zh-words-small-again", "zh-words-base-again", "zh-small-next", "zh-base-next",
    "zh-ner", "zh-ner-taught",
)  # fmt: skip


def runs_of(training: TrainingInfo) -> Sequence[TrainingInfo]:
    """The run that trained a model, and those that its net began from, the latest first."""
    runs = [training]
    while runs[-1].init is not None:
        runs.append(runs[-1].init)
    return runs


def is_of_package(metadata: TaggerMetadata) -> bool:
    """Whether a model was trained as those of the package are."""
    return metadata.training.name in RECIPES


def began_from(metadata: TaggerMetadata) -> TrainingInfo | None:
    """The latest run that the net of a model began from and that learnt from a further corpus; None without one."""
    corpora = _corpora(metadata.training)
    return next((run for run in runs_of(metadata.training) if not _corpora(run) <= corpora), None)


def _corpora(run: TrainingInfo) -> set[str]:
    return set((run.corpus or UNKNOWN).split(" + "))


def licence_of(training: TrainingInfo) -> str:
    """The licences of all that the net of a run learnt from; `unknown` is that of what is not told."""
    return join_licences(*(run.licence or UNKNOWN for run in runs_of(training)))


def attribution_of(metadata: TaggerMetadata, measured: str) -> str:
    """Whose data a model learnt from; `measured` is the corpus that it was measured on, for a file that names none."""
    first = began_from(metadata)
    begun = f", begun from {first.name or 'a net'}, learnt from {first.corpus or UNKNOWN}" if first else ""
    return f"learnt from {metadata.training.corpus or measured}{begun} ({licence_of(metadata.training)})"
