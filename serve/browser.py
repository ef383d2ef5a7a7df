"""The page's files, and what `decoder.js` needs to know about a model to tag in the browser."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.tagging.bare_block import lone_tag
from tagger.tagging.dictionary import edge_kinds, script_folding
from tagger.tagging.entries import LONG, WEIGHT, WEIGHT_OF_LONG
from tagger.tagging.span_names import names_of
from tagger.tagging.tagger import Tagger
from tagger.text import bracket_pairs, clusters, list_numbers, symbols, windows
from tagger.text.characters import N_CODE_POINTS, SPACE, class_table
from tagger.text.format_characters import format_table
from tagger.text.presegment import PATTERNS
from tagger.text.symbol_words import symbol_tags

from .models import ServedModel

PAGE = Path(__file__).parent / "page"
RUNTIME = PAGE / "ort"  # onnxruntime-web, which `make page` installs
# The characters of Python's \s, which are those of `str.isspace`; JavaScript's \s has others.
_SPACE = r"[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def describe_model(served: ServedModel) -> dict[str, Any]:
    """The values that `decoder.js` needs besides the model file."""
    tagger = served.tagger
    entities = tagger.entity_tagger
    return {
        "model": served.label,
        "file": f"{served.version}.onnx",
        **_describe_layer(tagger),
        "entities": _describe_layer(entities) if entities else None,
        "clusters": {"classes": clusters.CLASSES, "runs": runs_of(clusters.cluster_table())},
        "symbols": {
            "runs": runs_of(symbols.symbol_table()),
            "flags": symbols.FLAGS,
            "nested": bracket_pairs.NESTED,
            "list_stop": {"mark": to_javascript(list_numbers.FULL_STOP), "number": to_javascript(list_numbers.NUMBER)},
        },
        "format": {"kinds": _FORMAT_KINDS, "runs": runs_of(_format_kinds())},
        "dictionary": {
            "kinds": runs_of(edge_kinds()),
            **_scripts(),
            "weights": {"short_list": WEIGHT, "long_list": WEIGHT_OF_LONG, "long": LONG},
        },
        "sentence_end": to_javascript(windows.SENTENCE_END.pattern),
        "limits": {"section": windows.SECTION, "window": windows.WINDOW, "context": windows.CONTEXT},
    }


def _describe_layer(tagger: Tagger) -> dict[str, Any]:
    """What differs between words and entities of one model."""
    model = tagger.model
    described = (model.metadata.entities if model.output else None) or model.metadata
    # The tables of the decoder, not those of the file: a softmax has none there.
    decoder = {"kind": described.decoder.kind, "parameters": model.decoder.transitions.to_dict()}
    patterns = [f"(?:{pattern})" for kind, pattern in PATTERNS.items() if kind in tagger.presegmenter.kinds]
    return {
        "finds": names_of(model.scheme).spans,
        "pos": list(model.scheme.pos),
        "decoder": decoder,
        "temperature": tagger.temperature,
        "runs": to_javascript("|".join(patterns)) if patterns else None,
        "symbol_pos": list(symbol_tags(model.scheme).items()),
        "lone_pos": None if model.scheme.outside else lone_tag(model.scheme),  # format characters are no entities
    }


_FORMAT_KINDS = ("other", "format", "whitespace", "picture", "mark")


def _format_kinds() -> NDArray[np.uint8]:
    """The number in `_FORMAT_KINDS` of every code point, `[0x110000]`."""
    classes = clusters.cluster_table()
    table = np.zeros(N_CODE_POINTS, np.uint8)
    table[classes == clusters.PICTURE] = _FORMAT_KINDS.index("picture")
    table[np.isin(classes, (clusters.EXTEND, clusters.LINKER))] = _FORMAT_KINDS.index("mark")
    table[class_table() == SPACE] = _FORMAT_KINDS.index("whitespace")
    table[format_table()] = _FORMAT_KINDS.index("format")
    return table


def _scripts() -> dict[str, str]:
    """The traditional characters and, in the same order, the simplified ones that dictionaries read them as."""
    pairs = script_folding()
    return {"traditional": "".join(map(chr, pairs)), "simplified": "".join(map(chr, pairs.values()))}


def runs_of(table: NDArray[np.unsignedinteger[Any]]) -> list[tuple[int, int]]:
    """A table `[0x110000]` as the places at which its values change, and the values from there on."""
    firsts = np.flatnonzero(np.diff(table, prepend=table[:1] + 1))
    return list(zip(firsts.tolist(), table[firsts].tolist(), strict=True))


def to_javascript(pattern: str) -> str:
    """A regular expression of Python as one of JavaScript with the flag u.

    In `pattern`, \\w may occur inside character classes only, and \\s outside of them only.
    """
    pattern = re.sub(r"\(\?P<\w+>", "(?:", pattern)
    pattern = re.sub(r"\\U([0-9a-fA-F]{8})", lambda match: rf"\u{{{int(match[1], 16):x}}}", pattern)
    return pattern.replace(r"\w", r"\p{L}\p{N}_").replace(r"\s", _SPACE)
