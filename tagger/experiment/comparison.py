"""`python -m tagger.compare`: nets that differ in a few settings, trained on one corpus, side by side.

Every net is trained as `tagger.train` does it: what is not set follows the size of the corpus. Times are CPU seconds of
one thread, which other programs on the machine change little. What is done already is not done again.
"""

import csv
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.table import Table

from ..corpus.spans import SPANS
from ..errors import TaggerError, UsageError
from ..evaluation.comparison import (
    CLIP,
    HEADER,
    INIT,
    LEGEND,
    Net,
    Row,
    cells_of,
    expand,
    grouped,
    markdown,
    markdown_table,
    to_csv,
)
from ..evaluation.curves import learning_curves, tables_of
from ..files.atomic import publishing, write_json
from ..learning import checkpoint
from ..learning.data.tagging import TaggingData
from ..learning.export import export
from ..learning.nets.parts import count_parameters
from ..tagging.tagger import load
from ..visual.learning_curves import draw_sizes
from ..visual.plots import draw_gradients, draw_learning, draw_overview, require_matplotlib, save_figure
from .overrides import settings, with_settings
from .quiet import output_in
from .run_folder import keep_configuration
from .significance import HEADER as HEADER_OF_TEST
from .significance import TITLE, Judgement, has_test, judge
from .training import train

# What belongs to a comparison as a whole and not to a net's own configuration.
_OWN = ("nets", "seeds", "run", "seed", "plots", "name", "resume", "export")
_OF_ALL = ("nets", "seeds", "study", "plots")  # what a net's own configuration leaves out
SPEED_CHARACTERS = 20_000


def configuration(cfg: DictConfig, net: Net, seed: int, folder: Path) -> DictConfig:
    """The configuration of one run. Raises UsageError for settings that there are none of."""
    own = with_settings(cfg, net.settings, "nets")
    own.run, own.seed, own.export = str(folder), seed, False
    return own


def plain(cfg: DictConfig) -> dict[str, Any]:
    """The values that a run depends on."""
    values: Any = OmegaConf.to_container(cfg, resolve=True)
    return _without_test({name: value for name, value in values.items() if name not in _OWN})


def _without_test(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without the test sets, of the corpus or of its parts, which no net learns from: they may be
    given, or changed, afterwards."""
    data = {name: value for name, value in config["data"].items() if name != "test"}
    if "parts" in data:
        parts = data["parts"].items()
        data["parts"] = {part: {name: of[name] for name in of if name != "test"} for part, of in parts}
    return {**config, "data": data}


def series(folder: Path) -> dict[str, list[float]]:
    """Everything that the newest CSV log of a run holds, under its names; `epoch` holds those of the scores on dev."""
    log = max((folder / "csv").glob("version_*/metrics.csv"), key=lambda path: int(path.parent.name[8:]))
    found: dict[str, list[float]] = {}
    for line in csv.DictReader(log.read_text(encoding="utf-8").splitlines()):
        for name, value in line.items():
            if value and (name != "epoch" or line.get("val/word_f1")):
                found.setdefault(name, []).append(float(value))
    return found


def speed(model: Path, texts: Sequence[str]) -> float:
    """Characters tagged per CPU second: the median of three rounds over at least 20,000 characters."""
    tagger, sample, n = load(model), [], 0
    for text in cycle(texts):
        sample.append(text)
        n += len(text)
        if n >= SPEED_CHARACTERS:
            break
    list(tagger.tag(texts))
    rates = []
    for _ in range(3):
        start = time.process_time()
        list(tagger.tag(sample))
        rates.append(n / (time.process_time() - start))
    return statistics.median(rates)


def measure(cfg: DictConfig, net: Net, *, texts: Sequence[str]) -> Row:
    """Train one net and read off its figures; its model file is timed on `texts`, if there are any."""
    folder = Path(cfg.run)
    keep_configuration(cfg, net.settings, name=f"{net.label}, seed {cfg.seed}", apart=_OF_ALL)
    row: dict[str, Any] = {"label": net.label, "seed": cfg.seed, "settings": dict(net.settings), "config": plain(cfg)}
    row["clip"] = OmegaConf.select(cfg, CLIP)
    try:
        with output_in(folder / "train.log"):
            data: TaggingData = instantiate(cfg.data, seed=cfg.seed)
            train(cfg, data=data)
    except TaggerError as error:
        return Row(**row, error=str(error))
    found = series(folder)
    f1 = found.get("val/joint_f1") or found["val/word_f1"]
    best = f1.index(max(f1))
    n_parameters = count_parameters(checkpoint.load(folder / "best.ckpt").net)
    row |= {
        "sentences": sum(map(len, data.columns["train"])),
        "parameters": sum(n_parameters.values()),
        "encoder_parameters": n_parameters["encoder"],
        "word_f1": found["val/word_f1"][best],
        "joint_f1": found["val/joint_f1"][best] if "val/joint_f1" in found else None,
        "cpu_seconds": statistics.median(found["train/cpu_seconds"]),
        "f1_by_epoch": f1,
        "best_epoch": int(found["epoch"][best]) + 1,
        "epochs": int(found["epoch"][-1]) + 1,
        "gradient_norms": found.get("train/gradient_norm", []),
    }
    if texts:
        export(folder / "best.ckpt", folder / "model.onnx")
        row["characters_per_second"] = round(speed(folder / "model.onnx", texts))
    return Row(**row)


def done(path: Path, config: Mapping[str, Any]) -> Row | None:
    """The row that an earlier call left, if any. Raises TaggerError when it is of another configuration."""
    if not path.exists():
        return None
    row = Row(**json.loads(path.read_text(encoding="utf-8")))
    if _without_test(row.config) != json.loads(json.dumps(config)):
        raise TaggerError(
            f"{path.parent}: expected a net trained with the present settings, found one of other settings; "
            "choose another folder (hydra.run.dir=FOLDER), or delete this one"
        )
    return row


def write(folder: Path, nets: Sequence[Net], rows: Sequence[Row], judgement: Judgement, *, plots: bool) -> list[Path]:
    """The comparison as JSON, CSV, markdown and, with `plots`, pictures; returns their paths."""
    groups, curves = grouped(nets, rows), learning_curves(nets, rows)
    paths = [folder / f"comparison.{suffix}" for suffix in ("json", "csv", "md")]
    write_json(paths[0], [asdict(row) for row in rows])
    sizes = [f"### {title}\n\n{markdown_table(lines)}\n\n" for title, lines in tables_of(curves).items()]
    tables = "".join(sizes) + markdown(groups) + f"\n{judgement.markdown()}"
    for path, text in ((paths[1], to_csv(rows)), (paths[2], tables)):
        with publishing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if plots:
        for name, draw in (("overview", draw_overview), ("learning", draw_learning), ("gradients", draw_gradients)):
            paths += save_figure(draw(groups), folder / name)
        paths += save_figure(draw_sizes(curves), folder / "sizes") if curves else []
    return paths


def show(nets: Sequence[Net], rows: Sequence[Row], judgement: Judgement) -> None:
    """The tables on stdout, and what to make of them."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    tables: dict[str, Sequence[Sequence[str]]] = {
        question: [HEADER, *map(cells_of, runs)] for question, runs in grouped(nets, rows).items()
    }
    tables |= tables_of(learning_curves(nets, rows))
    tables |= {TITLE: [HEADER_OF_TEST, *judgement.lines]} if judgement.lines else {}
    for title, lines in tables.items():
        table = Table(*lines[0], title=title, title_justify="left")
        for line in lines[1:]:
            table.add_row(*line)
        console.print(table)
    console.print(LEGEND)
    for line in judgement.verdict:
        print(line)


