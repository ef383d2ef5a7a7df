"""Nets, and the parts that they are made of: an embedding, an encoder, a head."""

from .char_lm import CharLM
from .char_tagger import CharTagger
from .classifier import LabelHead, SequenceClassifier
from .embedding import Embedding, StandardEmbedding
from .encoder import Encoder
from .heads import CRFHead, FactoredHead, SoftmaxHead
from .regressor import SequenceRegressor
from .transformer_tagger import TransformerTagger
from .word_embedding import WordEmbedding, WordVectors
from .word_tagger import GivenWordTagger

TaggerNet = CharTagger | GivenWordTagger | TransformerTagger

__all__ = [
    "CRFHead",
    "CharLM",
    "CharTagger",
    "Embedding",
    "Encoder",
    "FactoredHead",
    "GivenWordTagger",
    "LabelHead",
    "SequenceClassifier",
    "SequenceRegressor",
    "SoftmaxHead",
    "StandardEmbedding",
    "TaggerNet",
    "TransformerTagger",
    "WordEmbedding",
    "WordVectors",
]
