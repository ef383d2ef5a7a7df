"""The native library, compiled once for a process of tests where a C compiler is."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.modelfile.native.library import Library

COMPILE = Path(__file__).parents[3] / "native/compile.py"


def compile_into(folder: Path, *options: str) -> Path:
    """The library in a folder; the test is skipped without a compiler."""
    compiler = shlex.split(os.environ.get("CC", "cc"))[0]
    if shutil.which(compiler) is None:
        pytest.skip(f"expected a C compiler, found no {compiler}")
    done = subprocess.run([sys.executable, COMPILE, folder, *options], check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library.open(compile_into(tmp_path_factory.mktemp("native")))


@pytest.fixture(scope="session")
def sanitized_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the library with checks of addresses and undefined behaviour."""
    return compile_into(tmp_path_factory.mktemp("sanitized"), "--sanitize")
