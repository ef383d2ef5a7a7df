"""Says which rows of the input were bad, and of which inputs all were."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from ..files.atomic import publishing
from .counts import LostInput, RunCounts
from .tagged import Reject
from .worker import FileTagger

_PLACE = re.compile(r"\A:(\d+:| row \d+:)? ")
_SHOWN, _WIDTH = 10, 150  # lines of a kind about a file on stderr, and characters of the reason in each


def write_rejects(rejects: Sequence[Reject], path: str | None) -> None:
    """Writes bad rows as JSON lines to a file or, with those of a kind beyond the tenth of a file summed up and long
    reasons cut short, to stderr. Raises OSError when the file cannot be written."""
    if path:
        with publishing(path) as temporary:  # the name of an input may not be UTF-8
            temporary.write_text("".join(map(_line, rejects)), encoding="utf-8", errors="surrogateescape")
        return
    n_of_kind: Counter[tuple[str, str]] = Counter()
    for reject in rejects:
        kind = reject.name, _kind(reject)
        n_of_kind[kind] += 1
        if n_of_kind[kind] <= _SHOWN:
            sys.stderr.write(_line(_cut(reject)))
    for (name, wanted), n in n_of_kind.items():
        if n > _SHOWN:
            print(f"{n - _SHOWN:,} more rows of {name}: {wanted}; --rejects FILE has all", file=sys.stderr)


def _line(reject: Reject) -> str:
    row = {"name": reject.name, "number": reject.number, "reason": reject.reason}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _kind(reject: Reject) -> str:
    """What was wanted of a row."""
    return _reason(reject).partition(", got ")[0][:_WIDTH]


def _reason(reject: Reject) -> str:
    """The reason without the name and the number of the row."""
    return _PLACE.sub("", reject.reason.removeprefix(reject.name))


def _cut(reject: Reject) -> Reject:
    """The same with a reason of `_WIDTH` characters, beside the name and the number of the row, which stay whole."""
    reason = _reason(reject)
    if len(reason) <= _WIDTH:
        return reject
    return reject._replace(reason=f"{reject.reason.removesuffix(reason)}{reason[: _WIDTH - 1]}…")


def find_lost(counts: RunCounts, name: str, tagger: FileTagger) -> tuple[LostInput, ...]:
    """The input `name` if all of its rows were bad, by the counts of this input alone; else nothing."""
    n_bad = len(counts.rejects)
    is_left_out = tagger.errors == "skip"
    n_good = counts.texts if is_left_out else counts.texts - n_bad
    if not n_bad or n_good > 0 or (tagger.clean and not is_left_out):  # a paragraph that was cleaned has several lines
        return ()
    first = counts.rejects[0]
    reason = _reason(first)
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
