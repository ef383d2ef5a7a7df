"""Tags of jieba, Peking University and the Chinese Treebank as the universal ones (UPOS) of a model.

A model whose tags are not UPOS takes the tags of users as they are. Tags that say too little of a word's UPOS have none
here: the model chooses, as for `vn` (a noun or a verb), `f` and LC (NOUN or ADP) and the marks of aspect (AUX or PART).
"""

from collections.abc import Iterable, Sequence

from .dictionary_lines import UPOS

UPOS_OF = {
    tag: upos
    for upos, tags in {
        "ADJ": "a ag al JJ",
        "ADP": "p pba pbei BA P",
        "ADV": "ad d dd df dg dl AD",
        "CCONJ": "c cc CC",
        "DET": "DT",
        "INTJ": "e IJ",
        "NOUN": "n nb ng nl nm nn q qg qt qv s t tg M NN NT",
        "NUM": "m CD OD",
        "PART": "u ud ude1 ude2 ude3 uj uv y DEC DEG DER DEV ETC MSP SP",
        "PRON": "r rg rr ry rys ryt ryv PN",
        "PROPN": "nr nr1 nr2 nrf nrfg nrj nrt ns nsf nt ntc ntcb ntcf ntch nth nto nts ntu nw nz NR",
        "PUNCT": "PU",
        "SCONJ": "CS",
        "VERB": "v vf vg vi vl VV",
    }.items()
    for tag in tags.split()
}


def read_tag(tag: str, pos: Sequence[str]) -> str | None:
    """The tag among `pos`, those of a model, that a user's tag stands for; None if there is none."""
    if tag in pos:
        return tag
    upos = UPOS_OF.get(tag)
    return upos if upos in pos and UPOS.issuperset(pos) else None


def describe_read(tags: Iterable[str], pos: Sequence[str]) -> list[str]:
    """Each tag that is read as another one, with that one (`nr PROPN`), in order."""
    read = {tag: read_tag(tag, pos) for tag in tags}
    return [f"{tag} {upos}" for tag, upos in sorted(read.items()) if upos not in (None, tag)]


def find_unknown(tags: Iterable[str], pos: Sequence[str]) -> tuple[str, ...]:
    """The tags that stand for none of a model's, in order; without any `pos` tags are of no concern."""
    return tuple(sorted({tag for tag in tags if pos and read_tag(tag, pos) is None}))
