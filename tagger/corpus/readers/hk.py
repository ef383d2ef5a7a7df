"""UD Chinese HK: where it leaves the standard `words`. It has no native tags."""

from collections.abc import Sequence

from .tokens import Token
from .tokens import join as joined

# The monosyllabic results and directions that are one word with the monosyllable before them.
_RESULTS = frozenset("到出完好坏见成住掉开走死懂着光起下入回进满清错对")
_TAGS = {"没": "ADV", "别": "ADV", "所": "PART", "一些": "DET", "因为": "SCONJ", "但": "CCONJ", "但是": "CCONJ"}


def join(tokens: list[Token]) -> list[Token]:
    """是 and 否, 没 and 有, and verbs with their results as one word."""
    result: list[Token] = []
    for token in tokens:
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
    result = right.key in _RESULTS and right.pos in ("VERB", "ADJ")
    return "VERB" if result and left.pos == "VERB" and len(left.form) == 1 and left.key not in "是有" else None


def tag(tokens: Sequence[Token]) -> list[Token]:
    """The words with the UPOS that `words` gives them."""
    return [token.tagged(_TAGS.get(token.key, token.pos)) for token in tokens]
