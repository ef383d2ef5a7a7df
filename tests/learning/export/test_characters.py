"""Tables of pairs: what the graph finds is what the table holds, and both readers of files find the same pairs."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from tagger.learning.export.characters import pair_numbers
from tagger.learning.export.graph import Graph, make_model
from tagger.learning.export.reading import Constants, Gather, _pair_tables
from tagger.modelfile.native import graph as native
from tagger.text.pair_table import PairTable

N_RIGHT = 300
Pairs = list[tuple[int, int]]


def some_pairs(n: int, n_left: int) -> Pairs:
    places = np.random.default_rng(n).choice(n_left * (N_RIGHT - 5), n, replace=False)
    return [(int(place) // (N_RIGHT - 5), 5 + int(place) % (N_RIGHT - 5)) for place in places]


CASES = {  # pairs, and how many ids there are on either side
    "none": ([], 3, N_RIGHT),
    "one": ([(0, 0)], 1, 1),
    "all slots taken, ids up to those of a byte": ([(i, 0) for i in range(256)], 256, 1),
    "several blocks": (some_pairs(2_000, 400), 400, N_RIGHT),
    "more numbers than 16 bits": (some_pairs(70_000, 65_000), 65_000, N_RIGHT),
    "left ids beyond 16 bits": ([*some_pairs(500, 65_000), (65_535, 7), (65_536, 7)], 65_537, N_RIGHT),
}


@pytest.mark.parametrize("is_ordered", [True, False])
@pytest.mark.parametrize(("pairs", "n_left", "n_right"), CASES.values(), ids=CASES)
def test_graph_and_readers_agree_with_the_table(pairs: Pairs, n_left: int, n_right: int, is_ordered: bool) -> None:
    table = PairTable.of(pairs, n_left, n_right)
    table = table.in_order() if is_ordered else table
    numbers = dict(zip(pairs, table.numbers(pairs).tolist(), strict=True))
    graph = Graph(rounded=True)
    found = pair_numbers(graph, table, "left", "right")
    graph.node("Identity", found)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["n"]) for name in ("left", "right")]
    model = make_model(graph, inputs, helper.make_tensor_value_info("number", TensorProto.INT32, ["n"]))

    generator = np.random.default_rng(0)
    others = generator.integers(0, (n_left, n_right), (3_000, 2))
    asked = np.array([*others, *pairs])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    got = session.run(None, dict(zip(("left", "right"), asked.T.astype(np.int32), strict=True)))[0]
    assert got.tolist() == [numbers.get((left, right), 0) for left, right in asked.tolist()]

    [(read, _)] = _pair_tables(Constants.of(model).gathers, n_right, has_bigrams=True)
    assert read == sorted(pairs, key=lambda pair: numbers[pair])
    by_kernel = native.Graph.of(model.SerializeToString()).pairs(found, n_right)
    columns = (column.tolist() for column in (by_kernel.lefts, by_kernel.rights, by_kernel.numbers))
    assert {(left, right): number for left, right, number in zip(*columns, strict=True)} == numbers


def test_hash_tables_of_earlier_versions_are_read() -> None:
    keys, rows = np.array([-1, 1 * N_RIGHT + 4, -1, 2 * N_RIGHT + 3]), np.array([0, 2, 0, 1])
    gathers = [Gather("keys", keys, "slot"), Gather("keys", keys, "slot"), Gather("rows", rows, "where")]
    [(read, _)] = _pair_tables(gathers, N_RIGHT, has_bigrams=True)
    assert read == [(2, 3), (1, 4)]
