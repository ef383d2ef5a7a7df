"""`make bench-tag`: a text file to a file of word/POS, beside other taggers, in one run on one machine.

Every tool reads the same lines, in a process of its own on one thread; rounds alternate between the tools, so
that what else the machine does hits all; the table gives medians. Peers that do not learn bring their own
dictionary; LTP's perceptron is trained here, on the corpus that our nets are trained on (for a few epochs:
speed does not depend on how right a net is). Tools that are not installed are left out, and named.
"""

import argparse
import json
import lzma
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TAGGER_DATA", ROOT / "../shared/data")).resolve()
WORK = ROOT / "runs/bench-tag"
NETS = {
    "hidden 64": ["head=factored", "net.hidden_sizes=[64]", "net.char_size=32", "net.bigram_size=32"],
    "hidden 128": ["head=factored", "net.hidden_sizes=[128]", "net.char_size=32", "net.bigram_size=32"],
    "default": [],
}
INT8 = "hidden 64 int8"
# The smallest net with a million words of its text's kind: about one match per character.
DICTIONARIES = {"hidden 64, 1 M words to prefer": "prefer", "hidden 64, 1 M words to force": "force"}
# The same file with every word's probability computed, and the doubtful ones marked.
CONFIDENT = {"hidden 64, confidence": "hidden 64", "default, confidence": "default"}
SHIPPED = ("zh-small", "zh-base")
OURS = (*SHIPPED, *NETS, INT8, *DICTIONARIES, *CONFIDENT)
PEERS = ("jieba", "jieba.posseg", "rjieba", "rjieba POS", "LTP perceptron", "LTP perceptron POS")
SLOW = {
    "jieba": 4,
    "jieba.posseg": 10,
    "zh-base": 10,
    "default": 6,
    "default, confidence": 6,
}  # read a part of the text only: 1 / this much
STAGES = ("onnxruntime", "decode", "presegmentation", "dictionary", "probabilities")
Lines = Callable[[str], str]


def train(epochs: int) -> None:
    """What is not there yet: our nets and LTP's two models, on UD Chinese GSD or else the sample corpus."""
    WORK.mkdir(parents=True, exist_ok=True)
    corpus = DATA / "ud-zh-gsdsimp"
    data = ["experiment=ud_zh_joint", f"data.root={corpus}"] if corpus.exists() else ["experiment=sample"]
    for name, options in NETS.items():
        if not model_of(name).exists():
            print(f"training {name} for {epochs} epochs", file=sys.stderr)
            run = [
                *data,
                *options,
                f"trainer.max_epochs={epochs}",
                "threads=2",
                f"hydra.run.dir={model_of(name).parent}",
            ]
            subprocess.run([sys.executable, "-m", "tagger.train", *run], cwd=ROOT, check=True, capture_output=True)
    if not model_of(INT8).exists():
        model_of(INT8).parent.mkdir()
        dev = next((corpus if corpus.exists() else ROOT / "tagger/corpus/sample").glob("*dev.conllu"))
        files = [f"checkpoint={model_of('hidden 64').with_name('best.ckpt')}", f"output={model_of(INT8)}", f"dev={dev}"]
        subprocess.run([sys.executable, "-m", "tagger.export", *files, "quantize=int8"], cwd=ROOT, check=True)
    if missing("LTP perceptron") or (WORK / "pos.bin").exists():
        return
    from ltp_extension.perceptron import Algorithm, CWSTrainer, POSTrainer

    from tagger.corpus import read

    folder = corpus if corpus.exists() else ROOT / "tagger/corpus/sample"
    files = [next(folder.glob(f"*{split}.conllu")) for split in ("train", "dev")]
    tags = sorted({tag for sentence in read(files[0]) for tag in sentence.tags if tag})
    makers: tuple[tuple[str, Any, Callable[..., str]], ...] = (
        ("cws", CWSTrainer, lambda word: word.form),
        ("pos", partial(POSTrainer, tags), lambda word: f"{word.form}/{word.pos}"),
    )
    for kind, make, form in makers:
        trainer = make()
        trainer.epoch, trainer.verbose, trainer.algorithm = 5, False, Algorithm("AP", 1)
        for file, load in zip(files, (trainer.load_train_data, trainer.load_eval_data), strict=True):
            path = WORK / f"{file.stem}.{kind}"
            path.write_text("".join(" ".join(map(form, s.words)) + "\n" for s in read(file) if s.words))
            load(str(path))
        trainer.train().save(str(WORK / f"{kind}.bin"))


