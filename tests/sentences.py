"""Texts and sentences for property tests, difficult ones among them."""

from itertools import pairwise

from hypothesis import strategies as st

from tagger.corpus.partial import MARKS
from tagger.text.partial import Partial
from tagger.text.sentence import Sentence, Word

HARD = [
    "", " ", "\t\u3000 ", "\0", "a\0b\x1b[0m", "👨‍👩‍👧👍🏽🇨🇳", "𠮷野家",
    "é́", "\ud800x", "ｉＰｈｏｎｅ　１５", "我\r", "\u2028", "https://a.cn/?q=1",
    "我喜\u200b歡\ufeff臺灣\u200e", " \u200b ",
    "ก็ำ", "क\u094d\u200dष", "\u1100\u1161\u11a8", "❤\ufe0f\u200d🔥", "\u200d👧", "隨著 \u2060說",
]  # fmt: skip


# Format characters, and what makes clusters: marks, emoji sequences, flags, Thai, Devanagari, Hangul in parts.
FORMAT = "\u200b\u200c\u200d\u200e\u202e\u2060\u2069\ufeff\u00ad\ufe0f\U000e0100\0\x1f"
CLUSTERS = "é\u0301\u0e01\u0e47\u0e33\u0915\u094d\u0937\u1100\u1161\u11a8👩👧🏽❤🇨🇳"
MIXED = f"我们喜欢北京臺灣說著乾a1/。， \t\u3000\r{CLUSTERS}{FORMAT}"


CHARS = st.characters() | st.characters(categories=["Cs"]) | st.sampled_from(MIXED)


TEXTS = st.text(CHARS, max_size=40) | st.sampled_from(HARD)


TAGS = ["NN", "VV", "PU"]


VOCABULARY = {"我", "爱", "北京", "a"}


@st.composite
def segmented(draw: st.DrawFn, text: str, tags: st.SearchStrategy[str | None]) -> Sentence:
    """Any legal segmentation of the text: cuts anywhere, and no whitespace at the edges of a word."""
    cuts = draw(st.sets(st.integers(0, len(text)))) | {0, len(text)}
    words = []
    for start, end in pairwise(sorted(cuts)):
        if form := text[start:end].strip():
            first = text.index(form, start)
            words.append(Word(form, draw(tags), first, first + len(form)))
    return Sentence(text, tuple(words))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Sentence, Sentence]:
    """Two segmentations of one text; gold is tagged, untagged or partly tagged."""
    text = draw(st.text("我爱北京a \u3000", max_size=12))
    known, none = st.sampled_from(TAGS), st.none()
    gold = draw(segmented(text, draw(st.sampled_from([known, none, known | none]))))
    return gold, draw(segmented(text, draw(st.sampled_from([known | st.just("ZZ"), none]))))


corpora = st.lists(pairs(), max_size=6)


@st.composite
def partials(draw: st.DrawFn, chars: str = "ab北 " + MARKS, max_size: int = 8) -> Partial:
    """A sentence of which some words, cuts and joins are known, without contradictions."""
    text = draw(st.text(st.sampled_from(chars), min_size=1, max_size=max_size))
    marks = draw(st.lists(st.sampled_from("?|~"), min_size=len(text) + 1, max_size=len(text) + 1))
    words, cuts, joins, start = [], [], [], 0
    for index in range(1, len(text) + 1):
        space = " " in text[index - 1 : index + 1]
        if index == len(text) or marks[index] == "|" or space:
            form = text[start:index]
            if " " not in form and draw(st.booleans()):
                words.append(Word(form, draw(st.sampled_from(["A", "B", None])), start, index))
            elif index < len(text) and marks[index] == "|":
                cuts.append(index)
            start = index
        elif marks[index] == "~":
            joins.append(index)
    inside = {index for word in words for index in range(word.start + 1, word.end)}
    edges = {edge for word in words for edge in (word.start, word.end)}
    return Partial(text, tuple(words), tuple(sorted(set(cuts) - edges)), tuple(sorted(set(joins) - inside)))


def make(words: str) -> Sentence:
    """A sentence written as `我/PN 爱/VV`, or untagged as `我 爱`."""
    parts = [word.partition("/") for word in words.split()]
    return Sentence.from_forms([form for form, _, _ in parts], [tag or None for _, _, tag in parts])
