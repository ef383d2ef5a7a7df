"""Checkpoints to model files."""

from . import classifier, tagger  # registers what they export
from .build import add_scores, build, describe, verify
from .publish import export, export_rounded
from .quantize import quantize

__all__ = ["add_scores", "build", "classifier", "describe", "export", "export_rounded", "quantize", "tagger", "verify"]
