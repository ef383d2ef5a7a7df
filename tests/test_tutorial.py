"""The tutorial is true: its blocks run in order, in one folder, the Python ones as one program."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs(tmp_path: Path) -> None:
    """A shell block is called from within the program, where it stands."""
    assert {kind for kind, _ in BLOCKS} == {"sh", "python"}
    run = "import subprocess\nsubprocess.run(['bash', '-euo', 'pipefail', '-c', {!r}], check=True)\n"
    program = "\n".join(block if kind == "python" else run.format(block) for kind, block in BLOCKS)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "inside.svg").read_text(encoding="utf-8").startswith("<svg")
    for shown in ("['B', 'S', 'S'] is no segmentation", "forget gate, in tenths of 1", '"probability":'):
        assert shown in done.stdout
