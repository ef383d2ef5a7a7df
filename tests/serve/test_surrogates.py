"""A text with a lone surrogate is answered by an error in its place, and the other texts by their words."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tagger.tagging.tagger import Tagger

CHARACTERS = st.characters(exclude_characters="\n") | st.sampled_from("我喜\ud800\udc00\udfff\U0001f600\ufeff")
TEXT = st.text(CHARACTERS, max_size=8)
JSON, LINES, PLAIN = "application/json", "application/x-ndjson", "text/plain"


def has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def ask(client: httpx.Client, content: bytes, kind: str = JSON, path: str = "/v1/tag") -> httpx.Response:
    return client.post(path, content=content, headers={"content-type": kind})


@given(st.lists(TEXT, max_size=6), st.booleans())
@example(["\ud83d\ude00", "\ud83d", "\ufeff我", "我" * 9], True)
@settings(max_examples=30)
def test_each_text_has_its_words_or_its_error(
    client: httpx.Client, small_tagger: Tagger, texts: list[str], is_escaped: bool
) -> None:
    """However it comes: as `\\ud800` or as the bytes of the surrogate, in a body or in a line."""

    def encode(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=is_escaped).encode("utf-8", "surrogatepass")

    # What comes in two escapes is one character.
    texts = [text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") for text in texts]
    written = "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")
    lines = [text if number % 2 else {"text": text, "id": number} for number, text in enumerate(texts)]
    answers = {
        "texts[{}]": ask(client, encode({"texts": texts})),
        "line {}": ask(client, b"".join(encode(line) + b"\n" for line in lines), LINES),
        "line {}, plain": ask(client, written, PLAIN),
    }
    for place, answer in answers.items():
        assert answer.status_code == 200
        is_body = place.startswith("texts")
        results = answer.json()["results"] if is_body else [json.loads(line) for line in answer.text.splitlines()]
        sent = "\n".join(texts).removeprefix("\ufeff").split("\n") if place.endswith("plain") and texts else texts
        for number, (text, result) in enumerate(zip(sent, results, strict=True)):
            if has_surrogate(text):
                where = place.partition(",")[0].format(number if is_body else number + 1)
                assert result["error"]["code"] == "invalid"
                assert f"expected Unicode in {where}" in result["error"]["message"].replace('"', "")
                assert "words" not in result
            else:
                assert [word["form"] for word in result["words"]] == list(small_tagger(text).forms)
            assert is_body or result["line"] == number + 1
            assert is_body or place.endswith("plain") or result.get("id") == (None if number % 2 else number)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (rb'{"texts":["\ud800"],"model":"\ud800"}', JSON),
        (rb'{"texts":["\ud800"],"\ud800":1}', JSON),
        (rb'{"texts":["\ud800"],"search":NaN}', JSON),
        (rb'{"texts":["\ud800",["\ud800"]]}', JSON),
        (rb'{"texts":"\ud800"}', JSON),
        (rb'{"texts":["\ud800"', JSON),
        (b'{"texts":["\xed\xa0\x80\xff"]}', JSON),
        (rb'["\ud800"]', JSON),
        (b"[" * 9999 + rb'"\ud800"', JSON),
        (rb'{"text":"\ud800","id":"\ud800"}', LINES),
        (rb'["\ud800"]', LINES),
        (b"\xed\xa0\x80\xff", PLAIN),
    ],
)
def test_elsewhere_a_surrogate_makes_no_request(client: httpx.Client, content: bytes, kind: str) -> None:
    answer = ask(client, content, kind)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_the_rest_of_the_request_stands(client: httpx.Client) -> None:
    """What is known of a spoiled text is not asked for; a body may begin with a byte order mark; limits hold."""
    known = '{"start":0,"end":2}'
    body = f'\ufeff{{"texts":["\\ud800","我喜"],"given":[[{known}],[{known}]],"nbest":2}}'
    spoiled, whole = ask(client, body.encode()).json()["results"]
    assert set(spoiled) == {"error"}
    assert [[word["form"] for word in reading["words"]] for reading in whole["alternatives"]] == [["我喜"]]
    assert ask(client, b'{"texts":["\\ud800",3]}').status_code == 422
    labelled = ask(client, b'{"texts":["a","\\udfff"],"top":2}', path="/v1/classify").json()["results"]
    assert [set(result) for result in labelled] == [{"label", "probability", "truncated", "labels"}, {"error"}]
