"""A model of entities behind the service: spans with offsets, by every way of asking."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import models
import pytest
from service import Service

from serve.binary_tensors import read_texts
from serve.models import ServedModel
from tagger.modelfile.shipped import find
from tagger.tagging.tagger import load

TEXTS = ["我喜欢北京。", "我们 去公园吧！", "", "😀去北京"]


def test_spans_come_with_their_offsets() -> None:
    tagger = load(models.ENTITIES)
    wanted = [[entity._asdict() for entity in tagger(text).entities] for text in TEXTS]
    with Service("--model", models.ENTITIES) as service:
        ask = service.client
        assert ask.post("/v1/tag", json={"texts": TEXTS}).json()["results"] == [{"spans": spans} for spans in wanted]
        lines = ask.post("/v1/tag", content="\n".join(TEXTS), headers={"content-type": "text/plain"}).text.splitlines()
        assert [json.loads(line)["spans"] for line in lines] == wanted
        body = {"texts": TEXTS, "entries": [{"word": "北京", "strength": "force", "tag": "LOC"}], "offsets": "utf16"}
        [*_, last] = ask.post("/v1/tag", json={**body, "confidence": True}).json()["results"]
        [span] = [span for span in last["spans"] if span["form"] == "北京"]
        assert (span["label"], span["start"], span["end"]) == ("LOC", 3, 5)
        assert 0 < span["probability"] <= 1
        refused = ask.post("/v1/tag", json={"texts": TEXTS, "entries": ["公园"]})
        assert refused.status_code == 422
        assert (
            'in "entries": expected entries of a type (LOC, PER) for a model of entities'
            in refused.json()["error"]["message"]
        )
        best = ask.post("/v1/tag", json={"texts": TEXTS[:1], "nbest": 1}).json()["results"][0]["alternatives"][0]
        assert best["spans"] == wanted[0]
        names = set(ask.get("/openapi.json").json()["components"]["schemas"])
        assert {"Word", "Span"} <= names


def test_the_shipped_model_of_entities_serves() -> None:
    assert ServedModel.open("zh-ner", find("zh-ner")).description["tags"] == ["LOC", "ORG", "PER"]


def test_words_and_entities_of_one_model() -> None:
    tagger = load(models.JOINT)
    sentences = [tagger(text) for text in TEXTS]
    wanted = [
        {"words": [word._asdict() for word in s.words], "spans": [entity._asdict() for entity in s.entities]}
        for s in sentences
    ]
    with Service("--model", models.JOINT) as service:
        ask = service.client
        assert ask.post("/v1/tag", json={"texts": TEXTS}).json()["results"] == wanted
        lines = ask.post("/v1/tag", content="\n".join(TEXTS), headers={"content-type": "text/plain"}).text.splitlines()
        assert [{name: json.loads(line)[name] for name in ("words", "spans")} for line in lines] == wanted
        [rated, *_] = ask.post("/v1/tag", json={"texts": TEXTS, "confidence": True}).json()["results"]
        assert all(0 < item["probability"] <= 1 for item in [*rated["words"], *rated["spans"]])
        [best] = ask.post("/v1/tag", json={"texts": TEXTS[:1], "nbest": 1}).json()["results"]
        assert best["alternatives"][0]["words"] == wanted[0]["words"]
        [model] = ask.get("/v1/models").json()["models"]
        assert (model["tags"], model["entities"], model["runtime"]) == (
            ["NOUN", "VERB", "X"],
            ["LOC", "PER"],
            "onnxruntime",
        )


@pytest.fixture(scope="module")
def both() -> Iterator[Service]:
    """A service with a model of words and entities, and one of entities alone."""
    with Service("--model", models.JOINT, "--model", models.ENTITIES) as service:
        yield service


def named(*names: str, **parameters: Any) -> dict[str, Any]:
    """Requested outputs of these names."""
    return {"outputs": [{"name": name, "parameters": parameters} for name in names]}


def infer(service: Service, model: str, asked: dict[str, Any]) -> httpx.Response:
    tensor = {"name": "text", "shape": [len(TEXTS)], "datatype": "BYTES", "data": TEXTS}
    return service.client.post(f"/v2/models/{model}/infer", json={"inputs": [tensor], **asked})


@pytest.mark.parametrize(
    ("model", "asked", "names"),
    [
        ("joint", {}, ["words", "spans"]),
        ("joint", named("words"), ["words"]),
        ("joint", named("spans"), ["spans"]),
        ("joint", named("spans", "words"), ["spans", "words"]),
        ("joint", {"parameters": {"offsets": "utf16", "confidence": True, "sentences": True}}, ["words", "spans"]),
        ("joint", {"parameters": {"search": 0.1}}, ["words", "spans"]),
        ("joint", {"parameters": {"nbest": 2}}, ["words"]),
        ("entities", {}, ["words"]),  # as before there were models of both
    ],
)
def test_tensors_of_words_and_of_entities(both: Service, model: str, asked: dict[str, Any], names: list[str]) -> None:
    outputs = infer(both, model, asked).json()["outputs"]
    assert [output["name"] for output in outputs] == names
    body = {"texts": TEXTS, "model": model, **asked.get("parameters", {})}
    results = both.client.post("/v1/tag", json=body).json()["results"]
    for output in outputs:
        of_text = [result.get(output["name"], next(iter(result.values()))) for result in results]
        assert [json.loads(element) for element in output["data"]] == of_text
    wanted = ["words", "spans"] if model == "joint" else ["words"]
    described, config = (both.client.get(f"/v2/models/{model}{path}").json() for path in ("", "/config"))
    assert [output["name"] for output in described["outputs"]] == wanted
    assert [output["name"] for output in config["output"]] == wanted


@pytest.mark.parametrize(
    ("model", "asked", "message"),
    [
        ("entities", named("spans"), 'expected words in "outputs", got spans; leave it out; see /v2/models/NAME'),
        ("joint", named("spans") | {"parameters": {"nbest": 2}}, "got spans; leave it out; alternatives are of words"),
        ("joint", named("tags"), 'expected one of words, spans in "outputs[0].name", got "tags"; leave it out'),
    ],
)
def test_tensors_that_are_refused(both: Service, model: str, asked: dict[str, Any], message: str) -> None:
    answer = infer(both, model, asked)
    assert (answer.status_code, message in answer.json()["error"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ({"parameters": {"binary_data_output": True}}, ["words", "spans"]),
        (named("words", "spans", binary_data=True), ["words", "spans"]),
        ({"outputs": [*named("spans", binary_data=True)["outputs"], {"name": "words"}]}, ["spans"]),
    ],
)
def test_binary_tensors_of_both(both: Service, asked: dict[str, Any], sizes: list[str]) -> None:
    plain = {output["name"]: output["data"] for output in infer(both, "joint", {}).json()["outputs"]}
    answer = infer(both, "joint", asked)
    n_json = int(answer.headers["inference-header-content-length"])
    outputs, data = json.loads(answer.content[:n_json])["outputs"], memoryview(answer.content)[n_json:]
    assert [output["name"] for output in outputs if "parameters" in output] == sizes
    for output in outputs:
        size = output.get("parameters", {}).get("binary_data_size", 0)
        found = read_texts(data[:size], len(TEXTS)) if size else output["data"]
        assert found == plain[output["name"]]
        data = data[size:]
    assert not len(data)
