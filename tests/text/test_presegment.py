from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger.tagging.tagger import Tagger
from tagger.text.characters import code_points
from tagger.text.format_characters import without_format
from tagger.text.presegment import NO_PRESEGMENTATION, PATTERNS, Presegmenter
from tagger.text.sentence import Sentence

CHARS = st.sampled_from("我京。 \t\u3000aZé1290.,:/@#-_+%·’…—~。~&=?\u20e3\ufe0f\u200d👍🏽👩🇨🇳\0\n℃") | st.characters()
TEXTS = st.text(CHARS, max_size=40)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("url", "https://a.cn/b?q=1&r=(2)#x"),
        ("url", "www.example.com/"),
        ("email", "a.b+c@example.com.cn"),
        ("hashtag", "#北京2022#"),
        ("mention", "@小明_1"),
        ("emoji", "👨‍👩‍👧"),
        ("emoji", "👍🏽"),
        ("emoji", "🇨🇳"),
        ("emoji", "1️⃣"),
        ("percentage", "3.5%"),
        ("measure", "120km/h"),
        ("code", "GPT-4"),
        ("number", "5,999.00"),
        ("latin", "rock'n'roll"),
        ("dots", "……"),
    ],
)
def test_every_kind_and_where_it_ends(kind: str, text: str) -> None:
    around = f"在 {text} 里"
    assert [(m.lastgroup, m.start(), m.end()) for m in Presegmenter().find(around)] == [(kind, 2, 2 + len(text))]
    assert [m.lastgroup for m in Presegmenter((kind,)).find(around)] == [kind]
    wide = around.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert Presegmenter().joined_mask(wide).tolist() == Presegmenter().joined_mask(around).tolist()


def cases() -> list[tuple[str, list[str]]]:
    """Texts and the strings in them that no boundary may cut, from a table that a person can read."""
    lines = (Path(__file__).parent / "cases" / "presegment.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#!")]
    return [(text, kept.split(" ") if kept else []) for text, kept in rows]


@pytest.mark.parametrize(("text", "kept"), cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_kept_whole(text: str, kept: list[str]) -> None:
    assert [text[match.start() : match.end()] for match in Presegmenter().find(text)] == kept


def test_none_and_unknown_kinds() -> None:
    assert not NO_PRESEGMENTATION.joined_mask("a1 https://a.cn").any()
    assert not Presegmenter().joined_mask("").any()
    with pytest.raises(ValueError, match=r"expected kinds out of url, .*, got word; correct them"):
        Presegmenter(("word",))


@given(TEXTS)
def test_matches_are_in_order_and_never_hold_a_line_feed(text: str) -> None:
    end = 0
    for match in Presegmenter().find(text):
        assert match.start() >= end
        assert match.end() - match.start() > 1
        assert not any(char in text[match.start() : match.end()] for char in " \t\n\u3000")
        end = match.end()


RUNS = st.sampled_from(["2019", "abc", "年", "A4", "@我12345", "#我12#ab", "1" * 18, "1" * 19, "３０", "，"])


@given(st.lists(st.lists(RUNS | CHARS, max_size=8).map("".join), max_size=5), st.sets(st.sampled_from(list(PATTERNS))))
@example(["@我12345", "30年"], set())
def test_many_texts_have_the_matches_of_each(texts: list[str], left_out: set[str]) -> None:
    presegmenter = Presegmenter(tuple(kind for kind in PATTERNS if kind not in left_out))
    bounds = np.cumsum([0, *map(len, texts)])
    runs = presegmenter.find_all(code_points("".join(texts)), bounds)
    kinds = [list(PATTERNS)[number] for number in runs.kinds]
    assert list(zip(kinds, runs.starts.tolist(), runs.ends.tolist(), strict=True)) == [
        (match.lastgroup, start + match.start(), start + match.end())
        for text, start in zip(texts, bounds.tolist(), strict=False)
        for match in presegmenter.find(text)
    ]


@given(TEXTS)
@example("0\x1f@0")
def test_words_never_cut_a_match(small_model_tagger: Tagger, text: str) -> None:
    """Without format characters, which change no word: as `0@0` is no mention, neither is `0\\x1f@0`."""
    text = without_format(text)
    joined = Presegmenter().joined_mask(text)
    words = small_model_tagger(text).words
    assert not any(joined[word.start] for word in words)


@pytest.fixture(scope="module")
def small_model_tagger(small_tagger: Tagger) -> Tagger:
    return Tagger(small_tagger.model, presegmenter=Presegmenter())


@given(st.lists(st.text(CHARS.filter(str.strip), min_size=1, max_size=6), max_size=8))
def test_matches_that_gold_words_cut_are_dropped_whole(forms: list[str]) -> None:
    sentence = Sentence.from_forms(forms)
    starts = {word.start for word in sentence.words}
    wanted = np.zeros(len(sentence.text), bool)
    for match in Presegmenter().find(sentence.text):
        if starts.isdisjoint(range(match.start() + 1, match.end())):
            wanted[match.start() + 1 : match.end()] = True
    assert Presegmenter().gold_joined_mask(sentence).tolist() == wanted.tolist()
    if np.array_equal(
        wanted, Presegmenter().joined_mask(sentence.text)
    ):  # gold cuts none: training masks what decoding masks
        assert Presegmenter().gold_joined_mask(sentence).tolist() == Presegmenter().joined_mask(sentence.text).tolist()


def test_kinds_that_a_corpus_cuts_are_not_kept() -> None:
    cut = [Sentence.from_forms(["3", "%"])] * 3
    kept = [Sentence.from_forms(["https://a.cn", "好"])] * 3
    fitted = Presegmenter.fit([*cut, *kept])
    assert fitted.kinds == tuple(kind for kind in PATTERNS if kind != "percentage")
    # One in twenty and fewer are slips.
    assert "percentage" in Presegmenter.fit([*cut[:1], *[Sentence.from_forms(["3%"])] * 19]).kinds


@pytest.mark.parametrize("part", ["a_", "a+", "1-", "a@", "http:/", "a@a.", "#", "1:"])
def test_long_lines_take_no_square_of_steps(part: str) -> None:
    """n² steps would take many times the time limit of a test."""
    text = part * (1_000_000 // len(part))
    assert len(Presegmenter().joined_mask(text)) == len(text)
