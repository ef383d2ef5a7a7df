"""Training on a card beside one core of the same machine: the net of `ud_zh_joint`, by head and size of batches.

A row is a bare loop as `tagger.train` runs it, batches made and copied in it: characters a second, how many times those
of one core with batches of 1,500 characters, what forward, loss, backward and the optimizer take if each is waited for,
the share of the time in which the card computes, its operations a step and its memory. Every measurement ends after
`--seconds`, and no row begins after `--minutes`.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from torch.profiler import ProfilerActivity, profile

from tagger.learning.data.batching import BucketSampler, Loader
from tagger.learning.data.sentences import Batch
from tagger.learning.data.tagging import TaggingData, to_device
from tagger.learning.nets import CharTagger

ROOT = Path(__file__).parents[2]
CORE, WARM_UP, PROFILED = 1500, 3, 10  # characters of a batch on the core; steps
PARTS = ("forward", "loss", "backward", "optimizer")


class Cost(NamedTuple):
    """What training costs: characters a second, milliseconds of each part of a step, and of a card the share of the
    time in which it computes, operations a step, and megabytes."""

    speed: float
    parts: list[float]
    busy: float
    operations: float
    megabytes: float


class Training:
    """A net that learns from batches of at most `batch_chars` characters on a device."""

    def __init__(self, data: TaggingData, cfg: Any, device: torch.device, batch_chars: int) -> None:
        torch.manual_seed(1)
        net: CharTagger = instantiate(cfg.net)(*data.fitted)
        self.net, self.device, self.clip = net.to(device).train(), device, cfg.trainer.gradient_clip_val
        self.optimizer: torch.optim.Optimizer = instantiate(cfg.optimizer)(self.net.parameters())
        dataset = data.dataset("train")
        sampler = BucketSampler(dataset.lengths, max_chars=batch_chars, max_sentences=batch_chars, shuffle=True)
        self.loader, self.batches = Loader(dataset, sampler, pin_memory=self.on_card), self._batches(sampler)

    @property
    def on_card(self) -> bool:
        return self.device.type == "cuda"

    def _batches(self, sampler: BucketSampler) -> Iterator[Batch]:
        for epoch in count():
            sampler.set_epoch(epoch)
            yield from self.loader

    def wait(self) -> None:
        if self.on_card:
            torch.cuda.synchronize()

    def step(self, done: Callable[[], None] = lambda: None) -> int:
        """Learn from the next batch; returns its characters. `done` is called after each of PARTS, and once before."""
        batch = next(self.batches)
        n_chars = int(batch.lengths.sum())
        batch = to_device(batch, self.device)
        done()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.on_card):
            scores = self.net(*self.net.inputs(batch)).float()
        done()
        joined = self.net.head.join(scores, batch.joined)
        loss = self.net.head.loss(joined, batch.tags, batch.lengths).sum() / batch.lengths.sum()
        done()
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        done()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        self.optimizer.step()
        done()
        return n_chars

    def speed(self, seconds: float) -> float:
        """Characters a second."""
        self.wait()
        start, n_chars = time.perf_counter(), 0
        while not n_chars or time.perf_counter() - start < seconds:
            n_chars += self.step()
        self.wait()
        return n_chars / (time.perf_counter() - start)

    def parts(self, seconds: float) -> list[float]:
        """Milliseconds of each part of a step, the medians."""
        steps, end = list[list[float]](), time.perf_counter() + seconds
        while not steps or time.perf_counter() < end:
            times = list[float]()

            def done(times: list[float] = times) -> None:
                self.wait()
                times.append(time.perf_counter())

            self.step(done)
            steps.append([1000 * (after - before) for before, after in pairwise(times)])
        return [statistics.median(part) for part in zip(*steps, strict=True)]

    def busy(self) -> tuple[float, float]:
        """The share of the time in which a card computes, and its operations a step, both as the profiler sees them."""
        with profile(activities=[ProfilerActivity.CUDA if self.on_card else ProfilerActivity.CPU]) as profiler:
            self.wait()
            start = time.perf_counter()
            for _ in range(PROFILED if self.on_card else 1):
                self.step()
            self.wait()
            passed = time.perf_counter() - start
        times = [event.device_time for event in profiler.events() or () if event.device_type.name == "CUDA"]
        return sum(times) / 1e6 / passed, len(times) / PROFILED

    def measure(self, seconds: float) -> Cost:
        if self.on_card:
            torch.cuda.reset_peak_memory_stats()
        for _ in range(WARM_UP if self.on_card else 1):
            self.step()
        speed, parts, (busy, operations) = self.speed(seconds), self.parts(seconds / 2), self.busy()
        return Cost(speed, parts, busy, operations, torch.cuda.max_memory_allocated() / 1e6 if self.on_card else 0.0)


def row(where: str, head: str, batch_chars: int, cost: Cost, core: float) -> str:
    of_card = (
        [f"{cost.busy:.1%}", f"{cost.operations:,.0f}", f"{cost.megabytes:,.0f}"] if cost.operations else ["–"] * 3
    )
    cells = [where, head, f"{batch_chars:,}", f"{cost.speed:,.0f}", f"{cost.speed / core:.2f}"]
    return f"| {' | '.join([*cells, *(f'{part:.1f}' for part in cost.parts), *of_card])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=8, help="of a measurement; default %(default)s")
    parser.add_argument("--minutes", type=float, default=6, help="after which no row begins; default %(default)s")
    parser.add_argument("--batches", type=int, nargs="+", default=[1500, 6000, 24_000, 96_000], help="characters")
    parser.add_argument("--heads", nargs="+", default=["crf", "factored", "softmax"], help="default %(default)s")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="settings, as data=ud_zh_gsdsimp")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("expected a card that torch can use, found none; give --device cpu, or install torch for it")
    torch.set_num_threads(1)
    end = time.perf_counter() + 60 * options.minutes
    device = torch.device(options.device)
    name = torch.cuda.get_device_name() if options.device == "cuda" else "no card"
    print(f"{datetime.now(UTC):%Y-%m-%d} {name}, torch {torch.__version__}, one thread; bf16-mixed on a card\n")
    columns = ["on", "head", "characters a batch", "characters/s", "× core", *(f"{part}, ms" for part in PARTS)]
    columns += ["card busy", "operations a step", "MB"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    left_out = []
    for head in options.heads:
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            settings = ["data=sample", "data.repeats=20", f"head={head}", "run=/nowhere", *options.set]
            cfg = compose("train", overrides=settings)
        data: TaggingData = instantiate(cfg.data)
        data.setup()
        core = Training(data, cfg, torch.device("cpu"), CORE).measure(options.seconds)
        print(row("core", head, CORE, core, core.speed), flush=True)
        for batch_chars in options.batches:
            if time.perf_counter() > end:
                left_out.append(f"{head} {batch_chars:,}")
                continue
            cost = Training(data, cfg, device, batch_chars).measure(options.seconds)
            print(row(options.device, head, batch_chars, cost, core.speed), flush=True)
    if left_out:
        print(f"\nleft out after {options.minutes:g} minutes: {', '.join(left_out)}")


if __name__ == "__main__":
    main()
