"""The reference of the HTTP service: its OpenAPI document as a page."""

import json
from collections.abc import Iterable
from typing import Any

from serve.openapi import document
from serve.settings import Settings

_JSON = "application/json"


def http_page() -> str:
    """A page with the paths of the service, at its default settings, and the schemas of its answers."""
    described = document(Settings())
    parts = [f"# HTTP API\n\n{described['info']['description']} A running service has this reference at `/docs`."]
    for tag in described["tags"]:
        parts.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}")
        for path, operations in described["paths"].items():
            shared = operations.get("parameters", [])
            for method, operation in operations.items():
                if method != "parameters" and tag["name"] in operation["tags"]:
                    parts.append(_operation(f"{method.upper()} {path}", operation, shared))
    parts.append("## Schemas")
    for name, schema in described["components"]["schemas"].items():
        parts.append(f"### {name}\n\n```json\n{json.dumps(schema, ensure_ascii=False, indent=1)}\n```")
    return "\n\n".join(parts) + "\n"


def _operation(title: str, operation: dict[str, Any], shared: list[dict[str, Any]]) -> str:
    parts = [f"### `{title}`\n\n{operation['summary']}."]
    if parameters := shared + operation.get("parameters", []):
        described = [(f"`{item['name']}`", str(item["in"]), *_described(item["schema"])) for item in parameters]
        parts.append(_table(("parameter", "in", "type", "what it is"), described))
    content = operation.get("requestBody", {}).get("content", {})
    if _JSON in content:
        fields = content[_JSON]["schema"]["properties"]
        rows = [(f"`{name}`", *_described(value)) for name, value in fields.items()]
        parts.append(_table(("field of the body", "type", "what it is"), rows))
    for kind, body in content.items():
        example = body["example"]
        shown = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False) + "\n"
        parts.append(f"Example, `{kind}`:\n\n```text\n{shown}```")
    parts.append(_table(("status", "answer"), [(code, _answer(item)) for code, item in operation["responses"].items()]))
    return "\n\n".join(parts)


def _answer(response: dict[str, Any]) -> str:
    schemas = [f"`{kind}`: {_type(body['schema'])}" for kind, body in response["content"].items()]
    return f"{response['description']} {'; '.join(schemas)}"


def _described(schema: dict[str, Any]) -> tuple[str, str]:
    """The type of a value, and its description with its default."""
    default = f" Default: `{json.dumps(schema['default'], ensure_ascii=False)}`." if "default" in schema else ""
    return _type(schema), f"{schema.get('description', '')}{default}".strip()


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return " or ".join(map(_type, schema[choice]))
    kind = schema.get("type", "any")
    named = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{named} of {_type(schema['items'])}" if isinstance(schema.get("items"), dict) else named


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(map(_row, [head, ("---",) * len(head), *rows]))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
