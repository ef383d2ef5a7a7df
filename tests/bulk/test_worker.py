import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import MIXED

from tagger.bulk.arrow import from_stream
from tagger.bulk.chunks import Chunk, Sizes
from tagger.bulk.worker import FileTagger
from tagger.corpus import format_sentence, read
from tagger.errors import InputError, ModelError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block


@pytest.fixture(scope="module")
def file_tagger(small_model: Path) -> FileTagger:
    return FileTagger(str(small_model))


def text(data: bytes, number: int = 1, offset: int = 0) -> Chunk:
    return Chunk("text", data, number, offset)


def rows(*values: Any) -> Chunk:
    return Chunk("jsonl", "".join(json.dumps(value) + "\n" for value in values).encode(), 1, 0)


@settings(max_examples=25)
@given(st.text(st.sampled_from(MIXED) | st.characters(exclude_categories=["Cs"]), max_size=60))
def test_lines_are_what_the_api_says_of_them(file_tagger: FileTagger, small_tagger: Tagger, lines: str) -> None:
    texts = lines.removesuffix("\n").split("\n") if lines else []
    for format in ("slash", "segmented", "jsonl", "conllu"):
        found = replace(file_tagger, format=format)("x", text(lines.encode()))
        assert found.data.decode() == "".join(format_sentence(s, format) for s in small_tagger.tag(texts))
        assert (found.n_texts, found.n_chars) == (len(texts), sum(map(len, texts)))
        assert found.n_words == sum(len(sentence.words) for sentence in small_tagger.tag(texts))
    table = from_stream(replace(file_tagger, format="parquet")("x", text(lines.encode())).data).to_pylist()
    assert [row["text"] for row in table] == texts
    wanted = [[word._asdict() for word in sentence.words] for sentence in small_tagger.tag(texts)]
    assert [row["words"] for row in table] == wanted


def test_a_line_of_several_sections_is_one_text(file_tagger: FileTagger, small_tagger: Tagger) -> None:
    file_tagger = replace(file_tagger, sizes=Sizes(section=8))
    texts = ["我们", "我们去北京。" * 5, "", "a" * 30]
    data = "\n".join(texts).encode()
    sentences = small_tagger.spans(Block.of(texts, section=8)).sentences(texts, small_tagger.model.scheme.pos)
    for format in ("slash", "jsonl", "conllu"):
        found = replace(file_tagger, format=format)("x", text(data))
        assert found.data.decode() == "".join(format_sentence(sentence, format) for sentence in sentences)
        assert found.n_texts == 4
    table = from_stream(replace(file_tagger, format="parquet")("x", text(data)).data)
    assert table.column("text").to_pylist() == texts


BAD = "我\n".encode() + b"\xffb\n" + "好\n".encode() + b"c\xe4"


def test_bad_utf8(file_tagger: FileTagger) -> None:
    chunk = text(BAD, 10, 100)
    with pytest.raises(InputError, match=r"x:11: expected UTF-8, got byte 0xff at offset 104 of the file \(invalid"):
        file_tagger("x", chunk)
    for errors, texts in (("skip", ["我", "好"]), ("replace", ["我", "\ufffdb", "好", "c\ufffd"])):
        found = replace(file_tagger, errors=errors, format="parquet")("x", chunk)  # type: ignore[arg-type]
        assert from_stream(found.data).column("text").to_pylist() == texts
        assert [(r.name, r.number) for r in found.rejects] == [("x", 11), ("x", 13)]
        assert "byte 0xe4 at offset 112" in found.rejects[1].reason


@pytest.mark.parametrize(
    ("data", "texts"),
    [(b"\n\xff", [""]), (b"\xff\n\n", [""]), (b"\xff", []), (b"\xff\n", []), (b"a\n\n\xff\n", ["a", ""])],
)
def test_empty_lines_beside_lines_left_out(file_tagger: FileTagger, data: bytes, texts: list[str]) -> None:
    found = replace(file_tagger, errors="skip", format="parquet")("x", text(data))
    assert from_stream(found.data).column("text").to_pylist() == texts


def test_rows_keep_their_other_fields_and_lose_the_words_of_others(file_tagger: FileTagger) -> None:
    chunk = rows({"id": 7, "text": "我们", "words": [1], "n": {"x": None}}, {"text": ""})
    found = [json.loads(line) for line in replace(file_tagger, format="jsonl")("x", chunk).data.splitlines()]
    assert list(found[0]) == ["id", "text", "n", "words"]
    assert "".join(word["form"] for word in found[0]["words"]) == "我们"
    assert found[1] == {"text": "", "words": []}
    body = replace(file_tagger, format="jsonl", field="body")("x", rows({"body": "我"})).data
    assert set(json.loads(body)) == {"body", "words"}
    with pytest.raises(InputError, match="a field that is not 'words'"):
        replace(file_tagger, format="jsonl", field="words")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"[1]", "a list"),
        (b"{}", "no 'text' in an object of no keys"),
        (b'{"text": 3}', "'text' is 3"),
        (b"[" * 100_000, "not JSON"),
        (b'{"text": "a\\nb"}', "a line feed in the text, which slash cannot hold"),
        (b'{"text": "\\ud800"}', r"'\ud800' in the text, which slash cannot hold"),
    ],
)
def test_bad_rows(file_tagger: FileTagger, line: bytes, reason: str) -> None:
    chunk = Chunk("jsonl", b'{"text": "a"}\n\n' + line + b'\n{"text": "b"}', 5, 0)
    with pytest.raises(InputError, match="x:7: expected a JSON object with a string 'text', got") as raised:
        file_tagger("x", chunk)
    assert reason in str(raised.value)
    for errors, n in (("skip", 2), ("replace", 3)):
        found = replace(file_tagger, errors=errors)("x", chunk)  # type: ignore[arg-type]
        assert found.data.count(b"\n") == n == found.n_texts
        assert [(r.name, r.number) for r in found.rejects] == [("x", 7)]
        assert reason in found.rejects[0].reason


