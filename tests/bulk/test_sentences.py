"""Sentences as an output: every format writes the sentences that `tagger.sentences` finds, each tagged by itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.bulk.chunks import Chunk
from tagger.bulk.worker import FileTagger
from tagger.corpus import format_sentence
from tagger.errors import InputError
from tagger.tagging.output import OutputOptions
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import WHITESPACE, Sentence, Word
from tagger.text.sentences import sentences

TEXTS = st.text(st.sampled_from("我们a1。！“”… \u3000\x1c😀"), max_size=40)


@pytest.fixture(scope="module")
def splitting(small_model: Path) -> FileTagger:
    return FileTagger(str(small_model), output=OutputOptions(sentences=True))


def stripped(sentence: Sentence) -> Sentence:
    """A sentence without the whitespace around it."""
    text = sentence.text.strip("".join(WHITESPACE))
    indent = sentence.text.index(text)
    return Sentence(text, tuple(Word(w.form, w.pos, w.start - indent, w.end - indent) for w in sentence.words))


@settings(max_examples=30)
@given(st.lists(TEXTS, max_size=4))
def test_formats_write_sentences(splitting: FileTagger, small_tagger: Tagger, texts: list[str]) -> None:
    chunk = Chunk("text", "".join(text + "\n" for text in texts).encode(), 1, 0)
    found = [[small_tagger(part) for part in sentences(text)] for text in texts]
    split = [list(map(stripped, of_text)) or [Sentence("", ())] for of_text in found]
    split = [[s for s in of_text if s.text or len(of_text) == 1] for of_text in split]
    for format in ("slash", "segmented"):
        data = replace(splitting, format=format)("x", chunk).data.decode()
        assert data == "".join(format_sentence(sentence, format) for of_text in split for sentence in of_text)
    marked = [replace(s, comments=() if i else ("# newdoc",)) for of_text in split for i, s in enumerate(of_text)]
    data = replace(splitting, format="conllu")("x", chunk).data.decode()
    assert data == "".join(format_sentence(sentence, "conllu") for sentence in marked)
    values = [json.loads(line) for line in replace(splitting, format="jsonl")("x", chunk).data.decode().splitlines()]
    for value, text, of_text in zip(values, texts, found, strict=True):
        parts = [text[place["start"] : place["end"]] for place in value["sentences"]]
        assert parts == sentences(text)
        assert [word["form"] for word in value["words"]] == [form for s in of_text for form in s.forms]
        assert all(text[word["start"] : word["end"]] == word["form"] for word in value["words"])


def test_offsets_and_other_fields(splitting: FileTagger) -> None:
    line = '{"text": "😀我。\\n北京！", "id": 7, "sentences": "old"}\n'
    chunk = Chunk("jsonl", line.encode(), 1, 0)
    for unit, cut, end in (("codepoint", 4, 7), ("utf16", 5, 8), ("byte", 11, 20)):
        value = json.loads(replace(splitting, format="jsonl", unit=unit)("x", chunk).data)
        assert value["sentences"] == [{"start": 0, "end": cut}, {"start": cut, "end": end}]
        assert value["id"] == 7
    confident = OutputOptions(sentences=True, confidence=True)
    data = replace(splitting, format="conllu", output=confident)("x", chunk).data.decode()
    assert data.count("# text = ") == 2
    assert data.count("Probability=") == 2 * data.count("SpanProbability=") > 4


def test_what_cannot_be_asked_for(small_model: Path) -> None:
    with pytest.raises(InputError, match="expected another format for sentences, got parquet"):
        FileTagger(str(small_model), "parquet", output=OutputOptions(sentences=True))
    with pytest.raises(InputError, match="expected sentences or nbest, got both"):
        FileTagger(str(small_model), output=OutputOptions(sentences=True, nbest=2))
