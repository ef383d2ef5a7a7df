"""The OpenAPI 3.1 document: every path, with the schemas that requests are checked by and those of their answers."""

from typing import Any

from tagger import __version__

from .errors import STATUS
from .refusals import Json
from .repository import INDEX_SCHEMA
from .response_schemas import component_schemas, reference
from .settings import Settings
from .v1_requests import (
    ClassifyReader,
    InspectReader,
    TagReader,
    classify_schema,
    inspect_schema,
    line_schema,
    tag_schema,
)
from .v2_requests import infer_schema

_JSON = "application/json"
_LINES = "application/x-ndjson"
_DESCRIPTION = (
    "Words and parts of speech of Chinese texts. The words and the spaces between them give back the text. "
    "Labels of texts, where a classifier is served."
)
TAGS = {
    "texts": "Words and labels of texts, and what may be asked for.",
    "operation": "For whoever runs the service: health, figures and documentation.",
    "inference protocol": "The Open Inference Protocol v2, for clients of KServe and Triton.",
}
# How urgent a request is, and by when it wants its answer.
TERMS: list[Json] = [
    {
        "name": "X-Request-Timeout",
        "in": "header",
        "description": "Seconds until the answer is wanted, less than --deadline; of a document, for each piece of 64 "
        "lines or 4096 characters.",
        "schema": {"type": "number", "exclusiveMinimum": 0},
    },
    {
        "name": "Priority",
        "in": "header",
        "description": "From u=0, the most urgent, to u=7, by RFC 9218; without it u=3.",
        "schema": {"type": "string"},
    },
]
RETRY_AFTER: Json = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
GUARDED = ("/v1/", "/v2/models/", "/v2/repository/", "/model/")  # paths that need a key, where keys are set


