"""What rounded weights change in a tagger's answers."""

from collections.abc import Sequence

from ..modelfile.metadata import RoundingEffect
from ..scores.words import count, total
from ..tagging.word_tagger import AnyTagger, answers, judged
from ..text.sentence import Sentence


def compare(exact: AnyTagger, rounded: AnyTagger, gold: Sequence[Sentence]) -> RoundingEffect:
    """F1 of the rounded tagger on gold sentences, what it lost, and the share of sentences and words that changed."""
    before, after = (list(answers(tagger, gold)) for tagger in (exact, rounded))
    wanted = judged(exact, gold)
    score_before, score_after = (total(map(count, wanted, sentences)) for sentences in (before, after))
    pairs = list(zip(before, after, strict=True))
    n_words = sum(len(sentence.words) for sentence in before)
    n_words_changed = sum(len(set(old.words) - set(new.words)) for old, new in pairs)
    has_pos = bool(score_before.joint.gold)
    return RoundingEffect(
        sentences=len(gold),
        sentences_changed=round(sum(old != new for old, new in pairs) / len(gold), 5),
        words_changed=round(n_words_changed / max(1, n_words), 5),
        word_f1=round(score_after.words.f1, 5),
        word_f1_lost=round(score_before.words.f1 - score_after.words.f1, 5),
        joint_f1=round(score_after.joint.f1, 5) if has_pos else None,
        joint_f1_lost=round(score_before.joint.f1 - score_after.joint.f1, 5) if has_pos else None,
    )
