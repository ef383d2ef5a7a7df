"""What a checkpoint says about its net beside the weights: `checkpoint["tagger"]`, as typed values.

Each class writes its values with `to_dict` and reads them with `from_dict`; nothing else knows the keys. What stands
here is plain data: reading it runs no code. Files of format 2 written by earlier versions are read as well.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from ..errors import ModelError
from ..text.alphabet import Alphabet
from ..text.presegment import NO_PRESEGMENTATION, Presegmenter
from ..text.reading import Padding
from ..text.scheme import Scheme

CHECKPOINT_FORMAT = 2


class Stored(Protocol):
    """What the checkpoint of one kind of net says: a task of your own brings its own class."""

    kind: ClassVar[str]

    @property
    def alphabet(self) -> Alphabet: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self: ...


@dataclass(frozen=True)
class StoredTagger:
    """Of a tagger: the settings of its net, its alphabet and scheme, the runs that it keeps together, and `metadata`,
    which training wrote. A tagger of given words (`unit` word) has `words` with a vector of their own. One that finds
    entities beside words has an `entity_scheme`."""

    kind: ClassVar[str] = "tagger"
    alphabet: Alphabet
    scheme: Scheme
    architecture: Mapping[str, Any]
    presegmenter: Presegmenter = NO_PRESEGMENTATION
    metadata: Mapping[str, Any] = field(default_factory=dict)
    unit: str = "character"
    words: tuple[str, ...] = ()
    entity_scheme: Scheme | None = None

    def to_dict(self) -> dict[str, Any]:
        entities = {"entity_scheme": self.entity_scheme.to_dict()} if self.entity_scheme else {}
        return entities | {
            "architecture": dict(self.architecture),
            "scheme": self.scheme.to_dict(),
            "runs": list(self.presegmenter.kinds),
            "unit": self.unit,
            "words": list(self.words),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        return cls(
            alphabet,
            Scheme.from_dict(stored["scheme"]),
            stored["architecture"],
            Presegmenter(tuple(stored.get("runs", ()))),
            metadata,
            stored.get("unit", "character"),
            tuple(stored.get("words", ())),
            Scheme.from_dict(stored["entity_scheme"]) if "entity_scheme" in stored else None,
        )


@dataclass(frozen=True)
class StoredClassifier:
    """Of a classifier: the settings of its net, its labels, and how many characters of a text it reads; of a classifier
    of `words` how many words, and where it pads."""

    kind: ClassVar[str] = "classifier"
    alphabet: Alphabet
    labels: tuple[str, ...]
    architecture: Mapping[str, Any]
    max_chars: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    padding: Padding = "none"
    words: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        values = {"architecture": dict(self.architecture), "labels": list(self.labels), "max_chars": self.max_chars}
        return values if self.words is None else values | {"padding": self.padding, "words": list(self.words)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        labels, words = tuple(stored["labels"]), stored.get("words")
        return cls(
            alphabet,
            labels,
            stored["architecture"],
            stored["max_chars"],
            metadata,
            stored.get("padding", "none"),
            None if words is None else tuple(words),
        )


@dataclass(frozen=True)
class StoredCharLM:
    """Of a character model: the settings of its net, what each id looks like in text (`forms`), and how many
    characters a window of its training had (`context`)."""

    kind: ClassVar[str] = "character model"
    alphabet: Alphabet
    architecture: Mapping[str, Any]
    forms: Mapping[int, str]
    context: int
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"architecture": dict(self.architecture), "forms": dict(self.forms), "context": self.context}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        return cls(alphabet, stored["architecture"], dict(stored["forms"]), stored["context"], metadata)


@dataclass(frozen=True)
class StoredLanguageModel:
    """Of the bidirectional language model of pretraining, whose checkpoints are only ever resumed."""

    kind: ClassVar[str] = "language model"
    alphabet: Alphabet
    hidden_size: int
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"hidden_size": self.hidden_size}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        return cls(alphabet, stored["hidden_size"], metadata)


@dataclass(frozen=True)
class StoredRegressor:
    """Of a net that foretells a number of a series: the settings of its net, and the mean and deviation of each column
    of the series, of which one is the target. It has no alphabet."""

    kind: ClassVar[str] = "regressor"
    architecture: Mapping[str, Any]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    target: int
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alphabet(self) -> Alphabet:
        return Alphabet((), ())

    def to_dict(self) -> dict[str, Any]:
        scale = {"means": list(self.means), "deviations": list(self.deviations), "target": self.target}
        return {"architecture": dict(self.architecture), **scale}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        means, deviations = tuple(stored["means"]), tuple(stored["deviations"])
        return cls(stored["architecture"], means, deviations, stored["target"], metadata)


KINDS: tuple[type[Stored], ...] = (StoredTagger, StoredClassifier, StoredCharLM, StoredLanguageModel, StoredRegressor)


def write(stored: Stored) -> dict[str, Any]:
    """The value of `checkpoint["tagger"]`: lists, mappings, numbers and texts."""
    alphabet = stored.alphabet
    return {
        "format": CHECKPOINT_FORMAT,
        "kind": stored.kind,
        "alphabet": {
            "chars": list(alphabet.chars),
            "bigrams": [list(pair) for pair in alphabet.bigrams],
            "words": [[list(ids), kind] for ids, kind in alphabet.words],
        },
        **stored.to_dict(),
        "metadata": dict(stored.metadata),
    }


def read(checkpoint: dict[str, Any], *further_kinds: type[Stored]) -> Stored:
    """What a checkpoint says about its net. Weights that an earlier version named otherwise get their present names.

    Raises ModelError for what is no checkpoint of `tagger.train`, and for another format.
    """
    content = checkpoint.get("tagger")
    got = content.get("format") if isinstance(content, dict) else None
    if not isinstance(content, dict) or got != CHECKPOINT_FORMAT:
        raise ModelError(
            f"expected a checkpoint of tagger.train in format {CHECKPOINT_FORMAT}, got format {got}; "
            "train again with this version"
        )
    kind, kinds = content.get("kind", StoredTagger.kind), {cls.kind: cls for cls in (*KINDS, *further_kinds)}
    if kind not in kinds:
        raise ModelError(f"expected a checkpoint of {', '.join(kinds)}, got one of {kind!r}; train again")
    try:
        chars, bigrams = (tuple(content["alphabet"][name]) for name in ("chars", "bigrams"))
        words = tuple((tuple(ids), word_kind) for ids, word_kind in content["alphabet"].get("words", ()))
        alphabet = Alphabet(chars, tuple((a, b) for a, b in bigrams), words)
        stored = kinds[kind].from_dict(content, alphabet, content["metadata"])
        if isinstance(stored, StoredClassifier):
            checkpoint["state_dict"] = {_move_to_head(name): w for name, w in checkpoint["state_dict"].items()}
        return stored
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"expected what tagger.train writes about a {kind}, got a checkpoint that lacks it ({error!r}); train again"
        ) from error


def _move_to_head(name: str) -> str:
    """The name of a classifier's weight: version 0.1 had those of the head among the net's own."""
    return name.replace("net.", "net.head.", 1) if name.startswith(("net.dense.", "net.linear.")) else name


def check_same(stored: Stored, ours: Stored) -> None:
    """Raises ModelError when a checkpoint is not of the run that would be resumed from it.

    Settings that the version which wrote the checkpoint did not have yet are not compared.
    """
    pairs: dict[str, tuple[object, object]] = {"kind": (stored.kind, ours.kind)}
    if type(stored) is type(ours):
        got, wanted = stored.to_dict(), ours.to_dict()
        if "architecture" in got:
            wanted["architecture"] = {
                name: value for name, value in wanted["architecture"].items() if name in got["architecture"]
            }
        pairs |= {name: (got.get(name), wanted.get(name)) for name in got | wanted}
    pairs["number of characters"] = (len(stored.alphabet.chars), len(ours.alphabet.chars))
    pairs["lexicon"] = (_summarize_words(stored.alphabet), _summarize_words(ours.alphabet))
    for name, (theirs, own) in pairs.items():
        if theirs != own:
            raise ModelError(
                f"expected a checkpoint of this run's {name}, {str(own)[:300]}, got one of {str(theirs)[:300]}; "
                "resume with the configuration that the run was started with"
            )


def _summarize_words(alphabet: Alphabet) -> str:
    words = [[list(ids), kind] for ids, kind in alphabet.words]
    return f"{len(words)} words ({zlib.crc32(repr(words).encode()):08x})"
