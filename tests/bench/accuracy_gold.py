"""Gold for `accuracy.py`: UD Chinese GSD and HK converted to the standard `words`, the sample corpus, our essays, and
the genres of raw text; or files of somebody's own."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

from tagger import corpus
from tagger.corpus.genres import read_genres
from tagger.corpus.sample import path as sample_path
from tagger.corpus.words import convert
from tagger.errors import TaggerError
from tagger.text.characters import SIMPLIFIED
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TAGGER_DATA", ROOT / "data")).resolve()
RAW = ROOT / "tagger/corpus/raw_zh"
ESSAYS_FOLDER = ROOT / "tagger/corpus/essays"
GSD, HK, SAMPLE, ESSAYS = "GSD", "HK", "sample", "essays"
SPLITS = ("train", "dev", "test")
# The sentences of the treebank HK, from 1, that its README gives for training; the others are dev.
HK_TRAIN = frozenset(chain(range(1, 411), range(651, 851)))
Gold = dict[str, list[Sentence]]


def read_gold(split: str) -> tuple[Gold, Gold, list[str]]:
    """The sentences of a split by corpus, those of raw text by genre, and why any of them is missing."""
    own = {SAMPLE: sample_path(split), ESSAYS: ESSAYS_FOLDER / f"{split}.conllu"}
    corpora, genres, reasons = {name: list(corpus.read(path)) for name, path in own.items()}, Gold(), []
    treebanks = {
        GSD: DATA / f"ud-zh-gsdsimp/zh_gsdsimp-ud-{split}.conllu",
        HK: DATA / "ud-zh-hk/zh_hk-ud-test.conllu",
    }
    for name, path in treebanks.items():
        if name == HK and split == "test":
            reasons.append(f"{name}: all of it is train or dev")
        elif not path.exists():
            reasons.append(f"{name}: {path} is not there (TAGGER_DATA is the folder of the data)")
        else:
            sentences = converted(path, name)
            corpora[name] = list(half_of_hk(sentences, split) if name == HK else sentences)
    try:
        genres = read_genres([str(RAW / split)])
    except TaggerError as error:
        reasons.append(f"genres of raw text: {error}")
    order = (GSD, HK, SAMPLE, ESSAYS)
    return {name: corpora[name] for name in order if name in corpora}, genres, reasons


def read_files(paths: Sequence[str]) -> Gold:
    """The sentences of files or folders, as they are, in any format that `tagger evaluate` reads, by their names.
    Raises TaggerError when one cannot be read."""
    return {Path(path).name: list(corpus.read(path)) for path in paths}


def converted(path: Path, treebank: str) -> Iterator[Sentence]:
    """The sentences of a treebank in `words`; those of HK in simplified characters, which all tools read."""
    native = corpus.read(path, tag="xpos" if treebank == GSD else "upos")
    for sentence, same in zip(corpus.read(path), native, strict=True):
        words = convert(sentence, same.tags, treebank.lower())
        yield simplified(words) if treebank == HK else words


def half_of_hk(sentences: Iterable[Sentence], split: str) -> Iterator[Sentence]:
    """The sentences of HK that are for training, or the others."""
    for number, sentence in enumerate(sentences, start=1):
        if (number in HK_TRAIN) == (split == "train"):
            yield sentence


def simplified(sentence: Sentence) -> Sentence:
    """The sentence in simplified characters, one for one."""
    text = sentence.text.translate(_simplification())
    return Sentence(text, tuple(word._replace(form=text[word.start : word.end]) for word in sentence.words))


@cache
def _simplification() -> dict[int, str]:
    lines = SIMPLIFIED.read_text(encoding="utf-8").splitlines()
    return {ord(char): line[0] for line in lines for char in line[1:]}
