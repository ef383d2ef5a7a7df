"""Chinese word segmentation and part-of-speech tagging with recurrent nets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dictionary import Dictionary, Entry
    from .errors import CorpusError, ExportError, InputError, ModelError, TaggerError
    from .given import Boundary, Given
    from .inference import Tagger, load
    from .text import Sentence, Word

__version__ = "0.1.0"
__all__ = [
    "Boundary",
    "CorpusError",
    "Dictionary",
    "Entry",
    "ExportError",
    "Given",
    "InputError",
    "ModelError",
    "Sentence",
    "Tagger",
    "TaggerError",
    "Word",
    "__version__",
    "load",
]

_HOMES = {
    "Tagger": "inference", "load": "inference", "Sentence": "text", "Word": "text", "Dictionary": "dictionary",
    "Entry": "dictionary", "Given": "given", "Boundary": "given",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    # onnxruntime takes longer to import than everything else here: only who tags pays for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
