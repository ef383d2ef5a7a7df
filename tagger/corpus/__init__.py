"""Corpora: read and written, one sentence at a time, in the formats that treebanks and bakeoffs use."""

from .formats import format_sentence, read, write

__all__ = ["format_sentence", "read", "write"]
