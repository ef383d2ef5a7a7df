"""Blocks hold the sentences that the readers of lines give, and a bad line brings the same error."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagger.corpus import Corpus, block_reading
from tagger.corpus.blocks import Block
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence, Word

FORM = st.text("我北京abé1.,。#-/_·\u3000 \u200b\u00a0e\u0301😀", min_size=1, max_size=4)
GOOD = st.sampled_from(["我", "北京", "abc", "10", "1.5", "A", "#", "-", "/", "😀", "。"])
TAG = st.sampled_from(["N", "V", "NUM", "N-s", "V"])
# What few files have: for each format, lines and pieces of lines.
ODD = {
    "slash": ["我", "/N", "我/", "a/b/N", "", " ", "\t北京/N", "\u3000", "\ufeff", "\0", "\udcff", "a\u200b/N"],
    "segmented": ["", " ", "我  你", "\t北京", "\u3000", "\ufeff", "\0", "\udcff", "a\u200bb"],
    "columns": ["我", "我 N", "\tN", "我\t", "我\t_", "\t", " ", "-DOCSTART- x", "我\tN\tX", "# c", "\ufeff", "a b\tN",
                "\udcff", " 我\tN "],
    "conllu": ["# x", "# text = 我", "1-2\t我们\t_\t_\t_\t_\t_\t_\t_\t_", "1.1\t我\t_\tN\t_\t_\t_\t_\t_\t_", " ",
               "\ufeff", "1\t我\t_\tN\t_\t_\t_\t_\t_\tNER=B-PER",
               "2\t我\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No", "我\tN",
               "\udcff", "# spaces = \\s", "1\t我\t_\tN\tX\t_\t_\t_\t_\tSpaceAfter=No", "3\t\t_\tN\tX\t_\t_\t_\t_\t_"],
}  # fmt: skip


def lines_of(format: str, words: list[tuple[str, str]], space: str) -> list[str]:
    """A sentence in a format; where `space` is none of its text, CoNLL-U has no text."""
    if format in ("slash", "segmented"):
        return [(space or " ").join(f"{form}/{tag}" if format == "slash" else form for form, tag in words)]
    if format == "columns":
        return [*(f"{form}\t{tag}" for form, tag in words), ""]
    text = space.join(form for form, _ in words)
    rows = [f"{i}\t{form}\t_\t{tag}\tX{tag}\t_\t_\t_\t_\t_" for i, (form, tag) in enumerate(words, 1)]
    return ["# sent_id = 1", f"# text = {text}", *rows, ""]


@st.composite
def files(draw: st.DrawFn, format: str) -> bytes:
    sentences = st.lists(st.tuples(draw(st.sampled_from([GOOD, GOOD, FORM])), TAG), min_size=1, max_size=5)
    spaces = st.sampled_from(["", "", " ", "\u3000", "  "])
    rows = [row for _ in range(draw(st.integers(1, 6))) for row in lines_of(format, draw(sentences), draw(spaces))]
    for odd in draw(st.lists(st.sampled_from(ODD[format]), max_size=2)):
        rows.insert(draw(st.integers(0, len(rows))), odd)
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = draw(st.sampled_from(["", "", "\ufeff"])) + end.join(rows) + draw(st.sampled_from([end, end, "", "\r"]))
    return text.encode("utf-8", "surrogateescape")


def sentences_of(found: Iterable[Block | Sentence]) -> Iterator[Sentence]:
    """Sentences without comments."""
    for item in found:
        if isinstance(item, Sentence):
            yield Sentence(item.text, item.words)
            continue
        text = item.codes.tobytes().decode("utf-32-le")
        kinds = [item.kinds[number] for number in item.kind_ids]
        assert list(item.kinds) == list(dict.fromkeys(kinds))
        spans = list(zip(item.starts.tolist(), item.ends.tolist(), kinds, strict=True))
        for start, end in zip(item.bounds[:-1].tolist(), item.bounds[1:].tolist(), strict=True):
            words = [Word(text[a:b], kind, a - start, b - start) for a, b, kind in spans if start <= a < end]
            yield Sentence(text[start:end], tuple(words))


def answer(found: Iterable[Block | Sentence]) -> list[Sentence | str]:
    """What comes, up to and with an error."""
    came: list[Sentence | str] = []
    try:
        came.extend(sentences_of(found))
    except CorpusError as error:
        came.append(str(error))
    return came


@pytest.mark.parametrize("format", ODD)
@pytest.mark.parametrize("size", [1, 60])
def test_blocks_hold_what_the_reader_gives(
    format: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_reading, "SIZES", (4 * size, size))

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(files(format), st.sampled_from(["upos", "xpos"]), st.sampled_from(["joint", "seg"]))
    def check(data: bytes, tag: str, task: str) -> None:
        file = tmp_path / "file"
        file.write_bytes(data)
        corpus = Corpus(file, format=format, tag=tag, task=task)
        assert answer(corpus.stream_blocks("train")) == answer(corpus.stream("train"))

    check()


ROWS = {
    "slash": ["我/N 爱/V", "北京/N 。/P", "Google/N Chrome/N 3/NUM"],
    "segmented": ["我 爱", "北京 。", "Google Chrome 3"],
    "columns": ["我\tN", "爱\tV", "", "Google\tN", "3\tNUM", ""],
    "conllu": ["# text = 我 3", "1\t我\t_\tN\tX\t_\t_\t_\t_\t_", "2\t3\t_\tV\tX\t_\t_\t_\t_\t_", ""],
}


@pytest.mark.parametrize("format", ROWS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_usual_lines_come_as_blocks(format: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_reading, "SIZES", (400, 100))
    usual = end.join(["", *ROWS[format] * 40])
    file = tmp_path / "file"
    task = "seg" if format == "segmented" else "joint"

    def is_block(text: str) -> list[bool]:
        file.write_bytes(text.encode())
        return [isinstance(item, Block) for item in Corpus(file, format=format, task=task).stream_blocks("train")]

    assert all(is_block(usual))
    odd = is_block(usual.replace("我", "我\u200b", 2))
    assert not odd[0]
    assert any(odd)
