"""A tagger's net in the compiled library: rows of code points to scores, or to tags under what is known of them."""

from dataclasses import dataclass
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from ...decoding.chain import ChainDecoder
from ...decoding.decoders import Decoder
from ...decoding.factored import FactoredDecoder
from ...decoding.transitions import Places, Scores, Tags
from .arrays import NetArrays
from .graph import UnknownGraphError
from .library import Library
from .structures import Memory, TnRows, net_structure

MAX_TIME = 4096  # code points of a row


@dataclass(frozen=True)
class Known:
    """What is known of the code points of rows: an Edge before each, a POS (-1: any, `symbol_words.NO_SYMBOL`: none of
    symbols, or in an entity of any type), whitespace within words; None where there is nothing of a kind."""

    edges: NDArray[np.int8] | None = None
    pos: NDArray[np.int16] | None = None
    spaces: NDArray[np.bool_] | None = None


NOTHING = Known()


class Kernel:
    """A net that is open in the library, for one of its code paths. Safe to use from several threads."""

    def __init__(self, library: Library, path: str, arrays: NetArrays, decoder: Decoder) -> None:
        """Raises UnknownGraphError for arrays and decoders that the kernel cannot compute."""
        if not isinstance(decoder, ChainDecoder | FactoredDecoder):
            raise UnknownGraphError(f"expected the decoder of a head softmax, crf or factored, got {type(decoder)}")
        factored = isinstance(decoder, FactoredDecoder)
        net, memory = net_structure(arrays, decoder.transitions, decoder.scheme, factored=factored)
        self.path, self.n_scores, self._library = path, int(net.n_scores), library
        self._net = library.open_net(net, path)
        finalize(self, library.close_net, self._net)
        del memory  # the arrays are copied

    def __repr__(self) -> str:
        return f"<Kernel {self.path}>"

    def tags(
        self,
        codes: NDArray[np.int32],
        starts: Places,
        lengths: NDArray[Any],
        places: Places,
        n_places: int,
        known: Known = NOTHING,
        standard: int = 0,
    ) -> Tags:
        """The best legal tags of the rows `codes[starts : starts + lengths]`, of which the answers begin at `places`
        among `n_places`; 0 elsewhere."""
        tags = np.zeros(n_places, np.int16)
        rows, memory = _rows(codes, starts, lengths, places, n_places, known, standard)
        self._run("tn_tags", rows, memory, tags)
        return tags

    def scores(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32], standard: int = 0) -> Scores:
        """Scores `[batch, time, n_scores]` of code points `[batch, time]`; 0 after a row's end."""
        batch, time = code_points.shape
        scores = np.zeros((batch, time, self.n_scores), np.float32)
        starts = np.arange(batch) * time
        rows, memory = _rows(code_points, starts, lengths, starts, batch * time, NOTHING, standard)
        self._run("tn_scores", rows, memory, scores)
        return scores

    def _run(self, function: str, rows: TnRows, memory: Memory, answer: NDArray[Any]) -> None:
        problem = getattr(self._library.functions, function)(self._net, rows, answer.ctypes.data)
        del memory  # it lives until the call is over
        if problem:
            raise ValueError(f"expected {problem.decode()}, got others")


def _rows(
    codes: NDArray[np.int32],
    starts: Places,
    lengths: NDArray[Any],
    places: Places,
    n_places: int,
    known: Known,
    standard: int,
) -> tuple[TnRows, Memory]:
    memory = Memory()
    of_codes = ((known.edges, np.int8), (known.pos, np.int16), (known.spaces, np.uint8))
    return TnRows(
        memory.place(codes, np.int32),
        *(None if array is None else memory.place(array, dtype) for array, dtype in of_codes),
        codes.size,
        *(memory.place(array, np.int64) for array in (starts, lengths, places)),
        len(starts),
        n_places,
        standard,
    ), memory
