"""Chinese word segmentation and part-of-speech tagging with recurrent nets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .classifier import Classifier, Prediction, load_classifier
    from .dictionary import Dictionary, Entry
    from .errors import CorpusError, ExportError, InputError, ModelError, TaggerError
    from .given import Boundary, Given
    from .inference import Tagger, load
    from .rating import RatedWord
    from .reading import Alternative, Marginals
    from .text import Sentence, Word
    from .words import WordTagger, load_words

__version__ = "0.1.0"
__all__ = [
    "Alternative",
    "Boundary",
    "Classifier",
    "CorpusError",
    "Dictionary",
    "Entry",
    "ExportError",
    "Given",
    "InputError",
    "Marginals",
    "ModelError",
    "Prediction",
    "RatedWord",
    "Sentence",
    "Tagger",
    "TaggerError",
    "Word",
    "WordTagger",
    "__version__",
    "load",
    "load_classifier",
    "load_words",
]

_HOMES = {
    "Alternative": "reading", "Boundary": "given", "Classifier": "classifier", "Dictionary": "dictionary",
    "Entry": "dictionary", "Given": "given", "Marginals": "reading", "Prediction": "classifier",
    "RatedWord": "rating", "Sentence": "text", "Tagger": "inference", "Word": "text", "load": "inference",
    "load_classifier": "classifier", "load_words": "words", "WordTagger": "words",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    # onnxruntime takes longer to import than everything else here: only who tags pays for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
