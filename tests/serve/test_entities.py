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
        best = ask.post("/v1/tag", json={"texts": TEXTS[:1], "nbest": 1}).json()["results"][0]["alternatives"][0]
        assert best["spans"] == wanted[0]
        names = set(ask.get("/openapi.json").json()["components"]["schemas"])
        assert {"Word", "Span"} <= names


def test_the_shipped_model_of_entities_serves() -> None:
    assert ServedModel.open("zh-ner", find("zh-ner")).description["tags"] == ["LOC", "ORG", "PER"]
