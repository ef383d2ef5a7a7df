"""Files of entities: marks in the text, columns and JSON, written and read again."""

import json
from pathlib import Path

import models
import pyarrow.parquet as pq
import pytest

from tagger import corpus
from tagger.bulk.entity_lines import mark
from tagger.tag import main
from tagger.tagging.tagger import load
from tagger.text.sentence import Entity, Sentence

TEXTS = ["我喜欢北京。", "我们 去公园吧！", "", "a[1]\\京。iPhone 15 卖"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "entities", "line"),
    [
        ("去北京。", (Entity("北京", "LOC", 1, 3),), "去[北京/LOC]。\n"),
        ("北京上海", (Entity("北京", "LOC", 0, 2), Entity("上海", "LOC", 2, 4)), "[北京/LOC][上海/LOC]\n"),
        ("a[1]\\b\nc", (Entity("1", "X", 2, 3),), "a\\[[1/X]\\]\\\\b\\nc\n"),
        ("", (), "\n"),
    ],
)
def test_marks(text: str, entities: tuple[Entity, ...], line: str) -> None:
    assert mark(Sentence(text, (), (), entities)) == line


@pytest.mark.parametrize("name", ["out.iob2", "out.jsonl", "out.parquet", "out.inline", "plain"])
def test_a_file_holds_what_the_tagger_finds(source: Path, tmp_path: Path, name: str) -> None:
    output = tmp_path / name
    assert main(["-m", str(models.ENTITIES), str(source), "-o", str(output), "--quiet"]) == 0
    wanted = list(load(models.ENTITIES).tag(TEXTS))
    if output.suffix in (".inline", ""):
        assert output.read_text(encoding="utf-8") == "".join(map(mark, wanted))
    elif output.suffix == ".parquet":
        rows = pq.read_table(output).to_pylist()
        assert [[Entity(**span) for span in row["spans"]] for row in rows] == [list(s.entities) for s in wanted]
    else:
        read = list(corpus.read(output, format="spans"))
        assert [(s.text, s.entities) for s in read if s.text] == [(s.text, s.entities) for s in wanted if s.text]


def test_probabilities_readings_and_sentences(source: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    options = ["-m", str(models.ENTITIES), str(source), "--format", "jsonl"]
    assert main([*options, "--confidence", "--sentences"]) == 0
    spans = [span for line in capsysbinary.readouterr().out.splitlines() for span in json.loads(line)["spans"]]
    assert spans
    assert all(0 < span["probability"] <= 1 and span["label"] for span in spans)
    assert main([*options, "--nbest", "2"]) == 0
    first = json.loads(capsysbinary.readouterr().out.splitlines()[0])["alternatives"][0]
    assert first["spans"] == [entity._asdict() for entity in load(models.ENTITIES)(TEXTS[0]).entities]


@pytest.mark.parametrize(("model", "format"), [(models.ENTITIES, "slash"), (models.SMALL, "iob2")])
def test_a_format_of_the_other_kind_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str], model: Path, format: str
) -> None:
    assert main(["-m", str(model), str(source), "--format", format]) == 1
    assert f"for this model, {'slash' if format == 'iob2' else 'jsonl'}" in capsys.readouterr().err
