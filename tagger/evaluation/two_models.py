"""Two taggers on the same gold sentences: whether one is better by more than chance, by a paired bootstrap."""

from typing import Any

from ..corpus.several import AnyCorpus
from ..errors import ModelError
from ..scores.names import ENTITY_FIGURES, WORD_FIGURES
from ..scores.paired import Difference, f1_difference
from ..scores.words import total
from ..tagging.word_tagger import AnyTagger, WordTagger
from .tagging import count_sentences

# A tagger and the corpus as it reads this.
Side = tuple[AnyTagger, AnyCorpus]


def kind_of(tagger: AnyTagger) -> str:
    """What a tagger finds, and in what."""
    found = "entities" if tagger.model.scheme.outside else "words and entities" if tagger.model.entities else "words"
    return f"a tagger of given words ({found})" if isinstance(tagger, WordTagger) else f"a tagger of texts ({found})"


def check_kinds(first: AnyTagger, second: AnyTagger) -> None:
    """Raises ModelError for taggers that do not find the same in the same."""
    kinds = kind_of(first), kind_of(second)
    if kinds[0] != kinds[1]:
        names = f"{first.model.name} is {kinds[0]}, {second.model.name} {kinds[1]}"
        raise ModelError(f"expected two models of one kind to compare, but {names}; score them one by one")


def compare_two(first: Side, second: Side, split: str, *, resamples: int) -> tuple[dict[str, Any], str]:
    """The F1 of the first tagger minus that of the second, of words and, where both can be compared, of words with
    tags (of boundaries and entities, if they find these): as JSON values, and in lines. Raises InputError and
    CorpusError as `evaluate` does."""
    ours, theirs = (count_sentences(*side, split) for side in (first, second))
    figures = {"word_f1": False} if not isinstance(first[0], WordTagger) else {}
    if total(ours).joint.gold and total(theirs).joint.gold:
        figures["joint_f1"] = True
    differences = {
        name: f1_difference(ours, theirs, joint=joint, n_resamples=resamples) for name, joint in figures.items()
    }
    keys = (ENTITY_FIGURES if first[0].model.scheme.outside else WORD_FIGURES).keys
    values = {
        keys.get(name, name): {"difference": found.f1, "interval": list(found.interval), "p": found.p}
        for name, found in differences.items()
    }
    head = f"{first[0].model.name} minus {second[0].model.name}, paired bootstrap over {len(ours)} sentences:"
    lines = [f"{keys.get(name, name).replace('_f1', ' F1')} {_describe(found)}" for name, found in differences.items()]
    return values, "\n".join([head, *lines, ""])


def _describe(found: Difference) -> str:
    low, high = (100 * end for end in found.interval)
    chance = "no more than chance" if low <= 0 <= high else "more than chance"
    return f"{100 * found.f1:+.2f} (95 % interval {low:+.2f} to {high:+.2f}, p = {found.p:.3f}): {chance}"
