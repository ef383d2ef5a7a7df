"""What a dictionary of the words that a model does not know is worth: `python tests/bench/dictionary.py -m NAME.onnx`.

The dictionary holds the words of a gold file that the training file does not have, and noise: parts of its sentences
that are not words. For each strength: word F1, joint F1 and recall of unknown words.
"""

import argparse
import os
import random
import statistics
from pathlib import Path

from tagger import corpus
from tagger.scores.words import count, total
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.tagger import Tagger, load
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TAGGER_DATA", ROOT / "data")).resolve() / "ud-zh-gsdsimp"


def noise(gold: list[Sentence], n: int, seed: int) -> list[str]:
    """`n` parts of the sentences of 2 to 4 characters, without spaces, that are no word in any of them."""
    words, generator = {form for sentence in gold for form in sentence.forms}, random.Random(seed)
    parts: dict[str, None] = {}
    while len(parts) < n:
        text, size = generator.choice(gold).text, generator.randint(2, 4)
        start = generator.randrange(max(1, len(text) - size))
        part = text[start : start + size]
        if part not in words and len(part) == size and not any(char.isspace() for char in part):
            parts[part] = None
    return list(parts)


def scores(tagger: Tagger, gold: list[Sentence], vocabulary: set[str]) -> tuple[float, float, float]:
    """Word F1, joint F1 and recall of unknown words."""
    answers = tagger.tag(sentence.text for sentence in gold)
    counts = total(count(right, answer, vocabulary) for right, answer in zip(gold, answers, strict=True))
    return counts.words.f1, counts.joint.f1, counts.oov_correct / counts.oov


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--train", type=Path, default=DATA / "zh_gsdsimp-ud-train.conllu")
    parser.add_argument("--gold", type=Path, default=DATA / "zh_gsdsimp-ud-test.conllu")
    parser.add_argument("--noise", type=float, default=0.1, help="share of the entries; default %(default)s")
    parser.add_argument("--weights", type=float, nargs="*", default=[1.0, 2.0, 3.0, 5.0, 8.0])
    parser.add_argument("--seeds", type=int, default=3, help="of the noise; figures are means")
    options = parser.parse_args()
    vocabulary = {form for sentence in corpus.read(options.train) for form in sentence.forms}
    gold = list(corpus.read(options.gold))
    unknown = sorted({form for sentence in gold for form in sentence.forms} - vocabulary)
    n_noise = round(len(unknown) * options.noise / (1 - options.noise))
    tagger = load(options.model)
    print(
        f"{options.gold.name}: {len(gold)} sentences; dictionary of {len(unknown)} unknown words and {n_noise} others\n"
    )
    print("| dictionary | word F1 | joint F1 | recall of unknown words |\n|---|---|---|---|")

    def row(name: str, kinds: list[list[Entry]]) -> None:
        runs = [scores(tagger.with_dictionary(Dictionary(entries)), gold, vocabulary) for entries in kinds]
        print(
            f"| {name} |", " | ".join(f"{100 * statistics.mean(column):.2f}" for column in zip(*runs, strict=True)), "|"
        )

    row("none", [[]])
    words = [[*unknown, *noise(gold, n_noise, seed)] for seed in range(options.seeds)]
    row("force", [[Entry(word) for word in entries] for entries in words])
    for weight in options.weights:
        row(f"prefer={weight:g}", [[Entry(word, "prefer", None, weight) for word in entries] for entries in words])
    row("force, without noise", [[Entry(word) for word in unknown]])


if __name__ == "__main__":
    main()
