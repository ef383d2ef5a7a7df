"""Format characters against Unicode's categories, and gold sentences without them."""

import unicodedata

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sentences import FORMAT, TAGS, partials, segmented

from tagger.text.characters import code_points
from tagger.text.clusters import PREPEND, cluster_table
from tagger.text.format_characters import bare_partial, bare_sentence, format_mask, format_table, without_format
from tagger.text.partial import Partial
from tagger.text.sentence import WHITESPACE, Sentence

TEXTS = st.text(st.sampled_from(f"我a 👩❤\u0301{FORMAT}"), max_size=12)
SELECTORS = [0x34F, 0x180B, 0x180C, 0x180D, 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]


def test_they_are_those_of_the_categories_for_controls_and_formats() -> None:
    wanted = np.zeros(0x110000, bool)
    for code in range(0x110000):
        wanted[code] = unicodedata.category(chr(code)) in ("Cc", "Cf") and chr(code) not in WHITESPACE
    wanted[cluster_table() == PREPEND] = False
    wanted[SELECTORS] = True
    differing = np.flatnonzero(wanted != format_table())
    assert {unicodedata.category(chr(code)) for code in differing.tolist()} <= {"Cn"}  # newer than this Unicode


def test_joiners_between_pictures_make_emoji() -> None:
    for text, bare in (
        ("👩\u200d👧", "👩\u200d👧"),
        ("❤\ufe0f\u200d🔥", "❤\u200d🔥"),
        ("👩🏽\u200d👧", "👩🏽\u200d👧"),
        ("👩\u200d\u200b\u200d👧", "👩\u200d👧"),
        ("👩\u200d", "👩"),
        ("\u200d👩", "👩"),
        ("我\u200d👩", "我👩"),
        ("👩\u200d我\u200d们", "👩我们"),
    ):
        assert without_format(text) == bare
        assert without_format(bare) == bare


@given(TEXTS)
def test_nothing_else_is_lost(text: str) -> None:
    bare = without_format(text)
    assert [char for char in bare if char not in FORMAT] == [char for char in text if char not in FORMAT]
    assert format_mask(code_points(bare)) is None
    assert without_format(text.replace("\u200d", "")) == "".join(char for char in text if char not in FORMAT)


@given(TEXTS.flatmap(lambda text: segmented(text, st.sampled_from(TAGS))))
def test_a_sentence_has_the_same_words_without_them(sentence: Sentence) -> None:
    bare = bare_sentence(sentence)
    assert bare.text == without_format(sentence.text)
    kept = [(form, word.pos) for word in sentence.words if (form := _in(sentence, word.start, word.end))]
    assert [(word.form, word.pos) for word in bare.words] == kept


def _in(sentence: Sentence, start: int, end: int) -> str:
    mask = format_mask(code_points(sentence.text))
    return "".join(sentence.text[i] for i in range(start, end) if mask is None or not mask[i])


@given(partials(chars="ab北\u200b\ufeff", max_size=8))
def test_what_is_known_of_a_text_is_known_without_them(partial: Partial) -> None:
    bare = bare_partial(partial)
    assert bare.fault() is None
    assert bare.text == without_format(partial.text)
    kept = [(form, word.pos) for word in partial.words if (form := without_format(word.form))]
    assert [(word.form, word.pos) for word in bare.words] == kept
