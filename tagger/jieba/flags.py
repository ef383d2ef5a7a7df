"""The flags that jieba gives to words, from UPOS."""

# Universal POS tags (https://universaldependencies.org/u/pos) and the flag that most of their words have in jieba.
FLAGS = {
    "ADJ": "a",
    "ADP": "p",
    "ADV": "d",
    "AUX": "v",
    "CCONJ": "c",
    "DET": "r",
    "INTJ": "e",
    "NOUN": "n",
    "NUM": "m",
    "PART": "u",
    "PRON": "r",
    "PROPN": "nz",
    "PUNCT": "x",
    "SCONJ": "c",
    "SYM": "x",
    "VERB": "v",
    "X": "x",
}
# Words that have a flag of their own in jieba, if they are particles or auxiliaries.
PARTICLES = {"的": "uj", "地": "uv", "得": "ud", "了": "ul", "着": "uz", "过": "ug"} | dict.fromkeys(
    "吗呢吧啊呀嘛啦", "y"
)


def flag(form: str, pos: str | None) -> str:
    """The flag of a word with this POS. A POS that is not in UPOS is its own flag; a word without one is `x`."""
    if pos is None:
        return "x"
    if pos in ("PART", "AUX") and form in PARTICLES:
        return PARTICLES[form]
    if pos in FLAGS and form.isascii() and form.isalnum() and not form.isdigit():
        return "eng"
    return FLAGS.get(pos, pos)
