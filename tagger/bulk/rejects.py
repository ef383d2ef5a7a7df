"""Says which rows of the input were bad."""

import json
import sys
from collections.abc import Sequence

from ..files.atomic import publishing
from .readers import Reject


def write_rejects(rejects: Sequence[Reject], path: str | None) -> None:
    """Writes bad rows as JSON lines to a file, or to stderr. Raises OSError when the file cannot be written."""
    lines = [json.dumps(reject._asdict(), ensure_ascii=False) + "\n" for reject in rejects]
    if path:
        with publishing(path) as temporary:  # the name of an input may not be UTF-8
            temporary.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
    else:
        sys.stderr.writelines(lines)
