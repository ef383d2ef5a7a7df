"""The models on offer, by name; a file read again takes its predecessor's place only once it answers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tagger.dictionary import Dictionary
from tagger.errors import ModelError
from tagger.inference import Tagger, load

# Tagged before a model serves: Han, Latin, digits, an emoji and a lone space, alone and in a batch.
PROBES = ("我喜欢北京。", "iPhone 15 卖 5999 元 😀", " ", "好" * 100)


@dataclass(frozen=True, eq=False)
class Served:
    """One model file as it was when it was read; compared by identity, so a reload is another model."""

    name: str
    path: Path
    version: str
    tagger: Tagger

    @classmethod
    def open(cls, name: str, path: Path) -> Self:
        """Read, check and warm up a model file. Raises ModelError when it cannot serve."""
        version = digest(path)
        tagger = load(path)
        try:
            sentences = [tagger(PROBES[0]), *tagger.tag(PROBES)]
        except Exception as error:
            raise ModelError(f"{path}: expected a model that tags, it fails with {error!r}; export it again") from error
        if faults := [fault for sentence in sentences if (fault := sentence.fault())]:
            raise ModelError(f"{path}: expected words that give back their text, got {faults[0]}; export it again")
        if digest(path) != version:
            raise ModelError(f"{path}: the file changed while it was read; move a complete file into place")
        return cls(name, path, version, tagger)

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
        metadata = self.tagger.model.metadata
        return self.label | {
            "language": metadata.get("language"),
            "corpus": self._training.get("corpus"),
            "tags": list(self.tagger.model.scheme.pos),
            "exported": metadata.get("exported"),
        }

    @property
    def _training(self) -> Mapping[str, Any]:
        training = self.tagger.model.metadata.get("training")
        return training if isinstance(training, Mapping) else {}


class Catalog:
    """Models by name, the first one being the default, and dictionaries by name."""

    def __init__(self, models: Sequence[Served], dictionaries: Mapping[str, Dictionary] | None = None) -> None:
        self._models = {model.name: model for model in models}
        self.dictionaries = dict(dictionaries or {})

    def __iter__(self) -> Any:
        return iter(self._models.values())

    @property
    def default(self) -> Served:
        return next(iter(self._models.values()))

    def get(self, name: str | None) -> Served | None:
        """The model of that name, or the default; None when there is no such model."""
        return self.default if name is None else self._models.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._models)

    def put(self, model: Served) -> None:
        """Let a model take the place of the one with its name: later requests get it, running ones keep theirs."""
        self._models[model.name] = model


def digest(path: Path) -> str:
    """A file's version: the first 12 digits of its SHA-256. Raises ModelError when there is no such file."""
    if not path.is_file():
        raise ModelError(f"{path}: expected a model file, found none; train and export one, or correct the path")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
