"""Which tags of a gold corpus a model has: of words without a tag in common the spans alone can be compared."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..tagging.word_tagger import AnyTagger, judged
from ..text.sentence import Sentence

MANY = 0.01  # the share of words with tags that the model lacks from which a table says so
SHOWN = 8  # as many tags are named


@dataclass(frozen=True)
class TagSets:
    """The tags of a model, and how many words of gold have each tag."""

    model: Sequence[str]
    gold: Mapping[str, int]

    @classmethod
    def of(cls, tagger: AnyTagger, gold: Iterable[Sentence]) -> "TagSets":
        """Those of gold sentences as `judged` gives them."""
        counts = Counter(pos for sentence in gold for pos in sentence.tags if pos is not None)
        return cls(tagger.model.scheme.pos, dict(counts.most_common()))

    @property
    def unknown(self) -> dict[str, int]:
        """The tags of gold that the model lacks, the most frequent first, with their numbers of words."""
        return {pos: n for pos, n in self.gold.items() if pos not in self.model}

    @property
    def disjoint(self) -> bool:
        """Whether gold has tags, and the model none of them."""
        return bool(self.gold) and len(self.unknown) == len(self.gold)

    @property
    def sides(self) -> str:
        """Some tags of each."""
        return f"gold: {_few(self.gold)}; model: {_few(self.model) or 'none'}"

    def note(self, spans: str) -> str:
        """What a reader of figures must know, in a line; empty if there is nothing. `spans` is the name of words."""
        if self.disjoint:
            return f"no tag in common with the model ({self.sides}): only {spans} can be compared"
        n_unknown, n_words = sum(self.unknown.values()), sum(self.gold.values())
        if not n_unknown or n_unknown < MANY * n_words:
            return ""
        few = _few(self.unknown)
        return f"the model lacks the tags of {n_unknown:,} of {n_words:,} {spans}, which count as wrong: {few}"


def comparable(tagger: AnyTagger, gold: Sequence[Sentence]) -> Sequence[Sentence]:
    """Gold sentences as `judged` gives them, without tags if the model has none of these."""
    sentences = judged(tagger, gold)
    return [_untagged(sentence) for sentence in sentences] if TagSets.of(tagger, sentences).disjoint else sentences


def _untagged(sentence: Sentence) -> Sentence:
    return replace(sentence, words=tuple(word._replace(pos=None) for word in sentence.words))


def _few(tags: Iterable[str]) -> str:
    names = list(tags)
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
