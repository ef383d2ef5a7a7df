import json
import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import MIXED
from service import Service

from serve.browser import RUNTIME
from tagger.tagging.tagger import Tagger
from tagger.text.block import Unit

# All that UTF-8 can carry; the oracle below is written from the definition of the offsets.
TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from(f"{MIXED}\n"), max_size=30)
UNITS: tuple[Unit, ...] = ("codepoint", "utf16", "byte")


def length(text: str, unit: str) -> int:
    return {"codepoint": len(text), "utf16": len(text.encode("utf-16-le")) // 2, "byte": len(text.encode())}[unit]


def expected(tagger: Tagger, text: str, unit: str) -> list[dict[str, Any]]:
    return [
        {
            "form": word.form,
            "pos": word.pos,
            "start": length(text[: word.start], unit),
            "end": length(text[: word.end], unit),
        }
        for word in tagger(text).words
    ]


@given(st.lists(TEXT, max_size=20), st.sampled_from(UNITS))
def test_words_are_those_of_the_tagger(
    client: httpx.Client, small_tagger: Tagger, texts: list[str], unit: Unit
) -> None:
    answer = client.post("/v1/tag", json={"texts": texts, "offsets": unit})
    assert answer.status_code == 200
    body = answer.json()
    assert body["offsets"] == unit
    assert body["results"] == [{"words": expected(small_tagger, text, unit)} for text in texts]


def test_the_answer_names_its_model(client: httpx.Client) -> None:
    models = client.get("/v1/models").json()["models"]
    assert [(model["name"], model["kind"], model["default"]) for model in models] == [
        ("small", "tagger", True),
        ("other", "tagger", False),
        ("topics", "classifier", True),
    ]
    assert re.fullmatch("[0-9a-f]{12}", models[0]["version"])
    for name in (None, "small", "other"):
        label = client.post("/v1/tag", json={"texts": ["好"], "model": name}).json()["model"]
        assert label == {"name": name or "small", "version": models[0]["version"], "licence": None}


def test_no_texts_and_empty_texts(client: httpx.Client) -> None:
    assert client.post("/v1/tag", json={"texts": []}).json()["results"] == []
    assert client.post("/v1/tag", json={"texts": ["", " ", "\u3000\n"]}).json()["results"] == [{"words": []}] * 3


@given(st.lists(TEXT.filter(lambda text: "\n" not in text), max_size=200), st.sampled_from(UNITS), st.booleans())
def test_a_document_comes_back_line_by_line(
    client: httpx.Client, small_tagger: Tagger, lines: list[str], unit: Unit, json_lines: bool
) -> None:
    kind = "application/x-ndjson" if json_lines else "text/plain; charset=utf-8"
    written = [json.dumps(text) if i % 2 else json.dumps({"text": text, "id": i}) for i, text in enumerate(lines)]
    body = "".join(f"{line}\n" for line in (written if json_lines else lines))
    answer = client.post(
        "/v1/tag", params={"offsets": unit, "model": "other"}, content=body.encode(), headers={"content-type": kind}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert json.loads(answer.headers["tagger-model"])["name"] == "other"
    for i, (text, line) in enumerate(zip(lines, answer.text.split("\n"), strict=False)):
        identity = {"id": i} if json_lines and not i % 2 else {}
        assert json.loads(line) == {"line": i + 1, **identity, "words": expected(small_tagger, text, unit)}
    assert answer.text.count("\n") == len(lines)


@pytest.mark.parametrize(
    ("n_good", "kind", "good", "bad", "code"),
    [
        (300, "text/plain", "好\n", b"\xff\n", "bad_request"),
        (2, "text/plain", "好\n", b"\xff\n", "bad_request"),
        (64, "text/plain", "好\n", b"\xff\n", "bad_request"),
        (200, "text/plain", "好\n", b"a" * 2001, "too_large"),
        (3, "application/x-ndjson", '"好"\n', b"{}\n", "invalid"),
    ],
)
def test_the_lines_before_a_bad_one_are_answered(
    service: Service, client: httpx.Client, n_good: int, kind: str, good: str, bad: bytes, code: str
) -> None:
    def figures() -> list[float]:
        lines = client.get("/metrics").text.splitlines()
        names = ("tagger_texts_total{", "tagger_characters_total{")
        return [sum(float(line.split()[1]) for line in lines if line.startswith(name)) for name in names]

    before = figures()
    body = good.encode() * n_good + bad + good.encode() * 100
    name = f"bad-{n_good}-{code}"
    answer = client.post("/v1/tag", content=body, headers={"content-type": kind, "x-request-id": name})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert [line["line"] for line in lines[:-1]] == list(range(1, n_good + 1))
    assert [line["words"][0]["form"] for line in lines[:-1]] == ["好"] * n_good
    error = lines[-1]["error"]
    assert (error["code"], error["line"]) == (code, n_good + 1)
    assert f"line {n_good + 1}" in error["message"]
    assert figures() == [figure + n_good for figure in before]
    while not (logged := [event for event in service.events if event.get("id") == name]):
        service.wait_for("request")
    assert (logged[0]["texts"], logged[0]["chars"]) == (n_good, n_good)


@pytest.mark.parametrize(
    ("request_", "status", "code", "message"),
    [
        ({"json": {"texts": "好"}}, 422, "invalid", 'a list of strings in "texts", got a string'),
        ({"json": {"texts": ["好", 3]}}, 422, "invalid", 'a string in "texts[1]", got a number'),
        ({"json": {"texts": [None]}}, 422, "invalid", "got null"),
        ({"json": {}}, 422, "invalid", 'expected "texts"'),
        ({"json": []}, 422, "invalid", "an object in the body, got a list"),
        ({"json": {"texts": [], "text": 1}}, 422, "invalid", "got text; leave the others out; did you mean texts?"),
        ({"json": {"texts": [], "offsets": "char"}}, 422, "invalid", 'byte, utf16 in "offsets", got "char"'),
        ({"json": {"texts": [], "offsets": ["byte"]}}, 422, "invalid", 'one of codepoint'),
        ({"json": {"texts": [], "model": 1}}, 422, "invalid", 'one name in "model", got a number'),
        ({"json": {"texts": [], "model": "../../etc"}}, 404, "not_found", "a model among small, other"),
        ({"json": {"texts": [], "model": "small@2"}}, 404, "not_found", "version 1 of small, which is served, got"),
        ({"json": {"texts": [], "model": "none@1"}}, 404, "not_found", "a model among small, other, got 'none@1'"),
        ({"json": {"texts": [], "model": "topics@1"}}, 422, "invalid", "a tagger, among small, other, got 'topics'"),
        ({"json": {"texts": [], "model": "topics"}}, 422, "invalid", "a tagger, among small, other, got 'topics'"),
        ({"json": {"texts": ["好"] * 21}}, 413, "too_large", "at most 20 texts, got 21"),
        ({"json": {"texts": ["好" * 2001]}}, 413, "too_large", 'at most 2000 characters in "texts[0]", got 2001'),
        ({"json": {"texts": ["好" * 4000] * 2}}, 413, "too_large", "a body of at most 20000 bytes"),
        ({"content": b"{", "type": "application/json"}, 400, "bad_request", "expected JSON"),
        ({"content": b"", "type": "application/json"}, 400, "bad_request", "expected JSON in UTF-8, got nothing; send"),
        ({"content": b'{"texts":["\xff"]}', "type": "application/json"}, 400, "bad_request", "byte 0xff at offset 11"),
        ({"content": '{"texts":["他在', "type": "application/json"}, 400, "bad_request", "ends early, after 13"),
        ({"content": b'{"texts":["\xe4\xbb', "type": "application/json"}, 400, "bad_request", "after 13 bytes"),
        ({"content": "{'texts':[]}", "type": "application/json"}, 400, "bad_request", "got a fault at character 2"),
        ({"content": "{", "type": "application/jsonl"}, 400, "bad_request", "in line 1, got JSON that ends early"),
        ({"content": b"[" * 9999, "type": "application/json"}, 400, "bad_request", "depth limit"),
        ({"content": b"\x1f\x8b\x08", "type": "application/json"}, 400, "bad_request", "send Content-Encoding: gzip"),
        ({"content": b"\xff", "type": "text/plain"}, 400, "bad_request", "name its charset in Content-Type"),
        (
            {"content": "我去北京".encode("gb18030"), "type": "text/plain"},
            400,
            "bad_request",
            "got byte 0xce at offset 0 (invalid continuation byte); is it GB18030?; name its charset in Content-Type, "
            "such as text/plain; charset=gb18030",
        ),
        (
            {"content": "去北京看朋友".encode("big5"), "type": "text/plain"},
            400,
            "bad_request",
            "is it Big5?; name its charset in Content-Type, such as text/plain; charset=big5",
        ),
        (
            {"content": '{"texts":["我去北京"]}'.encode("gb18030"), "type": "application/json"},
            400,
            "bad_request",
            "got byte 0xce at offset 11 (invalid continuation byte); is it GB18030?; encode the body in UTF-8",
        ),
        ({"content": b"\xff", "type": "text/plain; charset=gbk"}, 400, "bad_request", "expected text in gbk"),
        ({"content": b"a", "type": "text/plain; charset=idna"}, 415, "unsupported_media_type", "got idna; send UTF-8"),
        ({"content": b"a", "type": "text/plain; charset=../a"}, 415, "unsupported_media_type", "charset among"),
        ({"content": b"NaN", "type": "application/json"}, 400, "bad_request", "expected JSON"),
        ({"content": b"a", "type": "image/png"}, 415, "unsupported_media_type", "got image/png"),
        ({"content": b"a"}, 415, "unsupported_media_type", "got no content type"),
        ({"content": b"\xff", "type": "text/plain"}, 400, "bad_request", "UTF-8 in line 1"),
        ({"content": b"1", "type": "application/x-ndjson"}, 422, "invalid", "an object in line 1, got a number"),
        ({"content": b'{"id":1}', "type": "application/x-ndjson"}, 422, "invalid", '"text", a string, in line 1'),
        ({"content": b"a" * 2001, "type": "text/plain"}, 413, "too_large", '2000 characters in "text" of line 1'),
        ({"content": b"a\n" * 100_001, "type": "text/plain"}, 413, "too_large", "bytes; send the document in parts"),
        ({"content": b"a", "type": "text/plain", "url": "/v1/tag?unit=byte"}, 422, "invalid", "got unit"),
        ({"content": b"a", "type": "text/plain", "url": "/v1/tag?model=none"}, 404, "not_found", "got 'none'"),
        ({"content": b"a", "type": "text/plain", "url": "/v1/tag?model=topics"}, 422, "invalid", "ask /v1/classify"),
    ],
)  # fmt: skip
def test_what_is_refused(client: httpx.Client, request_: dict[str, Any], status: int, code: str, message: str) -> None:
    kind = request_.pop("type", None)
    headers = {"content-type": kind} if kind else {}
    answer = client.post(request_.pop("url", "/v1/tag"), headers=headers, **request_)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert message in error["message"]
    assert error["message"].startswith("expected ")
    assert "; " in error["message"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert client.post("/v1/tag", json={"texts": ["好"]}).status_code == 200


@pytest.mark.parametrize(
    ("path", "model", "text"),
    [("/v1/tag", "small@1", "texts"), ("/v1/classify", "topics@1", "texts"), ("/v1/inspect", "other@1", "text")],
)
def test_a_model_with_its_version(client: httpx.Client, path: str, model: str, text: str) -> None:
    answer = client.post(path, json={text: ["好"] if text == "texts" else "好", "model": model})
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"]["name"] == model.partition("@")[0]


def test_paths_and_methods_that_are_not_there(client: httpx.Client) -> None:
    for path in ("/nothing", "/v1/tag/", "/page/../settings.py", "/page/%2e%2e/app.py", "//etc/passwd", "/v1/%00"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
    for path, near in (("/v1/tag/", "/v1/tag"), ("/health", "/healthz"), ("/v1/model", "/v1/models")):
        assert client.get(path).json()["error"]["message"].endswith(f"; did you mean {near}?")
    for method, path, wanted in (
        ("GET", "/v1/tags", "expected a path of this service, got GET '/v1/tags'; see /docs; did you mean /v1/tag?"),
        ("GET", "/v1/tag", "expected POST for this path, got GET '/v1/tag'; see /docs"),
        ("DELETE", "/v1/models", "expected GET or HEAD for this path, got DELETE '/v1/models'; see /docs"),
        (
            "GET",
            "/v2/models/small/infr",
            "GET '/v2/models/small/infr'; see /docs; did you mean /v2/models/small/infer?",
        ),
        ("PUT", "/v2/models/small/infer", "expected POST for this path, got PUT '/v2/models/small/infer'; see /docs"),
        ("GET", "/v2/model/small", "see /docs; did you mean /v2/models/small?"),
    ):
        error = client.request(method, path).json()["error"]
        assert (error if path.startswith("/v2") else error["message"]).endswith(wanted)
    preflight = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = client.options("/v1/tag", headers=preflight)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "--cors-origins" in answer.json()["error"]["message"]
    answer = client.delete("/v1/tag")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert client.head("/healthz").status_code == 200


@pytest.mark.parametrize("charset", ["gb18030", "GBK", "cp936", '"utf-16-le"', "UTF-16LE", "us-ascii", "UTF-8"])
def test_a_document_in_another_charset(client: httpx.Client, charset: str) -> None:
    content = "今天\n天".encode("utf-8" if "a" in charset else charset.strip('"'))
    answer = client.post("/v1/tag", content=content, headers={"content-type": f"text/plain; charset={charset}"})
    lines = [json.loads(line)["words"] for line in answer.text.splitlines()]
    assert ["".join(word["form"] for word in words) for words in lines] == ["今天", "天"]


def test_the_page_links_to_the_browser_alone_where_its_runtime_is_installed(client: httpx.Client) -> None:
    page = client.get("/")
    assert ('<a id="other" hidden' in page.text) == (not RUNTIME.is_dir())
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304


def test_a_request_id_is_kept_when_it_is_harmless(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": "a.b-c_9"}).headers["x-request-id"] == "a.b-c_9"
    for strange in ("a b", "x" * 65, '"><script>'):
        assert client.get("/healthz", headers={"x-request-id": strange}).headers["x-request-id"] != strange


def test_health_and_figures(client: httpx.Client) -> None:
    client.post("/v1/tag", json={"texts": ["我喜欢"], "model": "other"})
    client.request("PROPFIND", "/v1/tag")
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(figures['tagger_requests_total{method="POST",route="/v1/tag",status="200"}']) >= 1
    assert float(figures['tagger_requests_total{method="any",route="/v1/tag",status="405"}']) >= 1
    assert float(figures['tagger_characters_total{model="other"}']) >= 3
    assert float(figures["tagger_queue_wait_seconds_count"]) >= 1
    assert float(figures["tagger_batch_texts_sum"]) >= 1
    assert figures["tagger_queue_characters"] == "0.0"
    assert figures["tagger_requests_open"] == "1.0"  # this one
    assert [name for name in figures if name.startswith('tagger_model_info{licence="",model="other"')]


def test_logs_never_hold_a_text(service: Service, client: httpx.Client) -> None:
    secret = "机密九七五三"
    for body in ({"texts": [secret]}, {"texts": [secret], secret: 1}, {"texts": [secret * 999]}):
        client.post("/v1/tag", json=body, headers={"x-request-id": "last"})
    client.post("/v1/tag", content=secret.encode(), headers={"content-type": "text/plain"})
    client.post("/v1/tag", content=secret.encode(), headers={"content-type": "application/json", "x-request-id": "end"})
    while not [event for event in service.events if event.get("id") == "end"]:
        service.wait_for("request")
    logged = json.dumps(service.events, ensure_ascii=False)
    assert secret not in logged
    event = next(event for event in service.events if event.get("id") == "last")
    assert (event["route"], event["status"], event["texts"], event["chars"]) == ("/v1/tag", 200, 1, 6)
