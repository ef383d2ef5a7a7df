"""Clusters against those of the package `regex`, which has Unicode's own tables."""

import itertools
import unicodedata

import regex
from hypothesis import given
from hypothesis import strategies as st

from tagger.tagging.dictionary import Dictionary
from tagger.tagging.tagger import Tagger
from tagger.text.characters import code_points
from tagger.text.clusters import inner_mask
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.sentence import WHITESPACE

# Of each class some, and pairs of them that clusters depend on.
CHARS = (
    "我a1 \n\u3000\t\u200b\ufeff\u0301\u0300\u20dd\ufe0f\U000e0100\u200d\u200c👨👩👧❤👍🏽🏻🇨🇳🇩#\u20e3"
    "\u1100\u1161\u11a8가각กำ\u0e49ກຳकषि\u094d\u093c\u0903ক\u09cdか\u3099ﾊﾞ\u0600\U000e0067\U000e007f"
)
COARSE = "\u200c\u0903\u093f\u0e33\u0eb3"  # these part a linker from a consonant in Unicode's rules, and not in ours
KNOWN = st.characters().filter(lambda char: unicodedata.category(char) != "Cn")  # the package knows a later Unicode


def boundaries(text: str) -> set[int]:
    return {match.start() for match in regex.finditer(r"\X", text)}


def beside_spaces(text: str) -> set[int]:
    """The places beside whitespace, which is in no word: a mark after it stands alone."""
    return {i for i in range(1, len(text)) if set(text[i - 1 : i + 1]) & set(WHITESPACE)}


def ours(text: str) -> set[int]:
    inner = inner_mask(code_points(text))
    return {i for i in range(len(text)) if inner is None or not inner[i]}


@given(st.text(st.sampled_from(CHARS) | KNOWN, max_size=12))
def test_no_boundary_inside_a_cluster(text: str) -> None:
    assert ours(text) - beside_spaces(text) <= boundaries(text)


@given(st.text(st.sampled_from(CHARS).filter(lambda char: char not in COARSE), max_size=12))
def test_clusters_are_those_of_unicode(text: str) -> None:
    assert ours(text) | beside_spaces(text) == boundaries(text) | beside_spaces(text)


def test_clusters_of_two_code_points() -> None:
    for first, second in itertools.product(set(CHARS) - set(COARSE), repeat=2):
        text = first + second
        assert ours(text) | beside_spaces(text) == boundaries(text) | beside_spaces(text)


def test_text_of_single_code_points_has_nothing_to_do() -> None:
    assert inner_mask(code_points("")) is None
    assert inner_mask(code_points("我们在 GPT-4，한국，😱\n")) is None


@given(st.text(st.sampled_from(CHARS), max_size=12))
def test_words_keep_clusters_whole(small_tagger: Tagger, text: str) -> None:
    entries = Dictionary(["👍", "我", "a", "क", "가"])
    for tagger in (Tagger(small_tagger.model, presegmenter=NO_PRESEGMENTATION), small_tagger):
        for words in (tagger(text).words, tagger.with_dictionary(entries)(text).words):
            assert {word.start for word in words} - beside_spaces(text) <= boundaries(text)


def test_an_entry_cuts_no_cluster(small_tagger: Tagger) -> None:
    tagger = small_tagger.with_dictionary(Dictionary(["👍", "汉"]))
    assert "👍🏽" in tagger("他👍🏽我").forms
    assert "👍" in tagger("他👍我").forms
    assert "汉" not in tagger("汉\u0301字").forms
