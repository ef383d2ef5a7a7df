"""The service described as OpenAPI 3.1, and the same as a page to read."""

import json
from html import escape
from typing import Any

from tagger import __version__
from tagger.inspection.layers import OPERATORS
from tagger.tagging.dictionary import STRENGTHS

from .answer import UNITS
from .errors import STATUS
from .schema import LEAST
from .settings import Settings

Json = dict[str, Any]
_JSON = "application/json"


def document(settings: Settings) -> Json:
    """The OpenAPI document under these settings: limits are part of it."""
    texts = {
        "type": "array",
        "maxItems": settings.max_texts,
        "items": {"type": "string", "maxLength": settings.max_chars},
    }
    offsets = {"enum": list(UNITS), "default": "codepoint", "description": "Unit of start and end."}
    name = {"type": ["string", "null"], "description": "A name from /v1/models; without it the first of its kind."}
    standard = {"type": ["string", "null"], "description": "Of a model of several standards; its first without it."}
    view: Json = {
        "confidence": {"type": "boolean", "description": "With the probability of every word."},
        "nbest": {
            "type": "integer",
            "minimum": 1,
            "maximum": settings.max_nbest,
            "description": "So many alternatives of each text instead of its words; texts must be shorter.",
        },
        "search": {
            "type": "number",
            "minimum": LEAST,
            "maximum": 1,
            "description": "All words at least so likely: they overlap.",
        },
    }
    ask = _object(
        {
            "texts": texts,
            "model": name,
            "offsets": offsets | {"enum": [*UNITS, None]},
            "dictionary": {"type": ["string", "null"], "description": "A dictionary from /v1/models."},
            "entries": _entries(settings),
            "given": _given(),
            "standard": standard,
            **view,
        },
        ["texts"],
    )
    ask["not"] = {"required": ["nbest", "search"]}
    ask["if"] = {"required": ["nbest"]}
    ask["then"] = {"properties": {"texts": {"items": {"maxLength": settings.max_nbest_chars}}}}
    tensor = _object(
        {
            "name": {"const": "text"},
            "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            "datatype": {"const": "BYTES"},
            "parameters": {"type": "object"},
            "data": texts,
        },
        ["name", "shape", "datatype", "data"],
    )
    wanted = {"type": "object", "properties": {"name": {"const": "words"}}, "required": ["name"]}
    infer = _object(
        {
            "id": {"type": "string"},
            "parameters": {"type": "object", "properties": {"offsets": offsets, "standard": standard}},
            "inputs": {"type": "array", "items": tensor, "minItems": 1, "maxItems": 1},
            "outputs": {"type": "array", "items": wanted},
        },
        ["inputs"],
    )  # fmt: skip
    stream = [
        {"name": "model", "in": "query", "schema": {"type": "string"}},
        {"name": "offsets", "in": "query", "schema": {"enum": list(UNITS)}},
        {"name": "standard", "in": "query", "schema": {"type": "string"}},
        *({"name": field, "in": "query", "schema": schema} for field, schema in view.items()),
        {"name": "dictionary", "in": "query", "schema": {"type": "string"}},
    ]
    tagging = _operation(
        "Words of texts; a document as text/plain or NDJSON comes back line by line", "Answer", 413, 429
    )
    tagging["parameters"] = stream
    tagging["requestBody"] = {
        "required": True,
        "content": {
            _JSON: {"schema": ask, "example": {"texts": ["我喜欢北京。"], "offsets": "utf16", "confidence": True}},
            "text/plain": {"schema": {"type": "string"}, "example": "我喜欢北京。\n今天天气很好。\n"},
            "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"text": "我喜欢北京。", "id": 1}\n'},
        },
    }
    tagging["responses"]["200"]["content"]["application/x-ndjson"] = {"schema": {"type": "string"}}
    inferring = _operation("Words by the Open Inference Protocol v2", "InferAnswer", 404, 413, 429)
    inferring["requestBody"] = {"required": True, "content": {_JSON: {"schema": infer}}}
    top = {"type": ["integer", "null"], "minimum": 1, "description": "How many of the likeliest labels; 1 without it."}
    classifying = _operation("The label of each text, by a classifier", "Classification", 404, 413, 429)
    classifying["requestBody"] = {
        "required": True,
        "content": {
            _JSON: {
                "schema": _object({"texts": texts, "model": name, "top": top}, ["texts"]),
                "example": {"texts": ["Where is my card?"], "top": 3},
            }
        },
    }
    inspecting = _operation("Gates, states, scores and the path of one sentence", "Inspection", 404, 413, 429)
    sentence = {"type": "string", "minLength": 1, "maxLength": settings.max_inspect}
    layer = {"type": ["integer", "null"], "description": "From 1; the last one without it."}
    inspecting["requestBody"] = {
        "required": True,
        "content": {
            _JSON: {
                "schema": _object({"text": sentence, "model": name, "layer": layer}, ["text"]),
                "example": {"text": "我喜欢北京。"},
            }
        },
    }
    paths: Json = {
        "/v1/tag": {"post": tagging},
        "/v1/classify": {"post": classifying},
        "/v1/inspect": {"post": inspecting},
        "/v1/models": {"get": _operation("Models on offer", "Models")},
        "/healthz": {"get": _operation("Is the process alive?", "Status")},
        "/readyz": {"get": _operation("Is a model loaded and warm, and the service not going down?", "Status", 503)},
        "/metrics": {"get": _text("Figures for Prometheus", "text/plain")},
        "/openapi.json": {"get": _operation("This document", "Object")},
        "/docs": {"get": _text("This document to read", "text/html")},
        "/v2": {"get": _operation("Who answers", "Object")},
        "/v2/health/live": {"get": _operation("Is the process alive?", "Object")},
        "/v2/health/ready": {"get": _operation("Does the service want requests?", "Object", 503)},
    }
    for version in ("", "/versions/{version}"):
        base = "/v2/models/{name}" + version
        paths[base] = {"get": _operation("Tensors of a model", "Object", 404)}
        paths[base + "/ready"] = {"get": _operation("Does the model answer?", "Object", 404, 503)}
        paths[base + "/infer"] = {"post": inferring}
        for suffix in ("", "/ready", "/infer"):
            paths[base + suffix]["parameters"] = [
                {"name": part, "in": "path", "required": True, "schema": {"type": "string"}}
                for part in (("name", "version") if version else ("name",))
            ]
    found: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "tagger",
            "version": __version__,
            "description": "Words and parts of speech of Chinese texts. The words and the spaces between them "
            "give back the text. Labels of texts, where a classifier is served.",
        },
        "paths": paths,
        "components": {"schemas": _schemas()},
    }
    if settings.api_keys:
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, operations in paths.items():
            if path.startswith(("/v1/", "/v2/models/")):
                for method in set(operations) - {"parameters"}:
                    operations[method]["security"] = [{"key": []}]
    return found


