"""The OpenAPI document and the code say the same: routes, answers, and what is refused."""

import re
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
import schemathesis
import schemathesis_hooks  # noqa: F401 - it tells schemathesis how to write documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from service import Service
from starlette.routing import Route

from serve.app import build
from serve.body import BodyBudget
from serve.engine import Engine
from serve.metrics import Metrics
from serve.middleware import RequestMiddleware
from serve.models import Catalog, ServedModel
from serve.openapi import document
from serve.repository import Repository
from serve.settings import Settings
from tagger.text.block import UNITS

DOCUMENT = document(Settings(max_texts=20, max_chars=2000, max_entries=5, max_entry_chars=8))
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"]


def test_every_route_is_described_and_no_other(small_model: Any) -> None:
    chosen = Settings()
    engine = Engine(Catalog([ServedModel.open("small", small_model)]), chosen, Metrics())
    app = build(engine, Repository(engine), BodyBudget(limit=1, seconds=1))
    assert isinstance(app, RequestMiddleware)
    routes = {
        (route.path, method.lower())
        for route in app.router.routes
        if isinstance(route, Route) and not route.path.startswith(("/page/", "/local", "/model/"))
        for method in route.methods or ()
        if method != "HEAD"
    }
    engine.batcher.close(10)
    assert routes - {("/", "get")} == set(OPERATIONS)


def test_headers_of_requests_and_refusals_are_described() -> None:
    for path in ("/v1/tag", "/v1/classify", "/v1/inspect", "/v2/models/{name}/infer"):
        operation = DOCUMENT["paths"][path]["post"]
        headers = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"]
        assert headers == ["X-Request-Timeout", "Priority"]
        assert [[*operation["responses"][status]["headers"]] for status in ("429", "503")] == [["Retry-After"]] * 2


def check(response: httpx.Response, path: str, method: str) -> None:
    """The answer is one that the document has."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    content = responses.get(str(response.status_code), responses["default"])["content"]
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in content
    if kind == "application/json":
        schema = content[kind]["schema"] | {"components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(response.json())


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(client: httpx.Client, path: str, method: str) -> None:
    version = client.get("/v2/models/small").json()["versions"][0]
    url = path.replace("{name}", "small").replace("{version}", version)
    tensor = {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["好"]}
    bodies = {
        "/v1/tag": {"texts": ["我喜欢", ""]},
        "/v1/classify": {"texts": ["我喜欢", ""], "top": 2},
        "/v1/inspect": {"text": "我 爱"},
    }
    body = bodies.get(path, {"id": "1", "inputs": [tensor]}) if method == "post" else None
    if path == "/v2/repository/index":
        body = {"ready": True}
    answer = client.request(method, url, json=body)
    assert answer.status_code == (403 if path.startswith("/v2/repository/models") else 200)
    check(answer, path, method)
    wrong = {"texts": 1} if method == "post" else None
    check(client.request(method, url.replace("small", "none"), json=wrong), path, method)


def test_every_operation_has_its_own_name_and_a_tag() -> None:
    """Generators of clients make a function of each name, in a module of each tag."""
    operations = [DOCUMENT["paths"][path][method] for path, method in OPERATIONS]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in DOCUMENT["tags"]}


def test_alternatives_of_the_document_have_names() -> None:
    """Generators of clients give every nameless object a name, and two of them the same."""
    nameless = [
        choice
        for component in DOCUMENT["components"]["schemas"].values()
        for choice in component.get("oneOf", [])
        if "$ref" not in choice
    ]
    assert nameless == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
FIELDS = {
    "texts": VALUES | st.lists(st.text(max_size=9)),
    "model": VALUES,
    "offsets": VALUES | st.sampled_from(UNITS),
    "confidence": VALUES,
    "sentences": VALUES,
    "nbest": VALUES | st.integers(1, 12) | st.just(2.0),
    "search": VALUES | st.floats(0, 1),
}
NEARLY = st.fixed_dictionaries({}, optional=FIELDS)


@given(VALUES | NEARLY)
def test_a_body_is_accepted_exactly_when_the_document_says_so(client: httpx.Client, body: Any) -> None:
    try:
        content = orjson.dumps(body)
    except (TypeError, orjson.JSONEncodeError):
        return  # lone surrogates: not JSON in UTF-8
    schema = DOCUMENT["paths"]["/v1/tag"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    valid = jsonschema.Draft202012Validator(schema).is_valid(orjson.loads(content))
    answer = client.post("/v1/tag", content=content, headers={"content-type": "application/json"})
    check(answer, "/v1/tag", "post")
    model = body.get("model") if isinstance(body, dict) else None
    if valid and model in (None, "small", "other"):
        assert answer.status_code == 200
    else:
        assert answer.status_code in ((404,) if valid else (413, 422))


SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@SCHEMA.parametrize()
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_nothing_generated_from_the_document_breaks_the_service(service: Service, case: schemathesis.Case) -> None:
    # The least is too little time, and 504 is right.
    (case.headers or {}).pop("X-Request-Timeout", None)
    if isinstance(case.body, dict) and isinstance(parameters := case.body.get("parameters"), dict):
        parameters.pop("timeout", None)
    case.call_and_validate(base_url=service.address, checks=[not_a_server_error])
