import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.bulk.formats import FORMATS, OutputFormat, find_format
from tagger.bulk.tagged import TaggedTexts, encode
from tagger.errors import CorpusError, InputError
from tagger.tag import main
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block, Spans, Unit
from tagger.text.sentence import WHITESPACE
from tagger.text.windows import SECTION

CHARS = st.sampled_from('我们a1/ \t\u3000\r"\\\x1f😀\u2028\ufeff_=#') | st.characters(exclude_categories=["Cs"])
NAMES = ("NOUN", "动词", "X")


in_sections = pytest.mark.parametrize("section", [8, SECTION])


def render(
    spans: Spans, texts: Sequence[str], pos: Any, format: str, *, unit: Unit = "codepoint", fields: Sequence[str] = ()
) -> bytes:
    return FORMATS[format].write(TaggedTexts(spans, texts, pos, unit, fields))


def spans_of(
    texts: Sequence[str], seed: int = 0, *, spaces: frozenset[str] = WHITESPACE, section: int = SECTION
) -> Spans:
    """Words at random: any character outside them is whitespace."""
    generator, block = np.random.default_rng(seed), Block.of(texts, section=section)
    starts, ends = [], []
    for start, length in zip(block.starts.tolist(), block.lengths.tolist(), strict=True):
        begun = False
        for place in range(start, start + length):
            is_space = block.text[place] in spaces
            if not is_space and (not begun or generator.random() < 0.5):
                starts.append(place)
                ends.append(place + 1)
            elif not is_space:
                ends[-1] = place + 1
            begun = not is_space
    pos = generator.integers(0, len(NAMES), len(starts))
    return Spans.of(block, np.array(starts, np.int64), np.array(ends, np.int64), pos)


@in_sections
@pytest.mark.parametrize("format", ["slash", "segmented", "jsonl", "conllu"])
@given(st.lists(st.text(CHARS.filter(lambda char: char != "\n"), max_size=20), max_size=5), st.integers(0, 99))
def test_columns_are_written_as_sentences_are(section: int, format: str, texts: list[str], seed: int) -> None:
    spans = spans_of(texts, seed, section=section)
    wanted = "".join(corpus.format_sentence(sentence, format) for sentence in spans.sentences(texts, NAMES))
    assert render(spans, texts, NAMES, format).decode() == wanted


@in_sections
@pytest.mark.parametrize("format", ["jsonl", "conllu"])
@given(st.lists(st.text(CHARS | st.just("\n"), max_size=20), max_size=5))
def test_line_feeds_in_texts(section: int, format: str, texts: list[str]) -> None:
    spans = spans_of(texts, section=section)
    wanted = "".join(corpus.format_sentence(sentence, format) for sentence in spans.sentences(texts, NAMES))
    assert render(spans, texts, NAMES, format).decode() == wanted


@in_sections
@given(st.lists(st.text(CHARS | st.characters(categories=["Cs"]), max_size=12), max_size=5))
def test_lone_surrogates_are_escapes_and_halves_side_by_side_an_error(section: int, texts: list[str]) -> None:
    spans = spans_of(texts, section=section)
    if any(json.loads(json.dumps(text)) != text for text in texts):
        with pytest.raises(InputError, match="halves of one side by side"):
            render(spans, texts, NAMES, "jsonl")
        return
    rows = [json.loads(line) for line in render(spans, texts, NAMES, "jsonl").splitlines()]
    assert [row["text"] for row in rows] == texts
    sentences = spans.sentences(texts, NAMES)
    assert [[w["form"] for w in row["words"]] for row in rows] == [list(s.forms) for s in sentences]


def test_units_and_other_fields() -> None:
    texts = ["😀我", ""]
    spans = spans_of(texts)
    for unit, ends in (("codepoint", 2), ("byte", 7), ("utf16", 3)):
        fields = [{"id": 1, "body": texts[0]}, {"body": "", "note": {"a": [None]}}]
        heads = [json.dumps(row)[:-1] for row in fields]
        rows = [
            json.loads(line)
            for line in render(spans, texts, NAMES, "jsonl", unit=unit, fields=heads).splitlines()  # type: ignore[arg-type]
        ]
        assert rows[0]["words"][-1]["end"] == ends
        assert [{k: v for k, v in row.items() if k != "words"} for row in rows] == fields
        assert rows[1]["words"] == []


@pytest.mark.parametrize(
    ("texts", "names", "format", "message"),
    [
        (["a\nb"], NAMES, "slash", "expected texts on one line, got a line feed"),
        (["a"], (None,) * 3, "slash", "expected a model with POS for the format slash"),
        (["a"], ("A/B",) * 3, "slash", "expected a POS without '/' and whitespace, got 'A/B'"),
        (["a"], ("A B",) * 3, "slash", "expected a POS without '/' and whitespace, got 'A B'"),
        (["\ud800"], NAMES, "conllu", r"expected text that UTF-8 can hold, got '\\ud800'; use the format jsonl"),
        (["\ud800"], NAMES, "segmented", r"expected text that UTF-8 can hold, got '\\ud800'; use the format jsonl"),
    ],
)
def test_what_a_format_cannot_hold(texts: list[str], names: Any, format: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        render(spans_of(texts), texts, names, format)


@pytest.mark.parametrize("format", ["slash", "segmented"])
def test_words_with_whitespace_are_no_words_of_a_line(format: str) -> None:
    texts = ["New York", "a"]
    spans = spans_of(texts, spaces=frozenset())
    spans = Spans.of(spans.block, np.array([0, 9]), np.array([8, 10]), np.array([0, 0]))
    with pytest.raises(CorpusError, match="without whitespace"):
        corpus.format_sentence(spans.sentences(texts, NAMES)[0], format)
    with pytest.raises(InputError, match="expected words without whitespace"):
        render(spans, texts, NAMES, format)
    assert b'"New York"' in render(spans, texts, NAMES, "jsonl")


def write_tsv(tagged: TaggedTexts) -> bytes:
    """A line `form TAB POS` per word, and an empty line after each text."""
    words = [f"{form}\t{tagged.pos[pos]}" for form, pos in zip(tagged.spans.forms(), tagged.spans.pos, strict=True)]
    lines: list[str] = []
    for first, last in pairwise(tagged.spans.firsts.tolist()):
        lines += [*words[first:last], ""]
    return encode("".join(f"{line}\n" for line in lines))


def test_an_output_is_added_as_contributing_says(
    small_model: Path,
    small_tagger: Tagger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(FORMATS, "tsv", OutputFormat("tsv", ".tsv", write_tsv))
    texts = ["我喜欢北京。", "", "今天 天气很好"]
    (tmp_path / "a.txt").write_text("\n".join(texts), encoding="utf-8")
    call = ["-m", str(small_model), str(tmp_path / "a.txt"), "-o", f"{tmp_path}/out/", "--format", "tsv"]
    assert main(call) == 0
    wanted = "".join(
        "".join(f"{word.form}\t{word.pos}\n" for word in sentence.words) + "\n" for sentence in small_tagger.tag(texts)
    )
    assert (tmp_path / "out/a.tsv").read_text(encoding="utf-8") == wanted
    assert main([*call, "--confidence"]) == 1
    assert "expected the format jsonl, conllu, parquet for --confidence, got tsv" in capsys.readouterr().err
    assert main([*call, "--nbest", "2"]) == 1
    assert "expected another format for alternatives, got tsv" in capsys.readouterr().err


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected a format out of slash, .*, got 'xml'; choose one of them"):
        find_format("xml")
