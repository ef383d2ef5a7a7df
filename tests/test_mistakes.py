"""Likely mistakes of users: each is answered in one line that says what to do, in the project's own words."""

import copy
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO

import lightning
import pytest
from omegaconf import DictConfig, ListConfig, OmegaConf

from tagger.__main__ import COMMANDS
from tagger.experiment import composition
from tagger.extras import EXTRAS

TABLE = Path(__file__).parent / "cases/mistakes.tsv"
CASES = [
    (*line.split("\t"), "")[:3]
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
OF_HYDRA = re.compile(r"HYDRA|omegaconf|Lexer|Could not override|full_key|Error executing job")


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The working directory of all mistakes: a corpus, a text, files without text, a run's folder, an empty folder."""
    folder = tmp_path_factory.mktemp("mistakes")
    os.chdir(folder)
    Path("t.slash").write_text("我/PRON 爱/VERB 北京/PROPN\n", encoding="utf-8")
    Path("a.txt").write_text("我爱北京。\n", encoding="utf-8")
    Path("tagged.txt").write_text("我_PN 爱_VV 北京_NR 。_PU\n" * 3, encoding="utf-8")
    for name in ("picture.png", "paper.pdf", "rows.json", "rows.parquet", "run/model.onnx", "empty/notes"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"")
    for name, text in (
        ("mixed/a.txt", "我爱北京。"),
        ("mixed/rows.csv", "text"),
        ("bad.jsonl", "我爱北京。"),
        ("bad.csv", 'text\n"a"b'),
    ):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(f"{text}\n", encoding="utf-8")
    for name, line in (
        ("weight.txt", "云计算\tprefer=abc"),
        ("tag.txt", "# 词\n云计算\tforce\t动词"),
        ("slip.txt", "云计算\tprefer\tNUON"),
        ("columns.txt", "云计算\tprefer=3\tNOUN\tx"),
        ("pattern.tsv", "[A-Z]+\t名词"),
    ):
        Path(name).write_text(f"{line}\n", encoding="utf-8")
    Path("gb.txt").write_text("我爱北京。\n", encoding="gb18030")
    Path("gb.slash").write_text("我/PRON 爱/VERB 北京/PROPN\n", encoding="gb18030")
    Path("bare").mkdir()


@pytest.fixture(scope="module", autouse=True)
def parsed_once() -> Iterator[None]:
    """Hydra parses each file of conf/ once, not for each mistake."""
    parsed: dict[str, DictConfig | ListConfig] = {}

    def load(file: IO[str]) -> DictConfig | ListConfig:
        if file.name not in parsed:
            parsed[file.name] = original(file)
        return copy.deepcopy(parsed[file.name])

    original = OmegaConf.load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OmegaConf, "load", load)
        yield


def test_there_are_many() -> None:
    assert len({line for line, *_ in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize(("line", "remedy", "extent"), CASES, ids=[line for line, *_ in CASES])
def test_a_mistake_is_answered(
    line: str, remedy: str, extent: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["tagger"])
    monkeypatch.setattr(lightning.Trainer, "fit", lambda *_, **__: pytest.fail("training began"))
    if not extent:
        monkeypatch.setattr(composition, "run", lambda _, name, options: composition.compose(name, options.overrides))
    name, *arguments = shlex.split(line)
    try:
        status = import_module(f"tagger.{name}").main(arguments)
    except SystemExit as end:
        status = end.code
    *notes, answer = capfd.readouterr().err.splitlines()
    assert status in (1, 2)
    assert answer.startswith("error: ")
    assert remedy in answer
    assert not OF_HYDRA.search(answer)
    assert all(note.startswith(("note: ", "settings for ", "batches for a card")) for note in notes)


# A process in which the modules of all extras are missing runs each command, and writes what it answers as JSON.
CORE = """
import contextlib, io, json, sys
missing, commands = json.loads(sys.argv[1])
sys.modules |= dict.fromkeys(missing)
from tagger.__main__ import main
answers = {}
for name, arguments in commands.items():
    sys.argv, err = ["tagger", name], io.StringIO()
    with contextlib.redirect_stderr(err):
        try:
            status = main([name, *arguments])
        except SystemExit as end:
            status = end.code
    answers[name] = status, err.getvalue()
print(json.dumps(answers))
"""
NEEDS = {
    "tag": ["rows.parquet"],
    "train": [],
    "compare": [],
    "memory": [],
    "pretrain": [],
    "export": ["a.txt", "-o", "x.onnx"],
    "evaluate": ["sample", "-m", "zh-small"],
    "card": ["sample", "-m", "zh-small", "-o", "x.md", "--command", "make"],
    "report": ["run"],
    "generate": ["-m", "none.ckpt"],
    "distill": ["a.txt", "-m", "none.ckpt", "-o", "x.npz"],
    "inspect": ["我爱北京"],
    "serve": [],
}


def test_a_missing_extra_is_named() -> None:
    """The commands that need one say which in a line, in an install of the core alone."""
    call = [sys.executable, "-c", CORE, json.dumps([[*EXTRAS], NEEDS])]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers.keys() == NEEDS.keys() <= COMMANDS.keys()
    for name, (status, answer) in answers.items():
        assert status == 1, (name, answer)
        last = answer.splitlines()[-1]
        assert re.fullmatch(r"error: expected \w+.* not installed; pip install '\S+\[\w+\]'.*", last), answer
