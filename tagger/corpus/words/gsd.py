"""UD Chinese GSD: affixes are words there (SFN, SFV, SFA after, PFA, PFN before), and adverbs SCONJ."""

from .lists import LISTS
from .tokens import DONE, Token, join
from .tokens import cut as cut_word
from .verbs import join_potentials

_SUFFIXES = {"SFN": "NOUN", "SFV": "VERB", "SFA": "ADJ"}
_PREFIXES = frozenset(("PFA", "PFN"))
_NO_BASE = frozenset(("PART", "SCONJ", "CCONJ", "ADP", "PUNCT", "DET", "ADV", "AUX"))
_APART = {
    "place_apart": ("NOUN", "ADP"),
    "determiner_apart": ("DET", "NOUN"),
    "first_apart": ("ADJ", "NOUN"),
    "negated": ("ADV", "VERB"),
}


def join_names(tokens: list[Token]) -> list[Token]:
    """A surname and the given name after it as one word; titles stay apart."""
    result: list[Token] = []
    for token in tokens:
        if result and token.glued and _is_name(result[-1], token):
            result[-1] = join((result[-1], token), "PROPN")._replace(native=DONE)
        else:
            result.append(token)
    return result


def _is_name(left: Token, right: Token) -> bool:
    is_title = right.native in ("NNP", "NN") and right.key in LISTS["temple_names"]
    if left.native == "NNP" and left.key in LISTS["dynasties"] and is_title:
        return True
    if not (left.native == right.native == "NNP" and left.pos == right.pos == "PROPN"):
        return False
    if right.key in LISTS["countries"] or right.key in LISTS["places"]:
        return False
    longest = 3 if left.key in LISTS["japanese"] else 2
    known = left.key in LISTS["surnames"] or left.key in LISTS["japanese"]
    return known and len(right.form) <= longest


def join_suffixes(tokens: list[Token]) -> list[Token]:
    """A word and the suffixes after it as one word, with the UPOS of the whole."""
    result: list[Token] = []
    for token in tokens:
        base = result[-1] if result else None
        if token.key == "主义" and base and len(base.form) > 1 and base.pos in ("NOUN", "ADJ", "PROPN"):
            token = token._replace(native="SFN")
        if base is None or token.native not in _SUFFIXES:
            result.append(token)
        elif token.glued and _takes(base, token):
            result[-1] = join((base, token), _whole(base, token))
        else:
            result.append(token.tagged("PART" if token.key == "者" else "NOUN"))
    return result


def _takes(base: Token, suffix: Token) -> bool:
    if base.pos == "NUM":
        return suffix.key not in LISTS["units"] and base.native != DONE
    if base.native in _PREFIXES:
        return True
    if base.native == "NNB" and suffix.key in "处花晚秋":
        return False
    return base.pos not in _NO_BASE or base.native in _SUFFIXES


def _whole(base: Token, suffix: Token) -> str:
    if base.pos == "PROPN" and suffix.native == "SFN" and suffix.key != "主义":
        return "PROPN" if suffix.key in LISTS["generics"] else "NOUN"
    return _SUFFIXES[suffix.native]


def join_prefixes(tokens: list[Token]) -> list[Token]:
    """A prefix and the word after it as one word; an adjective that is no prefix stays apart."""
    result: list[Token] = []
    for i in reversed(range(len(tokens))):
        token = tokens[i]
        counted = token.key == "大" and i > 0 and tokens[i - 1].pos in ("NUM", "ADJ")
        if token.native not in _PREFIXES:
            result.append(token)
        elif result and result[-1].glued and not counted and _is_prefix(token, result[-1]):
            word = result.pop()
            pos = "NOUN" if word.pos in ("VERB", "PART") else word.pos
            result.append(join((token, word), pos)._replace(native=word.native))
        else:
            result.append(token.tagged("ADJ"))
    return result[::-1]


def _is_prefix(prefix: Token, word: Token) -> bool:
    if word.pos == "PUNCT":
        return False
    if prefix.key + word.key in LISTS["apart"]:
        return False
    if prefix.key in LISTS["adjectives"]:
        return prefix.key + word.key in LISTS["prefixed"] or (len(word.form) == 1 and word.pos != "PROPN")
    return True


def join_verbs(tokens: list[Token]) -> list[Token]:
    """A verb of one character and 于, 为, 自 or 至 after it, an adjective of one and 于, and a verb with its possible
    result (看 不 到) as one word. 在 after a verb stays."""
    result: list[Token] = []
    for token in join_potentials(tokens):
        base = result[-1] if result else None
        if base and token.glued and _ends_verb(base, token):
            result[-1] = join((base, token), "VERB")._replace(native=DONE)
        elif base and base.pos == "VERB" and token.pos == "VERB" and token.key in ("在", "给", "至"):
            result.append(token.tagged("ADP"))
        else:
            result.append(token)
    return result


def _ends_verb(base: Token, token: Token) -> bool:
    if len(base.form) != 1 or base.key in LISTS["no_base"] or token.pos not in ("VERB", "ADP", "AUX"):
        return False
    return (
        token.key in ("于", "为", "自", "至") if base.native in ("VV", "VC") else (base.pos, token.key) == ("ADJ", "于")
    )


def cut(tokens: list[Token]) -> list[Token]:
    """The words that are two in `words`: an adverb and 是, 不 and a modal, a determiner and a classifier, 最 and an
    adjective, a noun and a localizer."""
    return [part for token in tokens for part in _parts(token)]


def _parts(token: Token) -> list[Token]:
    if len(token.key) == 2 and token.native != DONE and token.key not in LISTS["whole"]:
        tags = next((tags for name, tags in _APART.items() if token.key in LISTS[name]), None) or _tags_of_parts(token)
        if tags:
            return cut_word(token, (1, 1), tags)
    return [token]


def _tags_of_parts(token: Token) -> tuple[str, str] | None:
    """The UPOS of the two characters of a word, if they are words of their own."""
    first, second = token.key[0], token.key[1]
    if second in "是为" and first in LISTS["before_copula"]:
        before = "CCONJ" if first in "而且" else "ADV"
        return before, "AUX" if token.pos == "AUX" else "VERB"
    if token.native == "MD" and first in "不未没只":
        return "ADV", "AUX"
    if token.native == "DT" and first in "每各某此该本这那" and second != "些":
        return "DET", "NOUN"
    if token.native == "NN" and first == "该":
        return "DET", "NOUN"
    degree = token.native == "JJ" and first in "最很更较太越愈极颇甚"
    return ("ADV", "ADJ") if degree or token.key in ("很难", "很少", "很快") else None
