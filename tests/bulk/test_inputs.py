"""The files that names, folders and patterns stand for."""

from pathlib import Path
from typing import Any

import pytest

from tagger.bulk.inputs import find_inputs
from tagger.errors import InputError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "sub/.hidden", "c.jsonl", "d.txt.gz", "e.parquet"):
        (folder / name).write_bytes(b"")
    return folder


def test_names_of_inputs(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(*given: str, **options: Any) -> list[tuple[str, str]]:
        return [(source.name, source.kind) for source in find_inputs(given, options.get("kind"))]

    assert names(str(data / "sub")) == [("b.txt", "text")]
    assert names(f"{data}/*.jsonl", "-") == [("c.jsonl", "jsonl"), ("stdin", "text")]
    assert names(f"{data}/**/*.txt") == [("a.txt", "text"), ("b.txt", "text")]
    assert names(str(data / "e.parquet")) == [("e.parquet", "parquet")]
    assert names(str(data / "a.txt"), kind="jsonl") == [("a.txt", "jsonl")]
    monkeypatch.chdir(data)
    assert names("*.gz") == [("d.txt.gz", "text")]
    (data / "odd[1].txt").write_bytes(b"")
    assert names(str(data / "odd[1].txt")) == [("odd[1].txt", "text")]
    (tmp_path / "empty").mkdir()
    for missing in ("no", "*.no", str(tmp_path / "empty")):
        with pytest.raises(InputError, match=r"expected (a file|files), found none; correct the path"):
            names(missing)
