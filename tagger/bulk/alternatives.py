"""Alternatives as lines of a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..corpus import format_sentence
from ..tagging.alternatives import Alternative
from ..tagging.output import as_json
from ..text.block import Unit


class Written(NamedTuple):
    data: bytes
    n_words: int


def write_alternatives(
    found: Sequence[Sequence[Alternative]], format: str, unit: Unit, fields: Sequence[Mapping[str, Any]]
) -> Written:
    """The readings of texts, and how many words the first ones have.

    jsonl: per text an object with `alternatives`. conllu: a sentence per reading, with its number and
    probability as comments. slash and segmented: a line `probability TAB words` per reading, then an empty line.
    """
    rows = []
    for i, readings in enumerate(found):
        if format == "jsonl":
            own = fields[i] if fields else {"text": readings[0].sentence.text}
            rows.append(_dumps({**own, "alternatives": [as_json(reading, unit) for reading in readings]}))
        for number, reading in enumerate(readings, 1):
            if format == "conllu":
                comments = f"# alternative = {number}", f"# probability = {reading.probability:.6f}"
                rows.append(format_sentence(replace(reading.sentence, comments=comments), format))
            elif format != "jsonl":
                rows.append(f"{reading.probability:.6f}\t{format_sentence(reading.sentence, format)}")
        if format in ("slash", "segmented"):
            rows.append("\n")
    return Written("".join(rows).encode(), sum(len(readings[0].sentence.words) for readings in found))


def _dumps(value: Any) -> str:
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # lone surrogates survive as escapes
        line = json.dumps(value)
    return line + "\n"
