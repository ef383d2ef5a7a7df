"""Sentences of a treebank in the standard `words`."""

from collections.abc import Callable, Sequence

from ...text.sentence import Sentence
from . import exceptions, gsd, gsd_tags, hk, modifiers
from .tokens import Token

SOURCES: dict[str, tuple[Callable[[list[Token]], list[Token]], ...]] = {
    "gsd": (
        exceptions.replace,
        gsd.join_names,
        gsd.join_suffixes,
        gsd.join_prefixes,
        gsd.join_verbs,
        modifiers.join_negations,
        gsd.cut,
        gsd_tags.tag,
    ),
    "hk": (hk.join, hk.tag),
}


def convert(sentence: Sentence, native: Sequence[str | None], source: str) -> Sentence:
    """A sentence with the words and UPOS of `words`; text, spaces and comments stay.

    `native` are the native tags of its words (XPOS), `source` names the treebank whose conventions it follows.
    """
    tokens, end = [], 0
    for word, tag in zip(sentence.words, native, strict=True):
        tokens.append(Token(word.form, word.pos or "X", tag or "", word.start == end))
        end = word.end
    for rule in SOURCES[source]:
        tokens = rule(tokens)
    return _placed(sentence, tokens)


def _placed(sentence: Sentence, tokens: Sequence[Token]) -> Sentence:
    """The converted words in the text of the sentence."""
    gap_after = {word.end: gap for word, gap in zip(sentence.words, sentence.gaps[1:], strict=True)}
    end = len(sentence.gaps[0])
    gaps = [sentence.gaps[0]]
    for token in tokens:
        end += len(token.form)
        gaps.append(gap_after.get(end, ""))
        end += len(gaps[-1])
    forms, tags = [token.form for token in tokens], [token.pos for token in tokens]
    return Sentence.from_forms(forms, tags, gaps=gaps, comments=sentence.comments)