def nets_of(cfg: DictConfig) -> list[Net]:
    """The nets to compare, one for each question that it answers. Raises TaggerError where two have one name."""
    common: dict[str, Any] = {INIT: cfg.init}
    for group in ("net", "trainer", "optimizer", "scheduler", "data"):
        values: Any = OmegaConf.to_container(cfg[group], resolve=True)
        common |= dict(settings(values, f"{group}."))
    lines: Any = OmegaConf.to_container(cfg.nets, resolve=True)
    nets = expand(lines, common)
    configurations: dict[str, dict[str, Any]] = {}
    for net in nets:
        own = plain(configuration(cfg, net, 0, Path()))
        if configurations.setdefault(net.label, own) != own:
            raise TaggerError(
                f"expected different nets to have different names, got {net.label!r} twice; give each a line and a name"
            )
    return nets


def _tagging_data(cfg: DictConfig) -> TaggingData:
    data = instantiate(cfg.data)
    if not isinstance(data, TaggingData):
        raise UsageError(
            f"expected a corpus whose texts are tagged, such as data=files, got {cfg.data._target_}; train the nets "
            "one by one with tagger train"
        )
    if data.corpus.task == SPANS:
        raise UsageError(
            "expected a corpus of words, got data.task=spans; train the nets one by one with tagger train, and "
            "compare two of them with tagger evaluate GOLD -m A -m B"
        )
    return data


def compare(cfg: DictConfig) -> None:
    """Train what is not done yet, then write down how all nets compare. Raises UsageError for data that is no corpus of
    texts and words: the scores, and the speed, are those of taggers of texts."""
    if cfg.plots:
        require_matplotlib()
    folder, nets = Path(cfg.run), nets_of(cfg)
    data = _tagging_data(cfg)
    data.prepare_data()
    texts = [sentence.text for sentence in data.corpus.read("dev")]
    if has_test(data.corpus):
        data.corpus.read("test")  # a file that cannot be read is found out before hours of training
    rows: list[Row] = []
    runs: dict[str, list[Path]] = {}
    jobs = [(net, seed) for net in {net.label: net for net in nets}.values() for seed in cfg.seeds]
    for at, (net, seed) in enumerate(jobs, 1):
        config = configuration(cfg, net, seed, folder / f"{net.folder}_{seed}")
        path = Path(config.run, "row.json")
        start, row = time.perf_counter(), done(path, plain(config))
        said = "done before" if row else ""
        if row is None:
            row = measure(config, net, texts=texts if seed == cfg.seeds[0] else [])
            write_json(path, asdict(row))
            said = f"{time.perf_counter() - start:.0f} s"
        rows.append(row)
        if not row.error:
            runs.setdefault(net.label, []).append(path.parent)
        result = row.error or f"F1 {row.f1:.2%}"
        print(f"{at}/{len(jobs)} {net.label}, seed {seed}: {result} ({said})", file=sys.stderr)
    write(folder, nets, rows, Judgement((), ()), plots=False)  # in case a test set turns out to be faulty
    judgement = judge(rows, runs, data.corpus)
    show(nets, rows, judgement)
    for path in write(folder, nets, rows, judgement, plots=cfg.plots):
        print(path)
