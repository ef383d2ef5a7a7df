"""One model of three standards: each standard's answers against each standard's gold, and models of each alone.

UD Chinese GSD (`--root`), and its finer and coarser version (`tagger.restandard`); a small net, one seed, one thread.
What is there already in `--runs` is not done again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tagger import corpus
from tagger.scores.words import count, total
from tagger.tagging.tagger import Tagger, load
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
STANDARDS = ("ud", "finer", "coarser")
NET = [
    "head=factored", "net.encoder.hidden_sizes=[64]", "net.embedding.char_size=32", "net.embedding.bigram_size=32",
    "net.encoder.variational_dropout=0.3",
    "net.embedding.unknown_dropout=0.05", "data.bigram_min_count=3",
]  # fmt: skip


def command(*arguments: str) -> None:
    print("python -m", *arguments, file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=True, stdout=sys.stderr)


def derive(source: Path, folder: Path) -> None:
    """The three versions as `NAME-SPLIT.conllu`."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev", "test"):
        given = source / f"zh_gsdsimp-ud-{split}.conllu"
        (folder / f"ud-{split}.conllu").write_bytes(given.read_bytes())
        for rule in STANDARDS[1:]:
            command("tagger.restandard", rule, str(given), str(folder / f"{rule}-{split}.conllu"))


def train(run: Path, *options: str) -> Path:
    if not (run / "model.onnx").exists():
        command("tagger.train", *options, *NET, "threads=1", "logger=csv", f"hydra.run.dir={run}")
    return run / "model.onnx"


def f1(tagger: Tagger, gold: list[Sentence], standard: str | None) -> str:
    scores = total(map(count, gold, tagger.tag([sentence.text for sentence in gold], standard=standard)))
    return f"{100 * scores.words.f1:.2f} / {100 * scores.joint.f1:.2f}"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--root", type=Path, required=True, help="the folder of UD Chinese GSDSimp")
    p.add_argument("--runs", type=Path, default=ROOT / "runs/standards")
    p.add_argument("--epochs", default="8")
    p.add_argument("--alone", action="store_true", help="train models of each standard alone too")
    options = p.parse_args()
    data, runs = options.runs.resolve() / "data", options.runs.resolve()
    if not data.exists():
        derive(options.root, data)
    files = {
        name: [f"{at}.train={data}/{name}-train.conllu", f"{at}.dev={data}/{name}-dev.conllu"]
        for name, at in ((name, f"data.parts.{name}") for name in STANDARDS)
    }
    parts = [option for name in STANDARDS for option in (f"+data@data.parts.{name}=files", *files[name])]
    epochs = f"trainer.max_epochs={options.epochs}"
    model = load(train(runs / "several", "data=several", *parts, epochs))
    gold = {name: list(corpus.read(data / f"{name}-test.conllu")) for name in STANDARDS}
    print("| word / joint F1 on test | " + " | ".join(f"gold: {name}" for name in STANDARDS) + " |")
    print("|---" * (1 + len(STANDARDS)) + "|")
    for asked in STANDARDS:
        cells = [f1(model, gold[name], asked) for name in STANDARDS]
        print(f"| one model, `--standard {asked}` | " + " | ".join(cells) + " |", flush=True)
    if options.alone:
        cells = []
        for name in STANDARDS:
            own = [option.replace(f"data.parts.{name}.", "data.") for option in files[name]]
            cells.append(f1(load(train(runs / name, "data=files", *own, epochs)), gold[name], None))
        print(f"| a model of each alone | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
