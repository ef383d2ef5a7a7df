"""The recipes of CONTRIBUTING.md, followed with a toy from outside the package."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch

from tagger import corpus
from tagger.corpus import Corpus, Format, ReadOptions
from tagger.corpus.formats import FORMATS
from tagger.errors import CorpusError
from tagger.files.lines import Line
from tagger.text.sentence import Sentence

TESTS = Path(__file__).parents[1]
RECIPES = TESTS / "recipes"


def read_bars(lines: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of lines such as `|我|爱|北京|`."""
    for number, line in lines:
        if not (line.startswith("|") and line.endswith("|")):
            raise CorpusError(f"{options.name}:{number}: expected |word|word|, got {line!r}; write a bar at each end")
        yield Sentence.from_forms(line.strip("|").split("|"))


def write_bars(sentence: Sentence) -> str:
    if wrong := [form for form in sentence.forms if "|" in form]:
        raise CorpusError(f"expected words without |, got {wrong[0]!r}; use format=jsonl")
    return f"|{'|'.join(sentence.forms)}|\n"


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format of words between bars, for the time of a test."""
    monkeypatch.setattr("tagger.corpus.formats.FORMATS", FORMATS.copy())
    corpus.register("bars", Format(read_bars, write_bars, (".bars",)))


@pytest.mark.usefixtures("bars")
def test_a_corpus_format(tmp_path: Path) -> None:
    written = [Sentence.from_forms(["我", "爱", "北京"]), Sentence.from_forms(["好"])]
    path = tmp_path / "a.bars.gz"
    corpus.write(written, path)
    assert list(corpus.read(path)) == written
    assert Corpus(path, task="seg").read("train") == written
    (tmp_path / "b.txt").write_text("|我|\n我\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"b\.txt:2: expected \|word\|word\|, got '我'"):
        list(corpus.read(tmp_path / "b.txt", format="bars"))
    with pytest.raises(CorpusError, match=r"got 'a\|b'; use format=jsonl"):
        corpus.format_sentence(Sentence.from_forms(["a|b"]), "bars")
    for name, suffix in (("slash", ".new"), ("new", ".slash")):
        with pytest.raises(CorpusError, match=r"expected a new name and new suffixes for a format, got \.?slash"):
            corpus.register(name, Format(read_bars, write_bars, (suffix,)))


def test_another_task(tmp_path: Path) -> None:
    sentences = [Sentence.from_forms(["我", "爱", "北京"]), Sentence.from_forms(["好"])]
    for split in ("train", "dev"):
        corpus.write(sentences, tmp_path / f"{split}.seg")
    words = [f"data.corpus.root={tmp_path}", "trainer.max_epochs=1", "logger=csv", f"hydra.run.dir={tmp_path}/run"]
    choices = ["data=counting", "net=counting", "head=none", "system=counting"]
    call = [sys.executable, "-m", "tagger", "train", "--config-dir", str(RECIPES / "conf"), *choices, *words]
    done = subprocess.run(call, cwd=TESTS, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr
    assert "val/error" in done.stdout
    assert (tmp_path / "run/published.txt").read_text(encoding="utf-8") == "a few sentences"
    checkpoint = torch.load(tmp_path / "run/best.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 1
    assert checkpoint["tagger"]["kind"] == "word counter"
    assert checkpoint["tagger"]["metadata"]["corpus"] == "a few sentences"
