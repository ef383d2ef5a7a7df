"""The service for long, with many callers, and in several processes, on loopback.

`PYTHONPATH=tests:. python tests/bench/endurance.py [PART …]`; parts:

- mixed: requests of all kinds while two models replace each other. Every answer has to be that of one of both models
  from beginning to end. Counts the answers to texts, of which a request has 1 to 70, and follows the memory. Ctrl-C
  ends it early, with a report.
- offered: callers of 1,000 sentences a request: how much work may wait until some are refused.
- processes: CPU time per request of one process on one core and of two on two cores, in turns with that of the tagger
  in-process.
- callers: CPU time per request by the number of callers of a process: what more processes cost and gain.
"""

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import models
from load import Report, Request, load
from mixed import mixed_requests
from servers import CALLER_CORE, cpu_seconds, pin, resident, service
from service import Service
from serving import requests, sentences

import tagger
from serve.models import ServedModel
from tagger.modelfile.shipped import find

PARTS = ("mixed", "offered", "processes", "callers")
N_SENTENCES = 64  # of a call in-process


@dataclass(frozen=True)
class Options:
    """What the parts need; times in seconds."""

    model: str
    other: Path
    seconds: float
    rounds: int
    requests: int
    answers: int
    minutes: float
    reload_seconds: float


class Watch:
    """Notes the memory of a service, and lets its models replace each other, until it is told to stop."""

    def __init__(self, service: Service, served: Path, files: list[Path], every: float) -> None:
        self.sizes: list[float] = []
        self._service, self._served, self._files, self._every = service, served, files, every
        self._stop = Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due, files = time.monotonic() + self._every, cycle(self._files)
        while not self._stop.wait(min(1.0, self._every)):
            self.sizes.append(resident(self._service.process.pid))
            if time.monotonic() >= due:
                due += self._every
                moved = self._served.with_suffix(".new")
                shutil.copyfile(next(files), moved)
                moved.replace(self._served)
                self._service.send(signal.SIGHUP)