def document(settings: Settings) -> Json:
    """The OpenAPI document; its limits are those of the settings."""
    paths = _v1_paths(settings) | _operations_paths() | _v2_paths(settings)
    if settings.metrics_port:
        del paths["/metrics"]
    described: Json = {
        "openapi": "3.1.0",
        "info": {"title": "tagger", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": ".", "description": "Where this document comes from, under a proxy's prefix too."}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {"schemas": component_schemas()},
    }
    if settings.has_keys:
        described["components"]["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer"},
            "key_header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        for path, operations in paths.items():
            if path.startswith(GUARDED):
                for method in set(operations) - {"parameters"}:
                    operations[method]["security"] = [{"key": []}, {"key_header": []}]
    return described


def _v1_paths(settings: Settings) -> Json:
    refusals = (404, 413, 415, 422, 429, 503, 504)
    classify = _operation("classify", "texts", "The label of each text, by a classifier", "Classification", *refusals)
    classify |= _body(classify_schema(settings), {"texts": ["Where is my card?"], "top": 3})
    classify |= _query(ClassifyReader(settings).query.schemas)
    inspect = _operation(
        "inspect", "texts", "Gates, states, scores and the path of one sentence", "Inspection", *refusals
    )
    inspect |= _body(inspect_schema(settings), {"text": "我喜欢北京。"}) | _query(InspectReader(settings).query.schemas)
    return {
        "/v1/tag": {"post": _tag_operation(settings, refusals)},
        "/v1/classify": {"post": classify},
        "/v1/inspect": {"post": inspect},
        "/v1/models": {"get": _operation("list_models", "texts", "Models on offer", "Models")},
    }


def _tag_operation(settings: Settings, refusals: tuple[int, ...]) -> Json:
    summary = "Words of texts; a document as text/plain or NDJSON comes back line by line"
    operation = _operation("tag", "texts", summary, "Answer", *refusals)
    operation |= _body(tag_schema(settings), {"texts": ["我喜欢北京。"], "offsets": "utf16", "confidence": True})
    operation |= _query(TagReader(settings).query.schemas)
    line = {"contentMediaType": _JSON, "contentSchema": line_schema(settings.max_chars)}
    operation["requestBody"]["content"] |= {
        "text/plain": {"schema": {"type": "string"}, "example": "我喜欢北京。\n今天天气很好。\n"},
        _LINES: {"schema": {"type": "string"} | line, "example": '{"text": "我喜欢北京。", "id": 1}\n'},
    }
    operation["responses"]["200"]["content"][_LINES] = {"schema": {"type": "string"}}
    return operation


def _operations_paths() -> Json:
    """The paths for whoever runs the service."""
    ready = "Is a model loaded and warm, and the service not going down?"
    tag = "operation"
    return {
        "/healthz": {"get": _operation("alive", tag, "Is the process alive?", "Status")},
        "/readyz": {"get": _operation("ready", tag, ready, "Status", 503)},
        "/metrics": {"get": _text_operation("metrics", tag, "Figures for Prometheus", "text/plain")},
        "/openapi.json": {"get": _operation("openapi", tag, "This document", "Object")},
        "/docs": {"get": _text_operation("docs", tag, "This document as a page", "text/html")},
    }


def _v2_paths(settings: Settings) -> Json:
    """The Open Inference Protocol; a model has its paths with and without a version."""
    paths: Json = {
        "/v2": {
            "get": _v2_operation("server_metadata", "Name, version and extensions of the server", "ServerMetadata")
        },
        "/v2/health/live": {"get": _v2_operation("server_live", "Is the process alive?", "Object")},
        "/v2/health/ready": {"get": _v2_operation("server_ready", "Does the service want requests?", "Object", 503)},
        "/v2/models/stats": {"get": _v2_operation("statistics", "What each model has done", "ModelStatistics")},
        "/v2/repository/index": {"post": _index_operation()},
    }
    for verb, summary in (("load", "Read a model's file again, and offer it"), ("unload", "Offer a model no more")):
        summary = f"{summary}, in all processes; for services with keys"
        operation = _v2_operation(f"{verb}_model", summary, "Object", 403, 404, 422, 503, 504)
        paths[f"/v2/repository/models/{{name}}/{verb}"] = {"post": operation, "parameters": _path_parameters("name")}
    for names in (("name",), ("name", "version")):
        paths |= _model_paths(settings, names)
    return paths


def _index_operation() -> Json:
    operation = _v2_operation("repository_index", "The states of all taggers", "RepositoryIndex", 422)
    return operation | _body(INDEX_SCHEMA, {"ready": True}, required=False)


def _model_paths(settings: Settings, names: tuple[str, ...]) -> Json:
    base = "/v2/models/{name}" + ("/versions/{version}" if "version" in names else "")
    end = "_version" if "version" in names else ""
    tensor = {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["我喜欢北京。"]}
    infer = _v2_operation(
        f"infer{end}", "Words by the protocol, and entities", "InferAnswer", 404, 413, 422, 429, 503, 504
    )
    # For callers who ask for binary tensors: JSON, and behind it the bytes of the elements.
    infer["responses"]["200"]["content"]["application/octet-stream"] = {"schema": {"type": "string"}}
    operations = {
        "": {"get": _v2_operation(f"model_metadata{end}", "Tensors of a model", "ModelMetadata", 404)},
        "/ready": {"get": _v2_operation(f"model_ready{end}", "Does the model answer?", "Object", 404, 503)},
        "/config": {"get": _v2_operation(f"model_config{end}", "The model's configuration", "Object", 404)},
        "/stats": {"get": _v2_operation(f"model_statistics{end}", "What it has done", "ModelStatistics", 404)},
        "/infer": {"post": infer | _body(infer_schema(settings), {"inputs": [tensor]}) | {"parameters": TERMS}},
    }
    parameters = {"parameters": _path_parameters(*names)}
    return {base + path: operation | parameters for path, operation in operations.items()}


def _path_parameters(*names: str) -> list[Json]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query(schemas: Json) -> Json:
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]
    return {"parameters": query + TERMS}


def _body(schema: Json, example: Any, *, required: bool = True) -> Json:
    content = {_JSON: {"schema": schema, "example": example}}
    return {"requestBody": {"required": required, "content": content}}


def _v2_operation(name: str, summary: str, answer: str, *statuses: int) -> Json:
    return _operation(name, "inference protocol", summary, answer, *statuses, error="InferenceError")


def _operation(name: str, tag: str, summary: str, answer: str, *statuses: int, error: str = "ApiError") -> Json:
    """An operation whose answer is the component `answer`. A probe's 503 is such an answer too."""
    success = {"description": "The answer.", "content": {_JSON: {"schema": reference(answer)}}}
    responses = {"200": success}
    for status in statuses:
        is_answer = status == 503 and len(statuses) <= 2
        responses[str(status)] = success if is_answer else _error(error, f"{_codes(status)}, see the message.")
        if status in (429, 503) and not is_answer:
            responses[str(status)]["headers"] = RETRY_AFTER
    responses["default"] = _error(error, "An error with a code, a message and a request id.")
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}


def _codes(status: int) -> str:
    """The codes of errors with that status."""
    return " or ".join(f"`{code}`" for code, of_code in STATUS.items() if of_code == status)


def _error(component: str, description: str) -> Json:
    return {"description": description, "content": {_JSON: {"schema": reference(component)}}}


def _text_operation(name: str, tag: str, summary: str, content_type: str) -> Json:
    operation = _operation(name, tag, summary, "Object")
    operation["responses"]["200"]["content"] = {content_type: {"schema": {"type": "string"}}}
    return operation
