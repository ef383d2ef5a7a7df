"""docs/model-file.md is true: its tables are those of the classes, its examples can be read, its programs run."""

import re
import subprocess
import sys
from pathlib import Path

import model_file_page
import pytest

import tagger
from tagger.modelfile.record import entries, read
from tagger.modelfile.shipped import find
from tagger.text.presegment import NO_PRESEGMENTATION

ROOT = Path(__file__).parents[2]
TEXT = model_file_page.PAGE.read_text(encoding="utf-8")
READER, REWRITER = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_tables_are_those_of_the_classes() -> None:
    assert model_file_page.page(TEXT) == TEXT, "run python tests/model_file_page.py"


@pytest.mark.parametrize("kind", model_file_page.TITLES, ids=lambda kind: kind.__name__)
def test_examples_can_be_read(kind: type) -> None:
    examples = {entry.name: entry.key.example for entry in entries(kind)}
    needed = [entry.name for entry in entries(kind) if not entry.optional and examples[entry.name] is None]
    scheme, decoder = {"pos": [], "inner_spaces": False}, {"kind": "softmax", "parameters": {}}
    nested = {"architecture": {"cell": "gru", "hidden_sizes": [4]}, "scheme": scheme, "decoder": decoder}
    values = {name: nested[name] for name in needed} | {k: v for k, v in examples.items() if v is not None}
    assert read(kind, values, "example")
    assert all(entry.key.since in ("0.1", "0.2") for entry in entries(kind))


def run(program: str, folder: Path) -> str:
    (folder / "tagger").symlink_to(ROOT / "tagger")
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_reader_finds_the_words_that_the_tagger_finds(tmp_path: Path) -> None:
    assert "import tagger" not in READER
    words = tagger.load("zh-small", presegmenter=NO_PRESEGMENTATION)("我喜欢北京。").words
    assert run(READER, tmp_path) == "".join(f"{word.form} {word.pos}\n" for word in words)


def test_the_rewriter_writes_a_model_file(tmp_path: Path) -> None:
    assert run(REWRITER, tmp_path).startswith("CC BY-SA 4.0")
    model = tagger.load(tmp_path / "mine.onnx").model
    assert model.metadata.attribution == "…"
    assert model.metadata.figures == tagger.load(find("zh-small")).model.metadata.figures
