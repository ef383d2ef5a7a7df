"""`make bench-tag`: tags a text file with this and other taggers, in one run on one machine.

Every tool reads the same lines in its own process on one thread. Rounds alternate between the tools, so that other
load on the machine affects all of them; the table gives medians. Peers that do not learn bring their own
dictionary; LTP's perceptron is trained here, on the corpus that our nets are trained on (for a few epochs:
speed does not depend on how right a net is). Tools that are not installed are left out, and named.
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

from tag_inputs import NATIVE, OURS, PEERS, SLOW, WORK, missing, part, peak, prepare, text


def child(arguments: list[str], *, wait: bool = True) -> Any:
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    return result(process) if wait else process


def result(process: Any) -> dict[str, Any]:
    output = process.communicate()[0]
    if process.returncode:
        sys.exit(f"{process.args}: exit status {process.returncode}")
    values: dict[str, Any] = json.loads(output.splitlines()[-1])
    return values


def measure(tools: Iterable[str], source: Path, rounds: int) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rounds of every tool: alone, and on two processes (ours: two workers; the others: two at once)."""
    measured: dict[str, dict[str, list[dict[str, Any]]]] = {tool: {"one": [], "two": []} for tool in tools}
    for number in range(rounds):
        for tool, runs in measured.items():
            print(f"round {number + 1} of {rounds}: {tool}", file=sys.stderr)
            given = str(part(source, SLOW.get(tool, 1)))
            runs["one"].append(child(["--child", tool, given]))
            if tool in OURS:
                runs["two"].append(child(["--child", tool, given, "--workers", "2"]))
            else:
                processes = [child(["--child", tool, given, "--second", str(i)], wait=False) for i in range(2)]
                ends = [result(process) for process in processes]
                ends[0]["chars"] *= 2
                ends[0]["seconds"] = max(end["seconds"] for end in ends)
                runs["two"].append(ends[0])
    return measured


def rate(runs: list[dict[str, Any]]) -> float:
    """Characters per second, the median of several runs."""
    rates: list[float] = [run["chars"] / run["seconds"] for run in runs]
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of training our nets, if they are not there")
    parser.add_argument("--words", type=int, default=1_000_000, help="of the dictionary, if it is not there")
    parser.add_argument("--tools", nargs="+", default=[*OURS, *PEERS], help="default: all")
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
        compare(options.tools, options.megabytes, options.rounds, options.epochs, options.words)


def run(tool: str, source: str, workers: int, second: str) -> dict[str, Any]:
    """One run of one tool, in this process."""
    os.environ["TAGGER_RUNTIME"] = "native" if tool in NATIVE else "onnxruntime"
    start, target = time.perf_counter(), WORK / f"out-{tool.replace(' ', '-')}-{second}.txt"
    if tool in OURS:
        from tag_ours import run_ours

        values = run_ours(tool, Path(source), target, workers, start)
    else:
        from tag_peers import run_peer

        values = run_peer(tool, Path(source), target, start)
    values.setdefault("rss", peak(os.getpid()))
    values["bytes"] = Path(source).stat().st_size
    return values


def compare(asked: list[str], megabytes: float, rounds: int, epochs: int, n_words: int) -> None:
    """Measure the tools that are there, and print both tables."""
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    WORK.mkdir(parents=True, exist_ok=True)
    absent = [tool for tool in asked if (tool not in OURS or tool in NATIVE) and missing(tool)]
    tools = [tool for tool in asked if tool not in absent]
    source = text(megabytes)
    prepare(tools, epochs, n_words, source)
    measured = measure(tools, source, rounds)
    size = source.stat().st_size / 1e6
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {size:.1f} MB of text, median of {rounds} rounds\n")
    print_speeds(measured)
    if absent:
        print(f"\nnot installed, so left out: {', '.join(absent)} (pip install '.[bench]', make native)")
    print("\n| net | whole way / bare session | where the time goes |\n|---|---|---|")
    for net in (tool for tool in tools if tool in OURS and tool not in NATIVE):
        values = child(["--bare", net, str(part(source, SLOW.get(net, 1))), "--rounds", str(rounds)])
        ordered = sorted(values["stages"].items(), key=lambda stage: -stage[1])
        stages = ", ".join(f"{stage} {share:.1%}" for stage, share in ordered)
        print(f"| {net} | {values['ratio']:.3f} | {stages} |")


def print_speeds(measured: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    """The table of speeds and memory."""
    print(
        "| tool, one thread | characters/s | MB/s | two processes | speed-up | peak RSS MB | load s | × jieba.posseg |"
    )
    print("|---|---|---|---|---|---|---|---|")
    reference = rate(measured["jieba.posseg"]["one"]) if "jieba.posseg" in measured else float("nan")
    for tool, runs in measured.items():
        one, two = rate(runs["one"]), rate(runs["two"])
        rss, load, n_bytes, seconds = (
            statistics.median(run[key] for run in runs["one"]) for key in ("rss", "load", "bytes", "seconds")
        )
        cells = f"{one:,.0f}", f"{n_bytes / seconds / 1e6:.2f}", f"{two:,.0f}", f"{two / one:.2f}", f"{rss:.0f}"
        print("|", " | ".join([tool, *cells, f"{load:.2f}", f"{one / reference:.2f}"]), "|")


if __name__ == "__main__":
    main()
