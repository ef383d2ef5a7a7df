"""Checkpoints as trained nets: read without running anything that lies in them."""

import pickle
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .alphabet import Alphabet
from .errors import ModelError
from .net import BiLSTM
from .runs import Runs
from .scheme import Scheme
from .system import CHECKPOINT_FORMAT


class Trained(NamedTuple):
    """A net in evaluation mode, the runs it was trained to keep together, and what training wrote beside it."""

    net: BiLSTM
    runs: Runs
    metadata: dict[str, Any]


def load(path: str | Path) -> Trained:
    """The net of a checkpoint, on the CPU. Raises ModelError when it is not one of ours."""
    if not Path(path).is_file():
        raise ModelError(f"{path}: expected a checkpoint, found no file; train first, or correct checkpoint=")
    try:
        # torch reads other formats too, less carefully; its own since 1.6, and so ours, is a zip.
        if not zipfile.is_zipfile(path):
            raise ValueError("not a zip file")
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path}: expected a checkpoint of tagger.train, cannot read this file ({error}); "
            "it is damaged or another kind of file: train again"
        ) from error
    stored = checkpoint.get("tagger") if isinstance(checkpoint, dict) else None
    if not isinstance(stored, dict) or stored.get("format") != CHECKPOINT_FORMAT:
        raise ModelError(
            f"{path}: expected a checkpoint of tagger.train in format {CHECKPOINT_FORMAT}, "
            f"got format {stored.get('format') if isinstance(stored, dict) else None}; train again with this version"
        )
    alphabet = Alphabet(tuple(stored["alphabet"]["chars"]), tuple((a, b) for a, b in stored["alphabet"]["bigrams"]))
    scheme = Scheme(tuple(stored["scheme"]["pos"]), stored["scheme"]["inner_spaces"])
    net = BiLSTM(alphabet, scheme, **stored["architecture"])
    weights = {name[4:]: value for name, value in checkpoint["state_dict"].items() if name.startswith("net.")}
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(f"{path}: the weights do not fit the net that the checkpoint describes: {error}") from error
    return Trained(net.eval(), Runs(tuple(stored.get("runs", ()))), stored["metadata"])
