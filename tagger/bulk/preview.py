"""What inputs look like at their beginning: the encoding, the columns or keys, and the options that they need."""

from collections.abc import Sequence

from ..errors import InputError
from ..files.encodings import find_encodings
from ..files.lines import BOM
from . import records
from .delimited import DELIMITERS, read_header
from .inputs import Input, open_input

_SIZE = 1 << 16  # bytes of the text that are looked at
_MAX_NAMES = 8  # of columns or keys that are shown


def describe_content(source: Input, encoding: str, field: str) -> str:
    """What an input holds, by its first 64 kB, with the options that a run with this encoding and field lacks.

    The text says why the input cannot be read, if it cannot; it is empty for stdin and for an empty input.
    """
    if source.path == "-":
        return ""
    try:
        return _describe_table(source, field) if source.kind == "parquet" else _describe_text(source, encoding, field)
    except InputError as error:
        return str(error).removeprefix(f"{source.path}:").lstrip()


def _describe_table(source: Input, field: str) -> str:
    from .arrow import read_batches

    with open_input(source) as stream:
        names = next(read_batches(stream, source.path, 1)).schema.names
    return _describe_names("columns", names, lacks_field=field not in names)


def _describe_text(source: Input, encoding: str, field: str) -> str:
    with open_input(source) as stream:
        data = stream.read(_SIZE)
    if not data:
        return ""
    likely = find_encodings(data, encoding)
    if not likely:
        tried = ", ".join(dict.fromkeys([encoding, "utf-8", "utf-16", "gb18030"]))
        return f"in none of {tried} as a whole; find out what it is in and give --encoding, or --errors skip"
    found = likely[0]
    parts = [found]
    if found != encoding:
        parts = [f"looks like {' or '.join(likely)}; give --encoding {found}"]
    text = data.removeprefix(BOM).decode(found, "ignore").removeprefix("\ufeff")
    if source.kind in DELIMITERS:
        names = read_header(text, source.path, DELIMITERS[source.kind])
        parts.append(_describe_names("columns", names, lacks_field=field not in names))
    elif source.kind == "jsonl":
        line, end, _ = text.lstrip().partition("\n")
        if line and (end or len(data) < _SIZE):  # else no line is whole in what was read
            parts.append(_describe_record(line, field))
    return "; ".join(parts)


def _describe_record(line: str, field: str) -> str:
    try:
        record = records.parse(line)
    except InputError as error:
        return f"the first line is no JSON object, but {error}"
    return _describe_names("keys", list(record), lacks_field=not records.holds(record, field))


def _describe_names(kind: str, names: Sequence[str], *, lacks_field: bool) -> str:
    shown = ", ".join([*(f"{name!r:.60}" for name in names[:_MAX_NAMES]), *["…"] * (len(names) > _MAX_NAMES)])
    return f"{kind} {shown or 'none'}{'; give --field and the one of the text' * lacks_field}"
