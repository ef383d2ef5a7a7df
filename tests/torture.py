"""`make torture`: kills runs, gives them unusual texts and measures their memory.

Prints a table; the exit status is 1 after a failure.

Not collected by pytest. `ARGS="--kills 5 --megabytes 50"` shortens it, and `ARGS="--megabytes 2000"`
tags 2 GB. The model has random weights unless `--model` names one: nothing here depends on its accuracy.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import models

from tagger import corpus
from tagger.text.sentence import WHITESPACE, Sentence, Word

ROOT = Path(__file__).parents[1]
SYMBOLS = "a1._-+@:/#%…—~。， 我\r\u3000👍\u200d\ufe0f"
BAR = 250  # MB of memory that a process may take
TOKEN = re.compile(f"[^{re.escape(''.join(sorted(WHITESPACE)))}]+")
FORMATS = {"slash": ".slash", "segmented": ".seg", "jsonl": ".jsonl", "conllu": ".conllu", "parquet": ".parquet"}


def command(model: Path, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "tagger.tag", "-m", str(model), "--quiet", *map(str, arguments)]


def tagged(model: Path, *arguments: object) -> None:
    done = subprocess.run(command(model, *arguments), cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr.decode()[-500:]}"


def sample_lines() -> list[str]:
    return [sentence.text for sentence in corpus.read(ROOT / "tagger/corpus/sample/train.conllu")]


def bytes_of(folder: Path) -> dict[str, str]:
    """What a reader sees of a folder: every file but the run's own, by its sha256."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("lock", "run.json")
    }


# ---- kill -9 ----


