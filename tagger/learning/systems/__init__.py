"""What Lightning trains: a net, its loss, its score on dev."""

from .char_lm import CharLMSystem
from .classification import ClassificationSystem
from .regression import RegressionSystem
from .schedule import constant, cosine, linear, rising
from .tagging import TaggingSystem
from .training import Training

__all__ = [
    "CharLMSystem",
    "ClassificationSystem",
    "RegressionSystem",
    "TaggingSystem",
    "Training",
    "constant",
    "cosine",
    "linear",
    "rising",
]
