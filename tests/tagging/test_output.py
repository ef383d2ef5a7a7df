"""Probabilities, doubts, words to search and alternatives, in every format that can hold them."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tagger import corpus
from tagger.bulk.arrow import tag_batch
from tagger.errors import InputError
from tagger.tag import main
from tagger.tagging.confidence import RatedWord
from tagger.tagging.output import OptionError, OutputOptions
from tagger.tagging.tagger import Tagger, load

TEXTS = ["我喜欢北京的 iPhone 15。", "", "\u3000今天 天气很好，我们去公园吧！"]


@pytest.fixture
def written(small_model: Path, tmp_path: Path) -> Any:
    """Tags TEXTS with some options, and gives what was written."""
    source = tmp_path / "in.txt"
    source.write_text("".join(f"{text}\n" for text in TEXTS), encoding="utf-8")

    def run(*options: str) -> Path:
        output = tmp_path / "out"
        assert main(["-m", str(small_model), str(source), "-o", str(output), *options]) == 0
        return output

    return run


def rated(tagger: Tagger) -> list[list[RatedWord]]:
    return [list(sentence.words) for sentence in tagger.tag(TEXTS, confidence=True)]  # type: ignore[arg-type]


def middle(tagger: Tagger) -> float:
    """A probability that some words have and others have not."""
    probabilities = sorted(word.probability for words in rated(tagger) for word in words)
    return probabilities[len(probabilities) // 2]


def test_probabilities_and_doubts_where_there_is_a_place_for_them(written: Any, small_tagger: Tagger) -> None:
    least = middle(small_tagger)
    for options, shown in ((["--confidence"], True), ([], False)):
        options = [*options, "--min-confidence", str(least)]
        lines = written("--format", "jsonl", *options).read_text(encoding="utf-8").splitlines()
        rows = pq.read_table(written("--format", "parquet", *options)).to_pylist()
        misc = re.findall(r"^\d+\t.*\t(.+)$", written("--format", "conllu", *options).read_text("utf-8"), re.MULTILINE)
        for line, row, words in zip(lines, rows, rated(small_tagger), strict=True):
            for found, other, word in zip(json.loads(line)["words"], row["words"], words, strict=True):
                doubtful = word.probability < least
                assert found.get("doubtful", False) == other["doubtful"] == doubtful
                notes = dict(note.split("=") for note in misc.pop(0).split("|") if "=" in note)
                assert notes.get("Doubtful", "No") == ("Yes" if doubtful else "No")
                assert ("probability" in found) == ("probability" in other) == ("Probability" in notes) == shown
                if shown:
                    for written_word in (found, other):
                        assert written_word["probability"] == pytest.approx(word.probability, abs=1e-6)
                        assert written_word["span_probability"] == pytest.approx(word.span_probability, abs=1e-6)
                    assert float(notes["Probability"]) == pytest.approx(word.probability, abs=1e-6)
                    assert float(notes["SpanProbability"]) == pytest.approx(word.span_probability, abs=1e-6)
        assert not misc


def test_lines_mark_doubtful_words(written: Any, small_tagger: Tagger) -> None:
    least = middle(small_tagger)
    slash = written("--format", "slash", "--min-confidence", str(least)).read_text("utf-8").splitlines()
    segmented = written("--format", "segmented", "--min-confidence", str(least)).read_text("utf-8").splitlines()
    for tagged, line, words in zip(slash, segmented, rated(small_tagger), strict=True):
        forms = [f"{w.form}/{w.pos}" + "?" * (w.probability < least) for w in words]
        assert tagged.split() == forms
        assert line.split() == [w.form + "/?" * (w.span_probability < least) for w in words]
    plain = written("--format", "slash").read_text("utf-8")
    assert written("--format", "slash", "--min-confidence", "1e-12").read_text("utf-8") == plain


def test_words_to_search(written: Any, small_tagger: Tagger) -> None:
    wanted = [small_tagger.search_words(text, 0.05) for text in TEXTS]
    assert any(a.end > b.start for words in wanted for a, b in pairwise(words))
    lines = written("--format", "jsonl", "--search", "0.05").read_text("utf-8").splitlines()
    rows = pq.read_table(written("--format", "parquet", "--search", "0.05")).to_pylist()
    slash = written("--search", "0.05").read_text("utf-8").splitlines()
    for line, row, tagged, words in zip(lines, rows, slash, wanted, strict=True):
        for found in (json.loads(line)["words"], row["words"]):
            spans = [(word["form"], word["pos"], word["start"], word["end"]) for word in found]
            assert spans == [tuple(word) for word in words]
            rates = [word["span_probability"] for word in found]
            assert rates == pytest.approx([word.span_probability for word in words], abs=1e-6)
        assert tagged.split() == [f"{word.form}/{word.pos}" for word in words]


@pytest.mark.parametrize("distinct", ["words", "tags"])
def test_alternatives(written: Any, small_tagger: Tagger, distinct: Any) -> None:
    options = ["--nbest", "3", "--distinct", distinct]
    wanted = [small_tagger.alternatives(text, 3, distinct=distinct) for text in TEXTS]
    lines = written("--format", "jsonl", "--offsets", "byte", *options).read_text("utf-8").splitlines()
    for line, text, readings in zip(lines, TEXTS, wanted, strict=True):
        value = json.loads(line)
        assert value["text"] == text
        for found, reading in zip(value["alternatives"], readings, strict=True):
            assert found["probability"] == pytest.approx(reading.probability, abs=1e-6)
            assert found["span_probability"] == pytest.approx(reading.span_probability, abs=1e-6)
            assert found["score"] == pytest.approx(reading.score, abs=1e-4)
            forms = [text.encode()[word["start"] : word["end"]].decode() for word in found["words"]]
            assert forms == [word["form"] for word in found["words"]] == list(reading.sentence.forms)
    blocks = written(*options).read_text("utf-8").split("\n\n")
    assert blocks.pop() == ""
    for block, readings in zip(blocks, wanted, strict=True):
        rates, tagged = zip(*(line.split("\t") for line in block.split("\n")), strict=True)
        assert list(map(float, rates)) == pytest.approx([reading.probability for reading in readings], abs=1e-6)
        assert [line.split() for line in tagged] == [
            [f"{word.form}/{word.pos}" for word in reading.sentence.words] for reading in readings
        ]
    sentences = list(corpus.read(written("--format", "conllu", *options), format="conllu"))
    assert [s.words for s in sentences] == [reading.sentence.words for readings in wanted for reading in readings]
    assert sentences[1].comments[0] == "# alternative = 2"


def test_tables_and_objects_keep_their_fields(written: Any, small_model: Path, tmp_path: Path) -> None:
    source = tmp_path / "more.jsonl"
    source.write_text('{"id": 7, "text": "我们\\n去北京。"}\n', encoding="utf-8")
    output = tmp_path / "more.out"
    call = ["-m", str(small_model), str(source), "-o", str(output), "--format", "jsonl"]
    assert main([*call, "--nbest", "2"]) == 0
    value = json.loads(output.read_text("utf-8"))
    assert (value["id"], len(value["alternatives"])) == (7, 2)
    assert main([*call, "--confidence"]) == 0
    assert json.loads(output.read_text("utf-8"))["words"][0]["probability"] <= 1
    batch = pq.read_table(written("--format", "parquet")).to_batches()[0]
    column = tag_batch(batch, load(small_model), spans=Tagger.rated).column("words")
    assert column.to_pylist()[0][0]["probability"] <= 1


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--confidence"], "expected the format jsonl, conllu, parquet for --confidence, got slash"),
        (["--nbest", "2", "--search", "0.1"], "one of --search, --nbest"),
        (["--search", "0.1", "--format", "conllu"], "another format for overlapping words, got conllu"),
        (["--nbest", "2", "--format", "parquet", "-o", "x.parquet"], "another format for alternatives, got parquet"),
    ],
)
def test_what_does_not_go_together(
    small_model: Path, options: list[str], wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-m", str(small_model), *options]) == 1
    assert wanted in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (OutputOptions(min_confidence=1.5), "a probability from 0 to 1 for min_confidence, got 1.5"),
        (OutputOptions(nbest=-1), "1 or more for nbest, got -1"),
        (OutputOptions(nbest=2, search=0.1), "one of search, nbest, and confidence or min_confidence, got several"),
    ],
)
def test_the_library_names_options_and_not_flags(options: OutputOptions, wanted: str) -> None:
    with pytest.raises(InputError, match=wanted) as raised:
        options.check()
    assert isinstance(raised.value, OptionError)
    assert "NBEST" in OptionError("expected {nbest}").describe(str.upper)
