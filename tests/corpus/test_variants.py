"""The same words, written in another way."""

from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.variants import VARIANTS, full_width, half_width, spaced, traditional, unspaced
from tagger.text.characters import folding
from tagger.text.sentence import Sentence, Word


def sentence(forms: list[str], gaps: list[str]) -> Sentence:
    words, text = [], ""
    for form, gap in zip(forms, gaps, strict=False):
        text += gap
        words.append(Word(form, "X", len(text), len(text) + len(form)))
        text += form
    return Sentence(text + gaps[-1], tuple(words))


FORMS = st.lists(st.text("我北京aZ09,，。、“!！ー", min_size=1, max_size=4), max_size=6)


@given(FORMS, st.lists(st.sampled_from(["", "", " ", "\u3000 "]), min_size=7, max_size=7))
def test_every_variant_has_the_same_words(forms: list[str], gaps: list[str]) -> None:
    gold = sentence(forms, gaps)
    for name, rewrite in VARIANTS.items():
        other = rewrite(gold)
        assert other.fault() is None
        assert other.tags == gold.tags
        assert [len(form) for form in other.forms] == [len(form) for form in gold.forms]
        if name.startswith("traditional"):
            assert [form.translate(folding()) for form in other.forms] == [
                form.translate(folding()) for form in gold.forms
            ]
        elif "punctuation" not in name:
            assert other.forms == gold.forms


def test_what_changes() -> None:
    gold = sentence(["我", "用", "iPhone", "，", "Ａ", "5", "元", "!"], ["", "", "", "", "", "", " ", "", ""])
    assert half_width(gold).text == "我用iPhone,Ａ5 元!"
    assert full_width(gold).text == "我用iPhone，Ａ5 元！"
    assert spaced(gold).text == "我用 iPhone，Ａ 5 元!"
    assert unspaced(gold).text == "我用iPhone，Ａ5元!"
    gold = sentence(["我们", "开发", "软件"], [""] * 4)
    assert traditional(gold).text == "我們開發軟件"
    gold = sentence(["他", "说", "：", "“", "来", "、", "去", "。", "”"], [""] * 10)
    assert half_width(gold).text == '他说:"来,去."'
