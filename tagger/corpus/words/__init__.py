"""The standard `words`, words as readers know them (docs/words.md): treebanks of other conventions converted to it."""

from .convert import SOURCES, convert

__all__ = ["SOURCES", "convert"]
