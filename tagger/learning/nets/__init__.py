"""Nets, and the parts that they are made of."""

from .char_lm import CharLM
from .classifier import SequenceClassifier
from .tagger import BiLSTM
from .word_tagger import WordBiLSTM

__all__ = [
    "BiLSTM",
    "CharLM",
    "SequenceClassifier",
    "WordBiLSTM",
]
