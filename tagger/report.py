"""`python -m tagger.report RUN`: what a run learnt and where it goes wrong, as one HTML file that stands alone."""

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from . import __version__
from .errors import CorpusError, ModelError, TaggerError
from .files.atomic import publishing
from .learning.data.tagging import TaggingData
from .scores.words import summary
from .tagging.tagger import load
from .visual.report import Study, render_report

NODES = ("tagger.learning.data.", "tagger.files.")  # what a run's data may be made of
# How runs trained before version 0.2 name them; read until version 0.3.
MOVED = {
    "tagger.data.TaggingData": "tagger.learning.data.TaggingData",
    "tagger.data.sample_data": "tagger.learning.data.sample_data",
    "tagger.word_data.WordData": "tagger.learning.data.WordData",
    "tagger.download.Archive": "tagger.files.Archive",
    "tagger.download.Source": "tagger.files.Source",
}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m tagger.report",
        description="Write one HTML file about a run: its configuration, learning curves, and, on its dev set, scores "
        "by tag, word and sentence, confusions, the worst sentences, and whether probabilities can be trusted.",
        epilog="exit status: 0 written, 1 an error (named on stderr), 2 wrong usage",
    )
    p.add_argument("run", type=Path, metavar="RUN", help="the folder of a run of tagger.train")
    p.add_argument("-o", "--output", type=Path, metavar="FILE.html", help="default: RUN/report.html")
    p.add_argument("--split", choices=("dev", "test"), default="dev", help="what it is scored on; default %(default)s")
    p.add_argument("--worst", type=int, default=20, metavar="N", help="how many sentences to show; default %(default)s")
    p.add_argument("--version", action="version", version=__version__)
    return p


def configuration(run: Path) -> DictConfig:
    """What the run was configured with. Raises ModelError when the folder is none of a run."""
    path = run / ".hydra" / "config.yaml"
    try:
        found = OmegaConf.load(path)
    except (OSError, OmegaConfBaseException, ValueError) as error:
        raise ModelError(
            f"{path}: expected the configuration of a run of tagger.train, cannot read it ({error}); name its folder"
        ) from error
    if not isinstance(found, DictConfig) or "data" not in found:
        raise ModelError(
            f"{path}: expected the configuration of a run of tagger.train, got another; name a run's folder"
        )
    return found


def corpora(cfg: DictConfig) -> TaggingData:
    """The run's data. Raises ModelError for constructors that are none of corpora: those are not called."""
    content = OmegaConf.to_container(cfg.data)
    _rename(content)
    for node in _nodes(content):
        if not node.startswith(NODES):
            raise ModelError(
                f"expected data of {' or '.join(NODES)}…, got {node}; report on a run that trains a tagger"
            )
    try:
        data: TaggingData = instantiate(content, download=False, vectors=None, soft_labels=None)
    except (InstantiationException, OmegaConfBaseException) as error:
        raise ModelError(
            f"expected the corpora of the run, cannot set them up ({error.__cause__ or error}); report with the "
            "version of tagger that trained it, in the folder where it was started"
        ) from error
    return data


def _nodes(value: Any) -> Iterable[str]:
    """Everything under `value` that Hydra would call."""
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield str(value["_target_"])
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _rename(value: Any) -> None:
    """Give the nodes under `value` that have moved their new names, in place."""
    if isinstance(value, dict):
        if value.get("_target_") in MOVED:
            value["_target_"] = MOVED[value["_target_"]]
        for inner in value.values():
            _rename(inner)
    elif isinstance(value, list):
        for inner in value:
            _rename(inner)


def curves(run: Path) -> dict[str, dict[float, float]]:
    """The CSV log: of every figure its values by epoch (from 1), or by step for what is logged at steps.

    Where a run was resumed, what the later log says holds.
    """
    found: dict[str, dict[float, float]] = {}
    logs = sorted((run / "csv").glob("version_*/metrics.csv"), key=lambda path: int(path.parent.name.partition("_")[2]))
    for log in logs:
        with log.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name, value in row.items():
                    if name in ("epoch", "step") or not value:
                        continue
                    by_epoch = row["epoch"] and (name.startswith("val/") or name.endswith("_epoch"))
                    at = float(row["epoch"]) + 1 if by_epoch else float(row["step"])
                    found.setdefault(name, {})[at] = float(value)
    return found


def report(run: Path, *, split: str, n_worst: int) -> str:
    """The report of a run as HTML. Raises TaggerError for what is no run, or when its corpora are gone."""
    cfg = configuration(run)
    data = corpora(cfg)
    if not (run / "model.onnx").is_file():
        raise ModelError(
            f"{run}: expected the run's model.onnx, found none; python -m tagger.export checkpoint={run}/best.ckpt "
            f"output={run}/model.onnx"
        )
    tagger = load(run / "model.onnx")
    gold = data.read(split)
    vocabulary = {word.form for sentence in data.read("train") for word in sentence.words}
    found = list(tagger.tag([sentence.text for sentence in gold], confidence=True))
    given = run / ".hydra" / "overrides.yaml"
    overrides = OmegaConf.load(given) if given.is_file() else ()
    return render_report(
        Study(
            name=str(cfg.get("name") or run.name),
            corpus=data.name or "its corpus",
            split=split,
            configuration=OmegaConf.to_yaml(cfg),
            overrides=[str(part) for part in overrides],
            metadata=tagger.model.metadata,
            curves=curves(run),
            summary=summary(gold, found, vocabulary),
            pairs=list(zip(gold, found, strict=True)),
            vocabulary=vocabulary,
            n_worst=n_worst,
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    output = options.output or options.run / "report.html"
    try:
        if options.worst < 0:
            raise CorpusError(f"expected --worst of 0 or more, got {options.worst}")
        text = report(options.run, split=options.split, n_worst=options.worst)
        with publishing(output) as temporary:
            temporary.write_text(text, encoding="utf-8", errors="replace")
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write {output}: {error}", file=sys.stderr)
        return 1
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
