"""Lists of words, as other libraries want them."""

import copy
import pickle

import pytest

import tagger
from tagger.errors import InputError
from tagger.tagging.tagger import Tagger

TEXTS = ["我喜欢北京。", "", "今天 天气很好！"]


def test_the_words_of_texts(small_tagger: Tagger) -> None:
    found = list(small_tagger.tag(TEXTS))
    segmenter = tagger.Segmenter(small_tagger)
    assert segmenter.segment(TEXTS) == [segmenter(text) for text in TEXTS] == [list(s.forms) for s in found]
    stop_word = next(word.form for word in found[0].words if word.pos == "NOUN")
    chosen = tagger.Segmenter(small_tagger, pos=["NOUN"], stop_words=[stop_word])
    wanted = [[word.form for word in s.words if word.pos == "NOUN" and word.form != stop_word] for s in found]
    for same in (chosen, pickle.loads(pickle.dumps(chosen)), copy.deepcopy(chosen)):
        assert same.segment(TEXTS) == wanted
    assert repr(chosen) == "<Segmenter <Tagger small@1>, pos NOUN, 1 stop words>"


def test_what_is_refused(small_tagger: Tagger) -> None:
    with pytest.raises(InputError, match="expected tags that the model has"):
        tagger.Segmenter(small_tagger, pos=["ADJ"])
    with pytest.raises(InputError, match="expected several texts, got one string"):
        tagger.Segmenter(small_tagger).segment(TEXTS[0])