def test_rows_after_one_that_is_not_utf8_keep_their_numbers(file_tagger: FileTagger) -> None:
    chunk = Chunk("jsonl", b'{"text": "\xff"}\n{}\n', 1, 0)
    found = replace(file_tagger, errors="skip")("x", chunk)
    assert [reject.number for reject in found.rejects] == [1, 2]
    assert found.data == b""


def test_lone_surrogates_stay_escapes(file_tagger: FileTagger) -> None:
    chunk = Chunk("jsonl", rb'{"text": "a\ud800", "n": "\udfff"}' + b"\n", 1, 0)
    (line,) = replace(file_tagger, format="jsonl")("x", chunk).data.splitlines()
    value = json.loads(line)
    assert (value["text"], value["n"]) == ("a\ud800", "\udfff")


def test_a_file_tagger_travels_without_its_model(file_tagger: FileTagger) -> None:
    _ = file_tagger.tagger
    again = pickle.loads(pickle.dumps(file_tagger))
    assert again == file_tagger
    assert "tagger" not in vars(again)
    assert again("x", text(b"a")).data == file_tagger("x", text(b"a")).data
    with pytest.raises(ModelError):
        replace(file_tagger, model="no.onnx")("x", text(b"a"))


def test_without_presegmentation(small_model: Path) -> None:
    assert FileTagger(str(small_model), presegment=False).tagger.presegmenter.kinds == ()


def test_dictionaries_and_known_words(small_model: Path, small_tagger: Tagger, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("喜欢北\n北京\tforbid\n", encoding="utf-8")
    file_tagger = FileTagger(str(small_model), "jsonl", dictionaries=(str(words),), known_field="known")
    tagger = small_tagger.with_dictionary(Dictionary.read(words))
    again = pickle.loads(pickle.dumps(file_tagger))
    assert again == file_tagger
    for opened in (file_tagger, again):
        found = json.loads(opened("x", text("我喜欢北京。\n".encode())).data)
        assert [word["form"] for word in found["words"]] == list(tagger("我喜欢北京。").forms)
        assert "喜欢北" in tagger("我喜欢北京。").forms
    known = [{"start": 2, "end": 4, "pos": "VERB"}, {"at": 5}]
    data = file_tagger("x", rows({"text": "我喜欢北京。", "known": known}, {"text": "我喜欢北京。"})).data
    first, second = (json.loads(line)["words"] for line in data.splitlines())
    marks: list[KnownWord | KnownBoundary] = [KnownWord(2, 4, "VERB"), KnownBoundary(5)]
    assert first == [word._asdict() for word in tagger("我喜欢北京。", known=marks).words]
    assert second == [word._asdict() for word in tagger("我喜欢北京。").words]


def test_offsets_of_known_words_count_the_unit_asked_for(small_model: Path) -> None:
    file_tagger = FileTagger(str(small_model), "jsonl", unit="utf16", known_field="known")
    row = {"text": "😀😀a", "known": [{"start": 0, "end": 4, "pos": None}]}
    words = json.loads(file_tagger("x", rows(row)).data)["words"]
    assert [(word["form"], word["start"], word["end"]) for word in words] == [("😀😀", 0, 4), ("a", 4, 5)]


def test_a_row_whose_known_words_cannot_be_is_bad(small_model: Path) -> None:
    wrong = rows({"text": "我"}, {"text": "我", "known": [{"start": 0, "end": 2}]})
    with pytest.raises(InputError, match=r"x:2: .*'known': expected offsets of characters"):
        FileTagger(str(small_model), "jsonl", known_field="known")("x", wrong)
    tagged = FileTagger(str(small_model), "jsonl", known_field="known", errors="skip")("x", wrong)
    assert (tagged.n_texts, [reject.number for reject in tagged.rejects]) == (1, [2])


@pytest.mark.parametrize("format", ["slash", "segmented"])
def test_lines_read_back_as_the_words_found(
    file_tagger: FileTagger, small_tagger: Tagger, tmp_path: Path, format: str
) -> None:
    @settings(max_examples=25)
    @given(st.text(st.sampled_from(MIXED), max_size=30))
    def check(line: str) -> None:
        written = replace(file_tagger, format=format)("x", text(line.encode())).data.decode()
        path = tmp_path / "x.txt"
        path.write_text(f"\ufeff{written}", encoding="utf-8", newline="")
        found = [sentence.forms for sentence in read(path, format=format)]
        assert found == [sentence.forms for sentence in small_tagger.tag([line]) if sentence.words]

    check()
