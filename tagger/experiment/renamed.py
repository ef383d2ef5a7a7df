"""Settings that have new names: the old ones of version 0.1 are still read on the command line, until version 0.3."""

import re
import sys
from collections.abc import Sequence

_ENCODER = ("cell", "hidden_sizes", "bidirectional", "forget_bias", "layer_dropout", "variational_dropout")
_EMBEDDING = (
    "char_size", "bigram_size", "word_size", "unknown_dropout", "word_dropout",
    "char_filters", "char_width", "char_dropout",
)  # fmt: skip
_HEAD = ("dense_size", "dropout")

RENAMED = {
    **{f"net.{name}": f"net.encoder.{name}" for name in _ENCODER},
    **{f"net.{name}": f"net.embedding.{name}" for name in _EMBEDDING},
    **{f"net.{name}": f"net.head.{name}" for name in _HEAD},
    **{f"{name}_rate": f"rates.{name}" for name in ("embedding", "encoder", "standard")},
    "net.head": "head",  # a choice of conf/head
    "data.keep_runs": "data.presegment",
    "data.taught": "data.soft_labels",
    "keep_runs": "presegment",  # of evaluate
}
# A setting inside `nets=[{net.cell: [lstm, gru]}]`, and one of a part of `data=several`.
_IN_NETS = re.compile(r"[\w.]+(?=\s*:)")
_OF_PART = re.compile(r"data\.parts\.([^.]+)\.")


def rename_overrides(arguments: Sequence[str]) -> list[str]:
    """Arguments of a command in which settings have their present names; a note on stderr names what to write."""
    notes: dict[str, str] = {}

    def rename(name: str) -> str:
        part = _OF_PART.match(name)
        setting = f"data.{name[part.end() :]}" if part else name
        if setting not in RENAMED:
            return name
        new = RENAMED[setting]
        notes[name] = new = new.replace("data.", part.group(), 1) if part else new
        return new

    renamed = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        name = key.lstrip("+~")
        sign = key.removesuffix(name)
        if name == "nets":
            value = _IN_NETS.sub(lambda match: rename(match.group()), value)
        renamed.append(f"{sign}{rename(name) if equals or sign else name}{equals}{value}")
    if notes:
        pairs = ", ".join(f"{new} for {old}" for old, new in notes.items())
        print(f"note: write {pairs}; the old names are read until version 0.3", file=sys.stderr)
    return renamed
