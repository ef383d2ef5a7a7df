"""Checkpoints as trained nets: read without running anything that lies in them."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..text.alphabet import Alphabet
from ..text.presegment import Presegmenter
from ..text.scheme import Scheme
from ..text.vocabulary import Vocabulary
from .nets.char_lm import CharLM
from .nets.classifier import SequenceClassifier
from .nets.tagger import BiLSTM
from .nets.word_tagger import WordBiLSTM
from .systems.training import CHECKPOINT_FORMAT

Net = TypeVar("Net", bound=nn.Module)


class Trained(NamedTuple):
    """A net in evaluation mode, the runs it was trained to keep together, and what training wrote beside it."""

    net: BiLSTM | WordBiLSTM
    presegmenter: Presegmenter
    metadata: dict[str, Any]


class TrainedClassifier(NamedTuple):
    """A classifier in evaluation mode, how much of a text it reads, and what training wrote beside it."""

    net: SequenceClassifier
    max_chars: int
    metadata: dict[str, Any]


class TrainedCharLM(NamedTuple):
    """A character model in evaluation mode, what each id looks like in text, how many characters a window of its
    training had, and what training wrote beside it."""

    net: CharLM
    forms: Mapping[int, str]
    context: int
    metadata: dict[str, Any]


class Checkpoint(NamedTuple):
    """What a checkpoint says about its net, the net's weights, and its alphabet."""

    kind: str
    stored: dict[str, Any]
    weights: dict[str, Tensor]
    alphabet: Alphabet

    def fill(self, net: Net, path: str | Path) -> Net:
        """The net with these weights, in evaluation mode. Raises ModelError when they are another's."""
        try:
            net.load_state_dict(self.weights)
        except RuntimeError as error:
            raise ModelError(
                f"{path}: the weights do not fit the net that the checkpoint describes: {error}"
            ) from error
        return net.eval()


def read(path: str | Path, kind: str | None = None) -> Checkpoint:
    """A checkpoint, on the CPU. Raises ModelError when it is not one of ours, or not of that kind."""
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
    found = stored.get("kind", "tagger")
    if kind not in (None, found):
        raise ModelError(f"{path}: expected a checkpoint of a {kind}, got one of a {found}; choose another")
    words = tuple((tuple(ids), kind) for ids, kind in stored["alphabet"].get("words", ()))
    chars, bigrams = (tuple(stored["alphabet"][name]) for name in ("chars", "bigrams"))
    alphabet = Alphabet(chars, tuple((a, b) for a, b in bigrams), words)
    weights = {name[4:]: value for name, value in checkpoint["state_dict"].items() if name.startswith("net.")}
    return Checkpoint(found, stored, weights, alphabet)


def load(path: str | Path) -> Trained:
    """The tagger's net of a checkpoint. Raises ModelError when there is none."""
    checkpoint = read(path, "tagger")
    stored = checkpoint.stored
    scheme = Scheme(tuple(stored["scheme"]["pos"]), stored["scheme"]["inner_spaces"])
    net: BiLSTM | WordBiLSTM
    if stored.get("unit") == WordBiLSTM.unit:
        vocabulary = Vocabulary(checkpoint.alphabet, tuple(stored["words"]))
        net = checkpoint.fill(WordBiLSTM(vocabulary, scheme, **stored["architecture"]), path)
    else:
        net = checkpoint.fill(BiLSTM(checkpoint.alphabet, scheme, **stored["architecture"]), path)
    return Trained(net, Presegmenter(tuple(stored.get("runs", ()))), stored["metadata"])


def load_classifier(path: str | Path) -> TrainedClassifier:
    """The classifier of a checkpoint. Raises ModelError when there is none."""
    checkpoint = read(path, "classifier")
    stored = checkpoint.stored
    net = SequenceClassifier(checkpoint.alphabet, stored["labels"], **stored["architecture"])
    return TrainedClassifier(checkpoint.fill(net, path), stored["max_chars"], stored["metadata"])


def load_char_lm(path: str | Path) -> TrainedCharLM:
    """The character model of a checkpoint. Raises ModelError when there is none."""
    checkpoint = read(path, "character model")
    stored = checkpoint.stored
    net = checkpoint.fill(CharLM(checkpoint.alphabet, **stored["architecture"]), path)
    return TrainedCharLM(net, dict(stored["forms"]), stored["context"], stored["metadata"])
