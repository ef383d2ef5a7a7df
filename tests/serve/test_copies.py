import os
from pathlib import Path

import pytest

from serve.copies import Copies, UserFile, read_whole
from tagger.errors import InputError


def test_a_pipe_is_read_once_and_has_no_copy(tmp_path: Path) -> None:
    """As `--dictionary own=<(command)` of a shell."""
    reading, writing = os.pipe()
    os.write(writing, "蓝翔\n".encode())
    os.close(writing)
    pipe = Path(f"/dev/fd/{reading}")
    if not pipe.exists():
        pytest.skip("the system has no /dev/fd")
    value, content = read_whole(pipe, Path.read_text)
    os.close(reading)
    copies, file = Copies(tmp_path), UserFile("dictionary", "own", pipe)
    copies.keep(file, content)
    assert (value, content, copies.find(file)) == ("蓝翔\n", None, None)


def test_what_was_taken_out_of_a_file_is_gone_from_its_copy(tmp_path: Path) -> None:
    """A process that starts later would accept keys that were withdrawn."""
    copies, file = Copies(tmp_path), UserFile("keys", "keys", Path("keys.txt"))
    for content in (b"ann sha256:00\n", b""):
        copies.keep(file, content)
        copy = copies.find(file)
        assert copy is not None
        assert copy.read_bytes() == content


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("蓝翔\n", encoding="utf-8")
    assert read_whole(path, Path.read_bytes) == ("蓝翔\n".encode(),) * 2
    with pytest.raises(InputError, match="changed while it was read"):
        read_whole(path, lambda source: source.write_bytes(b"other"))
