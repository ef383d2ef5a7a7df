"""What reads large bodies beside the event loop."""

import asyncio
import gc
import weakref

import pytest

from serve.errors import ApiError
from serve.preparation import SMALL, Preparation


class Tree(list[int]):
    """A value that weak references may have."""


@pytest.mark.parametrize("size", [SMALL + 1, 10 * SMALL])
def test_a_refusal_does_not_keep_what_was_read(size: int) -> None:
    trees: list[weakref.ref[Tree]] = []

    def read() -> None:
        tree = Tree([1])
        trees.append(weakref.ref(tree))
        try:
            raise ValueError(tree)
        except ValueError:
            raise ApiError("invalid", "expected another tree") from None

    async def refuse() -> None:
        with pytest.raises(ApiError) as refusal:
            await Preparation().do(size, read)
        assert refusal.value.message == "expected another tree"
        assert [tree() for tree in trees] == [None]

    asyncio.run(refuse())
    assert gc.isenabled()


def test_a_small_body_is_read_at_once() -> None:
    async def read() -> int:
        return await Preparation().do(SMALL, lambda: 3)

    assert asyncio.run(read()) == 3
