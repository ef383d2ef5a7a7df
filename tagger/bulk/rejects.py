"""Says which rows of the input were bad, and of which inputs all were."""

import json
import re
import sys
from collections.abc import Iterator, Sequence

from ..files.atomic import publishing
from .counts import LostInput, RunCounts
from .tagged import Reject
from .worker import FileTagger


def write_rejects(rejects: Sequence[Reject], path: str | None) -> None:
    """Writes bad rows as JSON lines to a file, or to stderr. Raises OSError when the file cannot be written."""
    rows = [{"name": reject.name, "number": reject.number, "reason": reject.reason} for reject in rejects]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    if path:
        with publishing(path) as temporary:  # the name of an input may not be UTF-8
            temporary.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
    else:
        sys.stderr.writelines(lines)


def find_lost(counts: RunCounts, name: str, tagger: FileTagger) -> tuple[LostInput, ...]:
    """The input `name` if all of its rows were bad, by the counts of this input alone; else nothing."""
    n_bad = len(counts.rejects)
    is_left_out = tagger.errors == "skip"
    n_good = counts.texts if is_left_out else counts.texts - n_bad
    if not n_bad or n_good > 0 or (tagger.clean and not is_left_out):  # a paragraph that was cleaned has several lines
        return ()
    first = counts.rejects[0]
    reason = re.sub(r"\A:(\d+:)? ", "", first.reason.removeprefix(name))
    return (LostInput(name, n_bad, f"{reason}; {first.remedy}" if first.remedy else reason, is_left_out),)


def describe_lost(lost: Sequence[LostInput]) -> Iterator[str]:
    """A line about each input without a good row, and each that cannot be read to its end."""
    for name, n_rows, reason, is_left_out, is_unreadable in lost:
        if is_unreadable:
            yield f"error: {reason}; passed over{f' after {n_rows:,} texts, which are tagged' if n_rows else ''}"
        elif is_left_out:
            yield f"error: 0 of {n_rows:,} texts of {name} tagged: {reason}"
        else:
            yield f"note: all {n_rows:,} texts of {name} were bad and are replaced: {reason}"
