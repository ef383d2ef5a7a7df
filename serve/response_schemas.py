"""The schemas of answers: the components of the OpenAPI document."""

from tagger.tagging.inspection.layers import OPERATORS
from tagger.text.block import UNITS

from .errors import STATUS
from .refusals import Json
from .schema import COUNT, TEXT, array, object_schema

OPTIONAL_TEXT: Json = {"type": ["string", "null"]}
CODE: Json = {"enum": sorted(STATUS), "description": "For programs."}
MESSAGE: Json = TEXT | {"description": "What was expected, what came and what to do."}
NUMBER: Json = {"type": "number"}
PROBABILITY: Json = {"type": "number", "minimum": 0, "maximum": 1}
MODEL: Json = {"name": TEXT, "version": TEXT, "licence": OPTIONAL_TEXT}
SPAN: Json = {"form": TEXT, "label": TEXT, "start": COUNT, "end": COUNT}
WORD: Json = {"form": TEXT, "pos": OPTIONAL_TEXT, "start": COUNT, "end": COUNT}

LIMITS = {
    "body": "Bytes of a JSON body.",
    "document": "Bytes of a text/plain or NDJSON body.",
    "texts": "Texts of a request.",
    "chars": "Characters of a text.",
    "nbest": "Alternatives of a text.",
    "nbest_chars": "Characters of a text whose alternatives are asked for.",
    "entries": "Dictionary entries of a request.",
    "entry_chars": "Characters of an entry.",
    "given": "Known words and boundaries of a request.",
    "matches": "How densely entries of dictionaries may match, per character of a text.",
    "inspect_chars": "Characters of a sentence to inspect.",
}


