"""A model of several standards: the one asked for answers, by every way of asking."""

import json
from collections.abc import Iterator
from typing import Any

import models
import pytest
from service import Service

from tagger.tagging.tagger import Tagger, load

TEXTS = ["我喜欢北京。今天天气很好", "我们去公园吧！", "iPhone 15 卖 5999 元。"]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service("--model", models.STANDARDS, "--model", models.SMALL) as started:
        yield started


def words(tagger: Tagger, standard: str | None) -> list[Any]:
    return [{"words": [word._asdict() for word in tagger(text, standard=standard).words]} for text in TEXTS]


def test_the_standard_asked_for_answers(service: Service) -> None:
    tagger, ask = load(models.STANDARDS), service.client
    wanted = {standard: words(tagger, standard) for standard in (None, "a", "b")}
    assert wanted["a"] == wanted[None] != wanted["b"]
    assert [described["standards"] for described in ask.get("/v1/models").json()["models"]] == [["a", "b"], []]
    assert [described["model_version"] for described in ask.get("/v1/models").json()["models"]] == [1, 1]
    for standard, results in wanted.items():
        body = {"texts": TEXTS, "standard": standard}
        assert ask.post("/v1/tag", json=body).json()["results"] == results
        query = {} if standard is None else {"standard": standard}
        lines = ask.post("/v1/tag", params=query, content="\n".join(TEXTS), headers={"content-type": "text/plain"})
        assert [json.loads(line)["words"] for line in lines.text.splitlines()] == [
            result["words"] for result in results
        ]
        tensor = {"name": "text", "datatype": "BYTES", "shape": [3], "data": TEXTS}
        infer = ask.post("/v2/models/standards/infer", json={"inputs": [tensor], "parameters": query}).json()
        assert [json.loads(result) for result in infer["outputs"][0]["data"]] == [result["words"] for result in results]


def test_a_standard_that_there_is_not(service: Service) -> None:
    for body, message in (
        ({"standard": "c"}, "one of the standards a, b for standards, got 'c'"),
        ({"standard": "a", "model": "small"}, "expected no standard for small, got 'a'"),
        ({"standard": 1}, 'one name in "standard"'),
    ):
        answer = service.client.post("/v1/tag", json={"texts": TEXTS, **body})
        assert answer.status_code == 422
        assert message in answer.json()["error"]["message"]