def model_of(name: str) -> Path:
    from tagger.modelfile.shipped import find

    if name in SHIPPED:
        return find(name)
    return WORK / name.replace(" ", "-") / "model.onnx"


def file_tagger_of(name: str) -> Any:
    from tagger.bulk.worker import FileTagger
    from tagger.tagging.output import OutputOptions

    if name in CONFIDENT:
        return FileTagger(str(model_of(CONFIDENT[name])), output=OutputOptions(min_confidence=0.5))
    if name not in DICTIONARIES:
        return FileTagger(str(model_of(name)))
    strength: Any = DICTIONARIES[name]
    return FileTagger(str(model_of("hidden 64")), dictionaries=(str(WORK / "words.txt"),), strength=strength)


def words(source: Path, n: int = 1_000_000) -> None:
    """A dictionary: `n` different parts of 2 to 6 Han characters of real text, or as many as there are."""
    if (WORK / "words.txt").exists():
        return
    texts = [source.read_text(encoding="utf-8")]
    for packed in sorted((DATA / "raw-zh").glob("*.xz")):
        with lzma.open(packed, "rt", encoding="utf-8", errors="replace") as file:
            texts.append(file.read(1_500_000))
    parts, generator, found = re.findall("[\u4e00-\u9fff]{2,}", "\n".join(texts)), random.Random(0), set()
    for _ in range(8 * n):
        part, size = generator.choice(parts), generator.choice((2, 2, 2, 3, 3, 4, 4, 5, 6))
        start = generator.randrange(max(1, len(part) - size + 1))
        found.add(part[start : start + size])
        if len(found) == n:
            break
    (WORK / "words.txt").write_text("".join(f"{word}\n" for word in sorted(found)), encoding="utf-8")


def missing(tool: str) -> bool:
    from importlib.util import find_spec

    return find_spec({"LTP": "ltp_extension"}.get(tool.split()[0], tool.split(".")[0].split()[0])) is None


def text(megabytes: float) -> Path:
    """Real text of about this size: raw-zh if it is there, else the sample corpus over and over."""
    path = WORK / f"text-{megabytes:g}.txt"
    if not path.exists():
        sources = sorted((DATA / "raw-zh").glob("*.xz"))
        if sources:
            # A like part of every source.
            size = int(megabytes * 1e6 / len(sources))
            parts = []
            for source in sources:
                with lzma.open(source) as file:
                    parts.append(file.read(size).rpartition(b"\n")[0] + b"\n")
        else:
            from tagger.corpus import read

            lines = "".join(f"{s.text}\n" for s in read(ROOT / "tagger/corpus/sample/train.conllu")).encode()
            parts = [lines] * int(1 + megabytes * 1e6 / len(lines))
        path.write_bytes(b"".join(parts))
    return path


def peer(name: str) -> Lines:
    """A function from a line to word/POS; what takes long to load is loaded when it is made."""
    if name.startswith("jieba"):
        import jieba

        jieba.setLogLevel(60)
        jieba.initialize()
        if name == "jieba":
            return lambda line: " ".join(jieba.cut(line))
        from jieba import posseg

        return lambda line: " ".join(f"{word}/{flag}" for word, flag in posseg.cut(line))
    if name.startswith("rjieba"):
        import rjieba

        tag = rjieba.Jieba()
        if name == "rjieba":
            return lambda line: " ".join(tag.cut(line))
        return lambda line: " ".join(f"{word}/{flag}" for word, flag in tag.tag(line))
    from ltp_extension.perceptron import CWSModel, POSModel

    words = CWSModel(str(WORK / "cws.bin"))
    if name == "LTP perceptron":
        return lambda line: " ".join(words.predict(line))
    pos = POSModel(str(WORK / "pos.bin"))

    def both(line: str) -> str:
        forms = words.predict(line)
        return " ".join(f"{form}/{tag}" for form, tag in zip(forms, pos.predict(forms), strict=True))

    return both


