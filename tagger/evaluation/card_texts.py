"""What a model card says in words: what the model is for, what it learnt from, and under which licence.

Of a model of the package it says what is known of that; of any other one only what its file says."""

from collections.abc import Sequence

from ..modelfile.metadata import TaggerMetadata
from .origins import RECIPES, UNKNOWN, began_from, is_of_package, licence_of, runs_of


def purpose(metadata: TaggerMetadata) -> str:
    """What the model is for, and what not."""
    finds_entities = metadata.scheme.name == "BIOES"
    if is_of_package(metadata):
        text = _ENTITY_PURPOSE if finds_entities else _word_purpose(metadata.standards)
    else:
        text = _own_entity_purpose(metadata.scheme.pos) if finds_entities else _own_word_purpose(metadata)
    return f"## What it is for\n\n{text}"


def _word_purpose(standards: Sequence[str]) -> str:
    words = "the words of the corpus it learnt from"
    if standards:
        words = f"{_words_of(standards)} (docs/standards.md)"
    return f"""\
Modern written Chinese in simplified or traditional characters (read as simplified ones, one to one), split into
{words} and tagged with their parts of speech: search, counting, features for other programs,
a first pass for annotators. Other conventions of what a word is (PKU, MSR, CTB) are other tasks: train on a corpus that
follows them. It is not made for classical Chinese, and nobody should decide about people on the strength of its tags
alone."""


def _words_of(standards: Sequence[str]) -> str:
    others = "".join(f" or, if asked for, `{standard}`" for standard in standards[1:])
    return f"the words of the standard `{standards[0]}`{others}"


_ENTITY_PURPOSE = """\
Persons, places and organisations in modern written Chinese, in simplified or traditional characters (read as simplified
ones, one to one), without gold words: search, counting, a first pass for annotators. Names of works, products, times
and amounts are not among its types. It knows the conventions of its corpus; others are other tasks. It was not made for
classical Chinese, it misses and mistakes names, rare ones most of all, and nobody should decide about people on the
strength of its answers alone. A text from which it took the names may still hold personal data."""


def _own_word_purpose(metadata: TaggerMetadata) -> str:
    words = _words_of(metadata.standards) if metadata.standards else "words as that corpus has them"
    tagged = " and tagged with their parts of speech" if metadata.scheme.pos else ""
    return f"""\
Text like that of the corpus it learnt from, split into {words}{tagged}. Other texts, and other
conventions of what a word is, are other tasks: measure it on a sample of them first. Nobody should decide about people
on the strength of its answers alone."""


def _own_entity_purpose(types: Sequence[str]) -> str:
    return f"""\
Entities of its types ({", ".join(types)}) in text like that of the corpus it learnt from, as that corpus has them.
Other texts and conventions are other tasks: measure it on a sample of them first. It misses and mistakes some, and
nobody should decide about people on the strength of its answers alone. A text from which it took the names may still
hold personal data."""


_RAW_ZH = """\
Vectors, language model, lexicon and teachers' labels come from raw text: `raw-zh`, under each
source's own licence."""


def data(measured: str, metadata: TaggerMetadata) -> str:
    """What the model learnt from, and what that means for who shares it; `measured` is the corpus of the figures."""
    corpus, licence = metadata.training.corpus or measured, licence_of(metadata.training)
    if is_of_package(metadata):
        first = began_from(metadata)
        begun = f"\n(begun from `{first.name}`, learnt from {first.corpus})" if first else ""
        text = f"""\
Corpus: {corpus}{begun}, {licence}; a model learnt from it is shared under the same terms, with attribution to the
treebank's authors. {_RAW_ZH}"""
    else:
        text = _own_data(corpus, licence, metadata)
    return f"## Data and licence\n\n{text}"


def _own_data(corpus: str, licence: str, metadata: TaggerMetadata) -> str:
    lines = [f"Corpus: {corpus}."]
    if first := began_from(metadata):
        lines.append(f"The net began from `{first.name or UNKNOWN}`, learnt from {first.corpus or UNKNOWN}.")
    lines.append(f"Licence of what it learnt from: {licence}.")
    if UNKNOWN in licence.split(" + "):
        lines.append("`unknown` is that of a corpus whose licence training was not told (`data.licence=NAME`).")
    if any(run.name in RECIPES for run in runs_of(metadata.training)):
        lines.append(
            "A model that began from one of the package is a changed version of it: it is shared under the same terms,"
            "\nwith attribution to the authors of its treebanks. The package's models also hold what was learnt from"
            "\nraw text: `raw-zh`, under each source's own licence."
        )
    return "\n".join(lines)
