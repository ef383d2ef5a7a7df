"""The model file: one `NAME.onnx`, code points and lengths in, scores out, the rest as JSON inside.

Inputs `code_points` int32 `[batch, time]` and `lengths` int32 `[batch]`, and where a tagger follows several standards
`standards` int32 `[batch]`; output `scores` float32 `[batch, time, n_scores]` (of a classifier `[batch, n_labels]`);
the metadata property `tagger` holds what else inference needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ..decoding.decoders import Decoder, decoder
from ..decoding.transitions import Scores
from ..errors import InputError, ModelError
from ..text.presegment import Presegmenter
from ..text.scheme import Scheme
from .session import INPUTS, ModelFile, open_file, reading, run


@dataclass(frozen=True)
class Model:
    """An open model file of a tagger: its session, tag scheme, decoder, the runs it keeps together, metadata, and the
    names of the standards it follows (none if there is one alone)."""

    name: str
    session: ort.InferenceSession
    scheme: Scheme
    decoder: Decoder
    presegmenter: Presegmenter
    metadata: Mapping[str, Any]
    temperature: float = 1.0  # of probabilities, fitted by `calibrate`
    standards: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What it tags: `character`, or `word`, for which code points are `[batch, time, n_chars]`."""
        return str(self.metadata.get("unit", "character"))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Raises ModelError when the file is missing, damaged, foreign, of a newer format, or no tagger."""
        return cls.of(open_file(path), path)

    @classmethod
    def of(cls, file: ModelFile, path: str | Path) -> Self:
        """Raises ModelError as `open` does."""
        if file.kind != "tagger":
            raise ModelError(
                f"{path}: expected a tagger, got a {file.kind}; use python -m tagger.classify or "
                "tagger.load_classifier for it, or another model file"
            )
        metadata = file.metadata
        with reading(path):
            scheme = Scheme(tuple(metadata["scheme"]["pos"]), metadata["scheme"]["inner_spaces"])
            presegmenter = Presegmenter(tuple(metadata.get("runs", ())))
            temperature = float(metadata.get("calibration", {}).get("temperature", 1.0))
            if not 0 < temperature < float("inf"):
                raise ModelError(f"expected a temperature above 0, got {temperature}; run tagger.calibrate again")
            decode = decoder(metadata["decoder"]["kind"], metadata["decoder"]["parameters"], scheme)
            standards = tuple(map(str, metadata.get("standards", ())))
            if bool(standards) != (len(file.session.get_inputs()) > len(INPUTS)):
                raise ValueError(f"standards {standards}, and an input for them or none")
        return cls(file.name, file.session, scheme, decode, presegmenter, metadata, temperature, standards)

    def standard(self, name: str | None) -> int:
        """The number of a standard; that of the first for None. Raises InputError for one that it does not know."""
        if name is None:
            return 0
        if name not in self.standards:
            known = f"one of the standards {', '.join(self.standards)}" if self.standards else "no standard"
            raise InputError(f"{self.name}: expected {known}, got {name!r}; leave it out for the default")
        return self.standards.index(name)

    def following(self, standard: int, n_rows: int) -> dict[str, NDArray[np.int32]]:
        """The further input by which rows follow a standard; none for a model of one."""
        return {"standards": np.full(n_rows, standard, np.int32)} if self.standards else {}

    def scores(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int = 0) -> Scores:
        """Scores `[batch, time, n_scores]` under a standard. ValueError on an empty batch."""
        return run(self.session, code_points, lengths, **self.following(standard, len(lengths)))
