"""A word list and raw text: what is marked, and what is left open."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.annotate import main, mark, word_list
from tagger.errors import CorpusError
from tagger.files.lines import Line
from tagger.text.partial import Partial


def marked(text: str, *words: str) -> str:
    found = mark(text, dict.fromkeys(words), longest=max(map(len, words)))
    assert found.fault() is None
    return corpus.format_sentence(found, "partial").rstrip("\n")


def test_the_longest_word_is_marked_and_overlaps_are_left_open() -> None:
    assert marked("我在北京大学读书", "北京", "北京大学", "大学") == "我在[北京大学]读书"
    assert marked("电影院长椅坏了", "电影院", "院长") == "电影院长椅坏了"
    assert marked("电影院长椅坏了", "电影院", "院长", "坏了") == "电影院长椅[坏了]"
    assert marked("北京北京", "北京") == "[北京][北京]"
    assert marked("是", "不是") == "是"


def test_runs_are_not_cut() -> None:
    assert marked("共15.5元", "15", "5元") == "共15.5元"
    assert marked("共15.5元", "15.5元") == "共[15.5元]"


@given(st.text("ab1", max_size=8), st.sets(st.text("ab1", min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_marked_is_listed_maximal_and_alone(text: str, words: set[str]) -> None:
    found = mark(text, dict.fromkeys(words), longest=3)
    places = {(a, b) for a in range(len(text)) for b in range(a + 1, len(text) + 1) if text[a:b] in words}
    for form, _, start, end in found.words:
        assert (start, end) in places
        assert form == text[start:end]
        for a, b in places - {(start, end)}:
            assert start <= a < b <= end or b <= start or a >= end  # inside or apart


def test_word_lists() -> None:
    lines = [
        Line(1, "北京大学 120 nt"),
        Line(2, "读书"),
        Line(3, ""),
        Line(4, "跑 v"),
        Line(5, "跑 n"),
        Line(6, "云 3.5"),
    ]
    assert word_list(lines, "x") == {"北京大学": "nt", "读书": None, "跑": None, "云": None}
    with pytest.raises(CorpusError, match="x:1: expected a word, then at most a count and a tag, got 'a b c'"):
        word_list([Line(1, "a b c")], "x")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, raw, output = tmp_path / "words.txt", tmp_path / "raw.txt", tmp_path / "out.partial"
    words.write_text("北京大学 PROPN\n书\n", encoding="utf-8")
    raw.write_text("我在北京大学读书。\r\n今天\n", encoding="utf-8")
    assert main([str(words), str(raw), "-o", str(output)]) == 0
    (found,) = corpus.read_partial(output)
    assert isinstance(found, Partial)
    assert [tuple(word) for word in found.words] == [("北京大学", None, 2, 6)]
    assert main([str(words), str(raw), "--tags", "--min-chars", "1"]) == 0
    assert capsys.readouterr().out == "我在[北京大学/PROPN]读[书]。\n"
    assert main([str(words), str(raw), "--min-chars", "9"]) == 1
    assert "expected words of 9 or more characters, found none" in capsys.readouterr().err


def test_texts_in_another_encoding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words").write_text("云计算\n", encoding="utf-8")
    (tmp_path / "texts").write_bytes("我学云计算".encode("gb18030"))
    paths = [str(tmp_path / "words"), str(tmp_path / "texts")]
    assert main(["--encoding", "gb18030", *paths]) == 0
    assert "云计算" in capsys.readouterr().out
    assert main(paths) == 1
    assert "name the encoding with --encoding" in capsys.readouterr().err
