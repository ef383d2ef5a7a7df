"""What rounding changes is counted as its definition says."""

from collections.abc import Iterable, Iterator

import pytest

from tagger.evaluation.rounding import compare
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence


class Other(Tagger):
    """A tagger that answers with given sentences."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.sentences = list(sentences)

    def tag_as_words(self, *_: object, **__: object) -> Iterator[Sentence]:
        return iter(self.sentences)


def test_the_same_tagger_loses_nothing(small_tagger: Tagger) -> None:
    gold = list(small_tagger.tag(["北京", "我喜欢"]))
    effect = compare(small_tagger, small_tagger, gold)
    assert (effect.sentences, effect.sentences_changed, effect.words_changed) == (2, 0, 0)
    assert (effect.word_f1, effect.word_f1_lost, effect.joint_f1, effect.joint_f1_lost) == (1, 0, 1, 0)


def test_the_figures_are_counted_right(small_tagger: Tagger) -> None:
    gold = list(small_tagger.tag(["北京", "我喜欢"]))
    effect = compare(small_tagger, Other([gold[0], Sentence.from_forms(["我", "喜", "欢"], ["VERB"] * 3)]), gold)
    n_words = len(gold[0].words) + len(gold[1].words)
    n_kept = len(gold[0].words) + len({word[2:] for word in gold[1].words} & {(0, 1), (1, 2), (2, 3)})
    assert effect.sentences_changed == 0.5
    assert effect.word_f1 == pytest.approx(2 * n_kept / (n_words + len(gold[0].words) + 3), abs=1e-5)
    assert effect.word_f1_lost == pytest.approx(1 - effect.word_f1, abs=1e-5)


def test_gold_without_tags_has_no_joint_figures(small_tagger: Tagger) -> None:
    gold = [Sentence.from_forms(["我", "喜欢"])]
    effect = compare(small_tagger, small_tagger, gold)
    assert (effect.joint_f1, effect.joint_f1_lost) == (None, None)
