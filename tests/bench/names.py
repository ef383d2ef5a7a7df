"""`PYTHONPATH=. python tests/bench/names.py GOLD.iob2… [-m zh-ner]`: entities of a model beside those of Baidu's LAC.

Both read the plain text of the gold sentences, on one thread of onnxruntime. LAC's persons, places and organisations
count, whether its tags call them PER, LOC and ORG or nr, ns and nt. Speed is characters a second of processor time, the
median of three rounds in which the two take turns.
"""

import argparse
import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from accuracy_scores import place
from accuracy_tools import name_of, open_peer, timed

import tagger
from tagger.corpus.layers import read_entities
from tagger.scores.words import summary
from tagger.text.sentence import Sentence, entities_as_words

TYPES = {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "nr": "PER", "ns": "LOC", "nt": "ORG"}
ROUNDS = 3


def of_types(sentence: Sentence) -> Sentence:
    """The words that are names, with their type as POS."""
    words = (word._replace(pos=TYPES[word.pos]) for word in sentence.words if word.pos in TYPES)
    return Sentence(sentence.text, tuple(words))


def open_tools(model: str) -> dict[str, Callable[[Iterable[str]], Sequence[Sentence]]]:
    """For each tool what finds the names of texts."""
    os.environ.setdefault("TAGGER_RUNTIME", "onnxruntime")
    ner, lac = tagger.load(model), open_peer("LAC", Path())

    def ask_lac(texts: Iterable[str]) -> list[Sentence]:
        texts = list(texts)
        return [of_types(place(text, pairs)) for text, pairs in zip(texts, lac(texts), strict=True)]

    return {ner.model.name: lambda texts: list(map(entities_as_words, ner.tag(texts))), name_of("LAC"): ask_lac}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("-m", "--model", default="zh-ner")
    options = parser.parse_args()
    tools = open_tools(options.model)
    print("| gold | tool | precision | recall | F1 | boundaries F1 | PER | LOC | ORG | characters a CPU second |")
    for path in options.gold:
        gold = [entities_as_words(sentence) for sentence in read_entities(path)]
        texts = [sentence.text for sentence in gold]
        rounds = [{name: timed(find, texts) for name, find in tools.items()} for _ in range(ROUNDS)]
        for name in tools:
            report = summary(gold, rounds[0][name]["answers"], n_resamples=1)
            assert report.joint
            all_of = report.joint
            values = [all_of.precision, all_of.recall, all_of.f1, report.words.f1]
            values += [report.tags[label].f1 for label in ("PER", "LOC", "ORG")]
            rate = statistics.median(found[name]["rate"] for found in rounds)
            print(f"| {path.name} | {name} | {' | '.join(f'{100 * value:.1f}' for value in values)} | {rate:,.0f} |")


if __name__ == "__main__":
    main()
