"""A checkpoint in place of a model file: its net runs in torch, under the tagger that reads model files.

A pretrained encoder is never a model file, and labels text for its students in this way.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..modelfile.source import Source, name_of
from ..modelfile.tagger import Model
from .checkpoint import load
from .export.tagger import describe_tagger
from .nets import CharTagger, TaggerNet

Precision = Literal["fp32", "bf16"]


class NetSession:
    """A net that is called as onnxruntime's session of its model file would be, on a GPU if there is one. bf16 is
    faster where the processor has it; the scores differ by about a hundredth."""

    def __init__(self, net: TaggerNet, precision: Precision = "fp32") -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.net, self.precision = net.to(self.device), precision

    def run(self, output_names: None, feeds: Mapping[str, NDArray[np.int32]]) -> list[Scores]:
        """The scores `[batch, time, n_scores]` and, of a net that finds entities beside words, those of entities."""
        inputs = {name: torch.from_numpy(values).long().to(self.device) for name, values in feeds.items()}
        with (
            torch.inference_mode(),
            torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16"),
        ):
            scores = self.net(**inputs).float().cpu()
        parts = self.net.split(scores) if isinstance(self.net, CharTagger) else (scores,)
        return [part.contiguous().numpy() for part in parts if part is not None]


def open_checkpoint(path: str | Path, *, precision: Precision = "fp32") -> Model:
    """The tagger's net of a checkpoint as an open model. Raises ModelError when there is none."""
    trained = load(path)
    model = Model(
        name=name_of(path),
        session=NetSession(trained.net, precision),
        metadata=describe_tagger(trained),
        scheme=trained.net.scheme,
        decoder=trained.net.head.decoder(),
        presegmenter=trained.presegmenter,
        source=Source.of(Path(path)),
    )
    head = trained.net.entity_head if isinstance(trained.net, CharTagger) else None
    return model if head is None else model.with_entities(head.scheme, head.decoder())
