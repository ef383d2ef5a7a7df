"""The Open Inference Protocol v2."""

import json
from typing import Any

import httpx
import pytest


def tensor(data: Any, /, **changes: Any) -> dict[str, Any]:
    return {"name": "text", "shape": [len(data)], "datatype": "BYTES", "data": data} | changes


def test_health_and_metadata(client: httpx.Client) -> None:
    assert client.get("/v2").json()["name"] == "tagger"
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    description = client.get("/v2/models/other").json()
    assert description["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    assert description["outputs"] == [{"name": "words", "datatype": "BYTES", "shape": [-1]}]
    version = description["versions"][0]
    assert client.get(f"/v2/models/other/versions/{version}").json() == description
    assert client.get(f"/v2/models/other/versions/{version}/ready").json() == {"name": "other", "ready": True}
    assert client.get("/v2/models/other/versions/1").json()["code"] == "not_found"


@pytest.mark.parametrize("flat", [True, False])
def test_infer_gives_what_v1_gives(client: httpx.Client, flat: bool) -> None:
    texts = ["我喜欢北京。", "", "iPhone 15 卖 5999 元。"]
    body: dict[str, Any] = {"id": "7", "inputs": [tensor(texts)], "outputs": [{"name": "words"}]}
    if not flat:
        body["inputs"] = [tensor([[text] for text in texts], shape=[3, 1])]
    body["parameters"] = {"offsets": "byte"}
    answer = client.post("/v2/models/other/infer", json=body).json()
    assert (answer["id"], answer["model_name"]) == ("7", "other")
    [words] = answer["outputs"]
    assert (words["name"], words["datatype"], words["shape"]) == ("words", "BYTES", [3])
    ours = client.post("/v1/tag", json={"texts": texts, "offsets": "byte"}).json()
    assert [json.loads(fragment) for fragment in words["data"]] == [result["words"] for result in ours["results"]]
    assert answer["model_version"] == ours["model"]["version"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"inputs": []}, 422, "one tensor"),
        ({"inputs": [tensor(["好"]), tensor(["好"])]}, 422, "got 2 tensors"),
        ({"inputs": {"text": "好"}}, 422, "got an object"),
        ({"inputs": [tensor(["好"], name="input")]}, 422, "got 'input' of 'BYTES'"),
        ({"inputs": [tensor([1], datatype="INT32")]}, 422, "'INT32'"),
        ({"inputs": [tensor(["好"], shape=[2])]}, 422, '"shape" [1] for 1 texts, got [2]'),
        ({"inputs": [tensor(["好"], shape=[True])]}, 422, "got [True]"),
        ({"inputs": [tensor(["好"], shape=None)]}, 422, "got None"),
        ({"inputs": [tensor([1])]}, 422, '"inputs[0].data"[0], got a number'),
        ({"inputs": [tensor(["好"], data="好")]}, 422, "got a string"),
        ({"inputs": [tensor(["好"])], "outputs": [{"name": "tags"}]}, 422, 'no output but "words"'),
        ({"inputs": [tensor(["好"])], "parameters": {"offsets": 1}}, 422, '"offsets" among'),
        ({"inputs": [tensor(["好"])], "parameters": []}, 422, '"parameters", got a list'),
        ({"inputs": [tensor(["好"])], "id": 7}, 422, 'a string in "id"'),
        ({"inputs": [tensor(["好"] * 21)]}, 413, "at most 20 texts"),
    ],
)  # fmt: skip
def test_what_is_refused(client: httpx.Client, body: dict[str, Any], status: int, message: str) -> None:
    answer = client.post("/v2/models/small/infer", json=body)
    error = answer.json()
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, error["request_id"])
    assert message in error["error"]


def test_unknown_models_and_binary_tensors(client: httpx.Client) -> None:
    for path in ("/v2/models/none", "/v2/models/none/ready"):
        assert client.get(path).status_code == 404
    assert client.post("/v2/models/none/infer", json={"inputs": [tensor(["好"])]}).status_code == 404
    answer = client.post("/v2/models/small/infer", content=b"x", headers={"inference-header-content-length": "1"})
    assert answer.status_code == 415
    assert "binary_data" in answer.json()["error"]
