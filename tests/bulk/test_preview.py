"""What a dry run says of an input, by its first bytes."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger.bulk.inputs import find_inputs
from tagger.bulk.preview import describe_content

FIELD = "; give --field and the one of the text"
GB_ALONE = "looks like gb18030; give --encoding gb18030"
GB = "looks like gb18030 or big5; give --encoding gb18030"
LONG = "今天天气很好。" * 4000  # 84 kB in UTF-8, so that the first 64 kB end within a character
# The file's name, its content, the encoding that the run has, and what is said of it.
CASES = [
    ("x.txt", b"", "utf-8", ""),
    ("x.txt", b"a\n", "utf-8", "utf-8"),
    ("x.txt", LONG.encode(), "utf-8", "utf-8"),
    ("x.txt", LONG.encode("gb18030"), "utf-8", GB),
    ("x.txt", "好".encode("gb18030"), "gb18030", "gb18030"),
    ("x.txt", "我喜欢北京".encode(), "gb18030", "looks like utf-8; give --encoding utf-8"),
    ("x.txt", "好".encode("utf-16"), "utf-8", "looks like utf-16; give --encoding utf-16"),
    ("x.txt", "好".encode("utf-16"), "utf-16", "utf-16"),
    ("x.txt", "我喜欢北京。\n".encode("utf-16-le"), "utf-8", "looks like utf-16-le; give --encoding utf-16-le"),
    ("x.txt", "我喜欢北京。\n".encode("utf-16-be"), "utf-16", "looks like utf-16-be; give --encoding utf-16-be"),
    ("x.txt", "hello\n".encode("utf-16-le"), "utf-8", "looks like utf-16-le; give --encoding utf-16-le"),
    ("x.txt", "好".encode("utf-32"), "utf-8", "looks like utf-32; give --encoding utf-32"),
    ("x.txt", "好".encode("utf-32"), "utf-32", "utf-32"),
    ("x.txt", "\ufeffa".encode(), "gb18030", "looks like utf-8; give --encoding utf-8"),
    ("x.txt", b"\xff\0\xff\xdf", "utf-8", "in none of utf-8, utf-16, gb18030 as a whole; find out"),
    (
        "x.txt",
        LONG[:9].encode() + b"\xff",
        "utf-8",
        "in none of utf-8, utf-16, gb18030 as a whole; find out",
    ),
    ("x.txt.gz", gzip.compress("好".encode("gb18030"), mtime=0), "utf-8", GB),
    ("x.txt.gz", b"no gzip", "utf-8", "cannot be read (Not a gzipped file (b'no')); is it whole, of the kind"),
    ("x.csv", b"id,text\n1,x\n", "utf-8", "utf-8; columns 'id', 'text'"),
    ("x.csv", '\ufeffid,"a\nb"\n'.encode(), "utf-8", f"utf-8; columns 'id', 'a\\nb'{FIELD}"),
    ("x.tsv", "编号\t正文\n".encode("gb18030"), "utf-8", f"{GB}; columns '编号', '正文'{FIELD}"),
    ("x.csv", b"a,a\n", "utf-8", "1: expected columns of different names, got 'a' twice; rename one"),
    ("x.csv", b"a,b,c,d,e,f,g,h,text\n", "utf-8", "utf-8; columns 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', …"),
    ("x.jsonl", b'\n{"id": 7, "text": "x"}\n', "utf-8", "utf-8; keys 'id', 'text'"),
    ("x.jsonl", '{"内容": "好"}\n'.encode("gb18030"), "utf-8", f"{GB_ALONE}; keys '内容'{FIELD}"),
    ("x.jsonl", b"[\n", "utf-8", "utf-8; the first line is no JSON object, but not JSON ("),
    ("x.jsonl", b"\n\n", "utf-8", "utf-8"),
    ("x.jsonl", b'{"%s": 1}\n' % (b"k" * 3000), "utf-8", f"utf-8; keys '{'k' * 59}{FIELD}"),
    ("x.jsonl", b"[1]", "utf-8", "utf-8; the first line is no JSON object, but a list"),
    ("x.jsonl", b'{"a": "' + LONG.encode(), "utf-8", "utf-8"),
]


@pytest.mark.parametrize(("name", "content", "encoding", "wanted"), CASES)
def test_what_an_input_looks_like(name: str, content: bytes, encoding: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (source,) = find_inputs([str(tmp_path / name)], None).files
    found = describe_content(source, encoding, "text")
    assert found.startswith(wanted)
    assert bool(found) == bool(wanted)
    assert found.endswith(FIELD) == wanted.endswith(FIELD)


def test_tables_and_paths_to_fields(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [7], "body": ["好"]}), tmp_path / "x.parquet")
    (tmp_path / "y.jsonl").write_text('{"data": {"text": "x"}}\n', encoding="utf-8")
    table, lines = find_inputs([str(tmp_path)], None).files
    assert describe_content(table, "utf-8", "text") == f"columns 'id', 'body'{FIELD}"
    assert describe_content(table, "utf-8", "body") == "columns 'id', 'body'"
    assert describe_content(lines, "utf-8", "data.text") == "utf-8; keys 'data'"
    (stdin,) = find_inputs(["-"], None).files
    assert describe_content(stdin, "utf-8", "text") == ""
