"""The contracts of `pyproject.toml` hold, and each of them notices an import that breaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BREAKS = {
    "Imports point down": ("tagger/tagging/tagger.py", "from ..learning import checkpoint"),
    "No circle": ("tagger/text/sentence.py", "from . import scheme"),
    "What tags and serves": ("tagger/bulk/worker.py", "import torch"),
    "Configs know code": ("tagger/learning/checkpoint.py", "import hydra"),
    "know no HTTP": ("serve/batcher.py", "import starlette"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources and of the contracts."""
    for name in ("tagger", "serve"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.onnx", "__pycache__", "page"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def verdicts(folder: Path) -> dict[str, str]:
    """KEPT or BROKEN for each contract."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert lines, done.stdout + done.stderr
    return {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines}


def test_every_contract_is_kept(copy: Path) -> None:
    found = verdicts(copy)
    assert set(found.values()) == {"KEPT"}
    assert all(sum(name in contract for contract in found) == 1 for name in BREAKS)
    assert len(found) == len(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_contract_notices_a_break(copy: Path, name: str) -> None:
    path, line = BREAKS[name]
    with (copy / path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    assert "BROKEN" in {verdict for contract, verdict in verdicts(copy).items() if name in contract}


def test_a_module_outside_the_rooms_is_noticed(copy: Path) -> None:
    (copy / "tagger/room.py").write_text("", encoding="utf-8")
    assert sorted(verdicts(copy).values()).count("BROKEN") == 1
