"""Tables of docs/model-file.md from the classes of the metadata; `python tests/model_file_page.py` writes them."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from tagger.modelfile import metadata
from tagger.modelfile.record import Entry, entries

PAGE = Path(__file__).parents[1] / "docs" / "model-file.md"
MARK = "<!-- Made from tagger/modelfile/metadata.py"
# The classes in the order of the page, with their titles.
TITLES: dict[type, str] = {
    metadata.Description: "Every model file",
    metadata.TaggerMetadata: "A tagger",
    metadata.ClassifierMetadata: "A classifier",
    metadata.SchemeInfo: "`scheme`",
    metadata.DecoderInfo: "`decoder`",
    metadata.EntitiesInfo: "`entities`",
    metadata.Architecture: "`architecture`",
    metadata.TrainingInfo: "`training`",
    metadata.Calibration: "`calibration`",
    metadata.Rounding: "`rounding`",
    metadata.Quantization: "`quantization`",
    metadata.RoundingEffect: "`dev` of `rounding` and `quantization`",
    metadata.Figures: "A split of `figures`",
    metadata.SelfTest: "`self_test`",
}
NAMES = {str: "string", int: "integer", float: "number", bool: "true or false", object: "anything"}


def name_type(expected: Any) -> str:
    """A type in words, with links to the classes."""
    arguments = get_args(expected)
    if NoneType in arguments:
        [inner] = [part for part in arguments if part is not NoneType]
        return f"{name_type(inner)} or null"
    if get_origin(expected) is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in arguments)
    if get_origin(expected) is tuple:
        return "list of " + (f"{len(arguments)} × " if Ellipsis not in arguments else "") + name_type(arguments[0])
    if get_origin(expected) is Mapping:
        return f"object of {name_type(arguments[1])}"
    if is_dataclass(expected):
        title = TITLES[expected]  # type: ignore[index]
        anchor = "".join(char for char in title.lower().replace(" ", "-") if char.isalnum() or char in "-_")
        return f"[{title}](#{anchor})"
    return NAMES[expected]


def default_of(entry: Entry) -> str:
    """What a key means that is not there."""
    if not entry.optional:
        return "must be there"
    if entry.default in (None, (), {}) or is_dataclass(entry.default):
        return "none"
    return f"`{json.dumps(entry.default)}`"


def table(kind: type) -> str:
    """The keys of a class that it does not share with every model file."""
    shared = {entry.name for entry in entries(metadata.Description)} if kind is not metadata.Description else set()
    lines = ["| key | type | meaning | without it | since | example |", "|---|---|---|---|---|---|"]
    for entry in entries(kind):
        if entry.name not in shared or not issubclass(kind, metadata.Description):
            example = "" if entry.key.example is None else f"`{json.dumps(entry.key.example, ensure_ascii=False)}`"
            cells = (f"`{entry.name}`", name_type(entry.type), entry.key.meaning, default_of(entry), entry.key.since)
            lines.append(f"| {' | '.join(cells)} | {example} |")
    return "\n".join(lines)


def tables() -> str:
    """All that follows the mark on the page."""
    parts = []
    for kind, title in TITLES.items():
        text = " ".join((kind.__doc__ or "").split())
        parts.append(f"### {title}\n\n{text}\n\n{table(kind)}\n")
    return "\n".join(parts)


def page(text: str) -> str:
    """A page with its tables as they should be."""
    before, mark, after = text.partition(MARK)
    comment = after.partition("\n")[0]
    return f"{before}{mark}{comment}\n\n{tables()}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
