"""The temperature at which probabilities mean what they say."""

from collections.abc import Sequence
from math import exp, log

import numpy as np

from ..errors import InputError
from ..modelfile.metadata import Calibration
from ..scores.calibration import Probabilities, Truths, expected_calibration_error, log_loss, lowest
from ..tagging.confidence import rate_words, rated_spans
from ..tagging.rows import keep
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import judged
from ..text.block import Block
from ..text.sentence import Sentence

LOWEST, HIGHEST = 0.1, 10.0  # temperatures to choose from


def match_gold(tagger: Tagger, gold: Sequence[Sentence]) -> tuple[Truths, Truths]:
    """Which of the words found in gold sentences are right, with their POS and whatever it is. A sentence of which the
    gold has no POS is judged by its words alone. Entities count as words (see `judged`)."""
    both, words = [], []
    found = tagger.tag_as_words([sentence.text for sentence in gold])
    for wanted, sentence in zip(gold, found, strict=True):
        pos = {(word.start, word.end): word.pos for word in wanted.words}
        for word in sentence.words:
            span = (word.start, word.end)
            words.append(span in pos)
            both.append(span in pos and pos[span] in (None, word.pos))
    return np.array(both, bool), np.array(words, bool)


class Rater:
    """Rates the words found in gold sentences at any temperature: the net scores them once."""

    def __init__(self, tagger: Tagger, gold: Sequence[Sentence]) -> None:
        self._model = tagger.model
        self._bare = tagger.bare(Block.of(sentence.text for sentence in gold))
        self._decoded = tagger.decode(self._bare, keep)

    def __call__(self, temperature: float) -> tuple[Probabilities, Probabilities]:
        """How likely the words are with their POS, and with any."""
        rates = self._decoded.map(rate_words(self._model.decoder, temperature))
        spans = self._bare.restore(rated_spans(rates, self._model.scheme))
        return spans.probability, spans.span_probability


def calibrate(tagger: Tagger, gold: Sequence[Sentence]) -> Calibration:
    """The temperature at which the log loss of the found words' probabilities is lowest, and the expected calibration
    errors before (at 1) and after. Raises InputError without words."""
    gold = judged(tagger, gold)
    if not any(sentence.words for sentence in gold):
        raise InputError("expected gold sentences with words to calibrate on, got none; give dev=FILE")
    rater, (joint_truths, word_truths) = Rater(tagger, gold), match_gold(tagger, gold)
    fitted = lowest(lambda x: log_loss(rater(exp(x))[0], joint_truths), log(LOWEST), log(HIGHEST))
    temperature = round(exp(fitted), 4)
    (joint_before, word_before), (joint_after, word_after) = rater(1.0), rater(temperature)
    return Calibration(
        temperature=temperature,
        words=len(joint_truths),
        joint_ece_before=round(expected_calibration_error(joint_before, joint_truths), 5),
        word_ece_before=round(expected_calibration_error(word_before, word_truths), 5),
        log_loss_before=round(log_loss(joint_before, joint_truths), 5),
        joint_ece_after=round(expected_calibration_error(joint_after, joint_truths), 5),
        word_ece_after=round(expected_calibration_error(word_after, word_truths), 5),
        log_loss_after=round(log_loss(joint_after, joint_truths), 5),
    )
