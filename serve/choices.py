"""What requests for words may choose: fields of a body, query parameters, or parameters of `/v2`."""

from dataclasses import dataclass
from typing import Self

from tagger.tagging.output import OutputOptions
from tagger.text.block import Unit

from .refusals import Json
from .schema import OFFSETS, name_schema
from .settings import Settings

# The least probability of a search: at most 1 / LEAST_PROBABILITY words that hold the same character are that likely.
LEAST_PROBABILITY = 0.01
MODEL = name_schema(
    "A name from /v1/models, or NAME@N, which only version N (model_version) of that model answers; the default is the "
    "first model of its kind."
)
CHOICES = ("model", "offsets", "dictionary", "patterns", "standard", "confidence", "sentences", "nbest", "search")


# Alternatives are of whole texts, words to search and words of sentences are not.
NOT_BOTH: Json = {
    "type": "object",
    "anyOf": [
        {"required": ["nbest", "search"], "x-wanted": 'either "nbest" or "search"', "x-remedy": "ask twice"},
        {
            "required": ["nbest", "sentences"],
            "properties": {"sentences": {"const": True}},
            "x-wanted": 'either "nbest" or "sentences"',
            "x-remedy": "leave one out: alternatives are those of whole texts",
        },
    ],
}


@dataclass(frozen=True)
class TagChoices:
    """How texts are tagged. `model`, `standard`, `dictionary` and `patterns` are names; None is the default."""

    model: str | None
    unit: Unit
    output: OutputOptions
    dictionary: str | None
    patterns: str | None
    standard: str | None

    @classmethod
    def of(cls, values: Json) -> Self:
        """From the fields `CHOICES` of a request that its schema allows."""
        nbest, search = values.get("nbest"), values.get("search")
        confidence = bool(values.get("confidence")) and nbest is search is None
        return cls(
            values.get("model"),
            values.get("offsets") or "codepoint",
            OutputOptions(
                confidence=confidence,
                nbest=int(nbest or 0),
                search=float(search or 0),
                sentences=bool(values.get("sentences")),
            ),
            values.get("dictionary"),
            values.get("patterns"),
            values.get("standard"),
        )


def choice_schemas(settings: Settings) -> dict[str, Json]:
    """The schemas of the fields `CHOICES`."""
    fewer = "ask for one of these numbers, or raise --max-nbest"
    return {
        "model": MODEL,
        "offsets": OFFSETS,
        "dictionary": name_schema("A dictionary from /v1/models."),
        "patterns": name_schema("Patterns from /v1/models."),
        "standard": name_schema("A standard of the model, if it has several; the default is its first."),
        "confidence": {"type": "boolean", "default": False, "description": "Whether each word has its probabilities."},
        "sentences": {
            "type": "boolean",
            "default": False,
            "description": "Whether texts are split into sentences, each tagged by itself; each word then has the "
            "number of its sentence in the text, from 0.",
        },
        "nbest": {
            "type": "integer",
            "minimum": 1,
            "maximum": settings.max_nbest,
            "description": "The number of alternatives for each text, in place of its words; such texts must be "
            f"shorter, of at most {nbest_chars(settings)} characters.",
            "x-remedy": fewer,
        },
        "search": {
            "type": "number",
            "minimum": LEAST_PROBABILITY,
            "maximum": 1,
            "description": "The least probability of words: the answer has all words that reach it, which overlap.",
            "x-remedy": "try 0.1",
        },
    }


def nbest_chars(settings: Settings) -> int:
    """The most characters that a text may have whose alternatives are asked for."""
    return min(settings.max_chars, settings.max_nbest_chars)
