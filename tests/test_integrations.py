"""docs/integrations.md is true: its blocks run against the real libraries and print what stands below them."""

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text(encoding="utf-8")
LIBRARY = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)
ALL = "TEST_INTEGRATIONS" in os.environ  # `make test-integrations`, which installs all libraries


class Block(NamedTuple):
    """A block of the page: the heading above it, its language, and what stands below it as what it prints."""

    title: str
    language: str
    code: str
    printed: str


def blocks() -> Iterator[Block]:
    block = re.compile(r"^```(\w+)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
    for found in block.finditer(PAGE):
        title = re.findall(r"^## (.*)$", PAGE[: found.start()], re.MULTILINE)[-1]
        yield Block(title, found[1], found[2], found[3] or "")


def in_language(language: str) -> list[Block]:
    return [block for block in blocks() if block.language == language]


def need_libraries(code: str) -> None:
    """Skips the test if a library that the code imports is missing, which must not be if all were installed."""
    for library in LIBRARY.findall(code):
        if importlib.util.find_spec(library) is None:
            assert not ALL, f"{library} is not installed"
            pytest.skip(f"{library} is not installed; make test-integrations installs it")


def run(code: str) -> str:
    """What a block prints."""
    out = io.StringIO()
    compiled = compile(code, "docs/integrations.md", "exec")
    with contextlib.redirect_stdout(out), ThreadPoolExecutor(1) as thread:  # in which no loop of asyncio runs yet
        thread.submit(exec, compiled, {"__name__": "block"}).result()
    return out.getvalue()


@pytest.mark.parametrize("block", in_language("python"), ids=lambda block: block.title)
def test_a_block_prints_what_stands_below_it(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_libraries(block.code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert run(block.code) == block.printed


@pytest.fixture
def postgres() -> Iterator[Path]:
    """The folder of the socket of a server with an empty database, for the user tester."""
    if not ALL:
        pytest.skip("make test-integrations starts PostgreSQL")
    if not shutil.which("initdb"):
        pytest.skip("PostgreSQL is not installed, or its programs are not on the path")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to be root's
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)

        def call(*command: str) -> None:
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

        data = str(folder / "data")
        call("initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        server = f"-k {folder} -c listen_addresses= -c fsync=off"
        call("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", server, "start")
        yield folder
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")


def test_postgresql_finds_what_stands_below_the_statements(
    postgres: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [block] = in_language("sql")
    [python] = [other for other in in_language("python") if other.title == block.title]
    run(python.code)
    call = ["psql", "-h", str(postgres), "-U", "tester", "-d", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(call, input=block.code, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.stdout) == ("", block.printed)


def test_requests_are_json() -> None:
    for block in in_language("json"):
        assert isinstance(json.loads(block.code), dict)


def test_every_block_is_checked() -> None:
    found = list(blocks())
    assert len(found) + sum(bool(block.printed) for block in found) == PAGE.count("```") / 2
    assert {block.language for block in found} == {"python", "sql", "json"}
    assert all(block.printed for block in found if block.language != "json")
