"""What Lightning trains: a net, its loss, its score on dev."""

from .char_lm import NextCharSystem
from .classification import ClassificationSystem
from .schedule import constant, cosine, linear
from .tagging import TaggingSystem

__all__ = [
    "ClassificationSystem",
    "NextCharSystem",
    "TaggingSystem",
    "constant",
    "cosine",
    "linear",
]
