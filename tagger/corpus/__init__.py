"""Corpora: read and written, one sentence at a time, in the formats that treebanks and bakeoffs use."""

from .corpora import Corpus
from .formats import (
    Format,
    Located,
    format_partial,
    format_sentence,
    read,
    read_located,
    read_partial,
    read_texts,
    register,
    write,
    write_partial,
)
from .labelled import LabelledCorpus
from .reading import ReadOptions
from .several import Corpora
from .texts import TextCorpus

__all__ = [
    "Corpora",
    "Corpus",
    "Format",
    "LabelledCorpus",
    "Located",
    "ReadOptions",
    "TextCorpus",
    "format_partial",
    "format_sentence",
    "read",
    "read_located",
    "read_partial",
    "read_texts",
    "register",
    "write",
    "write_partial",
]
