"""`make bench`: an epoch of training through Lightning beside a bare PyTorch loop, same net and batches.

Rounds alternate between the two on one thread, so that what else the machine does hits both; the table
gives medians and their ratio. On UD Chinese GSD where `TAGGER_DATA` has it, else on the sample corpus.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightning
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger

from tagger.learning.data.sentences import Batch
from tagger.learning.data.tagging import TaggingData
from tagger.learning.nets import CharTagger
from tagger.learning.systems.tagging import TaggingSystem

ROOT = Path(__file__).parents[2]


def bare(data: TaggingData, net: CharTagger, cfg: Any) -> Callable[[], float]:
    """An epoch with nothing around it: forward, loss, backward, clip, step, schedule."""
    optimizer = instantiate(cfg.optimizer)(net.parameters())
    loader: Any = data.train_dataloader()
    scheduler = instantiate(cfg.scheduler)(optimizer, 1000 * len(loader))
    rounds = iter(range(10**6))

    def epoch() -> float:
        net.train()
        loader.sampler.set_epoch(next(rounds))
        start = time.perf_counter()
        batch: Batch
        for batch in loader:
            scores = net.head.join(net(batch.chars, batch.lengths), batch.joined)
            losses = net.head.loss(scores, batch.tags, batch.lengths)
            optimizer.zero_grad()
            torch.autograd.backward(losses.sum() / batch.lengths.sum())
            torch.nn.utils.clip_grad_norm_(net.parameters(), cfg.trainer.gradient_clip_val)
            optimizer.step()
            scheduler.step()
        return time.perf_counter() - start

    return epoch


class Clock(lightning.Callback):
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.start = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def through_lightning(data: TaggingData, net: CharTagger, cfg: Any, folder: Path) -> Callable[[], float]:
    """The same epoch as `tagger.train` runs it, logging included, scoring on dev left out."""
    clock = Clock()
    system = TaggingSystem(net, optimizer=instantiate(cfg.optimizer), scheduler=instantiate(cfg.scheduler))
    trainer: lightning.Trainer = instantiate(
        cfg.trainer,
        callbacks=[clock, LearningRateMonitor("step")],
        logger=CSVLogger(folder, name="csv"),
        enable_progress_bar=False,
        enable_checkpointing=False,
        limit_val_batches=0,
        max_epochs=0,
    )

    def epoch() -> float:
        trainer.fit_loop.max_epochs = (trainer.fit_loop.max_epochs or 0) + 1
        trainer.fit(system, data)
        return clock.seconds[-1]

    return epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs/bench", help="for logs; default %(default)s")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="of the training's configuration")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = options.folder
    treebank = Path(os.environ.get("TAGGER_DATA", "data")) / "ud-zh-gsdsimp"
    name = "ud_zh_joint" if treebank.exists() else "sample"
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[f"experiment={name}", f"run={folder}", *options.overrides])
    data: TaggingData = instantiate(cfg.data)
    data.setup()
    runs: dict[str, Callable[[], float]] = {}
    for what in ("bare loop", "lightning"):
        torch.manual_seed(1)
        net: CharTagger = instantiate(cfg.net)(data.alphabet, data.scheme)
        runs[what] = bare(data, net, cfg) if what == "bare loop" else through_lightning(data, net, cfg, folder)
    seconds: dict[str, list[float]] = {what: [] for what in runs}
    for run in runs.values():
        run()  # warm-up
    for _ in range(options.rounds):
        for what, run in runs.items():
            seconds[what].append(run())
    n_chars = sum(len(sentence.text) for sentence in data.corpus.read("train"))
    print(f"{datetime.now(UTC):%Y-%m-%d} {data.name}, {n_chars:,} characters, torch {torch.__version__}, 1 thread")
    print(f"{'':12}{'seconds per epoch (median, min … max)':>42}{'characters/s':>16}")
    for what, found in seconds.items():
        median = statistics.median(found)
        print(f"{what:12}{f'{median:.2f} ({min(found):.2f} … {max(found):.2f})':>42}{n_chars / median:>16,.0f}")
    ratios = [b / a for a, b in zip(seconds["bare loop"], seconds["lightning"], strict=True)]
    print(f"lightning / bare loop: {statistics.median(ratios):.3f} (median over {options.rounds} rounds; bar 1.10)")


if __name__ == "__main__":
    main()
