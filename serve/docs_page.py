"""The OpenAPI document as a page to read: fields, limits, answers, errors, and a form to try each request."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from .errors import STATUS
from .refusals import Json, describe

MEANINGS = {
    "bad_request": "The body is not JSON, not UTF-8, or not packed as its header says.",
    "unauthorized": "The service has keys, and the request showed none of them.",
    "forbidden": "The service does not do this as it was started.",
    "not_found": "There is no such path, model, version, dictionary or file of patterns.",
    "method_not_allowed": "The path has another method, see the header Allow.",
    "too_slow": "The headers or the body did not arrive in time.",
    "too_large": "The body, its texts or a text are above a limit; the message names its flag.",
    "unsupported_media_type": "Content-Type or Content-Encoding is one that the path does not read.",
    "invalid": "A field, a parameter or a text has a value that is not allowed; the message names its place.",
    "rate_limited": "The key asks more often than its rate allows: ask again after Retry-After.",
    "overloaded": "The queue is full: ask again after Retry-After.",
    "headers_too_large": "The headers are above the limit.",
    "internal": "The service failed: report the request id.",
    "unavailable": "The service is going down, or has no room for the body: ask again.",
    "deadline": "The answer was not ready in time: ask again later, or send fewer texts.",
}


def render_docs(document: Json) -> str:
    """The page. Its links are relative, so it works under a proxy's prefix."""
    info, schemas = document["info"], document["components"]["schemas"]
    operations = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    sections = "".join(
        f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
        + "".join(_operation_html(*found) for found in operations if found[2]["tags"] == [tag["name"]])
        for tag in document["tags"]
    )
    answers = "".join(f'<h3 id="{name}">{name}</h3>{_fields_html(schema)}' for name, schema in schemas.items())
    errors = "".join(
        f"<tr><td>{status}<td><code>{code}</code><td>{escape(MEANINGS[code])}" for code, status in STATUS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>tagger: API</title>'
        '<link rel="stylesheet" href="page/page.css"><link rel="stylesheet" href="page/docs.css">'
        '<script type="module" src="page/docs.js"></script></head><body><main class="docs">'
        f"<h1>tagger {escape(info['version'])}: API</h1><p>{escape(info['description'])} "
        '<a href="openapi.json">openapi.json</a> · <a href="./">the page</a></p>'
        '<p><label for="key">API key, if the service has keys</label><input id="key" autocomplete="off"></p>'
        f"{sections}<h2>Errors</h2><p>Every error has a code, a message that says what was expected, what came and "
        "what to do, and a request id, which is also in the header X-Request-Id and in the service's log.</p>"
        f"<table><tr><th>status<th>code<th>meaning{errors}</table><h2>Answers</h2>{answers}</main></body></html>"
    )


def _operation_html(path: str, method: str, operation: Json) -> str:
    heading = f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(operation['summary'])}</p>"
    contents: Json = operation.get("requestBody", {}).get("content", {})
    body = contents.get("application/json", {}).get("schema")
    parts = [heading]
    if body:
        parts.append(_fields_html(body))
    parameters: list[Json] = operation.get("parameters", [])
    if names := [f"<code>{found['name']}</code>" for found in parameters if found["in"] == "query"]:
        parts.append(f"<p>These may be in the query instead: {', '.join(names)}.</p>")
    if headers := [found for found in parameters if found["in"] == "header"]:
        rows = [_row_html(found["name"], found["schema"] | found, required=False) for found in headers]
        parts.append(f"<table><tr><th>header<th>type and limits<th>meaning{''.join(rows)}</table>")
    parts.append(f"<p>Answers: {_answers_html(operation['responses'])}</p>")
    parts.append(_form_html(path, method, contents))
    return f'<section id="{operation["operationId"]}">{"".join(parts)}</section>'


def _fields_html(schema: Json) -> str:
    """The fields of an object, or what else a schema allows, as a table."""
    properties: Json = schema.get("properties", {})
    if not properties:
        return f"<p>{_type_html(schema)}</p>"
    rows = [_row_html(name, field, name in schema.get("required", ())) for name, field in properties.items()]
    return f"<table><tr><th>field<th>type and limits<th>meaning{''.join(rows)}</table>"


def _row_html(name: str, field: Json, required: bool) -> str:
    mark = " (required)" if required else ""
    objects = map(_fields_html, _objects(field))
    nested = "".join(f"<details><summary>its fields</summary>{table}</details>" for table in objects)
    meaning = escape(field.get("description", ""))
    return f"<tr><td><code>{escape(name)}</code>{mark}<td>{_type_html(field)}<td>{meaning}{nested}"


def _objects(schema: Json) -> Iterator[Json]:
    """The objects that a value is, or that are in its lists, but not those in their fields."""
    if "properties" in schema:
        yield schema
        return
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        yield from _objects(inner)


def _type_html(schema: Json) -> str:
    """The type of a value with its limits; components are links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return " or ".join(map(_type_html, schema[keyword]))
    limits = {"maxItems": "at most {} of them", "maxLength": "at most {} characters", "minItems": "at least {}"}
    shown = [text.format(schema[keyword]) for keyword, text in limits.items() if keyword in schema]
    kind = escape(describe({name: value for name, value in schema.items() if name != "x-wanted"}))
    if "items" in schema:
        kind = f"a list of: {_type_html(schema['items'])}"
    if "null" in schema.get("type", ()):
        shown.append("or null")
    return ", ".join([kind, *shown])


def _answers_html(responses: Json) -> str:
    found = []
    for status, response in responses.items():
        kinds = [
            _type_html(content["schema"]) if "json" in content_type and "$ref" in content["schema"] else content_type
            for content_type, content in response["content"].items()
        ]
        found.append(f"<b>{status}</b> {' or '.join(kinds)}")
    return " · ".join(found)


def _form_html(path: str, method: str, contents: Json) -> str:
    """A form that `docs.js` sends, and the same as a curl command."""
    content_types = [content_type for content_type, content in contents.items() if "example" in content]
    examples = [_text(contents[content_type]["example"]) for content_type in content_types]
    address = f'<input name="path" aria-label="path" value="{escape(path.lstrip("/"))}">'
    body = ""
    if content_types:
        options = "".join(
            f'<option data-example="{escape(example)}">{content_type}'
            for content_type, example in zip(content_types, examples, strict=True)
        )
        body = (
            f'<select name="type" aria-label="content type">{options}</select>'
            f'<textarea name="body" aria-label="body" rows="4" spellcheck="false">{escape(examples[0])}</textarea>'
        )
    commands = [_curl_command(path, method, *pair) for pair in zip(content_types, examples, strict=True)]
    shown = "".join(f"<pre>{escape(command)}</pre>" for command in commands or [f"curl http://HOST{path}"])
    return (
        f'<details><summary>try it</summary><form data-method="{method.upper()}">{address}{body}'
        f'<button>send</button><pre class="answer" role="status"></pre></form>{shown}</details>'
    )


def _text(example: Any) -> str:
    return example.rstrip() if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


def _curl_command(path: str, method: str, content_type: str, body: str) -> str:
    return f"curl -H 'Content-Type: {content_type}' --data-binary @- http://HOST{path} <<'END'\n{body}\nEND"
