"""The Open Inference Protocol over gRPC, called with messages from the table and with tritonclient."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import models
import pytest
from pages import blocks
from service import ROOT, Service

grpc = pytest.importorskip("grpc", reason="gRPC is not installed; pip install 'hantagger[grpc]'")
from serve.binary_tensors import read_texts, write_elements  # noqa: E402
from serve.grpc_messages import message_classes  # noqa: E402 - it needs protobuf, which comes with gRPC

TEXTS = ["我喜欢北京。", "", "iPhone 15 卖 5999 元 😀"]
MESSAGES = message_classes()
KEY = (("authorization", "Bearer 0123456789abcdef"),)


@pytest.fixture(scope="module")
def served(small_model: Path) -> Iterator[tuple[Service, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    flags = [
        "--model",
        small_model,
        "--model",
        f"other={small_model}",
        "--model",
        models.JOINT,
        "--grpc-port",
        port,
        "--max-texts",
        20,
        "--max-held",
        3000,
    ]
    with Service(*map(str, flags), environment={"TAGGER_API_KEYS": "0123456789abcdef"}) as service:
        yield service, port


# As tritonclient sends its arguments `timeout` and `priority`.
TOO_SOON = [{"key": "timeout", "value": {"int64_param": 1}}, {"key": "priority", "value": {"uint64_param": 1}}]


def call(port: int, method: str, /, metadata: Any = KEY, **fields: Any) -> Any:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        remote = channel.unary_unary(
            f"/inference.GRPCInferenceService/{method}",
            request_serializer=MESSAGES[f"{method}Request"].SerializeToString,
            response_deserializer=MESSAGES[f"{method}Response"].FromString,
        )
        return remote(MESSAGES[f"{method}Request"](**fields), metadata=metadata, timeout=20)


def tensor(*texts: str, **changes: Any) -> dict[str, Any]:
    contents = {"bytes_contents": [text.encode() for text in texts]}
    return {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "contents": contents} | changes


def test_a_message_has_the_bytes_of_the_definition() -> None:
    """Field numbers and types, by hand: each field is its number and kind in a byte, a length, and the content."""
    request = MESSAGES["ModelInferRequest"](
        model_name="m",
        id="7",
        parameters=[{"key": "k", "value": {"bool_param": True}}],
        inputs=[{"name": "text", "datatype": "BYTES", "shape": [1], "contents": {"bytes_contents": [b"x"]}}],
        raw_input_contents=[b"\x01"],
    )
    assert request.SerializeToString(deterministic=True) == (
        b"\x0a\x01m" + b"\x1a\x017" + b"\x22\x07" + b"\x0a\x01k\x12\x02\x08\x01"
        + b"\x2a\x15" + b"\x0a\x04text" + b"\x12\x05BYTES" + b"\x1a\x01\x01" + b"\x2a\x03\x42\x01x" + b"\x3a\x01\x01"
    )  # fmt: skip


def test_what_http_gives(served: tuple[Service, int]) -> None:
    service, port = served
    headers = dict(KEY)
    wanted = service.client.post("/v1/tag", json={"texts": TEXTS, "offsets": "byte"}, headers=headers).json()
    parameters = [{"key": "offsets", "value": {"string_param": "byte"}}]
    answer = call(port, "ModelInfer", model_name="small", id="7", inputs=[tensor(*TEXTS)], parameters=parameters)
    assert (answer.model_name, answer.id) == ("small", "7")
    [words] = answer.outputs
    assert (words.name, words.datatype, words.shape) == ("words", "BYTES", [3])
    found = [json.loads(element) for element in words.contents.bytes_contents]
    assert found == [result["words"] for result in wanted["results"]]
    assert call(port, "ServerLive", metadata=()).live
    assert call(port, "ServerReady", metadata=()).ready
    assert call(port, "ModelReady", name="other", version=answer.model_version).ready
    assert "binary_tensor_data" in call(port, "ServerMetadata").extensions
    assert call(port, "ModelMetadata", name="other").inputs[0].shape == [-1]
    assert call(port, "ModelStatistics", name="small").model_stats[0].inference_count >= 3
    call(port, "RepositoryModelUnload", model_name="other")
    states = [(model.name, model.state) for model in call(port, "RepositoryIndex").models]
    assert states == [("small", "READY"), ("joint", "READY"), ("other", "UNAVAILABLE")]
    call(port, "RepositoryModelLoad", model_name="other")
    assert len(call(port, "RepositoryIndex", ready=True).models) == 3


@pytest.mark.parametrize("is_raw", [False, True])
@pytest.mark.parametrize("names", [(), ("spans",), ("spans", "words")])
def test_words_and_entities(served: tuple[Service, int], names: tuple[str, ...], is_raw: bool) -> None:
    service, port = served
    described = call(port, "ModelMetadata", name="joint").outputs
    assert [output.name for output in described] == ["words", "spans"]
    results = service.client.post("/v1/tag", json={"texts": TEXTS, "model": "joint"}, headers=dict(KEY)).json()[
        "results"
    ]
    text = tensor(*TEXTS)
    contents = text.pop("contents")["bytes_contents"] if is_raw else ()
    fields = {"raw_input_contents": [write_elements(contents)]} if is_raw else {}
    asked = [{"name": name} for name in names]
    answer = call(port, "ModelInfer", model_name="joint", inputs=[text], outputs=asked, **fields)
    assert [output.name for output in answer.outputs] == list(names or ("words", "spans"))
    for number, output in enumerate(answer.outputs):
        elements = output.contents.bytes_contents
        if is_raw:
            elements = read_texts(memoryview(answer.raw_output_contents[number]), len(TEXTS))
        assert [json.loads(element) for element in elements] == [result[output.name] for result in results]


@pytest.mark.parametrize(
    ("fields", "metadata", "code", "message"),
    [
        ({"model_name": "small"}, (), "UNAUTHENTICATED", "a known API key"),
        ({"model_name": "none"}, KEY, "NOT_FOUND", "got 'none'"),
        ({"model_name": "small"}, KEY, "INVALID_ARGUMENT", "expected one tensor"),
        ({"inputs": [tensor("a", shape=[2])]}, KEY, "INVALID_ARGUMENT", "[1] for 1 texts"),
        ({"inputs": [tensor(*"a" * 21)]}, KEY, "INVALID_ARGUMENT", "at most 20 texts"),
        ({"inputs": [tensor("a")], "raw_input_contents": [b"\0\0\0\0" * 21]}, KEY, "INVALID_ARGUMENT", "got more"),
        ({"inputs": [tensor(), tensor()]}, KEY, "INVALID_ARGUMENT", "expected one tensor"),
        ({"inputs": [tensor("a")], "raw_input_contents": [b"\x02"]}, KEY, "INVALID_ARGUMENT", "for element 0"),
        ({"parameters": [{"key": "k", "value": {"int64_param": 1}}]}, KEY, "INVALID_ARGUMENT", "got k"),
        ({"inputs": [tensor("a")], "parameters": TOO_SOON}, KEY, "DEADLINE_EXCEEDED", "by the deadline"),
        ({"inputs": [tensor("a" * 3000)]}, KEY, "UNAVAILABLE", "room for the body"),
        ({"inputs": [tensor("a")]}, (*KEY, ("x-request-timeout", "-1")), "INVALID_ARGUMENT", "seconds above 0"),
        ({"inputs": [tensor("a")]}, (*KEY, ("x-request-timeout", "1e-9")), "DEADLINE_EXCEEDED", "by the deadline"),
    ],
)  # fmt: skip
def test_what_is_refused(
    served: tuple[Service, int], fields: dict[str, Any], metadata: Any, code: str, message: str
) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        call(served[1], "ModelInfer", metadata, **{"model_name": "small", "inputs": [], **fields})
    assert (refusal.value.code().name, message in refusal.value.details()) == (code, True)


def test_the_log_names_the_caller(served: tuple[Service, int]) -> None:
    service, port = served
    with pytest.raises(grpc.RpcError):
        call(port, "ModelReady", name="nobody")
    while (event := service.wait_for("request")).get("status") != "NOT_FOUND" or event["route"] != "ModelReady":
        pass
    assert (event["client"], event["key"], event["method"]) == ("127.0.0.1", "key-1", "gRPC")


# In a process of its own: the messages of tritonclient and those of kserve cannot be loaded into one.
TRITON = """
import sys, json, numpy, tritonclient.grpc as triton
client = triton.InferenceServerClient(sys.argv[1])
headers = {"authorization": "Bearer 0123456789abcdef"}
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("small", headers=headers)
assert client.get_model_metadata("small", headers=headers).inputs[0].name == "text"
assert client.get_inference_statistics("small", headers=headers).model_stats[0].name == "small"
assert len(client.get_model_repository_index(headers=headers).models) == 3
texts = json.loads(sys.argv[2])
text = triton.InferInput("text", [len(texts)], "BYTES")
text.set_data_from_numpy(numpy.array(texts, object))
for compression in (None, "gzip"):
    answer = client.infer(
        "small", [text], headers=headers, compression_algorithm=compression, timeout=20_000_000, priority=1
    )
    print(json.dumps([json.loads(element) for element in answer.as_numpy("words")]))
"""


def test_the_example_of_the_documentation(served: tuple[Service, int]) -> None:
    pytest.importorskip("tritonclient", reason="tritonclient is not installed; run: make test-clients")
    service, port = served
    [code] = (block.body for block in blocks(ROOT / "docs/serve.md") if "tritonclient" in block.body)
    for shown, ours in (("8001", str(port)), ("zh-small", "small"), ("Bearer KEY", KEY[0][1])):
        assert shown in code
        code = code.replace(shown, ours)
    body = {"texts": ["我喜欢北京。", "今天天气很好。"], "offsets": "utf16"}
    wanted = service.client.post("/v1/tag", json=body, headers=dict(KEY)).json()["results"]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(f"{result['words']}\n" for result in wanted)


def test_tritonclient(served: tuple[Service, int]) -> None:
    pytest.importorskip("tritonclient", reason="tritonclient is not installed; run: make test-clients")
    service, port = served
    wanted = service.client.post("/v1/tag", json={"texts": TEXTS}, headers=dict(KEY)).json()["results"]
    command = [sys.executable, "-c", TRITON, f"127.0.0.1:{port}", json.dumps(TEXTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[result["words"] for result in wanted]] * 2
