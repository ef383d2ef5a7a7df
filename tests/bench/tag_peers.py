"""Runs of other taggers for `tag.py`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tag_inputs import WORK

Lines = Callable[[str], str]


def peer(name: str) -> Lines:
    """A function from a line to word/POS; what takes long to load is loaded when it is made."""
    if name.startswith("jieba"):
        import jieba

        jieba.setLogLevel(60)
        jieba.initialize()
        if name == "jieba":
            return lambda line: " ".join(jieba.cut(line))
        from jieba import posseg

        return lambda line: " ".join(f"{word}/{flag}" for word, flag in posseg.cut(line))
    if name.startswith("rjieba"):
        import rjieba

        tag = rjieba.Jieba()
        if name == "rjieba":
            return lambda line: " ".join(tag.cut(line))
        return lambda line: " ".join(f"{word}/{flag}" for word, flag in tag.tag(line))
    if name == "LAC":
        from accuracy_tools import open_peer

        lac = open_peer(name, WORK)
        return lambda line: " ".join(f"{word}/{tag}" for word, tag in lac([line])[0])
    from ltp_extension.perceptron import CWSModel, POSModel

    words = CWSModel(str(WORK / "cws.bin"))
    if name == "LTP perceptron":
        return lambda line: " ".join(words.predict(line))
    pos = POSModel(str(WORK / "pos.bin"))

    def both(line: str) -> str:
        forms = words.predict(line)
        return " ".join(f"{form}/{tag}" for form, tag in zip(forms, pos.predict(forms), strict=True))

    return both


def run_peer(name: str, source: Path, target: Path, start: float) -> dict[str, Any]:
    """Tag a file with a peer, line by line; its loading began at `start`."""
    tag = peer(name)
    tag("我们")
    loaded = time.perf_counter()
    n_chars, began = 0, time.process_time()
    with source.open(encoding="utf-8", newline="\n") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            line = line.rstrip("\n")
            n_chars += len(line)
            out.write(tag(line) + "\n" if line else "\n")
    seconds, process = time.perf_counter() - loaded, time.process_time() - began
    return {"load": loaded - start, "seconds": seconds, "process": process, "chars": n_chars}
