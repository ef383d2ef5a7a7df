"""Clients that others wrote, with their defaults, against the service. `make test-clients` installs and runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pages import blocks
from service import ROOT, Service

from tagger.tagging.tagger import Tagger

TEXTS = ["我喜欢北京。", "", "iPhone 15 卖 5999 元 😀"]
GUARD = "0123456789abcdef"


def installed(name: str) -> Any:
    """A client's module; the test is skipped where it is not installed."""
    return pytest.importorskip(name, reason=f"{name} is not installed; run: make test-clients", exc_type=ImportError)


@pytest.fixture(scope="module")
def wanted(client: httpx.Client) -> list[Any]:
    return [result["words"] for result in client.post("/v1/tag", json={"texts": TEXTS}).json()["results"]]


def words(elements: Any) -> list[Any]:
    return [json.loads(element) for element in elements]


@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient_over_http(service: Service, wanted: list[Any], binary: bool) -> None:
    triton = installed("tritonclient.http")
    with triton.InferenceServerClient(service.address.removeprefix("http://")) as client:
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("small")  # noqa: PT018
        assert client.get_model_metadata("small")["inputs"][0]["name"] == "text"
        assert client.get_model_config("small")["max_batch_size"] == 0
        assert client.get_inference_statistics("small")["model_stats"][0]["name"] == "small"
        assert [model["name"] for model in client.get_model_repository_index()] == ["small", "other"]
        text = triton.InferInput("text", [len(TEXTS)], "BYTES")
        text.set_data_from_numpy(np.array(TEXTS, object), binary_data=binary)
        outputs = None if binary else [triton.InferRequestedOutput("words", binary_data=False)]
        for compression in (None, "gzip", "deflate"):
            answer = client.infer(
                "small",
                [text],
                outputs=outputs,
                timeout=20_000_000,
                priority=1,
                request_compression_algorithm=compression,
                response_compression_algorithm=compression,
            )
            assert words(answer.as_numpy("words")) == wanted
        with pytest.raises(Exception, match="expected the fields"):
            client.infer("small", [text], parameters={"color": "red"})


@pytest.mark.parametrize("binary", [True, False])
def test_kserve(service: Service, wanted: list[Any], binary: bool) -> None:
    kserve = installed("kserve")
    import asyncio

    async def infer() -> Any:
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2")) as client:
            assert await client.is_server_ready(service.address)
            assert await client.is_model_ready(service.address, "small")
            text = kserve.InferInput("text", [len(TEXTS)], "BYTES")
            text.set_data_from_numpy(np.array(TEXTS, object), binary_data=binary)
            request = kserve.InferRequest("small", [text])
            return await client.infer(service.address, request, model_name="small")

    answer = asyncio.run(infer())
    assert words(answer.outputs[0].as_numpy()) == wanted


def test_openapi_python_client(service: Service, wanted: list[Any], tmp_path: Path) -> None:
    installed("openapi_python_client")
    document = tmp_path / "openapi.json"
    document.write_bytes(service.client.get("/openapi.json").content)
    command = [
        Path(sys.executable).with_name("openapi-python-client"),
        "generate",
        "--path",
        document,
        "--meta",
        "none",
    ]
    done = subprocess.run(
        [*command, "--output-path", tmp_path / "tagger_client"], capture_output=True, text=True, check=True
    )
    assert "WARNING" not in done.stdout
    names = [path.relative_to(tmp_path) for path in (tmp_path / "tagger_client").rglob("*.py")]
    modules = ["import " + ".".join(name.with_suffix("").parts).removesuffix(".__init__") for name in sorted(names)]
    call = f"""
from tagger_client import Client
from tagger_client.api.texts import tag
from tagger_client.models import TagJsonBody
answer = tag.sync(client=Client({service.address!r}), body=TagJsonBody({TEXTS!r}))
assert hasattr(answer, 'results'), answer
print([[word.form for word in result.words] for result in answer.results])
"""
    printed = subprocess.run(
        [sys.executable, "-c", "\n".join(modules) + call], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.strip() == str([[word["form"] for word in row] for row in wanted])


@pytest.fixture(scope="module")
def guarded(small_model: Path) -> Iterator[Service]:
    """A service with a key, as the examples of the documentation have it."""
    with Service("--model", small_model, environment={"TAGGER_API_KEYS": GUARD}) as started:
        yield started


def run_example(word: str, service: Service, folder: Path) -> str:
    """What the block of docs/serve.md with a word in it prints, run in a folder against the service."""
    [block] = (block for block in blocks(ROOT / "docs/serve.md") if word in block.body)
    code = block.body
    for shown, ours in (
        ("http://127.0.0.1:8000", service.address),
        ("Bearer KEY", f"Bearer {GUARD}"),
        ('"KEY"', f'"{GUARD}"'),
    ):
        code = code.replace(shown, ours)
    assert service.address in code
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c"] if block.kind == "sh" else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, code], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_in_python(guarded: Service, small_tagger: Tagger, tmp_path: Path) -> None:
    lines = ["我喜欢北京。", "今天天气很好"]
    (tmp_path / "document.txt").write_text("\n".join(lines), encoding="utf-8")
    first, *streamed = run_example("client.stream", guarded, tmp_path).splitlines()
    assert first == str([(word.form, word.pos) for word in small_tagger("我喜欢北京。").words])
    answers = [json.loads(line) for line in streamed]
    assert [answer["line"] for answer in answers] == [1, 2]
    assert [[word["form"] for word in answer["words"]] for answer in answers] == [
        list(small_tagger(line).forms) for line in lines
    ]


def test_the_example_of_a_generated_client(guarded: Service, small_tagger: Tagger, tmp_path: Path) -> None:
    installed("openapi_python_client")
    run_example("openapi-python-client generate", guarded, tmp_path)
    printed = run_example("AuthenticatedClient", guarded, tmp_path / "client")
    assert printed == f"{[(word.form, word.pos) for word in small_tagger('我喜欢北京。').words]}\n"


def test_openapi_typescript(service: Service, tmp_path: Path) -> None:
    """Types for TypeScript, without a type checker: it has every operation and every named schema."""
    if not (tools := Path("build/clients/node_modules/.bin/openapi-typescript")).exists():
        pytest.skip("openapi-typescript is not installed; run: make test-clients")
    document = tmp_path / "openapi.json"
    document.write_bytes(service.client.get("/openapi.json").content)
    subprocess.run([tools.resolve(), document, "-o", tmp_path / "api.ts"], check=True, capture_output=True)
    types = (tmp_path / "api.ts").read_text(encoding="utf-8")
    for operation in ("tag", "classify", "infer", "repository_index"):
        assert f"    {operation}: {{" in types
    assert "        ApiError: {" in types


def test_schemathesis(service: Service) -> None:
    """Every operation, every check; `schemathesis.toml` says what the document cannot express."""
    if not os.environ.get("TEST_CLIENTS"):
        pytest.skip("takes a while; run: make test-clients")
    command = Path(sys.executable).with_name("schemathesis")
    configuration = Path(__file__).with_name("schemathesis.toml")
    done = subprocess.run(
        [command, "--config-file", configuration, "run", f"{service.address}/openapi.json"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
