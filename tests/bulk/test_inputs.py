"""The files that names, folders and patterns stand for."""

from pathlib import Path
from typing import Any

import pytest

from tagger.bulk.inputs import describe_left_out, find_inputs
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
        return [(source.name, source.kind) for source in find_inputs(given, options.get("kind")).files]

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


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("我们去北京。", "correct the path; to tag a text, write: echo '我们去北京。' | tagger tag"),
        ("我爱北京" * 100, "correct the path; to tag a text, write: echo TEXT | tagger tag"),
        ("你好吗?", "correct the path; to tag a text, write: echo '你好吗?' | tagger tag"),
        ("one two", "correct the path; to tag a text, write: echo 'one two' | tagger tag"),
        ("data/*.txt", "correct the path or the pattern"),
        ("missing.txt", "correct the path"),
    ],
)
def test_a_name_that_may_be_a_text(name: str, remedy: str) -> None:
    with pytest.raises(InputError) as error:
        find_inputs([name], None)
    wanted = "files" if {"*", "?"} & set(name) else "a file"
    assert str(error.value) == f"{name[:80]}: expected {wanted}, found none; {remedy}"


def test_files_that_hold_no_text(data: Path) -> None:
    for name in ("p.PNG", "sub/q.pdf", "r.json"):
        (data / name).write_bytes(b"")
    found = find_inputs([str(data)], None)
    assert [Path(name).name for name in found.left_out] == ["p.PNG", "r.json", "q.pdf"]
    assert [source.name for source in found.files] == ["a.txt", "c.jsonl", "d.txt.gz", "e.parquet", "sub/b.txt"]
    assert len(find_inputs([str(data)], "text").files) == 8
    [note] = describe_left_out(found.left_out)
    assert note.startswith("files left out because they hold no text by their names: 3 (")
    assert not list(describe_left_out([]))
    for name, remedy in (
        ("sub/q.pdf", "plain text first"),
        ("r.json", "give --input jsonl"),
        ("*.PNG", "a file of text"),
    ):
        with pytest.raises(InputError, match=f"expected text, got a file that ends in .*; .*{remedy}"):
            find_inputs([str(data / name)], None)
    (data / "s.png").write_bytes(b"")
    with pytest.raises(InputError, match="expected text, got files that hold none by their names"):
        find_inputs([f"{data}/*.[pP][nN][gG]"], None)
