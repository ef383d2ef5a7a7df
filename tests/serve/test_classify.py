from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service import Service

from tagger.tagging.classifier import Classifier, load_classifier

TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.just("长" * 200)


@pytest.fixture(scope="module")
def classifier(small_classifier: Path) -> Classifier:
    return load_classifier(small_classifier)


@settings(max_examples=25)
@given(st.lists(TEXT, max_size=20), st.sampled_from([None, 1, 2, 9]))
def test_labels_are_those_of_the_classifier(
    client: httpx.Client, classifier: Classifier, texts: list[str], top: int | None
) -> None:
    answer = client.post("/v1/classify", json={"texts": texts, "top": top})
    assert answer.status_code == 200
    body = answer.json()
    assert body["model"]["name"] == "topics"
    assert len(body["results"]) == len(texts)
    for result, prediction in zip(body["results"], classifier.classify(texts), strict=True):
        assert result["label"] == prediction.label
        assert result["probability"] == pytest.approx(prediction.probability, abs=1e-6)
        assert result["truncated"] == prediction.truncated
        ranked = classifier.top(prediction.probabilities, top or 1)
        if len(ranked) > 1:
            assert [row["label"] for row in result["labels"]] == [label for label, _ in ranked]
            assert [row["probability"] for row in result["labels"]] == pytest.approx([p for _, p in ranked], abs=1e-6)
        else:
            assert "labels" not in result


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        (
            {"texts": [], "model": "small"},
            422,
            "invalid",
            "a classifier, among topics, got 'small', a tagger; ask /v1/tag",
        ),
        ({"texts": [], "model": "none"}, 404, "not_found", "a model among topics, got 'none'"),
        ({"texts": [], "top": 0}, 422, "invalid", 'a whole number of 1 or more in "top", got 0'),
        ({"texts": [], "top": True}, 422, "invalid", "got true"),
        ({"texts": [], "top": "2"}, 422, "invalid", 'got "2"'),
        ({"texts": [], "offsets": "byte"}, 422, "invalid", "the fields model, texts, top"),
        ({"texts": "text"}, 422, "invalid", "a list of strings"),
        ({}, 422, "invalid", 'expected "texts"'),
        ({"texts": ["好" * 2001]}, 413, "too_large", "at most 2000 characters"),
    ],
)
def test_what_is_refused(client: httpx.Client, body: Any, status: int, code: str, message: str) -> None:
    answer = client.post("/v1/classify", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert message in error["message"]
    assert "; " in error["message"]


def test_documents_and_the_other_protocol_are_for_taggers(client: httpx.Client) -> None:
    answer = client.post("/v1/classify", content=b"a", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")
    answer = client.get("/v2/models/topics")
    assert answer.status_code == 404
    assert "ask /v1/classify" in answer.json()["error"]


def test_a_service_of_a_classifier_alone(small_classifier: Path) -> None:
    with Service("--model", small_classifier) as alone:
        for path in ("/v1/tag", "/model/model.json"):
            call = {"method": "POST", "json": {"texts": ["好"]}} if path == "/v1/tag" else {"method": "GET"}
            answer = alone.client.request(url=path, **call)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
            assert "expected a tagger among the models, got none" in answer.json()["error"]["message"]
        assert alone.client.get("/").status_code == 200
        assert alone.client.post("/v1/classify", json={"texts": ["好"]}).status_code == 200
        labels = alone.client.get("/v1/models").json()["models"][0]["labels"]
        assert labels == ["travel", "weather", "shop"]
