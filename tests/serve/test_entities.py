"""A model of entities behind the service: spans with offsets, by every way of asking."""

import json

import models
from service import Service

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
        tensor = {"name": "text", "shape": [1], "datatype": "BYTES", "data": TEXTS[:1]}
        [output] = ask.post("/v2/models/joint/infer", json={"inputs": [tensor]}).json()["outputs"]
        assert json.loads(output["data"][0]) == wanted[0]["words"]
        [model] = ask.get("/v1/models").json()["models"]
        assert (model["tags"], model["runtime"]) == (["NOUN", "VERB", "X"], "onnxruntime")