def peak(pid: int) -> float:
    """Peak resident memory of a running process, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_peer(name: str, source: Path, target: Path) -> dict[str, Any]:
    start = time.perf_counter()
    tag = peer(name)
    tag("我们")
    loaded = time.perf_counter()
    n_chars = 0
    with source.open(encoding="utf-8", newline="\n") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            line = line.rstrip("\n")
            n_chars += len(line)
            out.write(tag(line) + "\n" if line else "\n")
    return {"load": loaded - start, "seconds": time.perf_counter() - loaded, "chars": n_chars}


def run_ours(name: str, source: Path, target: Path, workers: int) -> dict[str, Any]:
    start = time.perf_counter()
    from tagger.bulk.inputs import find_inputs
    from tagger.bulk.job import Job, tag_to_file
    from tagger.bulk.pool import open_pool

    file_tagger = file_tagger_of(name)
    file_tagger.tagger("我们")
    loaded = time.perf_counter()
    with open_pool(file_tagger, workers) as pool, target.open("wb") as out:
        if workers > 1:  # until every worker has opened its model
            (WORK / "warm.txt").write_text("我们\n")
            for _ in range(4 * workers):
                tag_to_file(Job(file_tagger, find_inputs([str(WORK / "warm.txt")], None)), pool, out)
        began = time.perf_counter()
        counts = tag_to_file(Job(file_tagger, find_inputs([str(source)], None)), pool, out)
        seconds = time.perf_counter() - began
        pids = [os.getpid(), *(p.pid for p in getattr(pool, "processes", []))]
        rss = max(map(peak, pids))
    return {"load": loaded - start, "seconds": seconds, "chars": counts.chars, "rss": rss}


def bare(name: str, source: Path, rounds: int) -> dict[str, Any]:
    """Where the time goes, and the whole way against the session alone on the very same padded batches."""
    import tagger.tagging.tagger
    from tagger.bulk.inputs import find_inputs
    from tagger.bulk.job import Job, tag_to_file
    from tagger.bulk.pool import open_pool
    from tagger.bulk.readers import TextReader
    from tagger.bulk.worker import FileTagger
    from tagger.decoding.chain import ChainDecoder
    from tagger.decoding.factored import FactoredDecoder
    from tagger.modelfile.tagger import Model
    from tagger.tagging.constraints import Constraints
    from tagger.text.presegment import Presegmenter

    file_tagger = file_tagger_of(name)
    model = file_tagger.tagger.model
    batches: list[Any] = []
    clock: dict[str, float] = {}

    def timed(stage: str, function: Any) -> Any:
        def wrapper(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - start

        return wrapper

    def whole() -> float:
        start = time.perf_counter()
        with open_pool(file_tagger, 1) as pool, Path(os.devnull).open("wb") as out:
            tag_to_file(Job(file_tagger, find_inputs([str(source)], None)), pool, out)
        return time.perf_counter() - start

    scores = Model.scores
    Model.scores = lambda self, *batch: batches.append(batch) or scores(self, *batch)  # type: ignore[assignment, func-returns-value, method-assign]
    whole()
    Model.scores = scores  # type: ignore[method-assign]
    ratios = []
    for _ in range(rounds):
        seconds = whole()
        start = time.perf_counter()
        for codes, lengths, *_ in batches:
            model.session.run(None, {"code_points": codes, "lengths": lengths})
        ratios.append(seconds / (time.perf_counter() - start))
    originals: list[tuple[Any, str, Any]] = []
    stages = (
        (Model, "scores", "onnxruntime"), (ChainDecoder, "decode", "decode"), (FactoredDecoder, "decode", "decode"),
        (Presegmenter, "joined_mask", "presegmentation"), (Constraints, "of", "dictionary"),
        (tagger.tagging.tagger.Tagger, "spans", "all of tagging"),
        (tagger.tagging.tagger.Tagger, "rated", "all of tagging"),
        (ChainDecoder, "rates", "probabilities"), (FactoredDecoder, "rates", "probabilities"),
        (TextReader, "decode", "read"), (FileTagger, "_write", "write"),
    )  # fmt: skip
    for owner, attribute, stage in stages:
        originals.append((owner, attribute, getattr(owner, attribute)))
        setattr(owner, attribute, timed(stage, getattr(owner, attribute)))
    total = whole()
    for owner, attribute, function in originals:
        setattr(owner, attribute, function)
    clock["encode"] = clock.pop("all of tagging") - sum(clock[s] for s in STAGES if s in clock)
    clock["rest"] = total - sum(clock.values())
    return {"ratio": statistics.median(ratios), "stages": {stage: t / total for stage, t in clock.items()}}


def child(arguments: list[str], *, wait: bool = True) -> Any:
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    return result(process) if wait else process


def result(process: Any) -> dict[str, Any]:
    output = process.communicate()[0]
    if process.returncode:
        sys.exit(f"{process.args}: exit status {process.returncode}")
    values: dict[str, Any] = json.loads(output.splitlines()[-1])
    return values


def part(source: Path, share: int) -> Path:
    """Every `share`-th line of a text."""
    if share == 1:
        return source
    path = source.with_suffix(f".{share}.txt")
    if not path.exists():
        path.write_bytes(b"\n".join(source.read_bytes().split(b"\n")[::share]))
    return path


def measure(tools: Iterable[str], source: Path, rounds: int) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rounds of every tool: alone, and on two processes (ours: two workers; the others: two at once)."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {tool: {"one": [], "two": []} for tool in tools}
    for number in range(rounds):
        for tool, runs in found.items():
            print(f"round {number + 1} of {rounds}: {tool}", file=sys.stderr)
            given = str(part(source, SLOW.get(tool, 1)))
            runs["one"].append(child(["--child", tool, given]))
            if tool in OURS:
                runs["two"].append(child(["--child", tool, given, "--workers", "2"]))
            else:
                both = [child(["--child", tool, given, "--second", str(i)], wait=False) for i in range(2)]
                ends = [result(process) for process in both]
                ends[0]["chars"] *= 2
                ends[0]["seconds"] = max(end["seconds"] for end in ends)
                runs["two"].append(ends[0])
    return found


def rate(runs: list[dict[str, Any]]) -> float:
    return statistics.median(run["chars"] / run["seconds"] for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of training our nets, if they are not there")
    parser.add_argument("--tools", nargs="+", default=[*OURS, *PEERS], help="default: all")
    parser.add_argument("--child", nargs=2, metavar=("TOOL", "TEXT"), help=argparse.SUPPRESS)
    parser.add_argument("--bare", nargs=2, metavar=("NET", "TEXT"), help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--second", default="0", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        print(json.dumps(bare(options.bare[0], Path(options.bare[1]), options.rounds)))
        return
    if options.child:
        tool, source = options.child
        target = WORK / f"out-{tool.replace(' ', '-')}-{options.second}.txt"
        ours = partial(run_ours, workers=options.workers)
        values = (ours if tool in OURS else run_peer)(tool, Path(source), target)
        values.setdefault("rss", peak(os.getpid()))
        values["bytes"] = Path(source).stat().st_size
        print(json.dumps(values))
        return
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    train(options.epochs)
    source = text(options.megabytes)
    words(source)
    absent = [tool for tool in options.tools if tool not in OURS and missing(tool)]
    tools = [tool for tool in options.tools if tool not in absent]
    found = measure(tools, source, options.rounds)
    size = source.stat().st_size / 1e6
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {size:.1f} MB of text, median of {options.rounds} rounds\n")
    print(
        "| tool, one thread | characters/s | MB/s | two processes | speed-up | peak RSS MB | load s | × jieba.posseg |"
    )
    print("|---|---|---|---|---|---|---|---|")
    reference = rate(found["jieba.posseg"]["one"]) if "jieba.posseg" in found else float("nan")
    for tool, runs in found.items():
        one, two = rate(runs["one"]), rate(runs["two"])
        rss, load, n_bytes, seconds = (
            statistics.median(run[key] for run in runs["one"]) for key in ("rss", "load", "bytes", "seconds")
        )
        cells = f"{one:,.0f}", f"{n_bytes / seconds / 1e6:.2f}", f"{two:,.0f}", f"{two / one:.2f}", f"{rss:.0f}"
        print("|", " | ".join([tool, *cells, f"{load:.2f}", f"{one / reference:.2f}"]), "|")
    if absent:
        print(f"\nnot installed, so left out: {', '.join(absent)} (pip install '.[bench]')")
    print("\n| net | whole way / bare session | where the time goes |\n|---|---|---|")
    for net in (tool for tool in tools if tool in OURS):
        values = child(["--bare", net, str(part(source, SLOW.get(net, 1))), "--rounds", str(options.rounds)])
        stages = ", ".join(
            f"{stage} {share:.1%}" for stage, share in sorted(values["stages"].items(), key=lambda s: -s[1])
        )
        print(f"| {net} | {values['ratio']:.3f} | {stages} |")


if __name__ == "__main__":
    main()
