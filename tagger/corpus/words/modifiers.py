"""Words before a noun: 大型 and 男 are adjectives, 报名 stays a verb, and 非 is a prefix."""

from collections.abc import Sequence

from .lists import LISTS
from .tokens import DONE, Token, join


def tag_modifier(token: Token, after: Token | None) -> str | None:
    """The UPOS of a noun by the word after it: ADJ for 大型, 开放式, 男, 创造性 and 非计划, VERB for a verb with its
    object; None if the word stays a noun."""
    form = token.key
    if token.pos != "NOUN":
        return None
    if form in LISTS["sizes"]:
        return "ADJ"
    if after is None:
        return None
    before_noun, before_de = after.pos == "NOUN", after.key == "的"
    if before_noun and form in LISTS["verb_object"]:
        return "VERB"
    named = before_noun or after.pos in ("PROPN", "ADJ", "CCONJ") or after.key in ("的", "、")
    if named and len(form) > 1 and form[-1] in "型式" and form not in LISTS["types"]:
        return "ADJ"
    if (before_noun or before_de) and (form in ("男", "女") or _is_negated(form)):
        return "ADJ"
    return "ADJ" if before_noun and form[2:].endswith("性") else None


def _is_negated(form: str) -> bool:
    return form.startswith("非") and len(form) > 2 and not form.startswith("非洲")


def join_negations(tokens: list[Token]) -> list[Token]:
    """非 and the word after it as one adjective before a noun or 的: 非 农业 人口. After an adverb it stays."""
    result: list[Token] = []
    for i, token in enumerate(tokens):
        if result and _is_negation(result, token, tokens[i + 1 : i + 2]):
            result[-1] = join((result[-1], token), "ADJ")._replace(native=DONE)
        else:
            result.append(token)
    return result


def _is_negation(before: Sequence[Token], word: Token, after: Sequence[Token]) -> bool:
    negation = before[-1]
    if negation.key != "非" or negation.native not in ("VC", "RB") or (len(before) > 1 and before[-2].native == "RB"):
        return False
    if not (word.glued and word.pos in ("NOUN", "VERB", "ADJ")):
        return False
    return any(token.pos == "NOUN" or token.key == "的" for token in after)
