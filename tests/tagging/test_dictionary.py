import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import matches

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import CUT, FORBID, FORCE, JOIN, LONG, PREFER, WEIGHT, WEIGHT_OF_LONG, Entry
from tagger.tagging.tagger import load

FILE = """\
云计算
韩玉赏鉴 3 nz
蓝翔 nz
台中 3
New York 5 n
C++

New York\tprefer=2.5\tPROPN
的话\tforbid
不|过\tcut
的 话\tjoin
台中\t\tPROPN
"""


def rows(dictionary: Dictionary, words: list[str]) -> dict[str, Any]:
    """Strength, tag and weight of each word, by looking it up in itself."""
    values = {}
    for word in words:
        whole = [m for m in zip(*dictionary.find(word), strict=True) if m[0] == 0 and m[1] == len(word)]
        ((_, _, k),) = whole
        tag = dictionary.tags[k]
        values[word] = (
            int(dictionary.strengths[k]),
            None if tag < 0 else dictionary.tag_names[tag],
            float(dictionary.weights[k]),
        )
    return values


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_in_both_forms(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"words.txt{suffix}"
    data = ("\ufeff" + FILE.replace("\n", "\r\n")).encode()
    path.write_bytes(gzip.compress(data) if suffix else data)
    dictionary = Dictionary.read(path)
    assert rows(dictionary, ["云计算", "韩玉赏鉴", "蓝翔", "台中", "New York", "C++", "的话", "不过", "的 话"]) == {
        "云计算": (FORCE, None, WEIGHT), "韩玉赏鉴": (FORCE, "nz", WEIGHT), "蓝翔": (FORCE, "nz", WEIGHT),
        "台中": (FORCE, "PROPN", WEIGHT), "New York": (PREFER, "PROPN", 2.5), "C++": (FORCE, None, WEIGHT),
        "的话": (FORBID, None, WEIGHT), "不过": (CUT, None, WEIGHT), "的 话": (JOIN, None, WEIGHT),
    }  # fmt: skip
    assert len(dictionary) == 9
    assert list(dictionary.marks.values()) == [(1,)]
    preferred = Dictionary.read(path, strength="prefer")
    assert rows(preferred, ["云计算", "韩玉赏鉴"]) == {
        "云计算": (PREFER, None, WEIGHT),
        "韩玉赏鉴": (PREFER, "nz", WEIGHT),
    }
    path = tmp_path / "jieba.txt"
    path.write_text("韩玉赏鉴 3 nz\n", encoding="utf-8")
    assert rows(Dictionary.read(path, strength="forbid"), ["韩玉赏鉴"]) == {"韩玉赏鉴": (FORBID, None, WEIGHT)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a\tmaybe", "expected a strength among force, prefer, forbid, join, cut, got 'maybe'"),
        (b"a\tprefer=x", "expected a weight above 0 and below 1000, as in prefer=4, got 'x'"),
        (b"a\tprefer=", "expected a weight above 0 and below 1000, as in prefer=4, got ''"),
        (b"a\tprefer=-1", "expected a weight above 0"),
        (b"a\tprefer=nan", "expected a weight above 0"),
        (b"a\tforce=2", "expected a weight after prefer alone, got one after force"),
        (b"a\tforbid\tNOUN", "expected no tag on an entry to forbid"),
        (b"\tforce", "expected a word without line feeds"),
        (b"ab\tcut", "where to cut"),
        (b"|ab|\tcut", "where to cut"),
        (b"a\tforce\tX\ty", "expected at most 3 columns, got 4"),
        (b"\xff", "expected UTF-8, got byte 0xff"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("好\n".encode() + line + b"\n")
    with pytest.raises(InputError, match=rf"words.txt:2: .*{message}"):
        Dictionary.read(path)


def test_a_wrong_file_or_entry_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file, found none"):
        Dictionary.read(tmp_path / "none.txt")
    with pytest.raises(InputError, match="expected a strength among force, prefer, forbid, got 'cut'"):
        Dictionary.read(tmp_path / "none.txt", strength="cut")
    for word in ("", " a", "a\u3000", "a\nb"):
        with pytest.raises(InputError, match="expected a word without line feeds"):
            Dictionary([word])
    with pytest.raises(InputError, match="half of one"):
        Dictionary(["a\ud800"])


TEXT = st.text("ab1我们\U00020bb7 \ud800\0", max_size=12)
WORD = st.text("ab1我们\U00020bb7", min_size=1, max_size=3)


@given(TEXT, st.lists(WORD, max_size=5))
def test_matches_are_everywhere_and_in_code_points(text: str, words: list[str]) -> None:
    starts, ends, entries = Dictionary(words).find(text)
    assert sorted(zip(starts.tolist(), ends.tolist(), strict=True)) == sorted(matches(text, words))
    order = list(dict.fromkeys(words))
    assert all(text[a:b] == order[k] for a, b, k in zip(starts, ends, entries, strict=True))


def test_folding_is_a_choice() -> None:
    words = [Entry("ＡＢ公司", "prefer"), Entry("ＡＢ|公司", "cut"), Entry("Ｃ|ｄ", "cut")]
    assert len(Dictionary(words[:1]).find("AB公司").starts) == 0
    folding = Dictionary(words, fold=True)
    assert [column.tolist() for column in folding.find("我AB公司ＡB公司Cd")] == [[1, 5, 9], [5, 9, 11], [0, 0, 1]]
    assert folding.marks == {0: (2,), 1: (1,)}
    assert len(Dictionary(words[2:]).find("Cd").starts) == 0
    assert len(Dictionary(["我\uff01"], fold=True).find("\ud800我!\ud800").starts) == 1


def test_the_default_weight_falls_in_long_lists() -> None:
    words = [Entry(f"字{number}", "prefer") for number in range(LONG + 1)]
    heavy = Entry("重", "prefer", None, 7)
    for n, weight in ((LONG - 1, WEIGHT), (LONG, WEIGHT_OF_LONG)):
        weights = Dictionary([*words[:n], heavy]).weights
        assert set(weights.tolist()) == {weight, 7}
        assert weights[-1] == 7


with (Path(__file__).parent / "cases/prefer.tsv").open(encoding="utf-8") as file:
    PREFERRED = [(row["preferred"], row["text"], row["words"]) for row in csv.DictReader(file, delimiter="\t")]


@pytest.mark.parametrize("model", ["zh-small", "zh-base"])
def test_words_to_prefer_in_shipped_models(model: str) -> None:
    tagger = load(model)
    for preferred, text, words in PREFERRED:
        dictionary = Dictionary([Entry(word, "prefer") for word in preferred.split()])
        assert tagger.with_dictionary(dictionary)(text).forms == tuple(words.split())
