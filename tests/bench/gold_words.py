"""`PYTHONPATH=tests:. python tests/bench/gold_words.py GOLD.iob2 [-m zh-ner]`: entities where the words are known.

A tagger of entities reads characters. Told the words of the gold columns, it may begin and end an entity at the edges
of words alone; its scores are the same. Printed: F1 of entities and boundaries without and with these words.
"""

import argparse
from pathlib import Path

import numpy as np
from distributions import scores_of
from numpy.typing import NDArray

import tagger
from tagger.corpus.layers import read_entities
from tagger.decoding.chain import ChainDecoder
from tagger.decoding.transitions import EXCLUDED
from tagger.scores.words import summary
from tagger.tagging.tagger import Tagger
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence, entities_as_words


def tags_inside_words(sentence: Sentence, scheme: Scheme) -> NDArray[np.bool_]:
    """The tags that would begin or end an entity inside a word, `[time, n_tags]`."""
    starts, ends = np.zeros((2, len(sentence.text)), bool)
    starts[[word.start for word in sentence.words]] = True
    ends[[word.end - 1 for word in sentence.words]] = True
    letters = np.array([name[0] for name in scheme.names])
    begins, closes = np.isin(letters, ["B", "S"]), np.isin(letters, ["E", "S"])
    return (~starts[:, None] & begins) | (~ends[:, None] & closes)


def find_entities(ner: Tagger, sentence: Sentence) -> Sentence:
    """The best entities of a sentence whose edges are edges of its words."""
    decoder = ner.model.decoder
    assert isinstance(decoder, ChainDecoder)
    scores = scores_of(ner, sentence.text)
    scores[tags_inside_words(sentence, decoder.scheme)] = EXCLUDED
    tags = decoder.decode([scores[None]], np.array([len(scores)]))[0]
    return decoder.scheme.decode(sentence.text, tags)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("-m", "--model", default="zh-ner")
    options = parser.parse_args()
    ner = tagger.load(options.model)
    gold = list(read_entities(options.gold))
    found = {
        "no words": list(ner.tag([sentence.text for sentence in gold])),
        "gold words": [find_entities(ner, sentence) for sentence in gold],
    }
    for name, sentences in found.items():
        report = summary([*map(entities_as_words, gold)], [*map(entities_as_words, sentences)], n_resamples=1000)
        interval = report.intervals["joint_f1"]
        assert report.joint
        assert interval
        low, high = interval
        print(
            f"{name}: entities {report.joint.f1:.2%} ({low:.2%} to {high:.2%}), boundaries {report.words.f1:.2%}, "
            f"of {report.n_words} in {report.n_sentences} sentences"
        )


if __name__ == "__main__":
    main()
