"""The model file of a tagger, of texts or of given words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.decoders import Decoder, decoder
from ..decoding.transitions import Scores
from ..errors import InputError, ModelError
from ..text.presegment import NO_PRESEGMENTATION, Presegmenter
from ..text.scheme import Scheme
from .metadata import EntitiesInfo, TaggerMetadata
from .native.kernel import Kernel
from .native.library import Library
from .native.runtime import TWO_HEADS, Runtime, fits, wanted_library
from .session import INPUTS, ModelFile, Session, open_file, reading, run_all
from .source import KEPT, SentModel, Source, describe


@dataclass(frozen=True)
class SessionScores:
    """Scores `[batch, time, n_scores]` under a standard, computed by a session; of several outputs those of one."""

    session: Session
    has_standards: bool
    output: int = 0

    def __call__(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int) -> Scores:
        return self.run_all(code_points, lengths, standard)[self.output]

    def run_all(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int) -> Sequence[Scores]:
        """The scores of every output, of one run. Raises ValueError for an empty batch or row."""
        return run_all(self.session, code_points, lengths, **self.following(standard, len(lengths)))

    def following(self, standard: int, n_rows: int) -> dict[str, NDArray[np.int32]]:
        """The further input that says which standard each row follows; empty for a model of one standard."""
        return {"standards": np.full(n_rows, standard, np.int32)} if self.has_standards else {}


@dataclass(frozen=True)
class Model:
    """An open model file of a tagger: its session and metadata, and the scheme, decoder and presegmenter of these.

    `library` is that of the native kernel, where it may be used: the session is that of the file `source`. A model that
    finds entities beside words has them as a model of their own, `entities`, of the same session, of which it reads
    another `output`.
    """

    name: str
    session: Session
    metadata: TaggerMetadata
    scheme: Scheme
    decoder: Decoder
    presegmenter: Presegmenter
    source: Source
    library: Library | None = None
    entities: "Model | None" = None
    output: int = 0

    @property
    def layers(self) -> Sequence["Model"]:
        """The model of each output: this one and, of one that finds entities beside words, that of the entities."""
        return (self, self.entities) if self.entities else (self,)

    @property
    def unit(self) -> str:
        """What a tag is given to: `character`, or `word`, for which code points are `[batch, time, characters]`."""
        return self.metadata.unit

    @property
    def standards(self) -> tuple[str, ...]:
        """Names of the segmentation standards that the model follows; empty for a model of one standard."""
        return self.metadata.standards

    @property
    def versioned_name(self) -> str:
        """The name with the version of the model: `zh-small@2`."""
        return f"{self.name}@{self.metadata.model_version}"

    def temperature(self, standard: int = 0) -> float:
        """What scores are divided by before they become probabilities under a standard, as `calibrate` fitted it."""
        if self.output and self.metadata.entities:
            calibration = self.metadata.entities.calibration
        else:
            name = self.standards[standard] if self.standards else ""
            calibration = self.metadata.calibration_by_standard.get(name, self.metadata.calibration)
        return calibration.temperature if calibration else 1.0

    def __reduce__(self) -> tuple[Callable[[SentModel, int], "Model"], tuple[SentModel, int]]:
        return _receive, (self.source.send(), self.output)

    def __deepcopy__(self, memo: object) -> Self:
        return self  # an open model never changes

    @classmethod
    def open(cls, path: str | Path | bytes) -> Self:
        """Raises ModelError when the file is missing, damaged, foreign, of a newer format, or no tagger; NativeError
        when TAGGER_RUNTIME asks for what there is not."""
        return cls.of(open_file(path), path)

    @classmethod
    def of(cls, file: ModelFile, path: str | Path | bytes) -> Self:
        """Raises ModelError as `open` does."""
        metadata, place = file.metadata, describe(path)
        if not isinstance(metadata, TaggerMetadata):
            raise ModelError(
                f"{place}: expected a tagger, got a {metadata.kind}; use python -m tagger.classify or "
                "tagger.load_classifier for it, or another model file"
            )
        with reading(place):
            scheme, decode = _scheme_and_decoder(metadata)
            of_entities = _scheme_and_decoder(metadata.entities) if metadata.entities else None
            presegmenter = Presegmenter(metadata.runs)
        inputs = [node.name for node in file.session.get_inputs()]
        if bool(metadata.standards) != (len(inputs) > len(INPUTS)):
            raise ModelError(
                f"{place}: expected an input `standards` where the metadata names standards, got inputs {inputs} and "
                f"standards {list(metadata.standards)}; export it again"
            )
        n_outputs = len(file.session.get_outputs())
        if n_outputs != (2 if of_entities else 1):
            raise ModelError(
                f"{place}: expected an output `entity_scores` where the metadata describes entities, got {n_outputs} "
                "outputs; export it again"
            )
        library = wanted_library()
        model = cls(file.name, file.session, metadata, scheme, decode, presegmenter, file.source, library)
        return model.with_entities(*of_entities) if of_entities else model

    def with_entities(self, scheme: Scheme, decoder: Decoder) -> Self:
        """The same with the entities that its second output is about, without the kernel, which computes one head."""
        model = replace(self, library=None)
        entities = replace(model, scheme=scheme, decoder=decoder, presegmenter=NO_PRESEGMENTATION, output=1)
        return replace(model, entities=entities)

    def following(self, standard: int, n_rows: int) -> dict[str, NDArray[np.int32]]:
        """The further input that says which standard each row follows; empty for a model of one standard."""
        return self.session_scores.following(standard, n_rows)

    def standard(self, name: str | None) -> int:
        """The number of a standard, 0 for None. Raises InputError for a standard that the model does not follow."""
        if name is None:
            return 0
        if name not in self.standards:
            known = f"one of the standards {', '.join(self.standards)}" if self.standards else "no standard"
            raise InputError(f"{self.name}: expected {known}, got {name!r}; leave it out for the default")
        return self.standards.index(name)

    @cached_property
    def runtime(self) -> Runtime:
        """What computes the scores of this model."""
        n_standards = max(1, len(self.standards))
        refusal = TWO_HEADS if self.entities or self.output else ""
        return Runtime(self.library, self.source, self.decoder, self.session_scores, n_standards, refusal)

    def kernel(self, lengths: NDArray[Any]) -> Kernel | None:
        """The native kernel where it is the faster way for rows of these lengths; else None."""
        if self.library is None or not fits(lengths):
            return None
        return self.runtime.kernel

    def tagging_kernel(self, lengths: NDArray[Any]) -> Kernel | None:
        """The native kernel where it is the faster way to the tags of rows of these lengths, which may be few."""
        if self.library is None:
            return None
        return self.kernel(lengths) or self.runtime.kernel_of_few(lengths)

    def scores(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int = 0) -> Scores:
        """Scores `[batch, time, n_scores]` under a standard. Raises ValueError for an empty batch or row."""
        if lengths.all() and (kernel := self.kernel(lengths)):
            return kernel.scores(code_points, lengths, standard)
        return self.session_scores(code_points, lengths, standard)

    def layer_scores(
        self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int = 0
    ) -> Sequence[Scores]:
        """The scores of each of `layers`, of one run of the net. Raises ValueError as `scores` does."""
        if self.entities is None:
            return [self.scores(code_points, lengths, standard)]
        return self.session_scores.run_all(code_points, lengths, standard)

    @property
    def session_scores(self) -> SessionScores:
        """What computes the scores by the session. It does not refer to the model, which is freed with its last
        user."""
        return SessionScores(self.session, bool(self.standards), self.output)


def _scheme_and_decoder(described: TaggerMetadata | EntitiesInfo) -> tuple[Scheme, Decoder]:
    """Raises ModelError for an unknown decoder, and for one that does not fit the scheme."""
    scheme = Scheme(described.scheme.pos, described.scheme.inner_spaces, described.scheme.name == "BIOES")
    return scheme, decoder(described.decoder.kind, described.decoder.parameters, scheme)


@lru_cache(maxsize=KEPT)
def _receive(sent: SentModel, output: int) -> Model:
    """The model, or the layer of one, that another process has sent, or a copy is made of; models that come again are
    open already."""
    return Model.open(sent.receive()) if output == 0 else _receive(sent, 0).layers[output]
