"""Words that carry their probability: they are Words, and stay what they are when copied."""

import copy
import pickle

from tagger.tagging.confidence import RatedWord
from tagger.text.sentence import Word

RATED = RatedWord.of(Word("北京", "PROPN", 2, 4), 0.75, 0.9)


def test_a_word_with_another_field_keeps_its_probabilities() -> None:
    untagged = RATED._replace(pos=None)
    assert untagged == Word("北京", None, 2, 4)
    assert (untagged.probability, untagged.span_probability) == (0.75, 0.9)
    assert repr(untagged) == "RatedWord(form='北京', pos=None, start=2, end=4, probability=0.7500)"


def test_copies_keep_their_probabilities() -> None:
    for same in (copy.copy(RATED), copy.deepcopy(RATED), pickle.loads(pickle.dumps(RATED))):
        assert same == RATED == Word("北京", "PROPN", 2, 4)
        assert (same.probability, same.span_probability) == (0.75, 0.9)