def _entries(settings: Settings) -> Json:
    word = {"type": "string", "minLength": 1, "maxLength": settings.max_entry_chars}
    weight = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1000, "description": "For prefer."}
    entry = _object(
        {"word": word, "strength": {"enum": list(STRENGTHS)}, "tag": {"type": ["string", "null"]}, "weight": weight},
        ["word"],
    )
    return {
        "type": ["array", "null"],
        "maxItems": settings.max_entries,
        "items": {"anyOf": [word, entry]},
        "description": "Words to force; or to prefer, to forbid, to join, or to cut at every |. A word has no "
        "whitespace around it and no line feed, a tag is one of the model's.",
    }


def _given() -> Json:
    offset = {"type": "integer", "minimum": 0}
    word = _object({"start": offset, "end": offset, "pos": {"type": ["string", "null"]}}, ["start", "end"])
    boundary = _object({"at": offset, "cut": {"type": "boolean"}}, ["at"])
    return {
        "type": ["array", "null"],
        "items": {"type": ["array", "null"], "items": {"anyOf": [word, boundary]}},
        "description": "Per text words that are known, and places where words are cut or (false) are not.",
    }


def _schemas() -> Json:
    text, maybe, count = {"type": "string"}, {"type": ["string", "null"]}, {"type": "integer", "minimum": 0}
    word, share = (
        {"form": text, "pos": maybe, "start": count, "end": count},
        {"type": "number", "minimum": 0, "maximum": 1},
    )
    label = {"name": text, "version": text, "licence": maybe}
    described = label | {"kind": {"enum": ["tagger", "classifier"]}, "language": maybe, "corpus": maybe}
    described |= {"tags": _list(text), "standards": _list(text), "labels": _list(text), "exported": maybe}
    ranked = {"label": text, "probability": {"type": "number", "minimum": 0, "maximum": 1}}
    labelled = ranked | {"truncated": {"type": "boolean"}, "labels": _list(_object(ranked))}
    offered = _object({**described, "default": {"type": "boolean"}})
    fault = {"code": {"enum": sorted(STATUS)}, "message": text, "request_id": text}
    ours, theirs = (
        _object({"error": _object(fault)}),
        _object({**fault, "error": text}, ["error", "code", "request_id"]),
    )
    tensor = _object({"name": text, "datatype": text, "shape": _list(count), "data": _list(text)})
    rows = _list(_list({"type": "number"}))  # of characters, then of units
    steps = {"type": "object", "additionalProperties": rows, "required": ["hidden"]}
    inspection = {
        "model": _ref("Model"),
        "text": text,
        "words": _list(_object({**word, "probability": share})),
        "path": _list(text),
        "tags": _list(text),
        "scores": _list(_list({"type": ["number", "null"]})),
        "n_layers": count,
        "layer": count,
        "operator": {"enum": list(OPERATORS)},
        "directions": _object({"forward": steps, "backward": steps}, ["forward"]),
    }
    answer = {"model_name": text, "model_version": text, "id": text, "outputs": _list(tensor)}
    return {
        "Object": {"type": "object"},
        "Status": _object({"status": {"enum": ["alive", "ready", "draining", "broken"]}}),
        "Word": _object(word | {"probability": share, "span_probability": share}, list(word)),
        "Alternative": _object(
            {"score": {"type": "number"}, "probability": share, "span_probability": share, "words": _list(_ref("Word"))}
        ),
        "Result": {
            "oneOf": [_object({"words": _list(_ref("Word"))}), _object({"alternatives": _list(_ref("Alternative"))})]
        },
        "Model": _object(label),
        "Models": _object({"models": _list(offered), "dictionaries": _list(text)}),
        "Answer": _object({"model": _ref("Model"), "offsets": {"enum": list(UNITS)}, "results": _list(_ref("Result"))}),
        "Classification": _object({"model": _ref("Model"), "results": _list(_ref("Labelled"))}),
        "Labelled": _object(labelled, [*ranked, "truncated"]),
        "Inspection": _object(inspection),
        "InferAnswer": _object(answer, ["model_name", "model_version", "outputs"]),
        "Error": {"oneOf": [ours, theirs]},
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(properties: Json, required: list[str] | None = None) -> Json:
    names = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_ERROR = {
    "description": "An error with a code, a message and a request id.",
    "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def _operation(summary: str, answer: str, *statuses: int) -> Json:
    right = {"description": "The answer.", "content": {_JSON: {"schema": _ref(answer)}}}
    responses: Json = {"200": right}
    for status in statuses:
        responses[str(status)] = right if status == 503 else _ERROR
    return {"summary": summary, "responses": responses | {"default": _ERROR}}


def _text(summary: str, kind: str) -> Json:
    right = {"description": "Text.", "content": {kind: {"schema": {"type": "string"}}}}
    return {"summary": summary, "responses": {"200": right, "default": _ERROR}}


def page(described: Json) -> str:
    """The OpenAPI document as HTML without scripts."""
    parts = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>")
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if "example" in content:
                    sent = content["example"]
                    sent = sent.rstrip() if isinstance(sent, str) else json.dumps(sent, ensure_ascii=False)
                    command = f"curl -H 'Content-Type: {kind}' --data-binary @- http://HOST{path} <<'END'\n{sent}\nEND"
                    parts.append(f"<pre>{escape(command)}</pre>")
    codes = "".join(f"<tr><td>{status}<td><code>{code}</code>" for code, status in STATUS.items())
    info = described["info"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>tagger: API</title><link rel="stylesheet" href="/page/page.css"><main class="docs">'
        f"<h1>tagger {escape(info['version'])}: API</h1><p>{escape(info['description'])} "
        '<a href="/openapi.json">openapi.json</a> · <a href="/">try it</a></p>'
        + "".join(parts)
        + "<h2>Errors</h2><p>Every error has a code, a message and a request id.</p>"
        + f"<table>{codes}</table></main></html>"
    )
