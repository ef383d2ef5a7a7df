"""The models that the service offers, by name. A file that is read again replaces its predecessor once it answers."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tagger.errors import ModelError
from tagger.modelfile import shipped
from tagger.modelfile.classifier import ClassifierModel
from tagger.modelfile.opening import open_model
from tagger.tagging.classifier import Classifier
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.patterns import Patterns
from tagger.tagging.span_names import names_of
from tagger.tagging.tagger import Tagger

from .pace import FIRST_GUESS

# Texts that a model has to answer before it serves: Han, Latin, digits, an emoji and a space, alone and in a batch.
PROBES = ("我喜欢北京。", "iPhone 15 卖 5999 元 😀", " ", "好" * 100)


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model file as it was when it was read. Models are compared by identity, so a reload is another model.

    `standards` holds the same tagger by each of its annotation standards.
    """

    name: str
    path: Path
    version: str
    predictor: Tagger | Classifier
    standards: Mapping[str, "ServedModel"] = field(default_factory=dict)
    seconds_per_char: float = FIRST_GUESS

    @classmethod
    def open(cls, name: str, path: Path) -> Self:
        """Read, check and warm up a model file. Raises ModelError when it cannot serve."""
        version = digest(path)
        model = open_model(path)
        predictor = Classifier(model) if isinstance(model, ClassifierModel) else Tagger(model)
        try:
            problem = _probe(predictor)
        except Exception as error:
            raise ModelError(
                f"{path}: expected a model that answers, it fails with {error!r}; export it again"
            ) from error
        if problem:
            raise ModelError(f"{path}: expected {problem}; export it again")
        if isinstance(predictor, Tagger):
            predictor.model.runtime.prepare()
        if digest(path) != version:
            raise ModelError(f"{path}: the file changed while it was read; move a complete file into place")
        pace = _measure(predictor)
        if not isinstance(predictor, Tagger):
            return cls(name, path, version, predictor, seconds_per_char=pace)
        standards = {
            standard: cls(name, path, version, predictor.using(standard), seconds_per_char=pace)
            for standard in predictor.model.standards
        }
        return cls(name, path, version, predictor, standards, pace)

    @property
    def kind(self) -> str:
        """`tagger` or `classifier`."""
        return "classifier" if isinstance(self.predictor, Classifier) else "tagger"

    @property
    def tagger(self) -> Tagger:
        """Raises ModelError when the model is a classifier."""
        if not isinstance(self.predictor, Tagger):
            raise ModelError(f"{self.path}: expected a tagger, got a {self.kind}; choose another model file")
        return self.predictor

    @property
    def classifier(self) -> Classifier:
        """Raises ModelError when the model is a tagger."""
        if not isinstance(self.predictor, Classifier):
            raise ModelError(f"{self.path}: expected a classifier, got a {self.kind}; choose another model file")
        return self.predictor

    @property
    def licence(self) -> str | None:
        """The licence of the corpus that the model was trained on."""
        return self.predictor.model.metadata.training.licence

    @property
    def label(self) -> dict[str, str | None]:
        """What every answer says about its model."""
        return {"name": self.name, "version": self.version, "licence": self.licence}

    @property
    def runtime(self) -> str:
        """What computes many texts at once: the native kernel with its code path, or onnxruntime."""
        return str(self.tagger.model.runtime) if self.kind == "tagger" else "onnxruntime"

    @property
    def _entity_types(self) -> list[str]:
        """The types of the entities that the model finds beside words; none of another model."""
        entities = self.tagger.model.entities if self.kind == "tagger" else None
        return list(entities.scheme.pos) if entities else []

    @property
    def description(self) -> dict[str, Any]:
        """What `/v1/models` says about the model."""
        metadata = self.predictor.model.metadata
        return self.label | {
            "kind": self.kind,
            "model_version": metadata.model_version,
            "language": metadata.language,
            "corpus": metadata.training.corpus,
            "finds": names_of(self.tagger.model.scheme).spans if self.kind == "tagger" else "labels",
            "tags": list(self.tagger.model.scheme.pos) if self.kind == "tagger" else [],
            "entities": self._entity_types,
            "standards": list(self.standards),
            "labels": list(self.classifier.labels) if self.kind == "classifier" else [],
            "exported": metadata.exported,
            "runtime": self.runtime,
        }


class Catalog:
    """Models, dictionaries and patterns by name. The first model of each kind is the default of that kind. `versions`
    has those of the files of dictionaries and patterns, by kind and name."""

    def __init__(
        self,
        models: Sequence[ServedModel],
        dictionaries: Mapping[str, Dictionary] | None = None,
        patterns: Mapping[str, Patterns] | None = None,
    ) -> None:
        self._models = {model.name: model for model in models}
        self.dictionaries = dict(dictionaries or {})
        self.patterns = dict(patterns or {})
        self.versions: dict[tuple[str, str], str] = {}

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._models.values())

    def get(self, name: str | None, kind: str) -> ServedModel | None:
        """The model of that name, whatever its kind, or without a name the default of `kind`; None if there is none."""
        if name is not None:
            return self._models.get(name)
        return next((model for model in self._models.values() if model.kind == kind), None)

    @property
    def files(self) -> list[tuple[str, str]]:
        """The kind and name of each file: of models, dictionaries and patterns."""
        named = (("model", [*self._models]), ("dictionary", [*self.dictionaries]), ("patterns", [*self.patterns]))
        return [(kind, name) for kind, names in named for name in names]

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of the models of a kind."""
        return tuple(name for name, model in self._models.items() if model.kind == kind)

    def put(self, model: ServedModel) -> None:
        """Replace the model of the same name. Later requests get the new one; requests under way keep the old one."""
        self._models[model.name] = model

    def remove(self, name: str) -> ServedModel:
        """Offer the model of that name no more, and return it. Requests under way keep it."""
        return self._models.pop(name)


def _measure(predictor: Tagger | Classifier) -> float:
    """Seconds of a character, of texts that fill a batch."""
    texts = ["今天天气很好，我们去公园散步。" * 4] * 32
    began = time.perf_counter()
    for _ in predictor.classify(texts) if isinstance(predictor, Classifier) else predictor.tag(texts):
        pass
    return (time.perf_counter() - began) / sum(map(len, texts))


def _probe(predictor: Tagger | Classifier) -> str | None:
    """Answer the probes. Returns what was expected of the answers and what came, None when they are right."""
    if isinstance(predictor, Classifier):
        predictions = [predictor(PROBES[0]), *predictor.classify(PROBES)]
        probabilities = [prediction.probability for prediction in predictions]
        return None if all(0 < p <= 1 for p in probabilities) else f"probabilities, got {probabilities}"
    sentences = [predictor(PROBES[0]), *predictor.tag(PROBES)]
    if predictor.model.scheme.outside:  # a text without entities has neither words nor spans to give it back
        sentences = [sentence for sentence in sentences if sentence.entities]
    faults = [fault for sentence in sentences if (fault := sentence.fault())]
    return f"words that give back their text, got {faults[0]}" if faults else None


def digest(path: Path) -> str:
    """The version of a file: the first 12 digits of its SHA-256. Raises ModelError when there is no such file."""
    if not path.is_file():
        raise ModelError(shipped.describe_missing(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
