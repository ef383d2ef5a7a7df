"""`tagger keywords`: documents of files, their candidates, and both methods on them."""

import json
from pathlib import Path

import models
import pytest

from tagger.keywords import main
from tagger.tagging.keywords import text_rank, tf_idf
from tagger.tagging.tagger import Tagger

TEXTS = ["我喜欢北京。\n今天天气很好！", "我们去公园吧，北京天气很好。"]


def rows(out: str) -> list[tuple[str, str, float]]:
    return [(name, form, float(score)) for name, form, score in (line.split("\t") for line in out.splitlines())]


def forms_by_line(tagger: Tagger, text: str, pos: str = "NOUN X") -> list[list[str | None]]:
    sentences = tagger.tag(text.split("\n"))
    return [[w.form if w.pos in pos.split() and w.form.isalnum() else None for w in s.words] for s in sentences]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name, text in zip("ab", TEXTS, strict=True):
        Path(f"{name}.txt").write_text(text, encoding="utf-8")
    Path("all.jsonl").write_text("".join(json.dumps({"body": text}) + "\n" for text in TEXTS), encoding="utf-8")
    return ["a.txt", "b.txt"]


def test_several_documents_by_tf_idf(
    small_model: Path, small_tagger: Tagger, files: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), "--pos", "NOUN,X", "--min-chars", "1", "--top", "3"]
    assert main([*files, *call]) == 0
    found = rows(capfd.readouterr().out)
    documents = [[form for line in forms_by_line(small_tagger, text) for form in line if form] for text in TEXTS]
    assert all(documents)
    wanted = [
        (name, form, round(score, 4))
        for name, words in zip(files, tf_idf(documents), strict=True)
        for form, score in words[:3]
    ]
    assert found == wanted
    assert main(["all.jsonl", "--field", "body", *call, "--format", "jsonl", "-o", "out.jsonl"]) == 0
    values = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [value["document"] for value in values] == ["all.jsonl:1", "all.jsonl:2"]
    of_rows = [(k["form"], round(k["score"], 4)) for value in values for k in value["keywords"]]
    assert of_rows == [row[1:] for row in wanted]


def test_one_document_by_text_rank(
    small_model: Path, small_tagger: Tagger, files: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["a.txt", "-m", str(small_model), "--pos", "NOUN,X", "--min-chars", "1"]
    lines = forms_by_line(small_tagger, TEXTS[0])
    assert main([*call, "--window", "3"]) == 0
    wanted = [("a.txt", form, round(score, 4)) for form, score in text_rank(lines, window=3)]
    assert rows(capfd.readouterr().out) == wanted
    Path("stop.txt").write_text(wanted[0][1], encoding="utf-8")
    assert main([*call, "--stop-words", "stop.txt", "--method", "tfidf"]) == 0
    left = [form for line in lines for form in line if form and form != wanted[0][1]]
    assert [row[1] for row in rows(capfd.readouterr().out)] == [form for form, _ in tf_idf([left])[0]]


def test_a_model_without_tags_and_one_of_entities(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    for model in (models.SEGMENTER, models.ENTITIES):
        assert main([*files, "-m", str(model), "--min-chars", "1"]) == 0
        out = capfd.readouterr().out
        assert out
        assert all(any(map(str.isalnum, form)) for _, form, _ in rows(out))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--window", "1", "--method", "textrank"], "expected a window of 2 words or more, got 1"),
        (["--pos", "ADJ"], "expected tags that the model has (NOUN, VERB, X), got 'ADJ'"),
        (
            ["-m", str(models.head_model("crf"))],
            "expected tags of keywords for this model (--pos), got none",
        ),
        (["--input", "jsonl"], "a.txt:1: expected a JSON object with a string 'text'"),
    ],
)
def test_what_is_refused(
    files: list[str], capfd: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*files, "-m", str(models.SMALL), *arguments]) == 1
    assert message in capfd.readouterr().err
