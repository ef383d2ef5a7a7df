"""Users' patterns: a table of texts and their words, every match by definition, and what else is known of a text."""

import copy
import csv
import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary, Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.pattern_search import LONGEST, either, find_spans
from tagger.tagging.patterns import MOST, Pattern, Patterns
from tagger.tagging.tagger import Tagger, load
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.sentence import WHITESPACE
from tagger.text.windows import WINDOW

with (Path(__file__).parent / "cases/patterns.tsv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
TITLES = Patterns([Pattern("《[^》]+》", "A"), Pattern("[0-9]+-[0-9]+", "B"), "[a-z]+"])
# What RE2 and Python read alike.
EXPRESSIONS = st.lists(
    st.sampled_from(
        ["《[^》\n]*》", "《", "我+", "我我喜?", "喜(我|a)", "[a-z]+", "a.", "b{2,3}", "a|ab", "\U00020bb7 ?", ".我"]
    ),
    min_size=1,
    max_size=4,
)
TEXTS = st.text("《》我喜ab \n\U00020bb7\ud800\0", max_size=30)


def by_definition(expressions: list[str], line: str, longest: int) -> list[tuple[int, int, int]]:
    """Starts, ends and the first expression of the matches of a line, of at most `longest` bytes."""
    found, at = [], 0
    while at < len(line):
        ways = [
            (-end, number)
            for end in range(at + 1, len(line) + 1)
            for number, expression in enumerate(expressions)
            if len(line[at:end].encode("utf-8", "surrogatepass")) <= longest
            and re.fullmatch(expression, line[at:end])
        ]  # fmt: skip
        if ways:
            end, number = min(ways)
            found.append((at, -end, number))
        at = -end if ways else at + 1
    return found


@pytest.fixture(scope="module", params=["zh-small", "zh-base"])
def shipped(request: pytest.FixtureRequest) -> Tagger:
    return load(request.param)


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_words_of_shipped_models(shipped: Tagger, case: dict[str, str]) -> None:
    """The table gives the tags that are certain."""
    rows = [row.partition(" ") for row in case["patterns"].split(" ; ")]
    word, _, entry_tag = case["dictionary"].partition("/")
    dictionary = Dictionary([Entry(word, "force", entry_tag)] if word else [])
    patterns = Patterns([(expression, tag or None) for expression, _, tag in rows])
    wanted = [re.fullmatch("(.+?)(?:/([A-Z]+))?", part) for part in case["words"].split(" ")]
    words = shipped.with_dictionary(dictionary).with_patterns(patterns)(case["text"]).words
    assert [word.form for word in words] == [match[1] for match in wanted if match]
    assert [word.pos for word, match in zip(words, wanted, strict=True) if match and match[2]] == [
        match[2] for match in wanted if match and match[2]
    ]


@given(EXPRESSIONS, TEXTS, st.integers(3, 9))
def test_spans_are_the_longest_from_left_to_right(expressions: list[str], text: str, longest: int) -> None:
    found, before = [], 0
    for line in text.split("\n"):
        for start, end, _ in by_definition(expressions, line, longest):
            found.append((before + start, before + end))
        before += len(line) + 1
    sizes = [len(text[:at].encode("utf-8", "surrogatepass")) for at in range(len(text) + 1)]
    spans = find_spans(either(expressions), text.encode("utf-8", "surrogatepass"), longest=longest)
    assert list(spans) == [(sizes[start], sizes[end]) for start, end in found]


@given(EXPRESSIONS, TEXTS, st.booleans())
def test_matches_have_code_points_and_the_first_tag(expressions: list[str], text: str, spaces: bool) -> None:
    names = [None, "N1", "N1", "N2"]
    rows = [Pattern(expression, name) for expression, name in zip(expressions, names, strict=False)]
    patterns = Patterns(rows, spaces=spaces)
    wanted, before = [], 0
    for line in text.split("\n"):
        for start, end, number in by_definition(expressions, line, LONGEST):
            form = line[start:end]
            start += len(form) - len(form.lstrip(" "))
            end -= len(form) - len(form.rstrip(" "))
            if start < end and (spaces or WHITESPACE.isdisjoint(line[start:end])):
                wanted.append((before + start, before + end, rows[number].tag))
        before += len(line) + 1
    starts, ends, tags = (column.tolist() for column in patterns.find(text))
    tag_names = [*patterns.tag_names, None]
    assert [(a, b, tag_names[tag]) for a, b, tag in zip(starts, ends, tags, strict=True)] == wanted


def forms(patterns: Patterns, text: str) -> list[str]:
    return [text[a:b] for a, b in zip(*(column.tolist() for column in patterns.find(text)[:2]), strict=True)]


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        (r"^\d+", "12 34\n56", ["12", "56"]),
        (r"\d+$", "12 34\n56", ["34", "56"]),
        (r"\bAB\b", "AB,ABC,我AB我", ["AB", "AB"]),
        (r"[^a]+", "b\nca", ["b", "c"]),
        (r"(?s)《.*》", "《a\nb》《c》", ["《c》"]),
        (r"A", "ＡA", ["A"]),
        (r"体", "體体", ["体"]),
        (r"(?P<year>\d{4})年", "2023年", ["2023年"]),
    ],
)
def test_what_an_expression_matches(expression: str, text: str, found: list[str]) -> None:
    assert forms(Patterns([expression]), text) == found


