"""What raw text teaches before training."""

from .contexts import pretrain as pretrain_words
from .language_model import pretrain as pretrain_language_model
from .skipgram import pretrain as pretrain_vectors

__all__ = ["pretrain_language_model", "pretrain_vectors", "pretrain_words"]
