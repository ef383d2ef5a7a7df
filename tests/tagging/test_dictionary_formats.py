"""Dictionary files of our own and of other tools: what a line means, and what is said of lines of other forms."""

from pathlib import Path
from typing import Any

import pytest

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.dictionary_formats import DictionaryFile, read_line
from tagger.tagging.entries import STRENGTHS, Entry
from tagger.text.characters import folding

TABLE = Path(__file__).with_name("cases") / "dictionary.tsv"
CASES = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]


def read(path: Path, content: str | bytes, **options: Any) -> Dictionary:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Dictionary.read(path, **options)


def entries(dictionary: Dictionary) -> list[tuple[str, str, str]]:
    """Word, strength and tag of each entry; the words are those that have matched nothing yet."""
    names = [*dictionary.tag_names, ""]
    return [
        (word, STRENGTHS[strength], names[tag])
        for word, strength, tag in zip(
            dictionary.unmatched, dictionary.strengths.tolist(), dictionary.tags.tolist(), strict=True
        )
    ]


def file_of(dictionary: Dictionary) -> DictionaryFile:
    assert dictionary.file is not None
    return dictionary.file


@pytest.mark.parametrize(("format", "line", "word", "strength", "tag"), CASES)
def test_a_line_means_what_its_author_meant(
    tmp_path: Path, format: str, line: str, word: str, strength: str, tag: str
) -> None:
    dictionary = read(tmp_path / "words", f"# 注释\n{line}\n#\n", format=None if format == "guess" else format)
    assert entries(dictionary) == [(word, strength, tag)]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("云计算\tforce\tNOUN", ("云计算", "force", "NOUN", None)),
        ("云计算 force NOUN", ("云计算", "force", "NOUN", None)),
        ("云 计算　prefer=2", ("云 计算", "prefer", None, 2)),
        ("研究|生命 cut", ("研究|生命", "cut", None, None)),
        ("云计算 3 n", ("云计算", "force", "n", None)),
        ("云计算 0", ("云计算", "forbid", None, None)),
        ("云 force force", ("云", "force", "force", None)),
        ("云 force 计 force", ("云 force 计", "force", None, None)),
        ("hair cut", ("hair cut", "force", None, None)),
        ("windows 10", ("windows 10", "force", None, None)),
    ],
)
def test_a_line_by_itself(line: str, entry: Entry) -> None:
    assert read_line(line) == entry


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ("云计算\n蓝翔\n", "plain"),
        ("", "plain"),
        ("machine learning\nwindows 10\n", "plain"),
        ("云计算 5\n李小福 2 nr\nEdu Trust认证 2000\n台中\n", "jieba"),
        ("云计算 n\n", "jieba"),
        ("蓝翔 nz 1024\n希望 v 7685 vn 616\n云计算 n\n", "hanlp"),
        ("Valor Capital Group\tnhy\t1\n", "hanlp"),
        ("春天/SEASON\n花/n 开/v\n秋天的风\n落 阳\n", "lac"),
        ("云计算 5\nNew York\tprefer=2\tPROPN\n", "tagger"),
    ],
)
def test_a_format_is_guessed_and_named(tmp_path: Path, content: str, format: str) -> None:
    file = file_of(read(tmp_path / "words", content))
    assert (file.format, file.is_guessed) == (format, True)
    assert f"in the format {format}, which is guessed" in file.describe(3)


def test_lines_that_are_read_otherwise_are_counted_and_the_first_named(tmp_path: Path) -> None:
    content = "云计算 5\n李小福 2 nr\n蓝翔 nz 1024\n希望 v 7\nwindows 10\n"
    description = file_of(read(tmp_path / "words", content)).describe(1234)
    assert "1,234 entries" in description
    assert "2 lines in the form of another format, first 3: '蓝翔 nz 1024'" in description
    assert "1 line read as a word with spaces or commas, first 5: 'windows 10'" in description


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ("jieba", "蓝翔 nz 1024"),
        ("jieba", "蓝翔\tforce"),
        ("hanlp", "蓝翔 3"),
        ("hanlp", "蓝翔 3 nz"),
        ("lac", "/n 开/v"),
    ],
)
def test_a_line_that_does_not_fit_the_format_is_named(tmp_path: Path, format: Any, line: str) -> None:
    with pytest.raises(InputError, match=rf"words:2: expected .* in the format {format}, got"):
        read(tmp_path / "words", f"好\n{line}\n", format=format)


def test_options_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a dictionary format among tagger, jieba, hanlp, lac, plain, got 'csv'"):
        read(tmp_path / "words", "好", format="csv")
    with pytest.raises(InputError, match="an encoding that Python knows, got 'gbk99'"):
        read(tmp_path / "words", "好", encoding="gbk99")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("云计算 3 n\n蓝翔\n".encode("gb18030"), "gb18030"),
        ("云计算 3 n\n蓝翔\n".encode("utf-16"), "utf-16"),
        ("\ufeff云计算 3 n\n\ufeff\ufeff蓝翔\n".encode(), "utf-8"),
        ("云计算 3 n\r蓝翔\r".encode(), "utf-8"),
        ("云计算 3 n\r\n蓝翔\r\n".encode(), "utf-8"),
    ],
)
def test_encodings_byte_order_marks_and_line_ends(tmp_path: Path, data: bytes, encoding: str) -> None:
    dictionary = read(tmp_path / "words", data, encoding=encoding)
    assert entries(dictionary) == [("云计算", "force", "n"), ("蓝翔", "force", "")]


def test_another_encoding_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"words:2: expected UTF-8, got byte 0xd4 .*--dictionary-encoding gb18030"):
        read(tmp_path / "words", b"ok\n" + "云计算".encode("gb18030"))
    with pytest.raises(InputError, match="words: expected gb18030, got other bytes"):
        read(tmp_path / "words", b"\xff\xff", encoding="gb18030")


def test_the_first_word_with_spaces_that_may_come_out(tmp_path: Path) -> None:
    content = "云计算\nNew York\tforbid\nEdu Trust认证 2000\nmachine learning\n"
    assert file_of(read(tmp_path / "words", content)).spaced == (3, "Edu Trust认证")
    assert file_of(read(tmp_path / "words", content, strength="forbid")).spaced is None


needs_scripts = pytest.mark.skipif(ord("軟") not in folding(), reason="folding() has no traditional characters yet")


@pytest.mark.parametrize(
    "pair",
    [
        ("看著", "看着"),
        ("乾草", "干草"),
        pytest.param(("軟體與資料", "软体与资料"), marks=needs_scripts),
        pytest.param(("隨著", "随着"), marks=needs_scripts),
    ],
)
def test_both_scripts_match_unless_exact(pair: tuple[str, str]) -> None:
    for entry in pair:
        for text in pair:
            assert len(Dictionary([entry]).find(f"我{text}。").starts) == 1
            assert len(Dictionary([entry], exact=True).find(f"我{text}。").starts) == (entry == text)
    both = Dictionary([f"{pair[0]}", "好", pair[1]])
    assert len(both) == 2
    assert both.unmatched == ["好", pair[1]]


def test_what_matched_nothing(tmp_path: Path) -> None:
    dictionary = Dictionary(["北京", "上海", "iPhone"])
    dictionary.find("我在北京")
    dictionary.find("myiPhone")
    assert dictionary.unmatched == ["上海", "iPhone"]
    assert dictionary.matched.tolist() == [True, False, False]
