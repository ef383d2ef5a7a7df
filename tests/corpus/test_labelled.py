import gzip
from pathlib import Path

import pytest

from tagger.corpus.labelled import Example, read
from tagger.errors import CorpusError

TWO = [Example('Where is my card, "Visa"?\nHelp!', "card"), Example("费用？", "fee")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'label,id,text\r\ncard,1,"Where is my card, ""Visa""?\nHelp!"\r\n\r\nfee,2,费用？\r\n'),
        ("a.tsv", 'text\tlabel\n"Where is my card, ""Visa""?\nHelp!"\tcard\n费用？\tfee\n'),
        (
            "a.jsonl",
            '{"text": "Where is my card, \\"Visa\\"?\\nHelp!", "label": "card"}\n\n{"label": "fee", "text": "费用？"}',
        ),
    ],
)
def test_tables_and_objects(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + content.encode()))
    assert list(read(tmp_path / name)) == TWO
    assert list(read(tmp_path / f"{name}.gz")) == TWO
    assert list(read(tmp_path / name, labels=["fee"])) == TWO[1:]


def test_a_folder_for_each_label(tmp_path: Path) -> None:
    for path, text in (
        ("pos/1_9.txt", "Good.\n"),
        ("neg/0_1.txt", "Bad."),
        ("neg/0_2.txt", "Worse."),
        ("unsup/1.txt", "?"),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "neg/notes.md").touch()
    (tmp_path / "labels.csv").touch()
    good, bad = Example("Good.\n", "pos"), [Example("Bad.", "neg"), Example("Worse.", "neg")]
    assert list(read(tmp_path)) == [*bad, good, Example("?", "unsup")]
    assert list(read(tmp_path, labels=["pos", "neg"])) == [good, *bad]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"text,category\nx,y\n", r"a\.csv:1: expected columns 'text' and 'label', got 'text, category'"),
        ("a.csv", b"", "expected columns"),
        ("a.csv", b"text,label\na,b\nx\n", r"a\.csv:3: expected 2 fields, got 1"),
        ("a.csv", b'text,label\n"a" b,c\n', r"a\.csv:2: expected rows of a table, got: .*check the quotes"),
        ("a.csv", b"text,label\n,c\n", r"a\.csv:2: expected a text and a label, got ''"),
        ("a.csv", b"text,label\nx, \n", "expected a text and a label"),
        ("a.csv", b"text,label\n\xff,c\n", r"a\.csv:2: expected UTF-8"),
        ("a.jsonl", b'{"text": 1, "label": "x"}\n', r"a\.jsonl:1: expected an object with strings 'text' and 'label'"),
        ("a.jsonl", b"[]\n", "expected an object"),
        ("a.jsonl", b"\n{\n", r"a\.jsonl:2: expected a JSON object"),
        ("a.txt", b"x", r"a\.txt: expected labelled texts as .csv, .*got .txt"),
        ("x/neg/a.txt", b"\xff", r"neg/a\.txt: expected UTF-8 text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        list(read(tmp_path / name.split("/")[0]))


def test_no_file_and_no_folders(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no\.csv: expected a file, found none"):
        list(read(tmp_path / "no.csv"))
    with pytest.raises(CorpusError, match="expected a folder for each label, found none"):
        list(read(tmp_path))
