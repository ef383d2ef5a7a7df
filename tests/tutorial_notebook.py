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

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
NOTEBOOK = PAGE.with_suffix(".ipynb")
PICTURES = ("influence.svg", "inside.svg")
_FENCED = re.compile(r"^```(sh|python)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_JUPYTER = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def blocks() -> list[tuple[str, str]]:
    """The blocks of the page, in order: `sh` or `python`, and the lines."""
    return _FENCED.findall(PAGE.read_text(encoding="utf-8"))


def program() -> str:
    """The page as one Python program; a shell block is called from within it, where it stands."""
    call = "import subprocess\nsubprocess.run(['bash', '-euo', 'pipefail', '-c', {!r}], check=True)\n"
    return "\n".join(body if kind == "python" else call.format(body) for kind, body in blocks())


def run(folder: Path) -> str:
    """Runs the page in a folder and returns what it prints. Raises AssertionError when a block fails."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    call = [sys.executable, "-c", program()]
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def notebook() -> str:
    """The page as a notebook in JSON: prose, Python, and shell blocks as `%%bash`; no outputs."""
    parts = _FENCED.split(PAGE.read_text(encoding="utf-8"))
    cells: list[dict[str, object]] = []
    for prose, kind, body in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
        if text := _without_details(prose).strip():
            cells.append({"cell_type": "markdown", "source": text})
        if body:
            source = body if kind == "python" else f"%%bash\n{body}"
            cells.append({"cell_type": "code", "source": source.strip(), "execution_count": None, "outputs": []})
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
