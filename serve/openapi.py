"""The OpenAPI 3.1 document: every path, with the schemas that requests are checked by and those of their answers."""

from tagger import __version__

from .response_schemas import component_schemas, reference
from .schema import Json
from .settings import Settings
from .v1_requests import ClassifyReader, InspectReader, TagReader
from .v2_requests import InferReader

_JSON = "application/json"
_LINES = "application/x-ndjson"
_DESCRIPTION = (
    "Words and parts of speech of Chinese texts. The words and the spaces between them give back the text. "
    "Labels of texts, where a classifier is served."
)


def document(settings: Settings) -> Json:
    """The OpenAPI document; its limits are those of the settings."""
    paths = _v1_paths(settings) | _operations_paths() | _v2_paths(settings)
    described: Json = {
        "openapi": "3.1.0",
        "info": {"title": "tagger", "version": __version__, "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": component_schemas()},
    }
    if settings.api_keys:
        described["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, operations in paths.items():
            if path.startswith(("/v1/", "/v2/models/")):
                for method in set(operations) - {"parameters"}:
                    operations[method]["security"] = [{"key": []}]
    return described


def _v1_paths(settings: Settings) -> Json:
    classify = _operation("The label of each text, by a classifier", "Classification", 404, 413, 429)
    inspect = _operation("Gates, states, scores and the path of one sentence", "Inspection", 404, 413, 429)
    texts = {"texts": ["Where is my card?"], "top": 3}
    return {
        "/v1/tag": {"post": _tag_operation(TagReader(settings))},
        "/v1/classify": {"post": classify | _body(ClassifyReader(settings).schema, texts)},
        "/v1/inspect": {"post": inspect | _body(InspectReader(settings).schema, {"text": "我喜欢北京。"})},
        "/v1/models": {"get": _operation("Models on offer", "Models")},
    }


def _tag_operation(reader: TagReader) -> Json:
    operation = _operation(
        "Words of texts; a document as text/plain or NDJSON comes back line by line", "Answer", 413, 429
    )
    operation |= _body(reader.schema, {"texts": ["我喜欢北京。"], "offsets": "utf16", "confidence": True})
    operation["requestBody"]["content"] |= {
        "text/plain": {"schema": {"type": "string"}, "example": "我喜欢北京。\n今天天气很好。\n"},
        _LINES: {"schema": {"type": "string"}, "example": '{"text": "我喜欢北京。", "id": 1}\n'},
    }
    operation["responses"]["200"]["content"][_LINES] = {"schema": {"type": "string"}}
    operation["parameters"] = [
        {"name": name, "in": "query", "schema": schema} for name, schema in reader.query_schemas.items()
    ]
    return operation


def _operations_paths() -> Json:
    """The paths for whoever runs the service."""
    return {
        "/healthz": {"get": _operation("Is the process alive?", "Status")},
        "/readyz": {"get": _operation("Is a model loaded and warm, and the service not going down?", "Status", 503)},
        "/metrics": {"get": _text_operation("Figures for Prometheus", "text/plain")},
        "/openapi.json": {"get": _operation("This document", "Object")},
        "/docs": {"get": _text_operation("This document as a page", "text/html")},
    }


def _v2_paths(settings: Settings) -> Json:
    """The Open Inference Protocol; a model has its paths with and without a version."""
    infer = _operation("Words by the Open Inference Protocol v2", "InferAnswer", 404, 413, 429)
    infer |= _body(InferReader(settings).schema)
    paths: Json = {
        "/v2": {"get": _operation("The name and version of the server", "Object")},
        "/v2/health/live": {"get": _operation("Is the process alive?", "Object")},
        "/v2/health/ready": {"get": _operation("Does the service want requests?", "Object", 503)},
    }
    for names in (("name",), ("name", "version")):
        base = "/v2/models/{name}" + ("/versions/{version}" if "version" in names else "")
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        ready = _operation("Does the model answer?", "Object", 404, 503)
        paths[base] = {"get": _operation("Tensors of a model", "Object", 404), "parameters": parameters}
        paths[f"{base}/ready"] = {"get": ready, "parameters": parameters}
        paths[f"{base}/infer"] = {"post": infer, "parameters": parameters}
    return paths


_ERROR = {
    "description": "An error with a code, a message and a request id.",
    "content": {_JSON: {"schema": reference("Error")}},
}


def _operation(summary: str, answer: str, *statuses: int) -> Json:
    """An operation whose answer is the component `answer`; of `statuses`, 503 has that answer, the others an error."""
    success = {"description": "The answer.", "content": {_JSON: {"schema": reference(answer)}}}
    named = {str(status): success if status == 503 else _ERROR for status in statuses}
    return {"summary": summary, "responses": {"200": success, **named, "default": _ERROR}}


def _text_operation(summary: str, content_type: str) -> Json:
    success = {"description": "Text.", "content": {content_type: {"schema": {"type": "string"}}}}
    return {"summary": summary, "responses": {"200": success, "default": _ERROR}}


def _body(schema: Json, example: Json | None = None) -> Json:
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"requestBody": {"required": True, "content": {_JSON: content}}}
