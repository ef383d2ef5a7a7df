"""What users' patterns cost: `python tests/bench/patterns.py -m NAME.onnx --gold FILE`.

Texts are tagged with several sets of patterns, in turns, and the processor time is compared with that without any. The
last row is the search alone, on a text where each search for a title would read on to the end.
"""

import argparse
import statistics
import time
from pathlib import Path

from tagger import corpus
from tagger.tagging.patterns import Pattern, Patterns
from tagger.tagging.tagger import load

USUAL = [
    Pattern("《[^》]+》", "NOUN"),
    Pattern(r"[\p{Han}][A-Z]·?[A-Z0-9]{5,6}"),
    Pattern(r"\d{4}年\d{1,2}月\d{1,2}日"),
    Pattern(r"[A-Z]{2,4}-\d{3,}", "NOUN"),
    Pattern("第[一二三四五六七八九十]+条"),
]
MANY = [Pattern(rf"[A-Z]{{2}}-{i}\d+", ("NOUN", "X")[i % 2]) for i in range(990)] + [Pattern(r"\d+")]
SETS = {
    "none": [],
    "5 patterns": [Patterns(USUAL)],
    f"{len(MANY)} patterns": [Patterns(MANY)],
    "every Han character": [Patterns([Pattern(r"\p{Han}", "X")])],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=5, help="of the texts; default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="after one that is not counted; default %(default)s")
    parser.add_argument("--worst", type=int, default=60_000, help="characters of the last text; default %(default)s")
    options = parser.parse_args()
    texts = [sentence.text for sentence in corpus.read(options.gold)] * options.copies
    tagger = load(options.model)
    seconds: dict[str, list[float]] = {name: [] for name in SETS}
    for _ in range(1 + options.rounds):
        for name, patterns in SETS.items():
            began = time.process_time()
            list(tagger.with_patterns(*patterns).tag(texts))
            seconds[name].append(time.process_time() - began)
    n_chars, before = sum(map(len, texts)), seconds["none"][1:]
    print("| patterns | matches | characters/s | of the speed without | rounds |\n|---|---|---|---|---|")
    for name, patterns in SETS.items():
        n_matches = sum(len(source.find(text).starts) for source in patterns for text in texts)
        speed = n_chars / statistics.median(seconds[name][1:])
        ratios = sorted(one / other for one, other in zip(before, seconds[name][1:], strict=True))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        print(f"| {name} | {n_matches} | {speed:,.0f} | {statistics.median(ratios):.2f} | {spread} |")
    worst, began = Patterns(["《[^》]*》", "《"]), time.process_time()
    n_found = len(worst.find("《" * options.worst).starts)
    print(f"| 《 alone | {n_found} | {options.worst / (time.process_time() - began):,.0f} | | |")


if __name__ == "__main__":
    main()
