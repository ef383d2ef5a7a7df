"""Settings by the size of a corpus: what was chosen at the sizes that were measured, and what lies between these."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.learning.recipe import CONTINUED, NEW, Recipe

SIZES = st.integers(0, 10**9)


@pytest.mark.parametrize(("points", "continued"), [(NEW, False), (CONTINUED, True)])
def test_at_the_measured_sizes(points: tuple[tuple[float, ...], ...], continued: bool) -> None:
    for n_chars, *values in points:
        found = Recipe.of_size(int(n_chars), continued=continued)
        assert [found.max_epochs, found.batch_chars, found.unknown_dropout, found.variational_dropout] == values
    assert Recipe.of_size(0, continued=continued) == Recipe.of_size(int(points[0][0]), continued=continued)
    assert Recipe.of_size(10**9, continued=continued) == Recipe.of_size(int(points[-1][0]), continued=continued)


@given(SIZES, SIZES, st.booleans())
def test_a_larger_corpus_never_gets_more_epochs_or_dropout(a: int, b: int, continued: bool) -> None:
    small, large = (Recipe.of_size(n, continued=continued) for n in sorted((a, b)))
    assert small.max_epochs >= large.max_epochs >= 1
    assert small.unknown_dropout >= large.unknown_dropout >= 0
    assert small.variational_dropout >= large.variational_dropout >= 0
    assert small.batch_chars <= large.batch_chars
    if not continued:
        assert Recipe.of_size(a, continued=True).max_epochs <= Recipe.of_size(a).max_epochs


def test_ud_gsd_is_trained_as_published() -> None:
    """docs/accuracy.md: 156,567 characters, the settings of `experiment=ud_zh_joint`."""
    assert Recipe.of_size(156_567) == Recipe(20, 1500, 0.2, 0.5)