def test_a_match_has_a_greatest_length() -> None:
    text = "《" + "我" * (LONGEST // 3 - 2) + "》"
    assert forms(Patterns(["《[^》]*》", "《"]), text + "《" + text) == [text, "《", text]
    assert forms(Patterns(["《[^》]*》", "《"]), text[0] + text) == ["《", text]


MARKED = st.text("我喜欢北京《》a1- \u0301\n", max_size=25)


@given(MARKED, st.booleans())
def test_matches_are_words_in_every_answer(head_tagger: Tagger, text: str, presegments: bool) -> None:
    tagger = head_tagger if presegments else Tagger(head_tagger.model, presegmenter=NO_PRESEGMENTATION)
    tagger = tagger.with_patterns(TITLES)
    starts, ends, tags = (column.tolist() for column in TITLES.find(text))
    wanted = {
        (start, end, "AB"[tag] if tag >= 0 else None)
        for start, end, tag in zip(starts, ends, tags, strict=True)
        if "\u0301" not in text[end : end + 1] and text[start] != "\u0301"
    }  # fmt: skip
    answers = [tagger(text).words, tagger(text, confidence=True).words, tuple(tagger.search_words(text, 0.9))]
    answers += [reading.sentence.words for reading in tagger.alternatives(text, 3)]
    for words in answers:
        spans = {(word.start, word.end): word.pos for word in words}
        assert all((start, end) in spans and tag in (None, spans[start, end]) for start, end, tag in wanted)


@given(st.lists(MARKED | st.just("《" + "我" * 40 + "》a1-2"), max_size=4))
def test_windows_and_batches_change_nothing_about_them(head_tagger: Tagger, texts: list[str]) -> None:
    tagger = head_tagger.with_patterns(TITLES)
    assert list(tagger.tag(texts)) == [tagger(text) for text in texts]
    tagger.rows = replace(tagger.rows, window=16, context=3)
    for text, answer in zip(texts, tagger.tag(texts), strict=True):
        spans = {(word.start, word.end) for word in answer.words}
        assert "\u0301" in text or set(zip(*map(list, TITLES.find(text)[:2]), strict=True)) <= spans


def test_a_match_longer_than_a_window_is_a_word(small_tagger: Tagger) -> None:
    code = "a" * (LONGEST - 1)
    text = "我喜欢" * WINDOW + code + "，今天" * WINDOW
    assert code in small_tagger.with_patterns(Patterns([Pattern("a+", "NOUN")]))(text).forms


def test_what_is_known_of_a_text_goes_first(small_tagger: Tagger) -> None:
    tagger = small_tagger.with_patterns(Patterns([Pattern("《[^》]+》", "NOUN")]))
    text = "《北京》"
    assert tagger(text).forms == ("《北京》",)
    assert "北京" in tagger(text, known=[KnownWord(1, 3, None)]).forms
    assert "《北京》" not in tagger(text, known=[KnownBoundary(2)]).forms
    [word] = tagger(text, known=[KnownWord(0, 4, "VERB")]).words
    assert word.pos == "VERB"


def test_patterns_go_before_dictionaries_and_earlier_ones_before_later_ones(small_tagger: Tagger) -> None:
    titles = Patterns([Pattern("《[^》]+》", "NOUN")])
    words = Dictionary(
        ["喜欢《", Entry("《北京》", "forbid"), Entry("北|京", "cut"), Entry("北京", "prefer", weight=90)]
    )
    text = "我喜欢《北京》"
    assert "《北京》" in small_tagger.with_dictionary(words).with_patterns(titles)(text).forms
    first, second = Patterns(["北京》"]), titles
    assert "北京》" in small_tagger.with_patterns(first, second)(text).forms
    assert "《北京》" in small_tagger.with_patterns(second).with_patterns(first)(text).forms
    given = Tagger(small_tagger.model, patterns=[second, first])
    assert given(text) == small_tagger.with_patterns(second, first)(text)
    assert given.with_patterns(Patterns([("a", "eng")])).unknown_tags == ("eng",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("《[^》]+》 NOUN", "with a space before NOUN; put a tab there"),
        ("a\tNOUN\tb", "got 3 columns; write a tab in an expression as \\t"),
        ("a\tN N", "expected a tag without whitespace, got 'N N'"),
        ("《(", "which has no look-around and no backreferences, got an error of it: missing )"),
        ("a(?=b)", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a)(b", "unexpected )"),
        (r"\d*", "expected an expression of at least a character, got one that also matches none"),
        (r"a|\b", "got one that also matches none"),
        (r"\Aa", r"got one with '\\A'; use ^"),
        (r"a\z", r"got one with '\\z'; use $"),
        (r"\C+", r"got one with '\\C'; use ."),
        ("(?i-m:^a)", "got one with '(?i-m'; use ^ and $ as they are"),
        (r"(\p{Han}{900}){1,9}", "invalid repetition size"),
        (r"\p{Han}{900}" * 3, "expected expressions of at most 100,000 instructions together, got"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(f"# titles\n\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"own.tsv:3: .*{re.escape(message)}"):
        Patterns.read(path)


def test_a_file_and_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_bytes("# titles\r\n《[^》]+》\tNOUN\r\n\r\n#[^#]+#\t\r\n [a-z]+ \r\n".encode("gb18030"))
    patterns = Patterns.read(path, encoding="gb18030")
    assert patterns.patterns == (("《[^》]+》", "NOUN"), ("#[^#]+#", None), ("[a-z]+", None))
    assert len(patterns) == 3
    assert patterns.tag_names == ("NOUN",)
    with pytest.raises(InputError, match="expected UTF-8"):
        Patterns.read(path)
    with pytest.raises(InputError, match="expected a file, found none"):
        Patterns.read(tmp_path / "none.tsv")


def test_too_many_patterns_and_half_characters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"expected at most 1,000 patterns, got {MOST + 1:,}; join"):
        Patterns(["a"] * (MOST + 1))
    with pytest.raises(InputError, match="got half of one"):
        Patterns(["a\ud800"])
    with pytest.raises(InputError, match=r"pattern '\(': expected a regular expression"):
        Patterns([Pattern("(")])
    (tmp_path / "own.tsv").write_text("a\\p{Han}{900}\nb\\p{Han}{900}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"own.tsv: expected expressions of at most 100,000 instructions together"):
        Patterns.read(tmp_path / "own.tsv")
    assert forms(Patterns(), "a") == []


def test_they_can_be_pickled_and_copied() -> None:
    text = "《我》1-2ab"
    for patterns in (pickle.loads(pickle.dumps(TITLES)), copy.deepcopy(TITLES)):
        assert patterns.patterns == TITLES.patterns
        assert forms(patterns, text) == ["《我》", "1-2", "ab"]
