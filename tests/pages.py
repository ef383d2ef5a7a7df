"""Pages whose code blocks run, in order and in one folder, as a reader would run them.

Blocks in `sh` and `python` run. A block in `text` is what the block before it prints. `python tests/pages.py` writes
into the README, in both languages, and into the guides what their blocks print now, for example after a shipped
model has changed.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"
_CHINESE_GUIDE = ("index", "install", "files", "names", "words", "confidence", "limits", "errors")
GUIDES = [ROOT / "docs/index.md", ROOT / "docs/faq.md", *(ROOT / f"docs/zh/{name}.md" for name in _CHINESE_GUIDE)]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page: what it is written in, and its lines."""

    kind: str
    body: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*found) for found in FENCED.findall(page.read_text(encoding="utf-8"))]


def run(page: Path, folder: Path) -> Iterator[tuple[Block, str]]:
    """Runs a page in a folder: each block in `text`, with what the block before it has printed.

    Commands that install are not run; of `make` it is checked that the targets exist. Raises AssertionError when a
    block fails, or prints nothing and writes no file.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # One thread: two of torch's wait for each other where another process has the second core.
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"}
    printed = ""
    for block in blocks(page):
        if block.kind == "text":
            yield block, printed
        elif block.body.startswith("make "):
            for target in re.findall(r"^make (\w+)", block.body, re.MULTILINE):
                subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
        elif "pip install " not in block.body:
            shell = ["bash", "-euo", "pipefail", "-c"] if block.kind == "sh" else [sys.executable, "-c"]
            call = [*shell, block.body]
            done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block.body}\n{done.stderr[-3000:]}"
            assert done.stdout.strip() or re.search("> | -o ", block.body), f"{block.body}\nprints nothing"
            printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def with_outputs(text: str, printed: list[str]) -> str:
    """A page with these texts in its blocks in `text`, in order."""
    outputs = iter(printed)
    return re.sub(r"^```text\n.*?^```", lambda _: f"```text\n{next(outputs)}```", text, flags=re.MULTILINE | re.DOTALL)


def main() -> int:
    """Writes what the blocks of the README and the guides print, into both languages where there are two."""
    for pages in ((README, CHINESE), *((guide,) for guide in GUIDES)):
        with tempfile.TemporaryDirectory() as folder:
            printed = [text for _, text in run(pages[0], Path(folder))]
        for page in pages:
            page.write_text(with_outputs(page.read_text(encoding="utf-8"), printed), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
