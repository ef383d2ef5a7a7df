"""Corpora as batches."""

from .char_lm import CharData, sample_text
from .classification import ClassificationData
from .tagging import TaggingData, sample_data
from .words import WordData

__all__ = [
    "CharData",
    "ClassificationData",
    "TaggingData",
    "WordData",
    "sample_data",
    "sample_text",
]
