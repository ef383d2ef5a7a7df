"""`POST /v1/inspect`: what is answered, and what is refused."""

from pathlib import Path
from typing import Any

import httpx
import models
import numpy as np
import pytest
from service import Service

from tagger.tagging.inspection.inspector import Inspector


def test_the_answer_is_the_inspectors(client: httpx.Client, small_model: Path) -> None:
    answer = client.post("/v1/inspect", json={"text": "我喜欢 北京", "layer": 1, "model": "other"}).json()
    assert answer.pop("model")["name"] == "other"
    assert answer == Inspector.open(small_model)("我喜欢 北京").to_json(0)
    assert np.shape(answer["directions"]["backward"]["cell"]) == (6, 8)


def test_the_cell_without_a_forget_gate() -> None:
    with Service("--model", models.NO_FORGET) as service:
        answer = _ask(service, "no_forget").json()
        schemas = service.client.get("/openapi.json").json()["components"]["schemas"]
    assert answer["operator"] in schemas["Inspection"]["properties"]["operator"]["enum"]
    assert list(answer["directions"]["backward"]) == ["input", "output", "candidate", "cell", "hidden"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"text": "好" * 101}, 413, "at most 100 characters"),
        ({"text": ""}, 422, 'a sentence in "text", got ""'),
        ({"text": "\u200b"}, 422, "of 1 to 256 characters, got 0 without format characters"),
        ({"text": ["好"]}, 422, 'a sentence in "text", got a list'),
        ({}, 422, '"text", a sentence, in the body, got no such field'),
        ({"text": "好", "layer": 2}, 422, '"layer" of 1 to 1, got 2'),
        ({"text": "好", "layer": 0}, 422, 'a whole number of 1 or more in "layer", got 0; leave it out for the last'),
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
    moved = tmp_path / "moved.onnx"
    moved.write_bytes(small_model.read_bytes())
    with Service("--model", models.INT8, "--model", moved) as service:
        answer = _ask(service, "int8")
        assert answer.status_code == 422
        message = answer.json()["error"]["message"]
        assert "quantize=int8" in message
        assert str(models.FOLDER) not in message
        moved.write_bytes(small_model.read_bytes() + b"\x32\x01x")  # a documentation string: another file
        assert _ask(service, "moved").status_code == 503
        moved.unlink()
        assert _ask(service, "moved").status_code == 422
