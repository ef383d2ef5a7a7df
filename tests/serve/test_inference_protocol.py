"""The Open Inference Protocol v2."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from service import Service

from serve.settings import Settings
from serve.terms import Terms
from serve.v2_requests import InferReader


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
        ({"inputs": []}, 422, 'one tensor called "text" in "inputs", got []'),
        ({"inputs": [tensor(["好"]), tensor(["好"])]}, 422, "expected one tensor"),
        ({"inputs": {"text": "好"}}, 422, "got an object"),
        ({"inputs": [tensor(["好"], name="input")]}, 422, 'expected "text" in "inputs[0].name", got "input"'),
        ({"inputs": [tensor([1], datatype="INT32")]}, 422, 'expected "BYTES" in "inputs[0].datatype", got "INT32"'),
        ({"inputs": [tensor(["好"], shape=[2])]}, 422, 'expected [1] for 1 texts in "inputs[0].shape", got [2]'),
        ({"inputs": [tensor(["好"], shape=[True])]}, 422, "got true"),
        ({"inputs": [tensor(["好"], shape=None)]}, 422, "got null"),
        ({"inputs": [tensor([1])]}, 422, 'a string in "inputs[0].data[0]", got a number'),
        ({"inputs": [tensor(["好"], data="好")]}, 422, "got a string"),
        ({"inputs": [tensor(["好"])], "outputs": [{"name": "tags"}]}, 422, 'in "outputs[0].name", got "tags"'),
        ({"inputs": [tensor(["好"])], "parameters": {"offsets": 1}}, 422, 'in "parameters.offsets", got 1'),
        ({"inputs": [tensor(["好"])], "parameters": []}, 422, '"parameters", got a list'),
        ({"inputs": [tensor(["好"])], "parameters": {"timeout": 1}}, 504, "by the deadline"),
        ({"inputs": [tensor(["好"])], "parameters": {"timeout": 0.5}}, 422, 'in "parameters.timeout", got 0.5'),
        ({"inputs": [tensor(["好"])], "parameters": {"priority": 9}}, 422, '"parameters.priority", got 9'),
        ({"inputs": [tensor(["好"])], "id": 7}, 422, 'a string in "id"'),
        ({"inputs": [tensor(["好"] * 21)]}, 413, "at most 20 texts, got 21; send them in parts"),
        ({"inputs": [tensor([["好"]] * 21)]}, 413, "at most 20 texts, got 21; send them in parts"),
    ],
)  # fmt: skip
def test_what_is_refused(client: httpx.Client, body: dict[str, Any], status: int, message: str) -> None:
    answer = client.post("/v2/models/small/infer", json=body)
    error = answer.json()
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, error["request_id"])
    assert message in error["error"]


def test_unknown_models_and_queries(client: httpx.Client) -> None:
    for path in ("", "/ready", "/config", "/stats", "/versions/1"):
        assert client.get(f"/v2/models/none{path}").status_code == 404
    assert client.post("/v2/models/none/infer", json={"inputs": [tensor(["好"])]}).status_code == 404
    answer = client.post("/v2/models/small/infer?offsets=byte", json={"inputs": [tensor(["好"])]})
    assert (answer.status_code, answer.json()["error"][:29]) == (422, "expected no query, got offset")


def test_fields_that_the_protocol_does_not_have_are_ignored(client: httpx.Client) -> None:
    """Clients send their own: KServe's always the name of the model."""
    plain: dict[str, Any] = {"inputs": [tensor(["我喜欢北京。"])]}
    more = {
        "model_name": "small",
        "inputs": [tensor(["我喜欢北京。"], extra=1)],
        "outputs": [{"name": "words", "x": 1}],
    }
    answers = [client.post("/v2/models/small/infer", json=body).json() for body in (plain, more)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"offsets": "byte"},
        {"confidence": True},
        {"search": 0.05},
        {"nbest": 2},
        {"sentences": True},
        {"dictionary": "words", "patterns": "titles"},
    ],
)
def test_parameters_are_those_of_v1(client: httpx.Client, parameters: dict[str, Any]) -> None:
    texts = ["我喜欢北京。", "《北 京》"]
    body = {"inputs": [tensor(texts)], "parameters": parameters}
    [words] = client.post("/v2/models/small/infer", json=body).json()["outputs"]
    results = client.post("/v1/tag", json={"texts": texts, **parameters}).json()["results"]
    assert [json.loads(element) for element in words["data"]] == [next(iter(result.values())) for result in results]


@pytest.mark.parametrize(
    ("parameters", "seconds", "urgency"),
    [
        ({}, 5, 4),
        ({"timeout": 0, "priority": 0}, 5, 4),
        ({"timeout": 2_000_000}, 2, 4),
        ({"timeout": 9_000_000, "priority": 1}, 5, 0),
        ({"timeout": 1, "priority": 8}, 0.000001, 7),
    ],
)
def test_arguments_of_triton_clients(parameters: dict[str, int], seconds: float, urgency: int) -> None:
    """`timeout` in microseconds and `priority` from 1, beside the headers `X-Request-Timeout: 5`, `Priority: u=4`."""
    wanted = InferReader(Settings()).check({"inputs": [tensor(["好"])], "parameters": parameters}, "zh-small")
    by_headers = Terms("somebody", deadline=100.0, seconds=5.0, urgency=4)  # so it came at 95
    terms = by_headers.changed(wanted.seconds, wanted.urgency)
    assert (terms.seconds, terms.deadline, terms.urgency) == (seconds, 95 + seconds, urgency)


