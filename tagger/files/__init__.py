"""Files: published whole or not at all, read as compressed lines, fetched once."""

from .download import Archive, Source

__all__ = [
    "Archive",
    "Source",
]
