"""Characters that depend on their neighbours, in numpy, torch and the exported graph."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tagger.text.alphabet import Alphabet
from tagger.text.characters import CLASSES, code_points

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "context.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#!")
]


def spelt(ids: NDArray[np.int32], alphabet: Alphabet) -> str:
    return "".join(chr(alphabet.chars[id - len(CLASSES)]) for id in ids.tolist())


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=[text for text, _ in CASES])
def test_characters_are_read_by_their_neighbours(text: str, wanted: str) -> None:
    alphabet = Alphabet.fit([text + "著着乾干.。" for pair in CASES for text in pair])
    ids, without_context = alphabet.ids(code_points(text)), alphabet.ids(code_points(wanted))
    assert spelt(alphabet.context(ids), alphabet) == spelt(without_context, alphabet)


def test_an_alphabet_without_the_characters_has_no_rules() -> None:
    alphabet = Alphabet.fit(["我们走吧"])
    assert not alphabet.context.source.any()
    ids = alphabet.ids(code_points("看著我.他"))
    assert np.array_equal(alphabet.context(ids), ids)


def test_an_empty_text() -> None:
    assert len(Alphabet.fit(["著着"]).context(np.zeros(0, np.int32))) == 0
