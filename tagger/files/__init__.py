"""Files that are written as a whole or not at all, read line by line and decompressed, or downloaded once."""

from .download import Archive, Source

__all__ = [
    "Archive",
    "Source",
]
