"""The service under load, on loopback: `make bench-serve ARGS='[PART …]'`.

Server and peers run on one core, the callers on another. What is compared is measured in turns, and the figures are
medians of the rounds. Every answer is checked against its request. Figures by CPU hold on a busy machine too, those by
the clock and all latencies on a quiet one alone: with `--busy` the picture leaves them out.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from load import Report, Request, load, post
from picture import Curve, draw
from servers import CALLER_CORE, PEERS, SERVER_CORE, cpu_seconds, missing, peer, pin, resident, service
from service import Service

import tagger
from serve.inference import TagOptions, tag_texts
from tagger.corpus.sample import path as sample_path

CALLERS = {1: (1, 2, 4, 8, 16, 32, 64, 128), 64: (1, 2, 4, 8, 16)}


def sentences() -> list[str]:
    """Running text of the sample corpus in pieces of 40 characters."""
    lines = (line for part in ("train", "dev", "test") for line in sample_path(part).read_text("utf-8").split("\n"))
    text = "".join(line.removeprefix("# text = ") for line in lines if line.startswith("# text = "))
    return [text[i : i + 40] for i in range(0, len(text) - 40, 40)]


def requests(model: str, n_texts: int, n: int = 512) -> list[Request]:
    """Requests of `n_texts` sentences each, with the end of their right answers."""
    texts, opened = sentences(), tagger.load(model)
    made = []
    for i in range(n):
        chosen = [texts[(i * n_texts + j) % len(texts)] for j in range(n_texts)]
        results = b",".join(b'{"words":%b}' % words for words in tag_texts(opened, chosen, TagOptions()))
        body = json.dumps({"texts": chosen}, ensure_ascii=False).encode()
        made.append(Request(post("/v1/tag", body), b'"results":[%b]}' % results, sum(map(len, chosen))))
    return made


def in_process(model: str, seconds: float) -> tuple[float, float]:
    """Characters per second, and per second of CPU, of the tagger alone: 64 sentences a call, to Sentence objects."""
    opened, texts = tagger.load(model), sentences()
    n_chars, first, began, began_cpu = 0, 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        chosen = [texts[(first + j) % len(texts)] for j in range(64)]
        n_chars += sum(len(sentence.text) for sentence in opened.tag(chosen))
        first += 64
    return n_chars / (time.perf_counter() - began), n_chars / (time.process_time() - began_cpu)


def show(name: str, report: Report) -> None:
    statuses = ", ".join(f"{status}: {n}" for status, n in sorted(report.statuses.items()))
    times = "  ".join(f"p{share} {report.percentile(share / 100):7.1f}" for share in (50, 95, 99))
    speeds = f"{report.chars / 1e3:6.1f} k chars/s {report.chars_per_cpu / 1e3:6.1f} per CPU s"
    wrong = "" if report.sound else f"  WRONG {report.wrong} BROKEN {report.broken}"
    print(f"{name:30} {report.rate:7.1f}/s {speeds}  {times} ms  [{statuses}]{wrong}", flush=True)


class Bench:
    """The parts; each prints its rows."""

    def __init__(self, o: argparse.Namespace, model: str) -> None:
        self.model, self.seconds, self.warm, self.least, self.rounds = model, o.seconds, o.warm, o.least, o.rounds
        self.out, self.is_busy = o.out, o.busy
        spawn = get_context("spawn")
        self.callers = ProcessPoolExecutor(1, spawn, initializer=pin, initargs=(CALLER_CORE,))
        self.inside = ProcessPoolExecutor(1, spawn, initializer=pin, initargs=(SERVER_CORE,))
        self.singles, self.batches = requests(model, 1), requests(model, 64, 64)

    def ask(self, port: int, asked: Sequence[Request], *, pid: int, **how: Any) -> Report:
        before = cpu_seconds(pid)
        how = {"seconds": self.seconds, "warm": self.warm, "least": self.least} | how
        report = self.callers.submit(load, port, asked, **how).result()
        report.cpu = cpu_seconds(pid) - before
        return report

    def compare(self) -> None:
        """Against the tagger in-process and against other servers, in turns."""
        rows: dict[str, list[tuple[float, float]]] = {}
        peers = [name for name in PEERS if not missing(name)]
        if len(peers) < len(PEERS):
            print("some servers are not installed, so left out: pip install '.[bench-serve]'", flush=True)
        with service(self.model, "--access-log", "no") as ours:
            for round_ in range(self.rounds):
                rows.setdefault("in-process", []).append(
                    self.inside.submit(in_process, self.model, self.seconds).result()
                )
                for name, asked, callers in (
                    ("64 a request", self.batches, 4),
                    ("single, 64 callers", self.singles, 64),
                ):
                    report = self.ask(ours.port, asked, pid=ours.process.pid, callers=callers)
                    show(f"round {round_ + 1}: {name}", report)
                    rows.setdefault(name, []).append((report.chars, report.chars_per_cpu))
                for name in peers:
                    with peer(name, self.model, 8571) as pid:
                        unchecked = [Request(single.data, b"", single.n_chars) for single in self.singles]
                        report = self.ask(8571, unchecked, pid=pid, callers=64)
                        show(f"round {round_ + 1}: {name}", report)
                        rows.setdefault(name, []).append((report.chars, report.chars_per_cpu))
        names = "k chars/s | per CPU second | of in-process, by clock | by CPU | ours, single / this, by clock | by CPU"
        print(f"\n| median of {self.rounds} rounds | {names} |\n|---|---|---|---|---|---|---|")

        def ratio(a: str, b: str, column: int) -> float:
            return statistics.median(x[column] / y[column] for x, y in zip(rows[a], rows[b], strict=True))

        for name, values in rows.items():
            speeds = [f"{statistics.median(value[i] for value in values) / 1e3:.1f}" for i in (0, 1)]
            inside = [f"{ratio(name, 'in-process', i):.2f}" for i in (0, 1)]
            times = [f"{ratio('single, 64 callers', name, i):.2f}" for i in (0, 1)]
            print(f"| {name} | {' | '.join(speeds + inside + times)} |")
        print(flush=True)

    def curves(self) -> None:
        """Throughput and latency over the number of callers."""
        drawn: list[Curve] = []
        with service(self.model, "--access-log", "no") as ours:
            for n_texts, asked in ((1, self.singles), (64, self.batches)):
                for callers in CALLERS[n_texts]:
                    report = self.ask(ours.port, asked, pid=ours.process.pid, callers=callers)
                    show(f"{n_texts} a request, {callers} callers", report)
                    times = tuple(report.percentile(share) for share in (0.5, 0.95, 0.99))
                    chars = report.chars_per_cpu if self.is_busy else report.chars
                    drawn.append(Curve(n_texts, callers, chars, times))
        self.out.write_text(draw(drawn, is_by_cpu=self.is_busy), encoding="utf-8")

    def overload(self) -> None:
        """Four times what it can do: what still comes back, and how late; then half of it."""
        with service(self.model, "--access-log", "no") as ours:
            peak = self.ask(ours.port, self.singles, pid=ours.process.pid, callers=64)
            show("peak, 64 callers", peak)
            over = self.ask(
                ours.port,
                self.singles,
                pid=ours.process.pid,
                callers=1500,
                rate=4 * peak.rate,
                seconds=3 * self.seconds,
                warm=8 * self.warm,
            )
            show("4 × peak, at a rate", over)
            again = self.ask(ours.port, self.singles, pid=ours.process.pid, callers=64, warm=6 * self.warm)
            show("peak, after it", again)
            half = self.ask(
                ours.port, self.singles, pid=ours.process.pid, callers=256, rate=peak.rate / 2, seconds=3 * self.seconds
            )
            show("half of peak, at a rate", half)
        best = statistics.mean((peak.rate, again.rate))
        times = half.percentile(0.99) / half.percentile(0.5)
        due = sum(over.statuses.values()) + over.unsent
        by_cpu = over.chars_per_cpu / statistics.mean((peak.chars_per_cpu, again.chars_per_cpu))
        print(f"goodput at 4 × peak: {over.rate / best:.2f} of peak by the clock, {by_cpu:.2f} by the server's CPU")
        print(f"at half of peak p99 is {times:.1f} × p50")
        print(f"not sent for want of a free connection: {over.unsent} of {due}\n", flush=True)

    def soak(self, minutes: float) -> None:
        """Minutes of half load: does memory grow?"""
        with service(self.model) as ours:
            peak = self.ask(ours.port, self.singles, pid=ours.process.pid, callers=64)
            mixed = [*self.singles, *self.batches[:8]]
            sizes, began, wrong, n = [], time.monotonic(), 0, 0
            seconds = min(15.0, 60 * minutes)
            while time.monotonic() - began < 60 * minutes:
                report = self.ask(
                    ours.port, mixed, pid=ours.process.pid, callers=64, rate=peak.rate / 3, seconds=seconds
                )
                sizes.append(resident(ours.process.pid))
                wrong += report.wrong + report.broken + sum(report.statuses.values()) - report.statuses[200]
                n += report.statuses[200]
                ours.events.clear()
            settled = sizes[len(sizes) // 10]
            print(
                f"soak of {minutes:g} minutes: {n} answers, {wrong} wrong; RSS {sizes[0]:.1f} MB at first, "
                f"{settled:.1f} after a tenth, {sizes[-1]:.1f} at the end: {100 * (sizes[-1] / settled - 1):+.2f} %\n",
                flush=True,
            )

    def check(self, n_answers: int) -> None:
        """Compare `n_answers` answers with their requests, which hold 1 to 32 different texts each."""
        texts, opened = sentences(), tagger.load(self.model)
        asked = []
        for i in range(2000):
            chosen = [f"{i}号，" + texts[(7 * i + j) % len(texts)][: 5 + (i + j) % 12] for j in range(1 + i % 32)]
            results = b",".join(b'{"words":%b}' % words for words in tag_texts(opened, chosen, TagOptions()))
            body = json.dumps({"texts": chosen}, ensure_ascii=False).encode()
            asked.append(Request(post("/v1/tag", body), b'"results":[%b]}' % results, len(chosen)))
        n = n_requests = wrong = 0
        with Service("--model", self.model, "--workers", "2", "--access-log", "no") as ours:
            while n < n_answers:
                report = self.ask(
                    ours.port, asked, pid=ours.process.pid, callers=64, seconds=5 * self.seconds, warm=0.0
                )
                n += report.n_chars  # here: texts
                n_requests += report.statuses[200]
                wrong += report.wrong + report.broken + sum(report.statuses.values()) - report.statuses[200]
        print(f"{n} answers in {n_requests} requests compared: {wrong} wrong, lost or doubled\n", flush=True)

    def start(self) -> None:
        """From the command to readiness, and resident memory after some work."""
        times, sizes = [], []
        for _ in range(self.rounds):
            began = time.perf_counter()
            with Service("--model", self.model) as ours:
                times.append(time.perf_counter() - began)
                self.ask(ours.port, self.batches, pid=ours.process.pid, callers=8)
                sizes.append(resident(ours.process.pid))
        print(
            f"start to ready {statistics.median(times):.2f} s; resident {statistics.median(sizes):.0f} MB after load\n",
            flush=True,
        )


PARTS = {"start", "compare", "curves", "overload", "soak", "check"}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("parts", nargs="*", default=["start", "compare", "curves", "overload"], metavar="PART",
                   help="start, compare, curves, overload, soak, check; default the first four")  # fmt: skip
    p.add_argument("--model", default="zh-small", help="a name of the package, or a file")
    p.add_argument("--seconds", type=float, default=4.0, help="per measurement")
    p.add_argument("--warm", type=float, default=0.5, help="seconds before each measurement")
    p.add_argument("--least", type=int, default=1, help="answers per measurement, however long that takes")
    p.add_argument("--busy", action="store_true", help="draw characters per second of CPU, and no latencies")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--minutes", type=float, default=10.0, help="of soak")
    p.add_argument("--answers", type=int, default=1_000_000, help="to check")
    p.add_argument("--out", type=Path, default=Path("serve.svg"), help="the picture of the curves")
    o = p.parse_args()
    if wrong := set(o.parts) - PARTS:
        p.error(f"expected parts among {', '.join(sorted(PARTS))}, got {', '.join(sorted(wrong))}")
    print(
        f"{time.strftime('%Y-%m-%d')}, {o.model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before\n",
        flush=True,
    )
    model = str(Path(o.model).resolve()) if Path(o.model).is_file() else o.model  # peers run in another folder
    bench = Bench(o, model)
    more = {"soak": {"minutes": o.minutes}, "check": {"n_answers": o.answers}}
    for part in o.parts:
        getattr(bench, part)(**more.get(part, {}))
    bench.callers.shutdown()
    bench.inside.shutdown()


if __name__ == "__main__":
    main()