def kills(model: Path, work: Path, n: int, seed: int) -> Iterator[tuple[str, str]]:
    generator, data = random.Random(seed), work / "data"
    data.mkdir()
    lines = sample_lines()
    for i in range(12):
        generator.shuffle(lines)
        (data / f"{i:02}.txt").write_text("\n".join(lines * generator.randint(1, 6)) + "\n", encoding="utf-8")
    (data / "long.txt").write_text("".join(lines * 4), encoding="utf-8")
    (data / "rows.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), encoding="utf-8")
    options = (data, "--workers", 2, "--compress", "gz")
    start = time.monotonic()
    tagged(model, *options, "-o", f"{work}/whole/")
    seconds = time.monotonic() - start
    wanted = bytes_of(work / "whole")
    n_done = n_resumes = killed = 0
    while killed < n:
        out = work / f"killed-{n_resumes}"
        again: tuple[str, ...] = ()
        while killed < n:
            call = command(model, *options, "-o", f"{out}/", *again)
            with subprocess.Popen(call, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE) as run:
                try:
                    run.communicate(timeout=generator.uniform(0.2, 1.0) * seconds)
                except subprocess.TimeoutExpired:
                    os.killpg(run.pid, signal.SIGKILL)
                    killed += 1
                else:
                    assert run.returncode == 0
                    break
            again = ("--resume",)
        tagged(model, *options, "-o", f"{out}/", *again, "--resume")
        n_resumes += 1
        digests = bytes_of(out)
        assert digests == wanted, sorted(set(digests.items()) ^ set(wanted.items()))[:4]
        n_done += len(digests)
    yield f"{killed} kills", f"{n_resumes} runs resumed to the end, {n_done} files and manifests byte-identical"


# ---- fuzz ----


def fuzz(generator: random.Random, big: int) -> dict[str, list[str]]:
    """Texts without line feeds, by the name of their kind."""

    def chars(low: int, high: int, n: int) -> str:
        return "".join(
            chr(code)
            for code in (generator.randint(low, high) for _ in range(n))
            if code != 10 and not 0xD800 <= code < 0xE000
        )

    lines = sample_lines()
    return {
        "random Unicode": [chars(0, 0x10FFFF, generator.randint(0, 80)) for _ in range(5000)],
        "the first plane": [chars(0, 0xFFFF, generator.randint(0, 80)) for _ in range(5000)],
        "control characters": [chars(0, 0x9F, generator.randint(0, 60)) for _ in range(5000)],
        "symbols and punctuation": ["".join(generator.choices(SYMBOLS, k=60)) for _ in range(5000)],
        f"{big} MB without a break": ["".join(generator.choices("我们去北京大学的是不了在有", k=big * 350_000))],
        f"{big / 4:g} MB of a_": ["a_" * (big * 125_000)],
        "1,000,000 empty lines": [""] * 1_000_000,
        "CRLF": [line + "\r" for line in lines[:2000]],
        "byte order marks": ["\ufeff\ufeff" + line + "\ufeff" for line in lines[:2000]],
        "spaces": [" " * 300_000, "\u3000" * 100_000 + "我" + "\t" * 200_000 + "们" + " " * 9],
    }


def escapes(generator: random.Random) -> list[str]:
    """Texts that only JSON can hold: lone surrogates (never two halves side by side) and line feeds."""
    parts = ("\ud800我", "a\udfff ", "\n", "北京\n", "\udc00x", "\x00", "\x85", "好")
    return ["".join(generator.choices(parts, k=9)) for _ in range(2000)]


def read_back(path: Path, format: str) -> Iterator[str]:
    """The texts that an output gives back, its words and gaps looked at."""
    if format == "parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches(4096):
            for row in batch.to_pylist():
                sentence = Sentence(row["text"], tuple(Word(**word) for word in row["words"]))
                assert sentence.fault() is None, sentence.fault()
                yield sentence.text
        return
    if format in ("slash", "segmented"):  # a line that holds no word is a text too, which a corpus reader leaves out
        with path.open("rb") as file:
            for number, raw in enumerate(file):
                line = raw.decode().removesuffix("\n")
                if not number and line.startswith("\ufeff"):
                    line = line[1:]
                yield joined(line, format)
        return
    for sentence in corpus.read(path, format=format):
        assert sentence.fault() is None, sentence.fault()
        yield sentence.text


def joined(line: str, format: str) -> str:
    """A text from its words: each loses its tag, and the one space after each but the last goes."""
    text, end = "", 0
    for token in TOKEN.finditer(line):
        gap = line[end : token.start()]
        text += gap.removeprefix(" ") if end else gap
        text += token[0].rpartition("/")[0] if format == "slash" else token[0]
        end = token.end()
    return text + line[end:]


def nothing_lost(model: Path, work: Path, big: int, seed: int) -> Iterator[tuple[str, str]]:
    generator = random.Random(seed)
    for name, texts in fuzz(generator, big).items():
        source = work / "fuzz.txt"
        source.write_bytes(("\n".join(texts) + "\n").encode())
        if texts[0].startswith("\ufeff"):
            source.write_bytes(b"\xef\xbb\xbf" + source.read_bytes())
        start = time.monotonic()
        formats = (
            FORMATS if sum(map(len, texts)) < 1_500_000 and len(texts) < 500_000 else ("slash", "jsonl", "parquet")
        )
        for format in formats:
            out = work / f"fuzz{FORMATS[format]}"
            tagged(model, source, "-o", out, "--format", format)
            for number, (returned, text) in enumerate(zip(read_back(out, format), texts, strict=True)):
                assert returned == text, f"{format} {number}: {text[:60]!r} came back as {returned[:60]!r}"
        yield name, f"{len(texts):,} texts, nothing lost in {', '.join(formats)}; {time.monotonic() - start:.0f} s"
    texts = escapes(generator)
    source, out = work / "escapes.jsonl", work / "escapes-out.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="ascii")
    texts = [json.loads(json.dumps(text)) for text in texts]  # two halves side by side are one character
    tagged(model, source, "-o", out)
    assert list(read_back(out, "jsonl")) == texts
    for format in ("slash", "conllu", "parquet"):
        held = [text for text in texts if not any("\ud800" <= char < "\ue000" for char in text)]
        held = [text for text in held if format != "slash" or "\n" not in text]
        out = work / f"escapes{FORMATS[format]}"
        tagged(model, source, "-o", out, "--format", format, "--errors", "skip", "--rejects", work / "rejects.jsonl")
        assert list(read_back(out, format)) == held
        with (work / "rejects.jsonl").open() as rejects:
            assert sum(1 for _ in rejects) == len(texts) - len(held)
    yield "lone surrogates, line feeds in JSON", f"{len(texts):,} texts, kept in jsonl; elsewhere kept or rejected"


# ---- memory ----


def peak(model: Path, source: Path, out: Path, workers: int) -> tuple[float, float, float]:
    """The peak memory in MB of the command and of its largest worker, by /proc, and the seconds that it ran."""
    start = time.monotonic()
    peaks: dict[int, float] = {}
    with subprocess.Popen(
        command(model, source, "-o", out, "--workers", workers), cwd=ROOT, stderr=subprocess.PIPE
    ) as run:
        while run.poll() is None:
            for pid in [run.pid, *children(run.pid)]:
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                if lines := [line for line in status.splitlines() if line.startswith("VmHWM")]:
                    peaks[pid] = max(peaks.get(pid, 0), int(lines[0].split()[1]) / 1000)
            time.sleep(0.05)
        assert run.stderr is not None
        assert run.returncode == 0, run.stderr.read().decode()[-500:]
    of_command = peaks.pop(run.pid)
    return of_command, max(peaks.values(), default=of_command), time.monotonic() - start


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory(model: Path, work: Path, megabytes: int) -> Iterator[tuple[str, str]]:
    lines = sample_lines()
    text = "\n".join(lines).encode() + b"\n"
    long, large = work / "long.txt", work / "large.txt"
    line = text.replace(b"\n", b"")
    long.write_bytes(line * (50_000_000 // len(line) + 1))
    with large.open("wb") as file:
        for _ in range(megabytes * 1_000_000 // len(text) + 1):
            file.write(text)
    over = []
    for name, source, format, workers in (
        ("one 50 MB line, slash", long, "slash", 1),
        ("one 50 MB line, slash", long, "slash", 2),
        (f"{megabytes} MB file, slash", large, "slash", 2),
    ):
        of_command, of_worker, seconds = peak(model, source, work / f"memory{FORMATS[format]}", workers)
        over += [name] if max(of_command, of_worker) > BAR else []
        yield (
            f"{name}, {workers} workers",
            f"peak RSS: command {of_command:.0f} MB, worker {of_worker:.0f} MB (bar {BAR} MB); {seconds:.0f} s",
        )
    assert not over, f"over {BAR} MB: {', '.join(over)}"


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, default=models.SMALL, help="default: %(default)s")
    p.add_argument("--kills", type=int, default=20, help="default %(default)s")
    p.add_argument("--megabytes", type=int, default=200, help="of the large file; default %(default)s")
    p.add_argument(
        "--big", type=int, default=10, help="megabytes of the fuzz text without a break; default %(default)s"
    )
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--only", choices=("kill", "fuzz", "memory"))
    options = p.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        work, model = Path(name), options.model
        parts: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
            "kill": lambda: kills(model, work, options.kills, options.seed),
            "fuzz": lambda: nothing_lost(model, work, options.big, options.seed),
            "memory": lambda: memory(model, work, options.megabytes),
        }
        print("| part | what | result |\n|---|---|---|")
        for part, rows in parts.items():
            if options.only in (None, part):
                try:
                    for what, result in rows():
                        print(f"| {part} | {what} | {result} |", flush=True)
                except AssertionError as error:
                    failures += 1
                    print(f"| {part} | FAILED | {error} |", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