# The binary tensor extension, by its definition: JSON, then the tensors; an element of BYTES is its length in four
# bytes, the lowest first, and its bytes.
NIHAO = b"\x06\x00\x00\x00\xe4\xbd\xa0\xe5\xa5\xbd"
EMPTY = b"\x00\x00\x00\x00"


def binary(data: bytes, size: Any, n: int = 1, **changes: Any) -> dict[str, Any]:
    """The arguments of a request whose only input has `size` bytes of `data`."""
    text = {"name": "text", "shape": [n], "datatype": "BYTES", "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [text], **changes}).encode()
    return {"content": head + data, "headers": {"inference-header-content-length": str(len(head))}}


def test_binary_tensors(client: httpx.Client) -> None:
    texts = ["你好", ""]
    wanted = client.post("/v2/models/small/infer", json={"inputs": [tensor(texts)], "id": "7"}).json()
    request = binary(NIHAO + EMPTY, 14, 2, id="7")
    assert client.post("/v2/models/small/infer", **request).json() == wanted
    for asked in (
        {"parameters": {"binary_data_output": True}},
        {"outputs": [{"name": "words", "parameters": {"binary_data": True}}]},
    ):
        answer = client.post("/v2/models/small/infer", **binary(NIHAO + EMPTY, 14, 2, id="7", **asked))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
        n_json = int(answer.headers["inference-header-content-length"])
        head, data = json.loads(answer.content[:n_json]), answer.content[n_json:]
        elements = [element.encode() for element in wanted["outputs"][0]["data"]]
        assert data == b"".join(len(element).to_bytes(4, "little") + element for element in elements)
        [words] = head.pop("outputs")
        assert words == {
            "name": "words",
            "datatype": "BYTES",
            "shape": [2],
            "parameters": {"binary_data_size": len(data)},
        }
        assert head | {"outputs": wanted["outputs"]} == wanted


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        (binary(NIHAO, 10, 2), 422, "[1] for 1 texts"),
        (binary(NIHAO, 11), 422, "of at most 10, got 11"),
        (binary(NIHAO, 0, 0), 422, "10 bytes behind them"),
        (binary(NIHAO, -1), 422, "of at most 10, got -1"),
        (binary(b"", "0", 0), 422, 'expected "data", a list of strings'),
        (binary(NIHAO[:8], 8), 422, "expected 10 bytes for element 0, got 8"),
        (binary(NIHAO + b"\x01", 11), 422, "expected 5 bytes for element 1, got 1"),
        (binary(b"\xff\xff\xff\xff", 4), 422, "expected 4294967299 bytes for element 0, got 4"),
        (binary(b"\x01\x00\x00\x00\xff", 5), 400, "UTF-8 in element 0"),
        (binary(EMPTY * 21, 84, 21), 413, "at most 20 texts"),
        (binary(EMPTY * 20 + b"\x01", 81, 21), 413, "at most 20 texts, got more"),  # whatever follows
        ({"content": b"{}", "headers": {"inference-header-content-length": "3"}}, 422, "a length of at most 2"),
        ({"content": b"{}", "headers": {"inference-header-content-length": "x"}}, 422, "got x"),
    ],
)  # fmt: skip
def test_binary_tensors_that_are_refused(
    client: httpx.Client, request_: dict[str, Any], status: int, message: str
) -> None:
    answer = client.post("/v2/models/small/infer", **request_)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_configuration_statistics_and_repository(client: httpx.Client) -> None:
    config = client.get("/v2/models/small/config").json()
    assert config["input"] == [{"name": "text", "data_type": "TYPE_STRING", "dims": [-1]}]
    assert config["max_batch_size"] == 0
    [before] = client.get("/v2/models/other/stats").json()["model_stats"]
    assert client.post("/v2/models/other/infer", json={"inputs": [tensor(["好", "好"])]}).status_code == 200
    [after] = client.get("/v2/models/other/stats").json()["model_stats"]
    assert after["inference_count"] - before["inference_count"] == 2
    assert after["inference_stats"]["success"]["count"] - before["inference_stats"]["success"]["count"] == 1
    assert after["last_inference"] > 1.7e12
    assert {model["name"] for model in client.get("/v2/models/stats").json()["model_stats"]} == {"small", "other"}
    index = client.post("/v2/repository/index").json()
    assert [(model["name"], model["state"]) for model in index] == [("small", "READY"), ("other", "READY")]
    answer = client.post("/v2/repository/models/small/load")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_models_are_loaded_and_unloaded_with_a_key(small_model: Path) -> None:
    key = {"authorization": "Bearer 0123456789abcdef"}
    models = ["--model", small_model, "--model", f"other={small_model}"]
    with Service(*models, environment={"TAGGER_API_KEYS": "0123456789abcdef"}) as started:
        post = partial(started.client.post, headers=key)
        assert started.client.post("/v2/repository/index").status_code == 401
        assert post("/v2/repository/models/other/unload").json() == {}
        assert post("/v2/models/other/infer", json={"inputs": [tensor(["好"])]}).status_code == 404
        states = {model["name"]: model["state"] for model in post("/v2/repository/index").json()}
        assert states == {"small": "READY", "other": "UNAVAILABLE"}
        assert [model["name"] for model in post("/v2/repository/index", json={"ready": True}).json()] == ["small"]
        assert post("/v2/repository/models/other/load").json() == {}
        assert post("/v2/models/other/infer", json={"inputs": [tensor(["好"])]}).status_code == 200
        assert post("/v2/repository/models/none/load").status_code == 404
        assert post("/v2/repository/models/small/unload").status_code == 422
