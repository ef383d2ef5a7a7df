"""UD Chinese GSD: affixes are words there (SFN, SFV, SFA after, PFA, PFN before), and adverbs SCONJ."""

from collections.abc import Sequence

from .lists import LISTS
from .tokens import DONE, Token, join
from .tokens import cut as cut_word

_SUFFIXES = {"SFN": "NOUN", "SFV": "VERB", "SFA": "ADJ"}
_PREFIXES = frozenset(("PFA", "PFN"))
_NO_BASE = frozenset(("PART", "SCONJ", "CCONJ", "ADP", "PUNCT", "DET", "ADV", "AUX"))
_APART = {
    "place_apart": ("NOUN", "ADP"),
    "determiner_apart": ("DET", "NOUN"),
    "first_apart": ("ADJ", "NOUN"),
    "negated": ("ADV", "VERB"),
}
_NOMINALS = frozenset(("NOUN", "PROPN", "PRON", "NUM", "DET", "ADJ"))


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
    if not (left.native == right.native == "NNP" and left.pos == right.pos == "PROPN"):
        return False
    if right.key in LISTS["countries"] or right.key in LISTS["places"]:
        return False
    if left.key in LISTS["dynasties"] and right.key[-1] in "帝宗祖王公":
        return True
    longest = 3 if left.key in LISTS["japanese"] else 2
    known = left.key in LISTS["surnames"] or left.key in LISTS["japanese"]
    return known and len(right.form) <= longest


def join_suffixes(tokens: list[Token]) -> list[Token]:
    """A word and the suffixes after it as one word, with the UPOS of the whole."""
    result: list[Token] = []
    for token in tokens:
        base = result[-1] if result else None
        if base is None or token.native not in _SUFFIXES:
            result.append(token)
        elif token.glued and _takes(base, token):
            result[-1] = join((base, token), _whole(base, token))
        else:
            result.append(token.tagged("NOUN"))
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
    if base.pos == "PROPN" and suffix.native == "SFN":
        return "PROPN" if suffix.key in LISTS["generics"] else "NOUN"
    return _SUFFIXES[suffix.native]


def join_prefixes(tokens: list[Token]) -> list[Token]:
    """A prefix and the word after it as one word; an adjective that is no prefix stays apart."""
    result: list[Token] = []
    for token in reversed(tokens):
        if token.native not in _PREFIXES:
            result.append(token)
        elif result and result[-1].glued and _is_prefix(token, result[-1]):
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
        return prefix.key + word.key in LISTS["prefixed"] or len(word.form) == 1
    return True


def join_verbs(tokens: list[Token]) -> list[Token]:
    """A verb of one character and 于, 为 or 至 after it as one word. After other verbs, and 在 after any, they stay."""
    result: list[Token] = []
    for token in tokens:
        base = result[-1] if result else None
        is_verb = base is not None and base.pos == "VERB" and base.native in ("VV", "VC")
        if base and is_verb and token.glued and len(base.form) == 1 and _ends_verb(base, token):
            result[-1] = join((base, token), "VERB")._replace(native=DONE)
        elif base and is_verb and token.pos == "VERB" and token.key in ("在", "给", "至"):
            result.append(token.tagged("ADP"))
        else:
            result.append(token)
    return result


def _ends_verb(base: Token, token: Token) -> bool:
    return token.key in ("于", "为", "至") and base.key not in LISTS["no_base"] and token.pos in ("VERB", "ADP", "AUX")


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
    if (token.native == "DT" and first in "每各某此该本这那" and second != "些") or (token.native, first) == (
        "NN",
        "该",
    ):
        return "DET", "NOUN"
    if (token.native == "JJ" and first in "最很更较太越愈极") or (
        token.native == "RB" and token.key in ("很难", "很少", "很快")
    ):
        return "ADV", "ADJ"
    return None


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
    if form == "于" and token.pos == "VERB":
        return "ADP"
    if form == "在" and token.pos == "VERB":
        return "ADP" if _opens_clause(tokens, i) or _has_verb(tokens[i + 1 :]) else "VERB"
    if form in ("这", "那", "此") and token.pos == "DET" and after and after.pos not in _NOMINALS:
        return "PRON"
    if form == "被":
        return "ADP" if after and after.pos in _NOMINALS else "AUX"
    if form in ("没有", "没") and token.pos == "VERB" and after and after.pos == "VERB":
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


def _opens_clause(tokens: Sequence[Token], i: int) -> bool:
    return i == 0 or tokens[i - 1].pos == "PUNCT"


def _has_verb(tokens: Sequence[Token]) -> bool:
    """Whether a verb stands before the next mark of punctuation."""
    for token in tokens:
        if token.pos == "PUNCT" or token.key == "而":
            return False
        if token.pos in ("VERB", "AUX"):
            return True
    return False
