"""`make bench-tag`: tags a text file with this and other taggers, in one run on one machine.

Every tool reads the same lines in its own process on one thread. Rounds alternate between the tools, so that other
load on the machine affects all of them; the table gives medians, and compares by processor time. Peers that do not
learn bring their own dictionary; LTP's perceptron is trained here, on the corpus that our nets are trained on (for a
few epochs: speed does not depend on how right a net is). Tools that are not installed are left out, and named.
`--kernel` chooses the shipped models, with and without the native kernel, and the peers.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tag_inputs import (
    JIEBA,
    LTP,
    NATIVE,
    OURS,
    PEERS,
    SHIPPED,
    SLOW,
    WORK,
    cpu,
    missing,
    part,
    peak,
    prepare,
    text,
)

Runs = list[dict[str, Any]]


def child(arguments: list[str], *, wait: bool = True) -> Any:
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    return result(process) if wait else process


def result(process: Any) -> dict[str, Any]:
    output = process.communicate()[0]
    if process.returncode:
        sys.exit(f"{process.args}: exit status {process.returncode}")
    values: dict[str, Any] = json.loads(output.splitlines()[-1])
    return values


def measure(tools: Iterable[str], source: Path, rounds: int, *, alone: bool) -> dict[str, dict[str, Runs]]:
    """Rounds of every tool: alone, and on two processes (ours: two workers; the others: two at once)."""
    measured: dict[str, dict[str, Runs]] = {tool: {"one": [], "two": []} for tool in tools}
    for number in range(rounds):
        for tool, runs in measured.items():
            print(f"round {number + 1} of {rounds}: {tool}", file=sys.stderr)
            given = str(part(source, SLOW.get(tool, 1)))
            runs["one"].append(child(["--child", tool, given]))
            if alone:
                continue
            if tool in OURS:
                runs["two"].append(child(["--child", tool, given, "--workers", "2"]))
            else:
                processes = [child(["--child", tool, given, "--second", str(i)], wait=False) for i in range(2)]
                ends = [result(process) for process in processes]
                ends[0]["chars"] *= 2
                ends[0]["seconds"] = max(end["seconds"] for end in ends)
                runs["two"].append(ends[0])
    return measured


def rate(runs: Runs, clock: str = "seconds") -> float:
    """Characters per second of a clock, the median of several runs; nan without any."""
    rates: list[float] = [run["chars"] / run[clock] for run in runs]
    return statistics.median(rates or [float("nan")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of training our nets, if they are not there")
    parser.add_argument("--words", type=int, default=1_000_000, help="of the dictionary, if it is not there")
    parser.add_argument("--tools", nargs="+", default=[*OURS, *PEERS], help="default: all")
    parser.add_argument("--kernel", action="store_true", help="the shipped models and the kernel beside the peers")
    parser.add_argument("--alone", action="store_true", help="no runs on two processes")
    parser.add_argument("--child", nargs=2, metavar=("TOOL", "TEXT"), help=argparse.SUPPRESS)
    parser.add_argument("--bare", nargs=2, metavar=("NET", "TEXT"), help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--second", default="0", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        os.environ["TAGGER_RUNTIME"] = "onnxruntime"
        from tag_ours import bare

        print(json.dumps(bare(options.bare[0], Path(options.bare[1]), options.rounds)))
    elif options.child:
        tool, source = options.child
        print(json.dumps(run(tool, source, options.workers, options.second)))
    else:
        if options.kernel:
            options.tools = [*SHIPPED, *NATIVE, *PEERS]
        compare(options)


def run(tool: str, source: str, workers: int, second: str) -> dict[str, Any]:
    """One run of one tool, in this process."""
    os.environ["TAGGER_RUNTIME"] = NATIVE.get(tool, ("", "onnxruntime"))[1]
    start, target = time.perf_counter(), WORK / f"out-{tool.replace(' ', '-')}-{second}.txt"
    if tool in OURS:
        from tag_ours import run_ours

        values = run_ours(tool, Path(source), target, workers, start)
    else:
        from tag_peers import run_peer

        values = run_peer(tool, Path(source), target, start)
    values.setdefault("rss", peak(os.getpid()))
    return values


def compare(options: argparse.Namespace) -> None:
    """Measure the tools that are there, and print both tables."""
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    WORK.mkdir(parents=True, exist_ok=True)
    absent = {tool: missing(tool) for tool in options.tools if tool not in OURS or tool in NATIVE}
    tools = [tool for tool in options.tools if not absent.get(tool)]
    source = text(options.megabytes)
    prepare(tools, options.epochs, options.words, source)
    measured = measure(tools, source, options.rounds, alone=options.alone)
    size = source.stat().st_size / 1e6
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {cpu()}, {size:.1f} MB of text, median of {options.rounds} rounds\n")
    print_speeds(measured)
    for tool, reason in absent.items():
        if reason:
            print(f"left out: {tool} ({reason})")
    print("\n| net | whole way / bare session | where the time goes |\n|---|---|---|")
    for net in (tool for tool in tools if tool in OURS and tool not in NATIVE):
        values = child(["--bare", net, str(part(source, SLOW.get(net, 1))), "--rounds", str(options.rounds)])
        ordered = sorted(values["stages"].items(), key=lambda stage: -stage[1])
        stages = ", ".join(f"{stage} {share:.1%}" for stage, share in ordered)
        print(f"| {net} | {values['ratio']:.3f} | {stages} |")


def print_speeds(measured: dict[str, dict[str, Runs]]) -> None:
    """The table of speeds and memory."""
    speeds = "characters/s", "by processor time", f"× {JIEBA}", f"× {LTP}"
    columns = "tool, one thread", *speeds, "two processes", "speed-up", "peak RSS MB", "load s"
    print("|", " | ".join(columns), "|\n|" + "---|" * len(columns))
    references = [rate(measured[peer]["one"] if peer in measured else [], "process") for peer in (JIEBA, LTP)]
    for tool, runs in measured.items():
        one, two, by_process = rate(runs["one"]), rate(runs["two"]), rate(runs["one"], "process")
        rss, load = (statistics.median(run[key] for run in runs["one"]) for key in ("rss", "load"))
        ratios = [f"{by_process / reference:.2f}" for reference in references]
        cells = f"{one:,.0f}", f"{by_process:,.0f}", *ratios, f"{two:,.0f}", f"{two / one:.2f}"
        print("|", " | ".join([tool, *cells, f"{rss:.0f}", f"{load:.2f}"]), "|")


if __name__ == "__main__":
    main()
