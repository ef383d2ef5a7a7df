"""UD Chinese HK: where it leaves the standard `words`. It has no native tags."""

from collections.abc import Sequence

from .modifiers import tag_modifier
from .tokens import Token
from .tokens import join as joined
from .verbs import RESULTS, join_potentials

_TAGS = {"没": "ADV", "别": "ADV", "所": "PART", "一些": "DET", "因为": "SCONJ", "但": "CCONJ", "但是": "CCONJ"}


def join(tokens: list[Token]) -> list[Token]:
    """是 and 否, and verbs with their results as one word."""
    result: list[Token] = []
    for token in join_potentials(tokens):
        before = result[-1] if result else None
        pos = _pos(before, token) if before and token.glued else None
        if before and pos:
            result[-1] = joined((before, token), pos)
        else:
            result.append(token)
    return result


def _pos(left: Token, right: Token) -> str | None:
    """The UPOS of two words as one; None if they stay two."""
    if left.key + right.key == "是否":
        return "ADV"
    if left.pos != "VERB" or len(left.form) != 1 or left.key in "是有怕想要叫":
        return None
    result = right.key in RESULTS - frozenset("了过着") and right.pos in ("VERB", "ADJ")
    return "VERB" if result or (right.key in "到给" and right.pos == "ADP") else None


def tag(tokens: Sequence[Token]) -> list[Token]:
    """The words with the UPOS that `words` gives them."""
    following = (*tokens[1:], None)
    return [
        token.tagged(_TAGS.get(token.key) or tag_modifier(token, after) or token.pos)
        for token, after in zip(tokens, following, strict=True)
    ]
