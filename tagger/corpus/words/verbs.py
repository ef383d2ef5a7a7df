"""Verbs and what they can reach: 看 不 到, 买 得 起."""

from .tokens import DONE, Token, join

# The monosyllabic results and directions that are one word with the monosyllable before them.
RESULTS = frozenset("到出完好坏见成住掉开走死懂着光起下入回进满清错对了动上过")
_MANNERS = frozenset("好坏错对满清死")  # 做 得 好 says how, not whether


def join_potentials(tokens: list[Token]) -> list[Token]:
    """A verb of one character, 不 or 得, and its result of one character as one word."""
    result: list[Token] = []
    for token in tokens:
        if len(result) > 1 and _is_potential(result[-2], result[-1], token):
            result[-2:] = [join((*result[-2:], token), "VERB")._replace(native=DONE)]
        else:
            result.append(token)
    return result


def _is_potential(verb: Token, middle: Token, end: Token) -> bool:
    return (
        verb.pos == "VERB"
        and len(verb.form) == 1
        and verb.key not in "是有"
        and middle.key in ("不", "得")
        and end.key in (RESULTS if middle.key == "不" else RESULTS - _MANNERS)
        and end.pos in ("VERB", "ADJ", "ADV")
        and middle.glued
        and end.glued
    )