def reference(name: str) -> Json:
    """A reference to the component `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


def component_schemas() -> Json:
    """All components by name."""
    return {
        "Object": {"type": "object"},
        "Status": object_schema(
            {
                "status": {"enum": ["alive", "ready", "draining", "broken"]},
                "processes": object_schema({"ready": COUNT, "wanted": COUNT}),
            },
            ["status"],
        ),
        "Model": object_schema(MODEL),
        "Models": _models(),
        **_tagging(),
        **_classification(),
        "Inspection": _inspection(),
        **_protocol(),
        **_errors(),
    }


def _models() -> Json:
    offered = MODEL | {
        "kind": {"enum": ["tagger", "classifier"]},
        "finds": {"enum": ["words", "spans", "labels"], "description": "What its tags or labels are those of."},
        "model_version": {"type": "integer", "minimum": 1},
        "language": OPTIONAL_TEXT,
        "corpus": OPTIONAL_TEXT,
        "tags": array(TEXT),
        "entities": array(TEXT) | {"description": "Types of the entities that it finds beside words."},
        "standards": array(TEXT),
        "labels": array(TEXT),
        "exported": OPTIONAL_TEXT,
        "runtime": TEXT,
        "default": {"type": "boolean"},
    }
    versions = {"type": "object", "additionalProperties": TEXT}  # the beginning of each file's SHA-256, by name
    limits = object_schema({name: COUNT | {"description": text} for name, text in LIMITS.items()})
    return object_schema(
        {
            "models": array(object_schema(offered)),
            "dictionaries": array(TEXT),
            "patterns": array(TEXT),
            "versions": object_schema({"dictionary": versions, "patterns": versions}),
            "limits": limits,
        }
    )


def _tagging() -> Json:
    optional = {"probability": PROBABILITY, "span_probability": PROBABILITY, "sentence": COUNT}
    words = {"words": array(reference("Word"))}
    spans = {"spans": array(reference("Span"))}
    rates = {"probability": PROBABILITY, "span_probability": PROBABILITY}
    of_words, of_spans = (object_schema({"score": NUMBER, **rates, **found}) for found in (words, spans))
    results = array(reference("Result"))
    return {
        "Word": object_schema(WORD | optional, WORD),
        "Span": object_schema(SPAN | optional, SPAN),
        "WordsAlternative": of_words,
        "SpansAlternative": of_spans,
        "Alternative": {"oneOf": [reference("WordsAlternative"), reference("SpansAlternative")]},
        "WordsResult": object_schema(words),
        "SpansResult": object_schema(spans),
        "WordsAndSpansResult": object_schema(words | spans),
        "AlternativesResult": object_schema({"alternatives": array(reference("Alternative"))}),
        "Result": {
            "oneOf": [
                reference("WordsResult"),
                reference("SpansResult"),
                reference("WordsAndSpansResult"),
                reference("AlternativesResult"),
                reference("TextError"),
            ],
        },
        "Answer": object_schema({"model": reference("Model"), "offsets": {"enum": list(UNITS)}, "results": results}),
        "TextFault": object_schema({"code": CODE, "message": MESSAGE}),
        "TextError": object_schema({"error": reference("TextFault")}),
    }


def _classification() -> Json:
    ranked = {"label": TEXT, "probability": PROBABILITY}
    labelled = ranked | {"truncated": {"type": "boolean"}, "labels": array(object_schema(ranked))}
    return {
        "Classification": object_schema({"model": reference("Model"), "results": array(reference("LabelledResult"))}),
        "LabelledResult": {"oneOf": [reference("Labelled"), reference("TextError")]},
        "Labelled": object_schema(labelled, [*ranked, "truncated"]),
    }


def _inspection() -> Json:
    states = {
        "type": "object",
        "additionalProperties": array(array(NUMBER)),  # a row per character, a column per unit
        "required": ["hidden"],
    }
    return object_schema(
        {
            "model": reference("Model"),
            "text": TEXT,
            "words": array(object_schema(WORD | {"probability": PROBABILITY})),
            "path": array(TEXT),
            "tags": array(TEXT),
            "scores": array(array({"type": ["number", "null"]})),
            "n_layers": COUNT,
            "layer": COUNT,
            "operator": {"enum": list(OPERATORS)},
            "directions": object_schema({"forward": states, "backward": states}, ["forward"]),
        }
    )


def _protocol() -> Json:
    """The answers of the Open Inference Protocol."""
    shape = array({"type": "integer"})
    metadata = array(object_schema({"name": TEXT, "datatype": TEXT, "shape": shape}))
    output = {"name": TEXT, "datatype": TEXT, "shape": shape, "data": array(TEXT)}
    answer = {"model_name": TEXT, "model_version": TEXT, "id": TEXT, "outputs": array(reference("OutputTensor"))}
    outcome = object_schema({"count": COUNT, "ns": COUNT})
    done = {
        "name": TEXT,
        "version": TEXT,
        "last_inference": COUNT,
        "inference_count": COUNT,
        "execution_count": COUNT,
        "inference_stats": object_schema({"success": outcome, "fail": outcome}),
        "batch_stats": array({"type": "object"}),
    }
    state = {"name": TEXT, "version": TEXT, "state": {"enum": ["READY", "UNAVAILABLE"]}, "reason": TEXT}
    model = {"name": TEXT, "versions": array(TEXT), "platform": TEXT, "inputs": metadata, "outputs": metadata}
    return {
        "ServerMetadata": object_schema({"name": TEXT, "version": TEXT, "extensions": array(TEXT)}),
        "ModelMetadata": object_schema(model | {"parameters": {"type": "object"}}),
        "OutputTensor": object_schema(output),
        "InferAnswer": object_schema(answer, ["model_name", "model_version", "outputs"]),
        "ModelStatistics": object_schema({"model_stats": array(object_schema(done))}),
        "RepositoryIndex": array(object_schema(state)),
    }


def _errors() -> Json:
    """The shape of API v1, and that of the Open Inference Protocol."""
    request_id = TEXT | {"description": "Also in the header X-Request-Id, and in the service's log."}
    fields = {"code": CODE, "message": MESSAGE, "request_id": request_id}
    return {
        "Fault": object_schema(fields),
        "ApiError": object_schema({"error": reference("Fault")}),
        "InferenceError": object_schema({"error": MESSAGE, "code": CODE, "request_id": request_id}),
    }
