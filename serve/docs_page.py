"""The OpenAPI document as a page to read: HTML without scripts."""

import json
from html import escape
from typing import Any

from .errors import STATUS
from .refusals import Json


def render_docs(document: Json) -> str:
    """The page, with a curl command for each request that has an example."""
    operations = "".join(
        _operation_html(path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    )
    codes = "".join(f"<tr><td>{status}<td><code>{code}</code>" for code, status in STATUS.items())
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>tagger: API</title><link rel="stylesheet" href="/page/page.css"><main class="docs">'
        f"<h1>tagger {escape(info['version'])}: API</h1><p>{escape(info['description'])} "
        '<a href="/openapi.json">openapi.json</a> · <a href="/">try it</a></p>'
        f"{operations}<h2>Errors</h2><p>Every error has a code, a message and a request id.</p>"
        f"<table>{codes}</table></main></html>"
    )


def _operation_html(path: str, method: str, operation: Json) -> str:
    heading = f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
    contents = operation.get("requestBody", {}).get("content", {})
    commands = [
        _curl_command(path, content_type, content["example"])
        for content_type, content in contents.items()
        if "example" in content
    ]
    return heading + "".join(f"<pre>{escape(command)}</pre>" for command in commands)


def _curl_command(path: str, content_type: str, example: Any) -> str:
    body = example.rstrip() if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
    return f"curl -H 'Content-Type: {content_type}' --data-binary @- http://HOST{path} <<'END'\n{body}\nEND"
