"""Corpora as batches."""

from .builders import char_data, classification_data, series_data, tagging_data, word_data
from .char_lm import CharData
from .classification import ClassificationData
from .series import SeriesData
from .tagging import TaggingData
from .words import WordData

__all__ = [
    "CharData",
    "ClassificationData",
    "SeriesData",
    "TaggingData",
    "WordData",
    "char_data",
    "classification_data",
    "series_data",
    "tagging_data",
    "word_data",
]
