"""How many lists and objects a JSON value has, counted before it is read: one call reads it, and no other thread of the
process goes on until it ends."""

import re
from itertools import islice

from .errors import ApiError

MANY = 100_000  # lists and objects, which are read in 5 to 15 ms
FEW = 10_000  # which are read in a millisecond
BYTES = 10  # of a larger body for each of them, since a caller who may send it may need as many
# Strings, of which the last may have no end, as what may hold brackets that open nothing.
_OPENINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])', re.DOTALL)


def check_number_of_lists(body: bytes, where: str, most: int | None = None) -> None:
    """Raises ApiError for more lists and objects than any request needs; also, if they are not FEW, for more than
    `most`, which one with known words may have. `where` names the place of the body."""
    of_size = max(MANY, len(body) // BYTES)
    most = of_size if most is None else min(max(FEW, most), of_size)
    if len(body) <= most or body.count(b"[") + body.count(b"{") <= most:
        return
    openings = (found for found in _OPENINGS.finditer(body) if found.lastindex)
    if any(islice(openings, most, None)):
        remedy = "send fewer texts, or known words and boundaries, at a time"
        remedy += ", or raise --max-given" if most < of_size else ""
        raise ApiError("too_large", f"expected at most {most} lists and objects{where}, got more; {remedy}")
