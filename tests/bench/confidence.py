"""The cost of rating words beside that of finding them: `python tests/bench/confidence.py -m NAME`.

Process time of the marginals of all words over that of Viterbi on the same scores. The text is the first lines of each
file of a folder of raw text. The two are measured in turns, and the figures are medians.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np

from tagger.files.lines import lines
from tagger.tagging.tagger import load
from tagger.text.characters import code_points
from tagger.text.padding import pad

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TAGGER_DATA", ROOT / "data")).resolve() / "raw-zh"


def seconds(run: Callable[[], object]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--raw", type=Path, default=DATA)
    parser.add_argument("--lines", type=int, default=120, help="of each file; default %(default)s")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    tagger = load(options.model)
    decoder = tagger.model.decoder
    files = sorted(path for path in options.raw.iterdir() if path.suffix in (".txt", ".xz"))
    texts = [line.text[:120] for path in files for line in islice(lines(path), options.lines) if line.text]
    texts.sort(key=len, reverse=True)
    lengths = np.array([len(text) for text in texts], np.int32)
    parts = []
    for first in range(0, len(texts), 32):
        batch = slice(first, first + 32)
        codes = pad([code_points(text) for text in texts[batch]])
        parts.append(tagger.model.scores(codes, lengths[batch], tagger.standard))
    tags = decoder.decode(parts, lengths)
    finding, rating = [], []
    for _ in range(options.rounds):
        finding.append(seconds(lambda: decoder.decode(parts, lengths)))
        rating.append(seconds(lambda: decoder.rates(parts, lengths, tags)))
    ratio = statistics.median(after / before for before, after in zip(finding, rating, strict=True))
    viterbi, marginals = (1e3 * statistics.median(times) for times in (finding, rating))
    print(f"{options.model}: {lengths.sum():,} characters of {len(files)} files; Viterbi {viterbi:.1f} ms, "
          f"marginals {marginals:.1f} ms, {ratio:.2f} times as long")  # fmt: skip


if __name__ == "__main__":
    main()
