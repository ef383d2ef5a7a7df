import errno
import os
from pathlib import Path

import pytest

from tagger.files.atomic import publishing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    with publishing(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.suffix == ".txt"
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_file_has_the_permissions_of_any_other(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with publishing(str(tmp_path / "x.txt")):
            pass
        (tmp_path / "y.txt").touch()
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("x.txt", "y.txt")]
    assert modes == [0o666 & ~mask] * 2


def test_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError), publishing(target) as temporary:
        temporary.write_text("\ud800", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), publishing(target):
        raise KeyboardInterrupt
    with publishing(target) as temporary:
        temporary.unlink()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(errno.ENOSPC, "disk full")))
    with pytest.raises(OSError, match="disk full"), publishing(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]
    with pytest.raises(FileNotFoundError), publishing(tmp_path / "no" / "x.txt"):
        pass
