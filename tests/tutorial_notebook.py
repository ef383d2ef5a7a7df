"""docs/tutorial.md as a notebook. `python tests/tutorial_notebook.py` writes tutorial.ipynb and the page's pictures.

The tests run the page and compare it with the notebook, so that Jupyter is no dependency.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
NOTEBOOK = PAGE.with_suffix(".ipynb")
PICTURES = ("influence.svg", "inside.svg")
_FENCED = re.compile(r"^```(sh|python)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_END_OF_BLOCK = "\x1e\n"
_JUPYTER = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


class Block(NamedTuple):
    """A block of the page: `sh` or `python`, its lines, and what stands under it as printed by it, or nothing."""

    kind: str
    body: str
    printed: str


def blocks() -> list[Block]:
    """The blocks of the page, in order."""
    return [Block(*found) for found in _FENCED.findall(PAGE.read_text(encoding="utf-8"))]


def program() -> str:
    """The page as one Python program, which marks the end of each block; it calls a shell block where that stands."""
    call = "import subprocess\nsubprocess.run(['bash', '-euo', 'pipefail', '-c', {!r}], check=True)\n"
    end = f"print(end={_END_OF_BLOCK!r}, flush=True)\n"
    return end.join([*(body if kind == "python" else call.format(body) for kind, body, _ in blocks()), ""])


def run(folder: Path) -> list[str]:
    """Runs the page in a folder and returns what each block prints. Raises AssertionError when a block fails."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    call = [sys.executable, "-c", program()]
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split(_END_OF_BLOCK)[:-1]


def notebook() -> str:
    """The page as a notebook in JSON: prose, Python, shell blocks as `%%bash`, and the outputs that the page shows."""
    parts = _FENCED.split(PAGE.read_text(encoding="utf-8"))
    code = zip([*parts[1::4], ""], [*parts[2::4], ""], [*parts[3::4], None], strict=True)
    cells: list[dict[str, object]] = []
    for prose, (kind, body, printed) in zip(parts[::4], code, strict=True):
        if text := _without_details(prose).strip():
            cells.append({"cell_type": "markdown", "source": text})
        if body:
            source = body if kind == "python" else f"%%bash\n{body}"
            outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
            cells.append({"cell_type": "code", "source": source.strip(), "execution_count": None, "outputs": outputs})
    named = [cell | {"id": f"cell-{i}", "metadata": {}} for i, cell in enumerate(cells)]
    content = {"cells": named, "metadata": _JUPYTER, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _without_details(prose: str) -> str:
    """Answers are open in a notebook: a cell cannot be inside an element of HTML."""
    return re.sub(r"</?details>\n?|<summary>(.*?)</summary>", lambda found: f"*{found[1]}*" if found[1] else "", prose)


def main() -> int:
    """Writes the notebook; runs the page, and keeps the pictures that it draws."""
    NOTEBOOK.write_text(notebook(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder))
        for name in PICTURES:
            shutil.copyfile(Path(folder) / name, PAGE.parent / "tutorial" / name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
