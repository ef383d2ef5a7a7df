"""`python tests/bench/native.py MODEL FILE…`: every line of text files by onnxruntime and by tagger-native, as bytes.

Prints for each file its characters, the lines that differ, and characters/s of both in process time.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tagger.bulk.chunks import Chunk
from tagger.bulk.worker import FileTagger
from tagger.files.lines import decompressing


def tag(runtime: str, model: str, format: str, chunks: Sequence[bytes]) -> tuple[bytes, float]:
    """The output for chunks of lines, and the seconds of process time that it took."""
    os.environ["TAGGER_RUNTIME"] = runtime
    tagger = FileTagger(model, format=format)
    tagger("", Chunk("text", "我喜欢北京。\n".encode() * 480, 1, 0))
    start = time.process_time()
    return b"".join(tagger("", Chunk("text", chunk, 1, 0)).data for chunk in chunks), time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--characters", type=int, default=45_000, help="of each file")
    parser.add_argument("--format", default="slash", help="inline, iob2 or jsonl for a model of entities")
    options = parser.parse_args()
    for path in options.files:
        with path.open("rb") as packed, decompressing(packed, path.name) as file:
            read = file.read(3 * options.characters).decode("utf-8", "ignore")
        text = read[: read.rfind("\n")] + "\n"  # without the last line, which is cut, unless it is the only one
        answers, rates = [], []
        for runtime in ("onnxruntime", "native"):
            output, seconds = tag(runtime, options.model, options.format, [text.encode()])
            answers.append(output.split(b"\n"))
            rates.append(f"{runtime} {len(text) / seconds:,.0f} characters/s")
        n_differ = sum(a != b for a, b in zip(*answers, strict=True))
        print(f"{path.name}: {len(text):,} characters, {n_differ} lines differ, {', '.join(rates)}", flush=True)


if __name__ == "__main__":
    main()
