"""Files of a model of words and entities: formats of both hold both, each of the others what it can."""

import json
from pathlib import Path

import models
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger import corpus
from tagger.bulk.arrow import tag_batch
from tagger.bulk.entity_lines import mark
from tagger.tag import main
from tagger.tagging.tagger import load
from tagger.text.sentence import Entity, Sentence, Word

TEXTS = ["我喜欢北京。", "我们 去公园吧！", "iPhone 15 卖 5999 元。"]
MODEL = ["-m", str(models.JOINT), "--quiet"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wanted() -> list[Sentence]:
    return list(load(models.JOINT).tag(TEXTS))


def test_jsonl_and_parquet_hold_both(source: Path, tmp_path: Path, wanted: list[Sentence]) -> None:
    output = tmp_path / "out.jsonl"
    assert main([*MODEL, str(source), "-o", str(output)]) == 0
    assert [(s.words, s.entities) for s in corpus.read(output)] == [(s.words, s.entities) for s in wanted]
    assert main([*MODEL, str(source), "-o", str(tmp_path / "out.parquet")]) == 0
    assert main([*MODEL, str(tmp_path / "out.parquet"), "-o", str(tmp_path / "again.parquet")]) == 0
    plain = pa.RecordBatch.from_pylist([{"text": text} for text in TEXTS])
    for table in (*map(pq.read_table, tmp_path.glob("*.parquet")), tag_batch(plain, load(models.JOINT))):
        assert table.schema.names == ["text", "words", "spans"]
        for row, sentence in zip(table.to_pylist(), wanted, strict=True):
            assert [Word(**word) for word in row["words"]] == list(sentence.words)
            assert [Entity(**span) for span in row["spans"]] == list(sentence.entities)


@pytest.mark.parametrize("format", ["slash", "segmented", "conllu", "inline", "iob2"])
def test_other_formats_hold_one_layer(
    source: Path, wanted: list[Sentence], format: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*MODEL, str(source), "--format", format]) == 0
    written = capsysbinary.readouterr().out.decode()
    if format == "inline":
        assert written == "".join(map(mark, wanted))
        return
    if format == "iob2":
        wanted = [Sentence(sentence.text, (), (), sentence.entities) for sentence in wanted]
    else:
        wanted = [Sentence(sentence.text, sentence.words) for sentence in wanted]
    assert written == "".join(corpus.format_sentence(sentence, format) for sentence in wanted)


def test_fields_probabilities_and_a_filter(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The arrays of another tagger give way to ours; a filter of words leaves entities alone."""
    line = {"id": 7, "text": TEXTS[2], "spans": [1], "words": [2]}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (tmp_path / "in.csv").write_text(f"id,text,spans,words\n7,{TEXTS[2]},1,2\n", encoding="utf-8")
    assert main([*MODEL, str(tmp_path / "in.csv"), "--format", "jsonl"]) == 0
    members = json.loads(capsysbinary.readouterr().out, object_pairs_hook=list)
    assert [name for name, _ in members] == ["id", "text", "words", "spans"]  # each once
    options = [*MODEL, str(tmp_path / "in.jsonl"), "--format", "jsonl", "--pos", "VERB"]
    assert main([*options, "--confidence", "--offsets", "byte", "--sentences"]) == 0
    answer = capsysbinary.readouterr().out
    row, [rated] = json.loads(answer), list(load(models.JOINT).tag([TEXTS[2]], confidence=True))
    assert list(row) == ["id", "text", "words", "spans", "sentences"]
    assert [word["form"] for word in row["words"]] == [word.form for word in rated.words if word.pos == "VERB"]
    starts = [len(TEXTS[2][: entity.start].encode()) for entity in rated.entities]
    assert [(span["label"], span["start"]) for span in row["spans"]] == [
        (entity.label, start) for entity, start in zip(rated.entities, starts, strict=True)
    ]
    assert all(0 < item["probability"] <= 1 for item in [*row["words"], *row["spans"]])
    assert main([*options, "--search", "0.01"]) == 0
    searched = json.loads(capsysbinary.readouterr().out)["spans"]
    assert {(s["start"], s["end"]) for s in searched} >= {(e.start, e.end) for e in rated.entities}


def test_a_dictionary_of_words_and_a_format_of_entities(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (source.parent / "words.txt").write_text("北京\n", encoding="utf-8")
    options = [*MODEL, str(source), "--dictionary", str(source.parent / "words.txt"), "--format"]
    assert main([*options, "inline"]) == 1
    assert "which concern the words of this model, for inline, which holds its entities" in capsys.readouterr().err
    assert main([*options, "jsonl"]) == 0
