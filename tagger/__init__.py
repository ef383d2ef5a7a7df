"""Chinese word segmentation and part-of-speech tagging with recurrent nets."""

from . import interrupts as _interrupts  # noqa: F401 (first, so that it holds for the other imports)

# isort: split
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import warn

# Unless this is set before onnxruntime (1.31) is imported, it sends figures of its use to Microsoft and keeps an id in
# the user's cache; ORT_DISABLE_TELEMETRY=0 lets it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from .bulk.arrow import tag_batch, tag_batches
    from .errors import CorpusError, ExportError, InputError, ModelError, TaggerError
    from .tagging.alternatives import Alternative
    from .tagging.classifier import Classifier, Prediction, load_classifier
    from .tagging.confidence import RatedEntity, RatedWord
    from .tagging.dictionary import Dictionary
    from .tagging.entries import Entry
    from .tagging.known import KnownBoundary, KnownWord
    from .tagging.marginals import Marginals
    from .tagging.patterns import Pattern, Patterns
    from .tagging.segmenter import Segmenter
    from .tagging.tagger import Tagger, load
    from .tagging.word_tagger import WordTagger, load_words
    from .text.cleaning import CleanText, clean
    from .text.sentence import Entity, Sentence, Word
    from .text.sentences import sentences

__version__ = "0.2.0.dev0"
__all__ = [
    "Alternative",
    "Classifier",
    "CleanText",
    "CorpusError",
    "Dictionary",
    "Entity",
    "Entry",
    "ExportError",
    "InputError",
    "KnownBoundary",
    "KnownWord",
    "Marginals",
    "ModelError",
    "Pattern",
    "Patterns",
    "Prediction",
    "RatedEntity",
    "RatedWord",
    "Segmenter",
    "Sentence",
    "Tagger",
    "TaggerError",
    "Word",
    "WordTagger",
    "__version__",
    "clean",
    "load",
    "load_classifier",
    "load_words",
    "sentences",
    "tag_batch",
    "tag_batches",
]

_HOMES = {
    "Alternative": "tagging.alternatives",
    "KnownBoundary": "tagging.known",
    "Classifier": "tagging.classifier",
    "CleanText": "text.cleaning",
    "clean": "text.cleaning",
    "Dictionary": "tagging.dictionary",
    "Entity": "text.sentence",
    "Entry": "tagging.entries",
    "RatedEntity": "tagging.confidence",
    "KnownWord": "tagging.known",
    "Pattern": "tagging.patterns",
    "Patterns": "tagging.patterns",
    "Marginals": "tagging.marginals",
    "Prediction": "tagging.classifier",
    "RatedWord": "tagging.confidence",
    "Segmenter": "tagging.segmenter",
    "Sentence": "text.sentence",
    "Tagger": "tagging.tagger",
    "Word": "text.sentence",
    "WordTagger": "tagging.word_tagger",
    "load": "tagging.tagger",
    "load_classifier": "tagging.classifier",
    "load_words": "tagging.word_tagger",
    "sentences": "text.sentences",
    "tag_batch": "bulk.arrow",
    "tag_batches": "bulk.arrow",
}


_RENAMED = {"Boundary": "KnownBoundary", "Given": "KnownWord"}  # until version 0.3


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        warn(f"tagger.{name} is now tagger.{_RENAMED[name]}", DeprecationWarning, stacklevel=2)
        return __getattr__(_RENAMED[name])
    # onnxruntime takes longer to import than everything else here: only who tags pays for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .extras import needed_for

    with needed_for(f"tagger.{name}"):
        return getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
