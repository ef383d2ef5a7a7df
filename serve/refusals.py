"""What to answer whoever sends a value that a schema does not allow: what was wanted, what came, what to do."""

from collections.abc import Sequence
from typing import Any

import orjson
from jsonschema_rs import ValidationError

from tagger.cli import did_you_mean

from .admission import FullError
from .errors import ApiError

Json = dict[str, Any]
Path = Sequence[str | int]

_NAMES = {
    "string": "a string",
    "array": "a list",
    "object": "an object",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
_REMEDIES = {
    "string": "send text",
    "array": "put it into brackets",
    "object": "see /docs",
    "boolean": "leave it out for false",
}


def refuse(error: ValidationError, schema: Json, value: Any, where: str) -> ApiError:
    """The refusal of a value of `schema`; `where` is what the message calls the whole value."""
    error = _innermost(error)
    *path, keyword = error.schema_path
    refusing: Json = _follow(schema, path)
    place = _place(error.instance_path, where)
    details = error.kind.as_dict()
    found = _follow(value, error.instance_path)
    if keyword == "required":
        return _missing(refusing["properties"], str(details["property"]), place)
    if keyword == "additionalProperties":
        names = ", ".join(sorted(refusing["properties"]))
        unexpected = sorted(details["unexpected"])
        few = [name[:64] for name in unexpected[:4]]  # a body may hold names by the megabyte
        hint = next(filter(None, (did_you_mean(name, refusing["properties"]) for name in few)), "")
        got = ", ".join(name or '""' for name in unexpected)
        return wrong_value(f"the fields {names} in {place}", got[:80], f"leave the others out{hint}")
    if keyword == "not":
        excluded = next(pair for pair in refusing["not"]["anyOf"] if found.keys() >= set(pair["required"]))
        return wrong_value(f"{excluded['x-wanted']} in {place}", "both", excluded["x-remedy"])
    if keyword == "maxItems" and "x-wanted" not in refusing:
        is_texts = describe(refusing) == "a list of strings"
        name = "texts" if is_texts else error.instance_path[-1]
        return _too_large(f"{refusing[keyword]} {name}", len(found), refusing)
    if keyword == "maxLength":
        return _too_large(f"{refusing[keyword]} characters in {place}", len(found), refusing)
    kind = _kind(refusing)
    default = _REMEDIES.get(kind, "leave it out for the default")
    is_own = keyword != "type" or "x-wanted" in refusing
    remedy = refusing.get("x-remedy", default) if is_own else default
    has_size = kind in ("string", "array", "object") and keyword == "type"
    return wrong_value(f"{describe(refusing)} in {place}", json_type(found) if has_size else shown(found), remedy)


def _missing(properties: Json, name: str, place: str) -> ApiError:
    wanted = f'"{name}", {describe(properties[name])}, in {place}'
    examples = properties[name].get("examples")
    return wrong_value(wanted, "no such field", f"send {shown({name: examples[0]})}" if examples else "send it")


def _too_large(wanted: str, length: int, refusing: Json) -> ApiError:
    return ApiError("too_large", f"expected at most {wanted}, got {length}; {refusing['x-remedy']}")


def describe(schema: Json) -> str:
    """What a schema wants, in words."""
    if "x-wanted" in schema:
        return str(schema["x-wanted"])
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(value for value in schema['enum'] if value is not None)}"
    kind = _kind(schema)
    if kind == "array" and schema.get("items", {}).get("type") == "string":
        return "a list of strings"
    if "exclusiveMinimum" in schema:
        below = f" and below {schema['exclusiveMaximum']}" if "exclusiveMaximum" in schema else ""
        return f"{_NAMES[kind]} above {schema['exclusiveMinimum']}{below}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if kind not in ("integer", "number") or least is None:
        return _NAMES.get(kind, "another value")
    return f"{_NAMES[kind]} of {least} or more" if most is None else f"{_NAMES[kind]} from {least} to {most}"


def describe_full(full: FullError, *, is_read: bool = True) -> str:
    """What a caller without room is told. Where the request was not read, nobody knows how much it asks for."""
    total = full.own + full.others
    got = f"{full.limit + full.seconds:.3g} s with this request" if is_read else f"{total:.3g} s before this request"
    wait = "wait for answers to what you have sent" if full.own else "ask again after Retry-After"
    if full.is_share:
        return (
            f"expected at most {full.limit:.3g} s of work until your turns end (--deadline times --queue-share), "
            f"got {got}: {full.own:.3g} s of your own, with {full.others:.3g} s of other callers in between; {wait}, "
            "or send fewer texts at a time"
        )
    return (
        f"expected at most {full.limit:.3g} s of work of all callers in the queue (twice --deadline times "
        f"--queue-share), got {got}; ask again after Retry-After, or give the service more cores"
    )


def json_type(value: Any) -> str:
    """What an error message calls a JSON value."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return _NAMES[names.get(type(value), "number")]


def shown(value: Any) -> str:
    """The beginning of a value, as JSON."""
    try:
        return orjson.dumps(value).decode()[:80]
    except TypeError:  # more levels than orjson writes
        return f"{json_type(value)} of many levels"


def wrong_value(wanted: str, got: str, remedy: str) -> ApiError:
    """The refusal of a value."""
    return ApiError("invalid", f"expected {wanted}, got {got}; {remedy}")


def _innermost(error: ValidationError) -> ValidationError:
    """The error in the one branch of `anyOf` whose type is right, if there is one, else the error itself."""
    while error.kind.name == "anyOf":
        path = error.instance_path
        faults = [branch[0] for branch in error.kind.as_dict()["context"] if branch]
        of_right_type = [fault for fault in faults if (fault.kind.name, fault.instance_path) != ("type", path)]
        if len(of_right_type) != 1:
            break
        (error,) = of_right_type
    return error


def _follow(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _place(path: Path, where: str) -> str:
    """A path such as `entries`, 0, `word` as `"entries[0].word"`."""
    if not path:
        return where
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f'"{written.removeprefix(".")}"' + (f" of {where}" if where.startswith("line") else "")


def _kind(schema: Json) -> str:
    kinds = schema.get("type", "")
    return str(next(kind for kind in kinds if kind != "null") if isinstance(kinds, list) else kinds)
