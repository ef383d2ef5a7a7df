import errno
import os
from pathlib import Path

import pytest

from tagger.files import publishing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    with publishing(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.suffix == ".txt"
    assert target.read_text() == "new"
    other = tmp_path / "y.txt"
    other.touch()
    assert target.stat().st_mode == other.stat().st_mode


def test_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError), publishing(target) as temporary:
        temporary.write_text("\ud800", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(errno.ENOSPC, "disk full")))
    with pytest.raises(OSError, match="disk full"), publishing(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]
    with pytest.raises(FileNotFoundError), publishing(tmp_path / "no" / "x.txt"):
        pass
