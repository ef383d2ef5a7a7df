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


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        ("a.txt", b"x\n\xff", [], "a.txt:2: expected UTF-8"),
        ("a.jsonl", b"{\n", [], "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b"[\n", [], "jq -c '.[]'"),
        ("a.jsonl", b"[{}]\n", [], "jq -c '.[]'"),
        ("a.jsonl", b'{"q": 1}\n', ["--field", "q"], "expected an object with a string 'q'"),
        ("a.txt", b"x", ["--top", "0"], "expected --top of 1 or more"),
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
