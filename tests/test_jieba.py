"""jieba's interface: nothing is lost, own words come and go, and flags are jieba's."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import models
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger import jieba
from tagger.errors import InputError, ModelError
from tagger.jieba.flags import flag
from tagger.jieba.posseg import POSTokenizer
from tagger.jieba.tokenizer import Tokenizer

TEXTS = st.text(st.sampled_from("我爱北京 \t\r\n\u3000a1。，\u200b\ud800"), max_size=20)
SHARED = Tokenizer(models.SMALL)


@settings(max_examples=25)
@given(TEXTS)
def test_nothing_is_lost(text: str) -> None:
    tokens = list(SHARED.tokenize(text))
    assert "".join(SHARED.cut(text)) == "".join(word for word, _ in POSTokenizer(SHARED).cut(text)) == text
    assert all(text[start:end] == form for form, start, end in tokens)
    assert [form for form, _, _ in tokens] == SHARED.lcut(text)


@settings(max_examples=25)
@given(TEXTS)
def test_words_for_search_end_with_those_of_cut(text: str) -> None:
    best, found = list(SHARED.tokenize(text)), list(SHARED.tokenize(text, "search"))
    assert [token for token in found if token in best] == best
    for token in set(found).difference(best):
        assert any(start <= token[1] and token[2] <= end for _, start, end in best), token
    assert [form for form, _, _ in found] == SHARED.lcut_for_search(text)
    assert set(SHARED.lcut(text)) - set(SHARED.lcut(text, cut_all=True)) <= set(" \t\r\n\u3000") | {"\r\n"}


def test_whitespace_is_cut_as_jieba_does() -> None:
    spaces = [form for form in SHARED.cut(" 我  爱\r\n\n") if not form.strip()]
    assert spaces == [" ", " ", " ", "\r\n", "\n"]
    assert {flag for word, flag in POSTokenizer(SHARED).cut(" 我\n") if not word.strip()} == {"x"}


# What is done, and how 我爱北京大学 is cut then; `*` where the model is free.
OWN_WORDS = [
    ([("add_word", "北京大学"), ("add_word", "我爱")], "我爱 北京大学"),
    ([("add_word", "北京大学", 5, "nt"), ("add_word", "我爱"), ("del_word", "北京大学")], "我爱 *"),
    ([("add_word", "我爱"), ("add_word", "北京"), ("add_word", "大学"), ("add_word", "北京大学")], "我爱 北京大学"),
    ([("add_word", "我爱"), ("add_word", "北京"), ("add_word", "大学")], "我爱 北京 大学"),
    ([("add_word", "北京大学", 0), ("add_word", "北京大学"), ("add_word", "我爱")], "我爱 北京大学"),
    ([("suggest_freq", "我爱", True), ("suggest_freq", "北京大学", True)], "我爱 北京大学"),
    ([("suggest_freq", ("我", "爱", "北京", "大", "学"), True), ("add_word", "北京")], "我 爱 北京 大 学"),
    ([("load_userdict", io.StringIO("北京大学 3 nt\n我爱\n"))], "我爱 北京大学"),
    ([("load_userdict", io.BytesIO("\ufeff我爱\r\n北京大学 nt\r\n".encode()))], "我爱 北京大学"),
]


@pytest.mark.parametrize(("steps", "wanted"), OWN_WORDS)
def test_own_words(steps: Iterable[tuple[str, ...]], wanted: str) -> None:
    tokenizer = Tokenizer(models.SMALL)
    for name, *arguments in steps:
        getattr(tokenizer, name)(*arguments)
    words = tokenizer.lcut("我爱北京大学")
    if wanted.endswith("*"):
        assert words[0] == wanted.split()[0]
        assert "北京大学" not in words
        assert not tokenizer.tags
    else:
        assert words == wanted.split()


def test_a_file_of_own_words(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("# names\n北京大学 3 nt\n我爱 5\n爱北 0\n", encoding="utf-8")
    tokenizer = Tokenizer(models.SMALL)
    tokenizer.load_userdict(tmp_path / "own.txt")
    assert tokenizer.lcut("我爱北京大学") == ["我爱", "北京大学"]
    assert tokenizer.tags == {"北京大学": "nt"}
    assert str(POSTokenizer(tokenizer).lcut("北京大学")[0]) == "北京大学/nt"
    tokenizer.add_word("大学")  # shorter ones inside are found for search
    assert {"大学", "北京大学"} <= set(tokenizer.lcut_for_search("我爱北京大学"))
    tokenizer.del_word("大学")
    assert "大学" not in tokenizer.lcut_for_search("我爱北京大学")


def test_frequencies_that_a_user_dictionary_wants() -> None:
    assert (SHARED.suggest_freq("北京"), SHARED.suggest_freq(("北", "京"))) == (1, 0)
    assert not SHARED.tags


@pytest.mark.parametrize(
    ("call", "error", "remedy"),
    [
        (lambda: SHARED.set_dictionary("dict.txt"), InputError, "load_userdict"),
        (lambda: SHARED.initialize("dict.txt"), InputError, "initialize(model=…)"),
        (lambda: SHARED.lcut(b"abc"), InputError, "str"),  # type: ignore[arg-type]
        (lambda: list(SHARED.tokenize("a", "best")), InputError, "choose one"),  # type: ignore[arg-type]
        (lambda: SHARED.add_word(" "), InputError, "correct it"),
        (lambda: SHARED.suggest_freq(("北京",), tune=True), InputError, "correct it"),
        (lambda: SHARED.load_userdict(io.BytesIO("北京".encode("gb18030"))), InputError, "with its encoding"),
        (lambda: Tokenizer(models.ENTITIES).lcut("a"), ModelError, "name another model"),
        (lambda: Tokenizer().initialize(model="absent.onnx"), ModelError, "absent.onnx"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_why(call: Callable[[], object], error: type[Exception], remedy: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert remedy in str(raised.value)


@pytest.mark.parametrize(
    ("form", "pos", "wanted"),
    [
        ("北京", "PROPN", "nz"), ("吃", "VERB", "v"), ("的", "PART", "uj"), ("了", "AUX", "ul"), ("能", "AUX", "v"),
        ("吗", "PART", "y"), ("了", "VERB", "v"), ("。", "PUNCT", "x"), ("iPhone", "PROPN", "eng"), ("15", "NUM", "m"),
        ("USB3", "NOUN", "eng"), ("3.5", "NUM", "m"), ("，", None, "x"), ("北京", "ns", "ns"), ("ok", "n", "n"),
    ],
)  # fmt: skip
def test_flags(form: str, pos: str | None, wanted: str) -> None:
    assert flag(form, pos) == wanted


def test_the_variable_names_the_model_and_nothing_is_loaded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGGER_MODEL", str(models.SEGMENTER))
    assert Tokenizer().tagger().model.name == "segmenter"
    assert Tokenizer(models.SMALL).tagger().model.name == "small"
    code = "import sys; from tagger import jieba; print(sorted({'numpy', 'onnxruntime', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert set(jieba.__all__) <= set(vars(jieba))
