"""The models on offer, by name; a file read again takes its predecessor's place only once it answers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tagger.errors import ModelError
from tagger.modelfile.classifier import ClassifierModel
from tagger.modelfile.session import open_file
from tagger.modelfile.tagger import Model
from tagger.tagging.classifier import Classifier
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.tagger import Tagger

# Answered before a model serves: Han, Latin, digits, an emoji and a lone space, alone and in a batch.
PROBES = ("我喜欢北京。", "iPhone 15 卖 5999 元 😀", " ", "好" * 100)


@dataclass(frozen=True, eq=False)
class ServedModel:
    """One model file as it was when it was read; compared by identity, so a reload is another model."""

    name: str
    path: Path
    version: str
    answerer: Tagger | Classifier
    variants: Mapping[str, "ServedModel"] = field(default_factory=dict)  # the same tagger after each of its standards

    @classmethod
    def open(cls, name: str, path: Path) -> Self:
        """Read, check and warm up a model file. Raises ModelError when it cannot serve."""
        version = digest(path)
        file = open_file(path)
        answerer: Tagger | Classifier
        if file.kind == "classifier":
            answerer = Classifier(ClassifierModel.of(file, path))
        else:
            answerer = Tagger(Model.of(file, path))
        try:
            fault = _fault(answerer)
        except Exception as error:
            raise ModelError(
                f"{path}: expected a model that answers, it fails with {error!r}; export it again"
            ) from error
        if fault:
            raise ModelError(f"{path}: expected {fault}; export it again")
        if digest(path) != version:
            raise ModelError(f"{path}: the file changed while it was read; move a complete file into place")
        if not isinstance(answerer, Tagger):
            return cls(name, path, version, answerer)
        variants = {each: cls(name, path, version, answerer.using(each)) for each in answerer.model.standards}
        return cls(name, path, version, answerer, variants)

    @property
    def kind(self) -> str:
        """`tagger` or `classifier`."""
        return "classifier" if isinstance(self.answerer, Classifier) else "tagger"

    @property
    def tagger(self) -> Tagger:
        """Raises ModelError when it is none."""
        if not isinstance(self.answerer, Tagger):
            raise ModelError(f"{self.path}: expected a tagger, got a {self.kind}; choose another model file")
        return self.answerer

    @property
    def classifier(self) -> Classifier:
        """Raises ModelError when it is none."""
        if not isinstance(self.answerer, Classifier):
            raise ModelError(f"{self.path}: expected a classifier, got a {self.kind}; choose another model file")
        return self.answerer

    @property
    def licence(self) -> str | None:
        """Of the corpus that the model learnt from."""
        found = self._training.get("licence")
        return None if found is None else str(found)

    @property
    def label(self) -> dict[str, str | None]:
        """What every answer says about the model that gave it."""
        return {"name": self.name, "version": self.version, "licence": self.licence}

    @property
    def description(self) -> dict[str, Any]:
        """What `/v1/models` says about it."""
        metadata = self.answerer.model.metadata
        return self.label | {
            "kind": self.kind,
            "language": metadata.get("language"),
            "corpus": self._training.get("corpus"),
            "tags": list(self.tagger.model.scheme.pos) if self.kind == "tagger" else [],
            "standards": list(self.variants),
            "labels": list(self.classifier.labels) if self.kind == "classifier" else [],
            "exported": metadata.get("exported"),
        }

    @property
    def _training(self) -> Mapping[str, Any]:
        training = self.answerer.model.metadata.get("training")
        return training if isinstance(training, Mapping) else {}


class Catalog:
    """Models by name, the first one of each kind being its default, and dictionaries by name."""

    def __init__(self, models: Sequence[ServedModel], dictionaries: Mapping[str, Dictionary] | None = None) -> None:
        self._models = {model.name: model for model in models}
        self.dictionaries = dict(dictionaries or {})

    def __iter__(self) -> Any:
        return iter(self._models.values())

    def get(self, name: str | None, kind: str) -> ServedModel | None:
        """The model of that name, of whatever kind, or the default of a kind; None when there is no such model."""
        if name is not None:
            return self._models.get(name)
        return next((model for model in self._models.values() if model.kind == kind), None)

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of the models of a kind."""
        return tuple(name for name, model in self._models.items() if model.kind == kind)

    def put(self, model: ServedModel) -> None:
        """Let a model take the place of the one with its name: later requests get it, running ones keep theirs."""
        self._models[model.name] = model


def _fault(answerer: Tagger | Classifier) -> str | None:
    """What is wrong with the answers to the probes: what was expected, what came; None when nothing is."""
    if isinstance(answerer, Classifier):
        chances = [answerer(PROBES[0]).probability, *(found.probability for found in answerer.classify(PROBES))]
        return None if all(0 < chance <= 1 for chance in chances) else f"probabilities, got {chances}"
    sentences = [answerer(PROBES[0]), *answerer.tag(PROBES)]
    faults = [fault for sentence in sentences if (fault := sentence.fault())]
    return f"words that give back their text, got {faults[0]}" if faults else None


def digest(path: Path) -> str:
    """A file's version: the first 12 digits of its SHA-256. Raises ModelError when there is no such file."""
    if not path.is_file():
        raise ModelError(f"{path}: expected a model file, found none; train and export one, or correct the path")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
