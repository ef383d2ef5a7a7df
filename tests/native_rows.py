"""Random rows for the native kernel, and what onnxruntime and the decoders in numpy answer to them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from models import TEXTS
from numpy.typing import NDArray

from tagger.decoding.transitions import Scores, Tags
from tagger.modelfile.native.arrays import NetArrays
from tagger.modelfile.native.graph import VectorTable
from tagger.modelfile.native.kernel import Known
from tagger.modelfile.tagger import Model
from tagger.tagging.constraints import RowConstraints
from tagger.text.characters import code_points
from tagger.text.edges import Edge

KNOWN = code_points("".join(TEXTS) + "著乾干.。，\u3000")


@dataclass(frozen=True)
class Rows:
    """Code points `[batch, time]` of rows, the longest first, and what is known of them."""

    codes: NDArray[np.int32]
    lengths: NDArray[np.int32]
    known: Known

    @classmethod
    def random(cls, generator: np.random.Generator, n: int, longest: int, n_pos: int) -> "Rows":
        """Half of the characters are known ones, often in the order of texts, and the others are any."""
        lengths = -np.sort(-generator.integers(1, longest + 1, n)).astype(np.int32)
        shape = n, int(lengths[0])
        codes = np.resize(np.roll(KNOWN, generator.integers(len(KNOWN))), shape).astype(np.int32)
        codes = np.where(generator.random(shape) < 0.3, generator.choice(KNOWN, shape), codes)
        codes = np.where(generator.random(shape) < 0.2, generator.integers(0x110000, size=shape), codes)
        edges = generator.choice([Edge.FREE, Edge.JOIN, Edge.CUT], shape, p=[0.8, 0.1, 0.1])
        pos = np.where(generator.random(shape) < 0.1, generator.integers(-2, n_pos, size=shape), -1)
        known = Known(edges.astype(np.int8), pos.astype(np.int16), generator.random(shape) < 0.05)
        return cls(codes.astype(np.int32), lengths, known)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which places belong to a row, `[batch, time]`."""
        inside: NDArray[np.bool_] = np.arange(self.codes.shape[1]) < self.lengths[:, None]
        return inside

    @property
    def places(self) -> NDArray[np.int64]:
        """Where each row begins among all places."""
        places: NDArray[np.int64] = np.arange(len(self.codes)) * self.codes.shape[1]
        return places

    def arguments(self, known: Known | None = None) -> dict[str, Any]:
        """What `Kernel.tags` takes."""
        places = {"starts": self.places, "lengths": self.lengths, "places": self.places, "n_places": self.codes.size}
        return {"codes": self.codes, "known": self.known if known is None else known, **places}

    def answer(self, model: Model, standard: int) -> tuple[Scores, Tags]:
        """The scores and, under what is known, the tags of onnxruntime and numpy."""
        scores = model.session_scores(self.codes, self.lengths, standard)
        edges = np.zeros(self.codes.shape, np.int8) if self.known.edges is None else self.known.edges.copy()
        edges[~self.inside] = Edge.FREE
        edges[:, 0] = Edge.FREE
        pos = None if self.known.pos is None else np.where(self.inside, self.known.pos, np.int16(-1))
        spaces = None if self.known.spaces is None else self.known.spaces & self.inside
        masked = scores.copy()
        RowConstraints(edges, pos, spaces, None).mask(masked, 0, model.decoder)
        return scores, model.decoder.decode([masked], self.lengths)


def damaged(arrays: NetArrays) -> dict[str, NetArrays]:
    """The arrays of a net with words, each time with another one that cannot be used, by what is wrong with it."""
    alphabet, vectors, head = arrays.alphabet, arrays.vectors, arrays.head
    word, layer = vectors.words[0], arrays.layers[0]

    def changed(array: Any, value: float) -> Any:
        copy = np.array(array)
        copy.reshape(-1)[len(copy) // 2] = value
        return copy

    def with_word(**parts: Any) -> NetArrays:
        return replace(arrays, vectors=vectors._replace(words=[replace(word, **parts), *vectors.words[1:]]))

    def with_layer(**parts: Any) -> NetArrays:
        return replace(arrays, layers=[replace(layer, **parts), *arrays.layers[1:]])

    def with_pairs(**parts: Any) -> NetArrays:
        return with_word(pairs=replace(word.pairs, **parts))

    context = alphabet.context
    return {
        "pages that exist": replace(arrays, alphabet=alphabet._replace(pages=changed(alphabet.pages, 10**6))),
        "ids of characters that exist": replace(arrays, alphabet=alphabet._replace(cells=changed(alphabet.cells, -1))),
        "a table of all code points": replace(arrays, alphabet=alphabet._replace(pages=alphabet.pages[:9])),
        "changes to characters": replace(
            arrays, alphabet=alphabet._replace(context=[*context[:3], np.full_like(context[3], 10**6)])
        ),
        "numbers of pairs that exist": with_pairs(numbers=changed(word.pairs.numbers, 60_000)),
        "pairs that exist": with_pairs(rights=changed(word.pairs.rights, 10**9)),
        "a number for each pair": with_pairs(lefts=word.pairs.lefts[1:]),
        "kinds of words that have vectors": with_word(kinds=changed(word.kinds, 200)),
        "vectors of words of one size": with_word(end=word.end[:, 1:]),
        "finite vectors": with_word(begin=changed(word.begin, np.nan)),
        "finite weights": with_layer(hidden=changed(layer.hidden, np.inf)),
        "weights of one LSTM": with_layer(bias=layer.bias[:, 1:]),
        "a first layer that reads": with_layer(input=layer.input[:, :, 1:]),
        "as many scores as the decoder reads": replace(
            arrays,
            head=head._replace(output=head.output[:, 1:], bias=head.bias[1:], allowed=head.allowed[:, 1:]),
        ),
        "an id of whitespace": replace(arrays, head=head._replace(space=-1)),
        "a number of characters that is possible": replace(
            arrays,
            vectors=vectors._replace(chars=VectorTable(np.zeros((0, 3), np.float32), None, "")),
            alphabet=alphabet._replace(context=[]),
        ),
    }
