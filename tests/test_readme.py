"""The README is true: its blocks run, in order, as a reader would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(900)  # four trainings and a server: minutes, and more of them on a machine that others use
def test_the_readme_runs(tmp_path: Path) -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "python", "text"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # One thread: two of torch's wait for each other where another process has the second core.
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"}
    printed = ""
    for kind, block in BLOCKS:
        if kind == "text":  # what the block before it prints
            assert block == printed
            continue
        if block.startswith("make "):  # these tests are what `make test` runs, and `make demo` is its own check
            for target in re.findall(r"^make (\w+)", block, re.MULTILINE):
                subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
            continue
        call = ["bash", "-euo", "pipefail", "-c", block] if kind == "sh" else [sys.executable, "-c", block]
        done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr[-3000:]}"
        assert done.stdout.strip() or ">" in block
        printed = done.stdout


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
