"""What a net computes for a sentence: gates and states, scores, the Viterbi path, words with their probabilities."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...decoding.transitions import FORBIDDEN
from ...errors import InputError
from ...modelfile.shipped import find
from ...text.block import Block
from ...text.characters import code_points
from ...text.format_characters import without_format
from ...text.presegment import Presegmenter
from ...text.sentence import Word
from ...text.windows import WINDOW
from ..confidence import RatedWord, rate_words, rated_spans
from ..rows import keep
from ..tagger import Tagger, load
from .states import Layer, StateReader


@dataclass(frozen=True)
class Inspection:
    """What a net computes for one sentence.

    `scores [time, n_scores]` are named by `columns`; they are minus infinity for tags that the net or what is known of
    the text rules out. `path` is the decoded tag of each character; `words` are those of the tagger, or the entities
    that it finds (`are_entities`), with their probabilities (RatedWord).
    """

    text: str
    layers: tuple[Layer, ...]
    columns: tuple[str, ...]
    scores: NDArray[np.float64]
    path: tuple[str, ...]
    words: tuple[Word, ...]
    are_entities: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What the net reads step by step: characters."""
        return tuple(self.text)

    @property
    def probabilities(self) -> tuple[float, ...]:
        """How likely each word is, with its POS."""
        return tuple(word.probability for word in self.words if isinstance(word, RatedWord))

    @property
    def path_columns(self) -> tuple[int, ...]:
        """The column of scores of each character's tag on the path; of a factored head that of the tag's letter."""
        numbers = {name: number for number, name in enumerate(self.columns)}
        return tuple(numbers[tag if tag in numbers else tag[0]] for tag in self.path)

    def to_json(self, layer: int) -> dict[str, Any]:
        """The inspection as JSON values, with the gates and states of one layer, in three decimals.

        Layers count from 0 here and from 1 in the result. A score of minus infinity is None.
        """
        scores = [[None if s == -np.inf else round(s, 3) for s in row] for row in self.scores.tolist()]
        operator, directions = self.layers[layer]
        words = zip(self.words, self.probabilities, strict=True)
        return {
            "text": self.text,
            "words": [word._asdict() | {"probability": round(p, 4)} for word, p in words],
            "path": list(self.path),
            "tags": list(self.columns),
            "scores": scores,
            "n_layers": len(self.layers),
            "layer": layer + 1,
            "operator": operator,
            "directions": {
                name: {part: np.round(values, 3).tolist() for part, values in steps.items()}
                for name, steps in directions.items()
            },
        }


class Inspector:
    """Shows what the net of a model file computes: `inspector("我喜欢北京")`.

    The words are the tagger's. Gates and states are those of `StateReader`.
    """

    def __init__(self, tagger: Tagger, path: str | Path) -> None:
        """`path` is the tagger's file, which is read again. Raises ModelError for int8 files and other nets."""
        self.tagger = tagger
        self._standard = tagger.model.following(tagger.standard, 1)
        ones = np.ones(1, np.int32)
        self._states = StateReader(path, {"code_points": ones[None], "lengths": ones, **self._standard})

    @classmethod
    def open(cls, model: str | Path | None = None, *, presegmenter: Presegmenter | None = None) -> Self:
        """`model` and `presegmenter` are those of `load`. Raises ModelError when the file cannot be used."""
        path = find(model)
        return cls(load(path, presegmenter=presegmenter), path)

    def __call__(self, text: str) -> Inspection:
        """Inspect a sentence, without its format characters. Raises InputError for an empty text and for one of more
        than 256 characters."""
        text = without_format(text)
        if not 0 < len(text) <= WINDOW:
            wanted, got = f"a sentence of 1 to {WINDOW} characters", f"{len(text)} without format characters"
            raise InputError(f"expected {wanted}, got {got}; give a part of a longer one")
        inputs = {"code_points": code_points(text)[None], "lengths": np.array([len(text)], np.int32), **self._standard}
        model, decoded = self.tagger.model, self.tagger.decode(self.tagger.bare(Block.of([text])), keep)
        [[(_, scores, tags)]] = [group.rows() for group in decoded.groups]
        rates = decoded.map(rate_words(model.decoder, self.tagger.temperature))
        [sentence] = rated_spans(rates, model.scheme).sentences([text], model.scheme.pos or (None,))
        return Inspection(
            text=text,
            layers=self._states(inputs),
            columns=model.decoder.columns,
            scores=np.where(scores <= FORBIDDEN, -np.inf, scores).astype(np.float64),
            path=tuple(model.scheme.names[tag] for tag in tags),
            words=sentence.words,
            are_entities=model.scheme.outside,
        )
