import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import models
import pytest

from tagger.classify import main
from tagger.tagging.classifier import Classifier, load_classifier


@pytest.fixture(scope="module")
def model() -> Path:
    return models.TOPICS


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return load_classifier(model)


def test_the_command(model: Path, classifier: Classifier, tmp_path: Path, capfdbinary: Any) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff今天天气很好\r\n\n费用\t是".encode())
    (tmp_path / "b.jsonl").write_text('{"q": "今天天气很好", "id": 7}\n', encoding="utf-8")
    assert main(["-m", str(model), str(tmp_path / "a.txt")]) == 0
    wanted = [classifier(text) for text in ("今天天气很好", "", "费用\t是")]
    assert capfdbinary.readouterr().out.decode() == "".join(f"{p.label}\t{p.probability:.4f}\n" for p in wanted)
    call = ["-m", str(model), str(tmp_path / "a.txt"), str(tmp_path / "b.jsonl"), "--field", "q", "--top", "2"]
    assert main([*call, "-o", str(tmp_path / "out.jsonl.gz")]) == 0
    assert main([*call, "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.decode().splitlines()]
    assert [row["q"] for row in rows] == ["今天天气很好", "", "费用\t是", "今天天气很好"]
    assert rows[3]["id"] == 7
    assert rows[3] == rows[0] | {"id": 7}
    assert rows[0]["label"] == wanted[0].label
    assert [row["label"] for row in rows[0]["labels"]] == [
        name for name, _ in classifier.top(wanted[0].probabilities, 2)
    ]
    assert main(["-m", str(model), str(tmp_path / "a.txt"), "--top", "9"]) == 0
    assert {len(line.split("\t")) for line in capfdbinary.readouterr().out.decode().splitlines()} == {6}


# A file, the options for it, and the rows of JSONL that come without their answers.
ROWS: list[tuple[str, str, list[str], list[dict[str, object]]]] = [
    ("a.txt", "今天,天气\n好\n", [], [{"text": "今天,天气"}, {"text": "好"}]),
    ("a.csv", 'id,text\n1,"今天,天气"\n2,好\n', [], [{"id": "1", "text": "今天,天气"}, {"id": "2", "text": "好"}]),
    ("a.tsv", "q\tid\n好\t1\n", ["--field", "q"], [{"q": "好", "id": "1"}]),
    ("a.txt", "q,id\n好,1\n", ["--field", "q", "--input", "csv"], [{"q": "好", "id": "1"}]),
    ("a.jsonl", '{"q": "好", "id": 1}\n', ["--field", "q"], [{"q": "好", "id": 1}]),
    ("a.ndjson", '{"a": {"q": "好"}}\n', ["--field", "a.q"], [{"a": {"q": "好"}}]),
    ("a.csv", "id,text\n", ["--input", "text"], [{"text": "id,text"}]),
]


@pytest.mark.parametrize(("name", "content", "arguments", "rows"), ROWS)
def test_files_are_read_as_their_names_say(
    model: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    content: str,
    arguments: list[str],
    rows: list[dict[str, object]],
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main([str(tmp_path / name), "-m", str(model), "--format", "jsonl", *arguments]) == 0
    answers = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [answer.keys() - row.keys() for answer, row in zip(answers, rows, strict=True)] == [
        {"label", "probability"} for _ in rows
    ]
    assert [{name: answer[name] for name in row} for answer, row in zip(answers, rows, strict=True)] == rows


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        ("a.txt", b"x\n\xff", [], "a.txt:2: expected UTF-8"),
        ("a.jsonl", b"{\n", [], "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b"[\n", [], "jq -c '.[]'"),
        ("a.jsonl", b"[{}]\n", [], "jq -c '.[]'"),
        ("a.jsonl", b'{"q": 1}\n', ["--field", "q"], "expected a JSON object with a string 'q'"),
        ("a.jsonl", b'{"q": "x"}\n', [], "expected a JSON object with a string 'text', got"),
        (
            "a.csv",
            b"id,q\n1,x\n",
            [],
            "a.csv:1: expected a column 'text', got 'id', 'q'; name one of them with --field",
        ),
        ("a.csv", b"id,text\n1\n", [], "got 1 fields for 2 columns; correct it, name another column or format\n"),
        ("a.parquet", b"PAR1", [], "expected text, JSONL, CSV or TSV, got parquet; convert it to CSV"),
        ("a.txt", b"x", ["-m", "no.onnx"], "no.onnx: expected a model file, found none"),
    ],
)
def test_what_is_refused(
    model: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    arguments: list[str],
    message: str,
) -> None:
    (tmp_path / name).write_bytes(content)
    output = tmp_path / "out.tsv"
    assert main(["-m", str(model), str(tmp_path / name), "-o", str(output), *arguments]) == 1
    assert message in capfd.readouterr().err
    assert not output.exists()


def test_a_pipe_without_torch(model: Path, classifier: Classifier) -> None:
    code = (
        "import sys; from tagger.classify import main; status = main(sys.argv[1:]); "
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'lightning', 'hydra', 'onnx')))"
    )
    call = [sys.executable, "-c", code, "-m", str(model)]
    done = subprocess.run(call, input=b"card\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith(f"{classifier('card').label}\t")


def test_texts_in_another_encoding(
    model: Path, classifier: Classifier, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes("今天天气很好".encode("gb18030"))
    call = ["-m", str(model), str(tmp_path / "a.txt")]
    assert main([*call, "--encoding", "gb18030"]) == 0
    assert capfd.readouterr().out.startswith(f"{classifier('今天天气很好').label}\t")
    assert main(call) == 1
    assert "name the encoding with --encoding" in capfd.readouterr().err
