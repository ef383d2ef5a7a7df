"""Cleaned files: paragraphs do not depend on chunks, and words have their places in the original."""

import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.bulk.chunks import Chunk, Sizes, read_chunks
from tagger.bulk.paragraphs import whole_paragraphs
from tagger.bulk.worker import FileTagger
from tagger.corpus import read
from tagger.errors import InputError
from tagger.tag import main
from tagger.tagging.output import OutputOptions
from tagger.text.cleaning import paragraphs

PIECES = ["我", "北京大学", "。", "a", " ", "\n", "\n", "\r\n", "&amp;", "&#20013;", "&nbsp;", "😀"]
PASTED = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
PDF = "本报告由北京\n大学的老师\n写成。\n\n我 喜 欢 A&amp;B 和 &#20013;&nbsp;国\n"


@pytest.fixture(scope="module")
def file_tagger(small_model: Path) -> FileTagger:
    return FileTagger(str(small_model), "jsonl", clean=True)


def tag(file_tagger: FileTagger, text: str) -> list[Any]:
    data = file_tagger("x", Chunk("text", text.encode(), 1, 0)).data
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def without_space(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("skip", [False, True])
@given(text=PASTED, size=st.integers(4, 30), bad=st.booleans())
def test_paragraphs_do_not_depend_on_chunks(text: str, size: int, bad: bool, skip: bool) -> None:
    data = text.encode().replace(b"a", b"\xff") if bad else text.encode()
    chunks = read_chunks(io.BytesIO(data), "x", strict=False, sizes=Sizes(chunk=size))
    found, number, offset, rebuilt = list(whole_paragraphs(chunks, skip=skip)), 1, 0, []
    for chunk in found:
        assert (chunk.number, chunk.offset) == (number, offset)
        number, offset = number + chunk.data.count(b"\n"), offset + len(chunk.data)
        rebuilt += paragraphs(lines_of(chunk.data, skip=skip))
    assert b"".join(chunk.data for chunk in found) == data
    assert rebuilt == paragraphs(lines_of(data, skip=skip))


def lines_of(data: bytes, *, skip: bool) -> list[str]:
    lines = [line for line in data.removesuffix(b"\n").split(b"\n") if not (skip and b"\xff" in line)] if data else []
    return [line.decode(errors="replace") for line in lines]


def test_a_paragraph_whose_end_is_known_is_not_held() -> None:
    chunks = iter([Chunk("text", "我们去\n北京。\n他\n".encode(), 1, 0), Chunk("text", "们".encode(), 4, 23)])
    first, second = whole_paragraphs(chunks, skip=False)
    assert (first.data.decode(), second.data.decode(), second.number) == ("我们去\n北京。\n", "他\n们", 3)


@settings(max_examples=25)
@given(PASTED)
def test_words_lie_in_the_original(file_tagger: FileTagger, text: str) -> None:
    rows = tag(file_tagger, text)
    assert "\n".join(row["text"] for row in rows) == text.removesuffix("\n")
    for row in rows:
        end = 0
        for word in row["words"]:
            assert end <= word["start"] < word["end"]
            assert not without_space(row["text"][end : word["start"]].replace("&nbsp;", ""))
            end = word["end"]
            raw = html.unescape(row["text"][word["start"] : end])
            assert without_space(raw) == without_space(word["form"])


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from(["", "我们去北京。", " 他在 Google 工作！", "李　明来了…", "😀他说：“好。”"]), max_size=5)
)
def test_text_that_needs_no_cleaning_is_tagged_as_ever(file_tagger: FileTagger, lines: list[str]) -> None:
    chunk = Chunk("text", "".join(line + "\n" for line in lines).encode(), 1, 0)
    for format in ("jsonl", "slash", "segmented"):
        cleaning = replace(file_tagger, format=format)
        assert cleaning("x", chunk)._replace(matched=()) == replace(cleaning, clean=False)("x", chunk)


def test_forms_are_cleaned_and_offsets_those_of_the_original(small_model: Path, tmp_path: Path) -> None:
    path, call = tmp_path / "x.txt", ["-m", str(small_model), str(tmp_path / "x.txt"), "--clean", "--quiet", "-o"]
    path.write_text(PDF, encoding="utf-8")
    outputs = {suffix: tmp_path / f"out.{suffix}" for suffix in ("seg", "jsonl", "conllu", "parquet")}
    for output in outputs.values():
        assert main([*call, str(output)]) == 0
    cleaned = ["本报告由北京大学的老师写成。", "", "我喜欢 A&B 和中国"]
    lines = outputs["seg"].read_text(encoding="utf-8").splitlines()
    assert list(map(without_space, lines)) == list(map(without_space, cleaned))
    rows = [json.loads(line) for line in outputs["jsonl"].read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == [
        "本报告由北京\n大学的老师\n写成。",
        "",
        "我 喜 欢 A&amp;B 和 &#20013;&nbsp;国",
    ]
    assert pq.read_table(outputs["parquet"]).to_pylist() == rows
    assert [sentence.text for sentence in read(outputs["conllu"])] == cleaned
    ranges = re.findall(r"TokenRange=(\d+):(\d+)", outputs["conllu"].read_text(encoding="utf-8"))
    assert [(int(a), int(b)) for a, b in ranges] == [(w["start"], w["end"]) for row in rows for w in row["words"]]


def test_records_with_alternatives(file_tagger: FileTagger) -> None:
    row = {"n": 1, "text": "我 喜 欢\n北 京"}
    chunk = Chunk("jsonl", json.dumps(row).encode(), 1, 0)
    (found,) = file_tagger("x", chunk).data.splitlines()
    assert json.loads(found).items() >= row.items()
    nbest = replace(file_tagger, output=OutputOptions(nbest=1), format="jsonl")
    alternative = json.loads(nbest("x", chunk).data)["alternatives"][0]
    assert alternative["words"] == json.loads(found)["words"]
    assert alternative["words"][-1]["end"] == len(row["text"])  # type: ignore[arg-type]
    slash = replace(file_tagger, format="segmented")("x", chunk).data.decode()
    assert without_space(slash) == "我喜欢北京"


def test_known_words_are_refused(small_model: Path) -> None:
    with pytest.raises(InputError, match="no known words together with --clean"):
        FileTagger(str(small_model), clean=True, known_field="known")
