"""`POST /v1/inspect`: what is answered, and what is refused."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
import torch
from service import Service

from tagger.export import quantize
from tagger.inspection.inspector import Inspector
from tagger.learning.checkpoint import Trained
from tagger.learning.export.tagger import build, describe
from tagger.learning.nets.tagger import BiLSTM
from tagger.text.presegment import Presegmenter
from tagger.text.sentence import Sentence


def test_the_answer_is_the_inspectors(client: httpx.Client, small_model: Path) -> None:
    found = client.post("/v1/inspect", json={"text": "我喜欢 北京", "layer": 1, "model": "other"}).json()
    assert found.pop("model")["name"] == "other"
    assert found == Inspector.open(small_model)("我喜欢 北京").to_json(0)
    assert np.shape(found["directions"]["backward"]["cell"]) == (6, 8)


def test_the_cell_without_a_forget_gate(small_net: BiLSTM, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = BiLSTM(small_net.alphabet, small_net.scheme, cell="lstm_no_forget", hidden_sizes=[4])
    onnx.save(build(net.eval(), describe(Trained(net, Presegmenter(), {}))), tmp_path / "n.onnx")
    with Service("--model", tmp_path / "n.onnx") as service:
        found = _ask(service, "n").json()
        schemas = service.client.get("/openapi.json").json()["components"]["schemas"]
    assert found["operator"] in schemas["Inspection"]["properties"]["operator"]["enum"]
    assert list(found["directions"]["backward"]) == ["input", "output", "candidate", "cell", "hidden"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"text": "好" * 101}, 413, "at most 100 characters"),
        ({"text": ""}, 422, "a sentence, got ''"),
        ({"text": ["好"]}, 422, "a sentence, got ['好']"),
        ({}, 422, "a sentence, got None"),
        ({"text": "好", "layer": 2}, 422, '"layer" of 1 to 1, got 2'),
        ({"text": "好", "layer": True}, 422, "a whole number"),
        ({"text": "好", "units": 2}, 422, "got units"),
        ({"text": "好", "model": "none"}, 404, "got 'none'"),
    ],
)
def test_what_is_refused(client: httpx.Client, body: Any, status: int, message: str) -> None:
    answer = client.post("/v1/inspect", json=body)
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


def _ask(service: Service, name: str) -> httpx.Response:
    return service.client.post("/v1/inspect", json={"text": "我", "model": name})


def test_files_that_cannot_be_inspected_say_why(small_model: Path, tmp_path: Path) -> None:
    small, moved = tmp_path / "q.onnx", tmp_path / "moved.onnx"
    quantize(small_model, small, [Sentence.from_forms(["我", "喜欢"], ["X", "X"])])
    moved.write_bytes(small_model.read_bytes())
    with Service("--model", small, "--model", moved) as service:
        answer = _ask(service, "q")
        assert answer.status_code == 422
        message = answer.json()["error"]["message"]
        assert "quantize=int8" in message
        assert str(tmp_path) not in message
        moved.write_bytes(small_model.read_bytes() + b"\x32\x01x")  # a documentation string: another file
        assert _ask(service, "moved").status_code == 503
        moved.unlink()
        assert _ask(service, "moved").status_code == 422
