"""How schemathesis writes the content types that it does not know."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: object, value: object) -> bytes:
    """Any value as the bytes of a document."""
    return str(value).encode("utf-8", "surrogatepass")