def run_mixed(o: Options, callers: ProcessPoolExecutor) -> None:
    """Answers under mixed load with reloads: none may be wrong, lost or doubled; and does memory grow?"""
    with tempfile.TemporaryDirectory() as folder:
        served, files = Path(folder) / "m.onnx", [o.other, find(o.model)]
        shutil.copyfile(files[-1], served)
        asked = mixed_requests([ServedModel.open("m", file) for file in files], sentences(), o.requests)
        total, began = Report(), time.monotonic()
        with Service("--model", served, "--processes", "0", "--access-log", "no") as ours:
            watch = Watch(ours, served, files, o.reload_seconds)
            with contextlib.suppress(KeyboardInterrupt):  # what was compared until then is reported
                while total.n_chars < o.answers or time.monotonic() - began < 60 * o.minutes:
                    pending = callers.submit(load, ours.port, asked, callers=32, seconds=5 * o.seconds, warm=0.0)
                    add(total, pending.result())
            watch.stop()
            events = Counter(event["event"] for event in ours.events)
    tenth = max(1, len(watch.sizes) // 10)
    early, late = (statistics.median(part) for part in (watch.sizes[tenth : 2 * tenth + 1], watch.sizes[-tenth:]))
    print(
        f"mixed, {total.seconds / 60:.1f} minutes: {total.n_chars} answers in {total.statuses[200]} requests compared, "
        f"during {events['reloaded']} reloads ({events['reload refused']} refused): "
        f"{total.wrong + total.broken} wrong, lost or doubled {dict(total.statuses)}\n"
        f"memory of all processes: {early:.1f} MB in the second tenth, {late:.1f} MB in the last: "
        f"{100 * (late / early - 1):+.2f} %\n",
        flush=True,
    )


def add(total: Report, report: Report) -> None:
    total.seconds += report.seconds
    total.n_chars += report.n_chars
    total.statuses += report.statuses
    total.wrong += report.wrong
    total.broken += report.broken


def run_offered(o: Options, callers: ProcessPoolExecutor) -> None:
    """Callers who ask for 1,000 sentences again and again: whether any is refused, by the work that is on offer."""
    asked = requests(o.model, 1000, 8)
    n_chars = asked[0].n_chars
    with Service("--model", o.model, "--processes", "0", "--access-log", "no") as ours:
        for n_callers in (1, 8, 16, 32, 64, 128):
            pending = callers.submit(load, ours.port, asked, callers=n_callers, seconds=4 * o.seconds, warm=o.seconds)
            report = pending.result()
            work = n_callers * n_chars / report.chars if report.chars else float("nan")
            print(
                f"{n_callers} callers × 1,000 sentences: {dict(report.statuses)}, {report.wrong} wrong; "
                f"{n_callers * n_chars} characters on offer, {work:.1f} s at {report.chars:.0f} a second; "
                f"p50 {report.percentile(0.5):.0f} ms",
                flush=True,
            )
    print(flush=True)


def measure(
    ours: Service, asked: list[Request], callers: ProcessPoolExecutor, *, n_callers: int, seconds: float
) -> tuple[float, Report]:
    """CPU milliseconds of the whole service per request, and what came back."""
    callers.submit(load, ours.port, asked, callers=n_callers, seconds=seconds / 4, warm=0.0).result()
    before = cpu_seconds(ours.process.pid)
    report = callers.submit(load, ours.port, asked, callers=n_callers, seconds=seconds, warm=0.0).result()
    spent = cpu_seconds(ours.process.pid) - before
    return 1e3 * spent / max(1, report.statuses[200]), report


def measure_in_process(model: str) -> float:
    """CPU milliseconds of the tagger for a sentence, with as many in a call as there are callers."""
    opened, texts = tagger.load(model), sentences()
    calls = [texts[i : i + N_SENTENCES] for i in range(0, len(texts) - N_SENTENCES, N_SENTENCES)]
    list(opened.tag(calls[0]))
    before = time.process_time()
    for call in calls:
        list(opened.tag(call))
    return 1e3 * (time.process_time() - before) / (len(calls) * N_SENTENCES)


def run_processes(o: Options, callers: ProcessPoolExecutor) -> None:
    """CPU per request of single sentences from 64 callers: one process on one core, two processes on two; and of the
    tagger in-process."""
    asked = requests(o.model, 1)
    one, two, inside = [], [], []
    with (
        service(o.model, "--access-log", "no") as alone,
        Service("--model", o.model, "--processes", "2", "--access-log", "no") as both,
    ):
        for _ in range(o.rounds):
            one.append(measure(alone, asked, callers, n_callers=64, seconds=o.seconds))
            two.append(measure(both, asked, callers, n_callers=64, seconds=o.seconds))
            inside.append(measure_in_process(o.model))
    for name, found in (("one process, one core", one), ("two processes, two cores", two)):
        values = ", ".join(f"{ms:.3f}" for ms, _ in found)
        sound = all(report.sound for _, report in found)
        median = statistics.median(ms for ms, _ in found)
        print(f"{name}: {values} ms of CPU a request, median {median:.3f}; {'all right' if sound else 'WRONG'}")
    ratios = [b / a for (a, _), (b, _) in zip(one, two, strict=True)]
    print(f"two / one: {', '.join(f'{ratio:.2f}' for ratio in ratios)}; median {statistics.median(ratios):.2f}")
    shares = [ms / of_request for ms, (of_request, _) in zip(inside, one, strict=True)]
    print(
        f"in-process, {N_SENTENCES} sentences a call: median {statistics.median(inside):.3f} ms of CPU a sentence, "
        f"{statistics.median(shares):.2f} of one process's\n"
    )


def run_callers(o: Options, callers: ProcessPoolExecutor) -> None:
    """CPU per request of one process on one core by its number of callers, and of many processes on the same cores."""
    asked = requests(o.model, 1)
    with service(o.model, "--access-log", "no") as ours:
        for n_callers in (1, 2, 4, 8, 16, 32, 64, 128):
            ms, report = measure(ours, asked, callers, n_callers=n_callers, seconds=o.seconds)
            print(f"one process, {n_callers} callers: {ms:.3f} ms of CPU a request, {report.rate:.0f} a second")
    for n_processes in (2, 8, 32):
        with Service("--model", o.model, "--processes", str(n_processes), "--access-log", "no") as ours:
            ms, report = measure(ours, asked, callers, n_callers=4 * n_processes, seconds=o.seconds)
            size = resident(ours.process.pid)
            began = cpu_seconds(ours.process.pid)
            time.sleep(o.seconds)
            idle = (cpu_seconds(ours.process.pid) - began) / o.seconds
            print(
                f"{n_processes} processes, 4 callers each: {ms:.3f} ms of CPU a request; {size:.0f} MB (pages that are "
                f"shared counted in each), {100 * idle:.1f} % of a core at rest",
                flush=True,
            )
    print(flush=True)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=f"{', '.join(PARTS)}; default all")
    p.add_argument("--model", default="zh-small")
    p.add_argument("--other", type=Path, default=models.SMALL, help="the model that takes its place in mixed")
    p.add_argument("--seconds", type=float, default=3.0, help="per measurement")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--requests", type=int, default=640, help="of mixed, that differ")
    p.add_argument("--answers", type=int, default=1_000_000, help="of mixed, at least")
    p.add_argument("--minutes", type=float, default=10.0, help="of mixed, at least")
    p.add_argument("--reload-seconds", type=float, default=5.0, help="between two reloads")
    given = vars(p.parse_args())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which shells take away from jobs in the background
    parts, o = given.pop("parts"), Options(**given)
    print(f"{time.strftime('%Y-%m-%d')}, {o.model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before\n")
    runs = {"mixed": run_mixed, "offered": run_offered, "processes": run_processes, "callers": run_callers}
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=pin, initargs=(CALLER_CORE,)) as callers:
        for part in parts:
            runs[part](o, callers)


if __name__ == "__main__":
    main()
