"""Ctrl-C before a command runs: one line, status 130 and no traceback; other programs keep their own way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tagger
from tagger.interrupts import is_command

PACKAGE = Path(tagger.__file__).parent

# Python runs this first: the process gets SIGINT in the middle of the import of a module.
INTERRUPTED = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except BaseException as error:  # as libraries do that try what they can import
                raise ImportError(name) from error
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
"""
SCRIPT = "import sys\nfrom tagger.__main__ import main\nsys.exit(main())\n"  # as pip writes it
OTHER = "from tagger.__main__ import main\nmain()\n"
CLOSED = """
import os, sys
os.close(2)
os.execv(sys.executable, [sys.executable, "-m", "tagger.evaluate", "--help"])
"""
STARTS = {
    "a script": ["./tagger", "evaluate"],
    "the package": ["-m", "tagger", "evaluate"],
    "a module": ["-m", "tagger.evaluate"],
    "a module, in one word": ["-mtagger.evaluate"],
}


def interrupted(folder: Path, module: str, *start: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of Python that is started so, and gets SIGINT when it imports the module."""
    for name, text in (("sitecustomize.py", INTERRUPTED), ("tagger", SCRIPT), ("other.py", OTHER)):
        (folder / name).write_text(text, encoding="utf-8")
    paths = os.pathsep.join((str(folder), str(PACKAGE.parent)))
    done = subprocess.run(
        [sys.executable, *start],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "INTERRUPTED_AT": module},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("module", ["tagger.cli", "argparse", "tagger.errors", "numpy"])
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_an_interrupt_while_a_command_is_imported_leaves_no_traceback(
    start: list[str], module: str, tmp_path: Path
) -> None:
    assert interrupted(tmp_path, module, *start, "--help") == (130, "", "interrupted: nothing half-written\n")


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("numpy", ["other.py", "tag", "--help"]),
        ("serve.settings", ["./tagger", "serve", "--help"]),
        ("serve.settings", ["-m", "serve", "--help"]),
    ],
)
def test_so_does_one_in_a_program_that_calls_a_command_and_in_the_service(
    module: str, arguments: list[str], tmp_path: Path
) -> None:
    assert interrupted(tmp_path, module, *arguments) == (130, "", "interrupted: nothing half-written\n")


def test_the_status_is_the_same_where_nobody_reads_stderr(tmp_path: Path) -> None:
    (tmp_path / "closed.py").write_text(CLOSED, encoding="utf-8")
    assert interrupted(tmp_path, "argparse", "closed.py") == (130, "", "")


# What Python was started with and what is left for the program, which is a command of ours or not.
PROCESSES = [
    (["python", "-m", "tagger.tag", "a.txt"], ["-m", "a.txt"], True),
    (["python", "-W", "error", "-mtagger.tag"], ["-m"], True),
    (["python", "-m", "tagger", "tag"], ["-m", "tag"], True),
    (["python", "/venv/bin/tagger", "tag"], ["/venv/bin/tagger", "tag"], True),
    (["python", "-m", "serve"], [str(PACKAGE.parent / "serve" / "__main__.py")], True),
    (["python", "-m", "serve"], ["/home/me/serve.py"], False),
    (["python", "-m", "serve"], ["/home/me/serve/__main__.py"], False),
    (["python", "-m", "serve.child"], ["-m"], False),
    (["python", "-m", "pytest", "tagger"], ["-m", "tagger"], False),
    (["python", "-m", "mine", "-m", "tagger"], ["-m", "-m", "tagger"], False),
    (["python", "mine.py", "tagger"], ["mine.py", "tagger"], False),
    (["python", "-c", "import tagger", "tagger"], ["-c", "tagger"], False),
    (["python", "-c", "from multiprocessing …", "--fork"], ["/venv/bin/tagger", "tag"], False),
    (["python", "-c", "from multiprocessing …", "--fork"], ["/venv/bin/tagger"], False),
    (["python"], [""], False),
    (["python"], [], False),
]


@pytest.mark.parametrize(("words", "arguments", "wanted"), PROCESSES)
def test_only_commands_of_ours_change_what_an_interrupt_does(
    words: list[str], arguments: list[str], wanted: bool
) -> None:
    assert is_command(words, arguments) == wanted
