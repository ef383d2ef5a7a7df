"""Comma- and tab-separated values: rows come out as they went in, wherever the file is cut, and bad ones are named."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk.chunks import Kind, Sizes, read_chunks
from tagger.bulk.delimited import DELIMITERS, Row, read_rows, whole_records
from tagger.bulk.formats import FORMATS
from tagger.bulk.readers import InputTexts, TextReader
from tagger.errors import InputError
from tagger.tag import main
from tagger.text.scheme import Scheme

CASES = Path(__file__).parent / "cases" / "rows.tsv"
CHARS = st.text('我a,\t"\n\r', max_size=5)
TABLES = st.lists(st.tuples(CHARS, CHARS), max_size=8)


def read(data: bytes, kind: Kind = "csv", *, chunk: int = 1 << 20, encoding: str = "utf-8", **options: Any) -> Any:
    """The texts, fields and rejects of all chunks."""
    errors = options.get("errors", "strict")
    reader = TextReader(FORMATS["jsonl"], Scheme(("A",)), encoding=encoding, **options)
    chunks = read_chunks(
        io.BytesIO(data), "x", kind, strict=errors == "strict", sizes=Sizes(chunk=chunk), encoding=encoding
    )
    parts = [reader.read_rows("x", each) for each in chunks]
    return InputTexts(*([item for part in parts for item in part[i]] for i in range(4)))


def unescaped(case: str) -> str:
    return case.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")


@pytest.mark.parametrize(("row", "kind", "wanted"), [line.split("\t") for line in CASES.read_text().splitlines()[1:]])
def test_a_row(row: str, kind: Kind, wanted: str) -> None:
    data = f"id{DELIMITERS[kind]}text\n\n{unescaped(row)}\n".encode()
    if wanted.startswith("!"):
        with pytest.raises(InputError, match=r"^x:3: expected a row with a text in column 'text', got ") as raised:
            read(data, kind)
        assert wanted[1:] in str(raised.value)
        assert [reject.number for reject in read(data, kind, errors="skip").rejects] == [3]
        [fields] = read(data, kind, errors="replace").fields
        assert json.loads(fields + "}").keys() == {"text", "error"}
    else:
        assert [fields + "}" for fields in read(data, kind).fields] == [wanted]


@given(TABLES, st.sampled_from(sorted(DELIMITERS)), st.integers(1, 12), st.sampled_from(["\n", "\r\n"]))
def test_rows_come_back_from_chunks_of_any_size(rows: list[tuple[str, str]], kind: Kind, size: int, end: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=DELIMITERS[kind], lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "text"), *rows])
    found = read(b"\xef\xbb\xbf" + file.getvalue().encode(), kind, chunk=size)
    assert [tuple(json.loads(fields + "}").values()) for fields in found.fields] == rows
    assert list(found.texts) == [text for _, text in rows]


@given(st.lists(st.text('我a,"\n\r', max_size=9).map(str.encode), max_size=6))
def test_any_bytes_are_cut_where_nothing_changes(parts: list[bytes]) -> None:
    data = b"".join(parts)
    pieces = list(whole_records(parts, ","))
    assert b"".join(pieces) == data
    number, rows = 1, list[Row]()
    for piece in pieces:
        rows += read_rows(piece.decode(), number, ",")
        number += piece.count(b"\n")
    assert rows == list(read_rows(data.decode(), 1, ","))


def test_an_answer_does_not_wait_for_the_end() -> None:
    parts = iter([b"id,te", b"xt\n1,a\n2,", b"b\n3,c"])
    records = whole_records(parts, ",")
    assert [next(records), next(records)] == [b"id,text\n", b"1,a\n"]
    assert list(parts) == [b"b\n3,c"]


def test_bytes_of_another_encoding() -> None:
    data = "id,text\n1,我们\n2,".encode() + b"\xff\n" + "3,公园\n".encode()
    with pytest.raises(InputError, match=r"x:3: expected UTF-8, got byte 0xff"):
        read(data)
    skipped, replaced = read(data, errors="skip"), read(data, errors="replace")
    assert (skipped.texts, replaced.texts) == (["我们", "公园"], ["我们", "\ufffd", "公园"])
    assert [reject.reason for reject in skipped.rejects] == [reject.reason for reject in replaced.rejects]
    assert "x:3: expected a row with a text in column 'text', got bytes that are not utf-8" in skipped.rejects[0].reason
    assert read("id,text\n1,我们\n".encode("gb18030"), encoding="gb18030").texts == ["我们"]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ("id,body\n", {}, "x:1: expected a column 'text', got 'id', 'body'; name one of them with --field"),
        ("text,a,a\n", {}, "x:1: expected columns of different names, got 'a' twice"),
        ("\ntext\n", {}, "x:1: expected the names of columns, got an empty line"),
        ('"text\n', {}, "x:1: expected the names of columns, got unexpected end of data"),
        ("text\n我\n", {"known_field": "text"}, "x: expected JSON objects for known words, got csv"),
    ],
)
def test_tables_that_are_refused(data: str, options: dict[str, str], message: str) -> None:
    for errors in ("strict", "replace", "skip"):
        if errors == "skip" and "expected a column" in message:
            rejects = read(data.encode() + b"1,2\n3,4\n", errors=errors, **options).rejects
            assert [(reject.number, message in reject.reason) for reject in rejects] == [(2, True), (3, True)]
            continue
        with pytest.raises(InputError) as raised:
            read(data.encode(), errors=errors, **options)
        assert message in str(raised.value)


def test_a_file_without_rows_and_one_without_anything() -> None:
    assert read(b"id,text\n").texts == read(b"").texts == []


def test_the_command_reads_them_by_name(small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.tsv").write_text("id\tbody\twords\n7\t我们\told\n", encoding="utf-8")
    assert main(["-m", str(small_model), str(tmp_path / "a.tsv"), "--field", "body", "--format", "jsonl"]) == 0
    row = json.loads(capfd.readouterr().out)
    assert list(row) == ["id", "body", "words"]
    assert "".join(word["form"] for word in row["words"]) == row["body"]
    assert main(["-m", str(small_model), str(tmp_path / "a.tsv"), "--field", "body", "--input", "text"]) == 0
    assert capfd.readouterr().out.startswith("id")
