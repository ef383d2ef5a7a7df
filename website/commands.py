"""The reference of commands: what each says with `--help`."""

import os
import subprocess
import sys

from tagger.__main__ import COMMANDS

_WIDTH = "100"


def commands_page() -> str:
    """A page with a section for each command. Raises CalledProcessError when a command does not describe itself."""
    sections = [f"## tagger {name}\n\n```text\n{_help(name)}```\n" for name in COMMANDS]
    listed = "`tagger COMMAND` and `python -m tagger.COMMAND` are the same. Each section is what `--help` prints."
    return f"# Commands\n\n{listed}\n\n" + "\n".join(sections)


def _help(name: str) -> str:
    call = [sys.executable, "-m", "tagger", name, "--help"]
    environment = os.environ | {"COLUMNS": _WIDTH}
    return subprocess.run(call, env=environment, check=True, capture_output=True, text=True, encoding="utf-8").stdout
