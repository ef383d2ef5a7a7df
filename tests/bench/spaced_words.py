"""`PYTHONPATH=tests:tests/bench:. python tests/bench/spaced_words.py OUT`: what a tagger of entities that is told the
words learns from, in the folder OUT, from TAGGER_DATA.

`train.iob2`, `dev.iob2` and `test.iob2` are those of UNER with a space between all words. `raw.jsonl` is raw text, cut
into words by zh-small (gsd) and with the entities that zh-ner finds where the words are known, written alike; lines
that share 16 characters with dev or test are left out.
"""

import json
import lzma
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from gold_words import find_entities

import tagger
from tagger.corpus.layers import read_entities
from tagger.text.sentence import Sentence

DATA = Path(os.environ.get("TAGGER_DATA", "data"))
UNER = DATA / "uner-zh-gsdsimp"
RAW = {"cmrc2018": 450_000, "commonvoice_wiki": 300_000, "fcc_news": 150_000}  # characters of each file
OVERLAP = 16


def space(source: Path, target: Path) -> None:
    """A file of columns whose texts are its words with spaces between."""
    blocks = [block.split("\n") for block in source.read_text(encoding="utf-8").strip().split("\n\n")]
    for block in blocks:
        forms = [line.split("\t")[1] for line in block if not line.startswith("#")]
        block[:] = ["# text = " + " ".join(forms) if line.startswith("# text") else line for line in block]
    target.write_text("\n\n".join(map("\n".join, blocks)) + "\n\n", encoding="utf-8")


def bare(text: str) -> str:
    return "".join(text.split())


def runs(text: str) -> Iterator[str]:
    return (text[i : i + OVERLAP] for i in range(max(1, len(text) - OVERLAP + 1)))


def raw_texts() -> Iterator[str]:
    """Lines of raw text in random order, without spaces."""
    random.seed(1)
    gold = (read_entities(UNER / f"zh_gsdsimp-ud-{split}.iob2") for split in ("dev", "test"))
    held_out = {run for sentences in gold for sentence in sentences for run in runs(bare(sentence.text))}
    for name, limit in RAW.items():
        with lzma.open(DATA / f"raw-zh/{name}.txt.xz", "rt", encoding="utf-8") as file:
            lines = sorted({line.strip() for line in file if 12 <= len(line.strip()) <= 400})
        random.shuffle(lines)
        n_chars = 0
        for text in map(bare, lines):
            if n_chars <= limit and held_out.isdisjoint(runs(text)):
                n_chars += len(text)
                yield text


def as_json(sentence: Sentence, found: Sentence) -> str:
    """The words of a sentence with spaces between, and the entities found in it, as a line of JSON."""
    starts = {word.start: word.start + i for i, word in enumerate(sentence.words)}
    ends = {word.end: word.end + i for i, word in enumerate(sentence.words)}
    spans = [{"start": starts[one.start], "end": ends[one.end], "label": one.label} for one in found.entities]
    return json.dumps({"text": " ".join(sentence.forms), "spans": spans}, ensure_ascii=False)


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev", "test"):
        space(UNER / f"zh_gsdsimp-ud-{split}.iob2", out / f"{split}.iob2")
    ner = tagger.load("zh-ner")
    cut = tagger.load("zh-small", standard="gsd").tag(raw_texts())
    lines = [as_json(sentence, find_entities(ner, sentence)) for sentence in cut if sentence.words]
    (out / "raw.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
