"""The UPOS of the words of UD Chinese GSD in the standard `words`."""

from collections.abc import Sequence

from .lists import LISTS
from .modifiers import tag_modifier
from .tokens import DONE, Token

_NOMINALS = frozenset(("NOUN", "PROPN", "PRON", "NUM", "DET", "ADJ"))


def tag(tokens: list[Token]) -> list[Token]:
    """The words with the UPOS that `words` gives them."""
    return [token if token.native == DONE else token.tagged(_tag(tokens, i)) for i, token in enumerate(tokens)]


def _tag(tokens: Sequence[Token], i: int) -> str:
    """The UPOS of word `i`."""
    token, form = tokens[i], tokens[i].key
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.native in ("DEC", "DEV"):
        return "VERB" if token.pos == "VERB" else "PART"
    if form == "了" and token.pos == "AUX" and _ends_clause(after):
        return "PART"
    if token.pos == "VERB" and form in ("于", "至", "在", "到", "给"):
        return _tag_coverb(tokens, i)
    modifier = tag_modifier(token, after)
    if modifier:
        return modifier
    if form in ("这些", "那些", "有些", "全部"):
        return _tag_quantity(tokens, i)
    if form in ("这", "那", "此", "一切") and token.pos == "DET" and after and after.pos not in _NOMINALS:
        return "PRON"
    if form in ("什么", "甚么", "哪") and after and after.pos in ("NOUN", "NUM"):
        return "DET"
    if form == "被":
        return "ADP" if after and after.pos in _NOMINALS else "AUX"
    if form in ("没有", "没") and token.pos == "VERB" and after and (after.pos == "VERB" or after.key in "被把将"):
        return "ADV"
    if form in LISTS["localizers"] and token.pos == "NOUN" and i and tokens[i - 1].pos in ("NOUN", "PROPN"):
        return "ADP"
    if form.startswith("第") and token.pos == "NUM":
        return "ADJ"
    if form in ("因为", "由于", "因") and token.pos == "ADP":
        return "SCONJ" if _has_verb(tokens[i + 1 :]) else "ADP"
    if token.native == "FW":
        return _tag_latin(tokens, i)
    if token.native == "RB":
        return _tag_adverb(token, after)
    return "SCONJ" if form in LISTS["subordinators"] and token.pos == "ADP" else token.pos


def _tag_coverb(tokens: Sequence[Token], i: int) -> str:
    """The UPOS of 于, 至, 在, 到 and 给 where GSD has a verb: a preposition after another verb or before one."""
    form, before, after = tokens[i].key, _clause_before(tokens, i), tokens[i + 1 :]
    if form in ("于", "至"):
        return "ADP"
    if form == "在":
        return "ADP" if not before or _has_verb(after) or _holds(after, ("的",)) else "VERB"
    if form == "给":
        return "ADP" if any(token.pos == "VERB" for token in before) else "VERB"
    if not after or after[0].pos in ("PART", "AUX", "PUNCT"):
        return "VERB"
    if before and before[-1].pos == "VERB":
        return "VERB" if before[-1].key in LISTS["reaching"] else "ADP"
    if before and (before[-1].pos == "NUM" or _holds(before, ("从", "由", "自"))):
        return "CCONJ"
    return "ADP" if _has_verb(after) and not _holds(after, ("后", "时", "之后", "的")) else "VERB"


def _tag_quantity(tokens: Sequence[Token], i: int) -> str:
    """The UPOS of 这些, 那些, 有些 and 全部: DET before a noun or its relative clause, else a pronoun or an adverb."""
    form, after = tokens[i].key, tokens[i + 1] if i + 1 < len(tokens) else None
    governed = i > 0 and tokens[i - 1].pos in ("ADP", "VERB")
    predicate = after is not None and (after.pos == "AUX" or after.key in LISTS["after_subject"])
    clause = not governed and _has_clause(tokens, i)
    if not (predicate or clause or after is None or after.pos == "PUNCT"):
        return "DET"
    if form == "全部":
        return "ADV" if predicate or clause else "PRON"
    return "ADV" if form == "有些" and clause and _clause_before(tokens, i) else "PRON"


def _has_clause(tokens: Sequence[Token], i: int) -> bool:
    """Whether a predicate follows word `i` that is no relative clause."""
    after = tokens[i + 1 :]
    return bool(after) and after[0].pos in ("VERB", "ADV") and not _holds(after, ("的", "之"))


def _clause_before(tokens: Sequence[Token], i: int) -> list[Token]:
    """The words between the last mark of punctuation before word `i` and the word."""
    start = next((j + 1 for j in range(i - 1, -1, -1) if tokens[j].pos == "PUNCT"), 0)
    return list(tokens[start:i])


def _holds(tokens: Sequence[Token], forms: tuple[str, ...]) -> bool:
    """Whether one of the words stands before the next mark of punctuation."""
    for token in tokens:
        if token.pos == "PUNCT":
            return False
        if token.key in forms:
            return True
    return False


def _tag_adverb(token: Token, after: Token | None) -> str:
    """The UPOS of a word with the native tag RB, which GSD gives to adverbs and to words between clauses."""
    form = token.key
    if form in ("并", "并且") and after and after.key in ("不", "未", "非", "没有", "无", "没"):
        return "ADV"
    if form in LISTS["coordinators"]:
        return "CCONJ"
    answers = {"来": "VERB", "去": "VERB", "所": "PART", "以": "SCONJ"}
    return answers.get(form, "ADV") if token.pos == "SCONJ" else token.pos


def _tag_latin(tokens: Sequence[Token], i: int) -> str:
    """The UPOS of a word in Latin letters: X in a phrase of several, else that of a name or a noun."""
    form = tokens[i].form
    if len(form) == 1 or any(other.native == "FW" for other in (*tokens[max(i - 1, 0) : i], *tokens[i + 1 : i + 2])):
        return "X"
    return "PROPN" if form[0].isupper() and form not in LISTS["latin_nouns"] else "NOUN"


def _ends_clause(after: Token | None) -> bool:
    return after is None or after.pos == "PUNCT" or after.key in ("吗", "吧", "呢", "的话", "没有")


def _has_verb(tokens: Sequence[Token]) -> bool:
    """Whether a verb stands before the next mark of punctuation."""
    for token in tokens:
        if token.pos == "PUNCT" or token.key == "而":
            return False
        if token.pos in ("VERB", "AUX"):
            return True
    return False
