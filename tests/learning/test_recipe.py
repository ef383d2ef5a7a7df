"""Settings by the size of a corpus: what was chosen at the sizes that were measured, and what lies between these."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.learning.recipe import CONTINUED, NEW, NEW_HEAD, Recipe

SIZES = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("points", "how"),
    [(NEW, {}), (CONTINUED, {"continued": True}), (NEW_HEAD, {"continued": True, "new_head": True})],
)
def test_at_the_measured_sizes(points: tuple[tuple[float, ...], ...], how: dict[str, bool]) -> None:
    for n_chars, *values in points:
        found = Recipe.of_size(int(n_chars), **how)
        assert [found.max_epochs, found.batch_chars, found.unknown_dropout, found.variational_dropout] == values
    assert Recipe.of_size(0, **how) == Recipe.of_size(int(points[0][0]), **how)
    assert Recipe.of_size(10**9, **how) == Recipe.of_size(int(points[-1][0]), **how)


@given(SIZES)
def test_a_new_head_takes_more_epochs_than_one_that_serves_and_changes_nothing_else(n_chars: int) -> None:
    serves, new = (Recipe.of_size(n_chars, continued=True, new_head=new_head) for new_head in (False, True))
    assert serves.max_epochs <= new.max_epochs <= Recipe.of_size(n_chars).max_epochs
    assert replace(new, max_epochs=serves.max_epochs) == serves


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
