"""Data modules from the flat options of a `conf/data` node: those of the corpus and those of its batches."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...corpus.corpora import Corpus
from ...corpus.labelled import LabelledCorpus
from ...corpus.options import split_options, split_parts
from ...corpus.series import SeriesCorpus
from ...corpus.texts import TextCorpus
from ...errors import CorpusError
from .char_lm import CharData
from .classification import ClassificationData
from .series import SeriesData
from .tagging import TaggingData
from .words import WordData

Data = TypeVar("Data")


def tagging_data(**options: Any) -> TaggingData:
    """Batches of a corpus of words, or of those of several standards. Raises CorpusError for an option of neither the
    corpus nor TaggingData."""
    corpus, batching = split_parts(options)
    return _build(TaggingData, corpus, batching)


def word_data(**options: Any) -> WordData:
    """Batches of a corpus of given words. Raises CorpusError for an option of neither the corpus nor WordData."""
    corpus, batching = split_options(Corpus, options)
    return _build(WordData, corpus, batching)


def classification_data(**options: Any) -> ClassificationData:
    """Batches of labelled texts. Raises CorpusError for an option of neither the corpus nor ClassificationData."""
    corpus, batching = split_options(LabelledCorpus, options)
    return _build(ClassificationData, corpus, batching)


def char_data(**options: Any) -> CharData:
    """Batches of raw text. Raises CorpusError for an option of neither the corpus nor CharData."""
    corpus, batching = split_options(TextCorpus, options)
    return _build(CharData, corpus, batching)


def series_data(**options: Any) -> SeriesData:
    """Windows of a series. Raises CorpusError for an option of neither the corpus nor SeriesData."""
    corpus, batching = split_options(SeriesCorpus, options)
    return _build(SeriesData, corpus, batching)


def _build(module: Callable[..., Data], corpus: object, batching: Mapping[str, Any]) -> Data:
    names = [name for name in inspect.signature(module).parameters if name != "corpus"]
    if unknown := sorted(set(batching) - set(names)):
        raise CorpusError(
            f"expected options of the corpus, or {', '.join(names)}, got data.{', data.'.join(unknown)}, "
            "which this data does not have; leave it out"
        )
    return module(corpus, **batching)
