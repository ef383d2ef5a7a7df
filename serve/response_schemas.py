"""The schemas of answers: the components of the OpenAPI document."""

from tagger.tagging.inspection.layers import OPERATORS
from tagger.text.block import UNITS

from .errors import STATUS
from .schema import Json, object_schema

TEXT: Json = {"type": "string"}
OPTIONAL_TEXT: Json = {"type": ["string", "null"]}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number"}
PROBABILITY: Json = {"type": "number", "minimum": 0, "maximum": 1}
MODEL: Json = {"name": TEXT, "version": TEXT, "licence": OPTIONAL_TEXT}
WORD: Json = {"form": TEXT, "pos": OPTIONAL_TEXT, "start": COUNT, "end": COUNT}


def reference(name: str) -> Json:
    """A reference to the component `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


def component_schemas() -> Json:
    """All components by name."""
    return {
        "Object": {"type": "object"},
        "Status": object_schema({"status": {"enum": ["alive", "ready", "draining", "broken"]}}),
        "Model": object_schema(MODEL),
        "Models": _models(),
        **_tagging(),
        **_classification(),
        "Inspection": _inspection(),
        "InferAnswer": _inference(),
        "Error": _error(),
    }


def _models() -> Json:
    offered = MODEL | {
        "kind": {"enum": ["tagger", "classifier"]},
        "model_version": {"type": "integer", "minimum": 1},
        "language": OPTIONAL_TEXT,
        "corpus": OPTIONAL_TEXT,
        "tags": _array(TEXT),
        "standards": _array(TEXT),
        "labels": _array(TEXT),
        "exported": OPTIONAL_TEXT,
        "default": {"type": "boolean"},
    }
    return object_schema(
        {"models": _array(object_schema(offered)), "dictionaries": _array(TEXT), "patterns": _array(TEXT)}
    )


def _tagging() -> Json:
    words = {"words": _array(reference("Word"))}
    alternative = {"score": NUMBER, "probability": PROBABILITY, "span_probability": PROBABILITY, **words}
    results = _array(reference("Result"))
    return {
        "Word": object_schema(WORD | {"probability": PROBABILITY, "span_probability": PROBABILITY}, WORD),
        "Alternative": object_schema(alternative),
        "Result": {
            "oneOf": [object_schema(words), object_schema({"alternatives": _array(reference("Alternative"))})],
        },
        "Answer": object_schema({"model": reference("Model"), "offsets": {"enum": list(UNITS)}, "results": results}),
    }


def _classification() -> Json:
    ranked = {"label": TEXT, "probability": PROBABILITY}
    labelled = ranked | {"truncated": {"type": "boolean"}, "labels": _array(object_schema(ranked))}
    return {
        "Classification": object_schema({"model": reference("Model"), "results": _array(reference("Labelled"))}),
        "Labelled": object_schema(labelled, [*ranked, "truncated"]),
    }


def _inspection() -> Json:
    states = {
        "type": "object",
        "additionalProperties": _array(_array(NUMBER)),  # a row per character, a column per unit
        "required": ["hidden"],
    }
    return object_schema(
        {
            "model": reference("Model"),
            "text": TEXT,
            "words": _array(object_schema(WORD | {"probability": PROBABILITY})),
            "path": _array(TEXT),
            "tags": _array(TEXT),
            "scores": _array(_array({"type": ["number", "null"]})),
            "n_layers": COUNT,
            "layer": COUNT,
            "operator": {"enum": list(OPERATORS)},
            "directions": object_schema({"forward": states, "backward": states}, ["forward"]),
        }
    )


def _inference() -> Json:
    tensor = object_schema({"name": TEXT, "datatype": TEXT, "shape": _array(COUNT), "data": _array(TEXT)})
    answer = {"model_name": TEXT, "model_version": TEXT, "id": TEXT, "outputs": _array(tensor)}
    return object_schema(answer, ["model_name", "model_version", "outputs"])


def _error() -> Json:
    """The shape of API v1, or that of the Open Inference Protocol."""
    fields = {"code": {"enum": sorted(STATUS)}, "message": TEXT, "request_id": TEXT}
    nested = object_schema({"error": object_schema(fields)})
    flat = object_schema(fields | {"error": TEXT}, ["error", "code", "request_id"])
    return {"oneOf": [nested, flat]}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}
