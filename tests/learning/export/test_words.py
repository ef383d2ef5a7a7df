"""The exported tagger of given words gives the tags of its net."""

import models
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import make

from tagger.learning.nets import GivenWordTagger
from tagger.tagging.word_tagger import WordTagger, load_words
from tagger.text.format_characters import without_format
from tagger.text.vocabulary import spell

FORM = st.text(st.characters() | st.sampled_from("theTHEdog1é😀\ud800"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def net() -> GivenWordTagger:
    return make.words_net()


@pytest.fixture(scope="module")
def word_tagger() -> WordTagger:
    return load_words(models.WORDS)


@given(st.lists(st.sampled_from(["the", "dog", "Dogs", "runs"]) | FORM, min_size=1, max_size=8))
@settings(max_examples=25)
def test_tags_are_those_of_the_net(net: GivenWordTagger, word_tagger: WordTagger, forms: list[str]) -> None:
    bare = [without_format(form) or form for form in forms]  # what the tagger reads
    with torch.inference_mode():
        scores = net(torch.from_numpy(spell(bare))[None], torch.tensor([len(forms)])).numpy()
    tags = net.head.decoder()(scores, np.array([len(forms)]))[0]
    assert word_tagger(forms).tags == tuple(net.scheme.names[tag].removeprefix("S-") for tag in tags)
