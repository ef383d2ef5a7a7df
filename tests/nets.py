"""Nets from one flat list of settings, named as in the architecture that a model file holds."""

from collections.abc import Sequence
from typing import Any

from tagger.learning.nets import (
    CharLM,
    CharTagger,
    Embedding,
    Encoder,
    GivenWordTagger,
    LabelHead,
    SequenceClassifier,
    WordEmbedding,
    WordVectors,
)
from tagger.learning.nets.parts import check_restorable, head_of, with_settings
from tagger.text.alphabet import Alphabet
from tagger.text.scheme import Scheme
from tagger.text.vocabulary import Vocabulary


def char_tagger(
    alphabet: Alphabet,
    scheme: Scheme,
    standards: Sequence[str] = (),
    entity_scheme: Scheme | None = None,
    **settings: Any,
) -> CharTagger:
    settings = {"head": "crf", "entity_head": "crf", "embedding_dropout": 0.0, **settings}
    check_restorable(settings, ("head", "entity_head", "embedding_dropout"), Embedding, Encoder)
    return CharTagger.build(
        alphabet,
        scheme,
        standards,
        entity_scheme,
        embedding=with_settings(Embedding, settings),
        encoder=with_settings(Encoder, settings),
        head=head_of(settings),
        entity_head=head_of({"head": settings["entity_head"]}),
        embedding_dropout=float(settings["embedding_dropout"]),
    )


def given_word_tagger(vocabulary: Vocabulary, scheme: Scheme, **settings: Any) -> GivenWordTagger:
    settings = {"head": "crf", "embedding_dropout": 0.0, **settings}
    check_restorable(settings, ("head", "embedding_dropout"), WordEmbedding, Encoder)
    return GivenWordTagger.build(
        vocabulary,
        scheme,
        embedding=with_settings(WordEmbedding, settings),
        encoder=with_settings(Encoder, settings),
        head=head_of(settings),
        embedding_dropout=float(settings["embedding_dropout"]),
    )


def sequence_classifier(alphabet: Alphabet, labels: Sequence[str], **settings: Any) -> SequenceClassifier:
    settings = {"pooling": "max", "embedding_dropout": 0.0, "hidden_sizes": [128], **settings}
    check_restorable(settings, ("pooling", "embedding_dropout"), Embedding, Encoder, LabelHead)
    return SequenceClassifier.build(
        alphabet,
        labels,
        embedding=with_settings(Embedding, settings),
        encoder=with_settings(Encoder, settings),
        head=with_settings(LabelHead, settings),
        pooling=settings["pooling"],
        embedding_dropout=float(settings["embedding_dropout"]),
    )


def word_classifier(vocabulary: Vocabulary, labels: Sequence[str], **settings: Any) -> SequenceClassifier:
    settings = {"pooling": "last", "hidden_sizes": [5], "word_size": 4, **settings}
    check_restorable(settings, ("pooling",), WordVectors, Encoder, LabelHead)
    return SequenceClassifier.build(
        vocabulary,
        labels,
        embedding=with_settings(WordVectors, settings),
        encoder=with_settings(Encoder, settings),
        head=with_settings(LabelHead, settings),
        pooling=settings["pooling"],
    )


def char_lm(alphabet: Alphabet, **settings: Any) -> CharLM:
    settings = {"bidirectional": False, "hidden_sizes": [256], **settings}
    check_restorable(settings, (), Embedding, Encoder)
    embedding: Any = with_settings(Embedding, settings)
    return CharLM.build(alphabet, embedding=embedding, encoder=with_settings(Encoder, settings))
