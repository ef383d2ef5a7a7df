import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagger.errors import CorpusError
from tagger.files.array_cache import ArrayCache, Sink


def fill(sink: Sink) -> None:
    """Pieces of growing types, and an empty array."""
    for piece in (np.array([1, 2], np.uint8), np.array([300], np.uint16), np.array([4], np.uint8)):
        sink.append("grown", piece)
    sink.append("empty", np.zeros(0, np.int64))
    sink.notes["kinds"] = ["A", None, "\ud800"]


def as_on_windows(move: Callable[..., Any]) -> Callable[..., Any]:
    """Deletes or renames a file, unless this process has it open."""

    def refuse_open_files(path: Path, *rest: Any, **options: Any) -> Any:
        if str(path) in {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}:
            raise PermissionError(13, "used by another process", str(path))
        return move(path, *rest, **options)

    return refuse_open_files


def refuse(sink: Sink) -> None:
    raise AssertionError("made again")


def test_an_entry_is_made_once_and_read_back_as_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("unlink", "replace", "rename"):
        monkeypatch.setattr(Path, name, as_on_windows(getattr(Path, name)))
    kept = ArrayCache(tmp_path / "new" / "folder")
    for found in (ArrayCache().get("x", fill), kept.get("x", fill), kept.get("x", refuse)):
        assert {name: array.tolist() for name, array in found.arrays.items()} == {"grown": [1, 2, 300, 4], "empty": []}
        assert found.arrays["grown"].dtype == np.uint16
        assert found.notes == {"kinds": ["A", None, "\ud800"]}
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["x"]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "another byte": lambda entry: (entry / "grown.bin").write_bytes(b"\1\0\2\0\3\0\4\0"),
    "cut short": lambda entry: (entry / "grown.bin").write_bytes(b"\1\0"),
    "no array": lambda entry: (entry / "grown.bin").unlink(),
    "no manifest": lambda entry: (entry / "manifest.json").unlink(),
    "another note": lambda entry: (entry / "manifest.json").write_text(
        (entry / "manifest.json").read_text().replace('"A"', '"B"')
    ),
    "no JSON": lambda entry: (entry / "manifest.json").write_text("1\n{\n"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    cache = ArrayCache(tmp_path)
    cache.get("x", fill)
    damage(tmp_path / "x")
    assert cache.get("x", fill).arrays["grown"].tolist() == [1, 2, 300, 4]
    assert cache.get("x", refuse).notes["kinds"][0] == "A"


def test_of_two_that_make_an_entry_at_once_both_get_it(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)

    def slow(sink: Sink) -> None:
        cache.get("x", fill)  # another one is done first
        fill(sink)

    assert cache.get("x", slow).arrays["grown"].tolist() == [1, 2, 300, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_two_processes_make_an_entry(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, numpy; from tagger.files.array_cache import ArrayCache\n"
        "def fill(sink):\n"
        "    for i in range(50): sink.append('x', numpy.full(1000, i))\n"
        "print(ArrayCache(pathlib.Path(sys.argv[1])).get('x', fill).arrays['x'].sum())"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in both] == ["1225000\n"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_another_process_renames_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".tmp-gone").symlink_to(tmp_path / "gone")  # listed, and not there when it is looked at
    assert ArrayCache(tmp_path).get("x", fill).arrays["grown"].tolist() == [1, 2, 300, 4]


def test_what_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    def fail(sink: Sink) -> None:
        fill(sink)
        raise ValueError("a fault of the corpus")

    with pytest.raises(ValueError, match="a fault of the corpus"):
        ArrayCache(tmp_path).get("x", fail)
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match=r"expected a folder in which the corpus can be kept.*data\.cache=false"):
        ArrayCache(tmp_path / "file").get("x", fill)
