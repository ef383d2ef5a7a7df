"""The lists of words that the rules name, from `lists.tsv`: a name and its words a line."""

from pathlib import Path

TABLE = Path(__file__).with_name("lists.tsv")


def _read() -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, row = line.partition("\t")
            words.setdefault(name, set()).update(row.split(" "))
    return {name: frozenset(row) for name, row in words.items()}


LISTS = _read()
