"""What rounding changes in a tagger's answers."""

from collections.abc import Sequence
from typing import Any

from ..scores.words import count, total
from ..tagging.word_tagger import AnyTagger, answers
from ..text.sentence import Sentence


def compare(exact: AnyTagger, rounded: AnyTagger, gold: Sequence[Sentence]) -> dict[str, Any]:
    """F1 of both on gold sentences (fractions), and the share of sentences and words answered otherwise."""
    both = [list(answers(tagger, gold)) for tagger in (exact, rounded)]
    before, after = (total(map(count, gold, found)) for found in both)
    changed = [a != b for a, b in zip(*both, strict=True)]
    moved = sum(len(set(a.words) - set(b.words)) for a, b in zip(*both, strict=True))
    figures: dict[str, Any] = {
        "sentences": len(gold),
        "sentences_changed": round(sum(changed) / len(gold), 5),
        "words_changed": round(moved / max(1, sum(len(a.words) for a in both[0])), 5),
        "word_f1": round(after.words.f1, 5),
        "word_f1_lost": round(before.words.f1 - after.words.f1, 5),
    }
    if before.joint.gold:
        figures |= {"joint_f1": round(after.joint.f1, 5), "joint_f1_lost": round(before.joint.f1 - after.joint.f1, 5)}
    return figures
