"""What is known of the words of a text of which only a part is annotated."""

from dataclasses import dataclass

from .sentence import WHITESPACE, Sentence, Word


@dataclass(frozen=True, slots=True)
class Partial:
    """A text of which some words are known, and some offsets where a word ends (`cuts`) or where none does (`joins`).

    Text between the words is not analysed yet; a word's `pos` may be unknown. A Partial is no Sentence: it cannot be
    scored, and only training reads it.
    """

    text: str
    words: tuple[Word, ...] = ()
    cuts: tuple[int, ...] = ()
    joins: tuple[int, ...] = ()

    @classmethod
    def of(cls, sentence: Sentence) -> "Partial":
        """The words of a fully annotated sentence."""
        return cls(sentence.text, sentence.words)

    @property
    def edges(self) -> tuple[int, ...]:
        """Offsets at which a word is known to begin or to end, in order."""
        inner = {cut for cut in self.cuts if 0 < cut < len(self.text)}
        return tuple(sorted(inner.union(*((word.start, word.end) for word in self.words))))

    def fault(self) -> str | None:
        """What contradicts itself, in words; None when nothing does."""
        if any(not 0 < join < len(self.text) for join in self.joins):
            return "a join at the edge of the text"
        edges, last = set(self.edges), 0
        for form, _, start, end in self.words:
            if not last <= start < end <= len(self.text) or self.text[start:end] != form:
                return f"the word {form!r} at {start} does not lie in order in the text"
            if form[0] in WHITESPACE or form[-1] in WHITESPACE:
                return f"the word {form!r} begins or ends with a space"
            if not edges.isdisjoint(range(start + 1, end)):
                return f"a cut inside the word {form!r}"
            last = end
        for join in self.joins:
            if join in edges:
                return f"a cut and a join at {self.text[join - 1 : join + 1]!r}"
            inside = any(word.start < join < word.end for word in self.words)
            if not inside and not WHITESPACE.isdisjoint(self.text[join - 1 : join + 1]):
                return f"a join beside a space, at {self.text[join - 1 : join + 1]!r}"
        return None
