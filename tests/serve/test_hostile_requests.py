"""Requests over HTTP that ask for what no honest client asks."""

import json
import re

import pytest
from service import Service

pytestmark = pytest.mark.usefixtures("still_right")
NESTED = [{"word": "好" * length, "strength": "forbid"} for length in range(4, 9)]
# What a caller asks for, and the refusal: each costs more than it may, and is refused by its count and not by a time.
ATTACKS = [
    ({"texts": ["好"], "given": [[{"at": 1}] * 1000]}, 413, "at most 900 words and boundaries"),
    ({"texts": ["好"], "given": [[{"start": 0, "end": 1}] * 900]}, 200, ""),
    ({"texts": ["好" * 2000], "entries": NESTED}, 413, "less densely than 64 times a character"),
    ({"texts": ["好" * 2000], "entries": NESTED[:1]}, 200, ""),
    ({"texts": ["好"], "model": "a" * 10_000}, 404, "'" + "a" * 79 + ";"),
]


@pytest.mark.parametrize(("body", "code", "message"), ATTACKS)
def test_costly_requests_are_refused_by_their_count(
    service: Service, body: dict[str, object], code: int, message: str
) -> None:
    answer = service.client.post("/v1/tag", json=body)
    assert answer.status_code == code
    assert message in answer.text


@pytest.mark.parametrize("levels", [253, 254, 255, 300, 900])
@pytest.mark.parametrize("field", ["texts", "offsets", "entries", "given", "id"])
def test_values_of_many_levels(service: Service, field: str, levels: int) -> None:
    value = b'[{"word":' + b"[" * levels + b"]" * levels + b"}]"
    for path, rest in (("v1/tag", b'"texts":["a"]'), ("v2/models/small/infer", b'"inputs":[{"name":"text"}]')):
        body = b'{%b,"%b":%b}' % (rest, field.encode(), value)
        answer = service.client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert re.search("expected .+, got .+; .+", answer.text)


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_a_timeout_that_is_no_time(service: Service, timeout: str) -> None:
    answer = service.client.post("/v1/tag", json={"texts": ["好"]}, headers={"X-Request-Timeout": timeout})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_an_id_of_many_levels_and_a_mark_of_byte_order(service: Service) -> None:
    deep = b'{"text": "\xe5\xa5\xbd", "id": ' + b"[" * 500 + b"]" * 500 + b"}"
    answer = service.client.post("/v1/tag", content=deep, headers={"content-type": "application/x-ndjson"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    for kind in ("application/x-ndjson", "application/json"):
        body = b'\xef\xbb\xbf{"text": "a"}' if "nd" in kind else b'\xef\xbb\xbf{"texts": ["a"]}'
        assert service.client.post("/v1/tag", content=body, headers={"content-type": kind}).status_code == 200


def test_many_blank_lines_are_left_out(service: Service) -> None:
    body = b"\n" * 5000 + b'"a"\n' + b" \n" * 5000 + b'"b"'
    answer = service.client.post("/v1/tag", content=body, headers={"content-type": "application/x-ndjson"})
    assert [json.loads(line)["line"] for line in answer.text.splitlines()] == [5001, 10_002]
    answer = service.client.post("/v1/tag", content=b"\n" * 5000, headers={"content-type": "application/x-ndjson"})
    assert (answer.status_code, answer.text) == (200, "")
