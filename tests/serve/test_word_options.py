"""What a request may ask of words beside their tags: probabilities, words to search, alternatives, sentences."""

import json
from itertools import accumulate
from typing import Any

import httpx
import pytest

from tagger.tagging.confidence import RatedWord
from tagger.tagging.tagger import Tagger
from tagger.text.sentences import sentences


def test_probabilities_on_request(client: httpx.Client, small_tagger: Tagger) -> None:
    texts = ["我喜欢北京。", "", "iPhone 15 卖 5999 元 😀"]
    results = client.post("/v1/tag", json={"texts": texts, "confidence": True}).json()["results"]
    for result, sentence in zip(results, small_tagger.tag(texts, confidence=True), strict=True):
        rates = [(word["probability"], word["span_probability"]) for word in result["words"]]
        wanted = [(word.probability, word.span_probability) for word in sentence.words if isinstance(word, RatedWord)]
        assert rates == [pytest.approx(pair, abs=1e-6) for pair in wanted]
        assert [word["form"] for word in result["words"]] == list(sentence.forms)
    plain = client.post("/v1/tag", json={"texts": texts, "confidence": False})
    assert plain.content == client.post("/v1/tag", json={"texts": texts}).content


def test_words_to_search_and_alternatives_on_request(client: httpx.Client, small_tagger: Tagger) -> None:
    texts = ["我喜欢北京。", ""]
    for text, result in zip(
        texts, client.post("/v1/tag", json={"texts": texts, "search": 0.05}).json()["results"], strict=True
    ):
        wanted = small_tagger.search_words(text, 0.05)
        assert [(word["form"], word["start"]) for word in result["words"]] == [
            (word.form, word.start) for word in wanted
        ]
    results = client.post("/v1/tag", json={"texts": texts, "nbest": 3, "offsets": "byte"}).json()["results"]
    for text, result in zip(texts, results, strict=True):
        readings = small_tagger.alternatives(text, 3)
        assert [reading["probability"] for reading in result["alternatives"]] == pytest.approx(
            [reading.probability for reading in readings], abs=1e-6
        )
        assert [[word["form"] for word in reading["words"]] for reading in result["alternatives"]] == [
            list(reading.sentence.forms) for reading in readings
        ]
    headers = {"content-type": "text/plain"}
    lines = client.post("/v1/tag?nbest=2&offsets=utf16", content="我们\n北京", headers=headers).text.splitlines()
    assert [len(json.loads(line)["alternatives"]) for line in lines] == [2, 2]
    [line] = client.post("/v1/tag?confidence=true", content="我们", headers=headers).text.splitlines()
    assert all("probability" in word for word in json.loads(line)["words"])


SENTENCES = [
    "我喜欢北京。他说：“走吧！”我们走。",
    "",
    " 。\n\n今天 天气很好\n…… ",
    "好" * 300 + "！" + "我" * 3,
    "A.B. 是 名字？",
]


def test_each_word_has_the_number_of_its_sentence(client: httpx.Client, small_tagger: Tagger) -> None:
    """The sentences are those of `sentences`, and each is tagged as it is by itself."""
    wanted = []
    for text in SENTENCES:
        starts = [0, *accumulate(map(len, sentences(text)))]
        wanted.append(
            [
                (number, word.form, word.pos, start + word.start)
                for number, (sentence, start) in enumerate(zip(sentences(text), starts, strict=False))
                for word in small_tagger(sentence).words
            ]
        )
    assert max(number for number, *_ in wanted[0]) == 2
    for options in ({}, {"confidence": True}):
        answer = client.post("/v1/tag", json={"texts": SENTENCES, "sentences": True, **options}).json()["results"]
        found = [[(w["sentence"], w["form"], w["pos"], w["start"]) for w in result["words"]] for result in answer]
        assert found == wanted
    lines = client.post("/v1/tag?sentences=true", content=SENTENCES[0], headers={"content-type": "text/plain"})
    words = json.loads(lines.text)["words"]
    assert [(word["sentence"], word["form"], word["pos"], word["start"]) for word in words] == wanted[0]


def test_a_known_word_cannot_be_in_two_sentences(client: httpx.Client) -> None:
    body = {"texts": ["好。我"], "given": [[{"start": 0, "end": 3}]]}
    assert client.post("/v1/tag", json=body).status_code == 200
    answer = client.post("/v1/tag", json=body | {"sentences": True})
    assert answer.status_code == 422
    assert "two sentences" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("asked", "status", "wanted"),
    [
        ({"confidence": 1}, 422, 'true or false in "confidence", got 1'),
        ({"nbest": 11}, 422, 'a whole number from 1 to 10 in "nbest", got 11'),
        ({"nbest": True}, 422, "a whole number"),
        ({"nbest": 1.5}, 422, "a whole number"),
        ({"search": 0.001}, 422, 'a number from 0.01 to 1 in "search"'),
        ({"nbest": 2, "search": 0.5}, 422, 'either "nbest" or "search" in the body, got both'),
        ({"nbest": 2, "texts": ["好" * 501]}, 413, "at most 500 characters"),
    ],
)
def test_what_cannot_be_asked_of_words(client: httpx.Client, asked: dict[str, Any], status: int, wanted: str) -> None:
    answer = client.post("/v1/tag", json={"texts": ["好"]} | asked)
    assert answer.status_code == status
    assert wanted in answer.json()["error"]["message"]
