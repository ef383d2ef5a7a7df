"""Lists and objects of a JSON body are counted before it is read."""

import pytest

from serve.errors import ApiError
from serve.json_size import BYTES, FEW, MANY, check_number_of_lists


@pytest.mark.parametrize(
    ("body", "is_allowed"),
    [
        (b"[" + b"[]," * (MANY - 2) + b"[]]", True),
        (b"[" + b"[]," * (MANY - 1) + b"[]]", False),
        (b"[" + b'{"a":[]},' * (MANY // 2) + b"1]", False),
        (b'["' + b"[" * 2 * MANY + b'"]', True),  # in a text
        (b'["' + b'\\"[' * 2 * MANY + b'"]', True),
        (b'["' + b"[{" * MANY + b'\\\\", ' + b"[]," * MANY + b"1]", False),  # the text ends before them
        (b'["' + b'\\"[' * 2 * MANY, True),  # a text without an end, which is no JSON
        (b"[" + b"[]," * MANY + b" " * BYTES * 2 * MANY + b"1]", True),  # of a larger body
    ],
)
def test_what_is_counted(body: bytes, *, is_allowed: bool) -> None:
    if is_allowed:
        check_number_of_lists(body, " in line 3")
        return
    with pytest.raises(ApiError, match=r"at most \d+ lists and objects in line 3, got more; send fewer") as refusal:
        check_number_of_lists(body, " in line 3")
    assert refusal.value.code == "too_large"


@pytest.mark.parametrize(
    ("n", "most", "is_allowed"),
    [(FEW, 0, True), (FEW + 1, 0, False), (2 * FEW, 2 * FEW, True), (2 * FEW + 1, 2 * FEW, False), (MANY, None, True)],
)
def test_a_kind_of_request_may_have_fewer(n: int, most: int | None, *, is_allowed: bool) -> None:
    body = b"[" + b"[]," * (n - 2) + b"[]]"
    if is_allowed:
        check_number_of_lists(body, "", most)
        return
    with pytest.raises(ApiError, match=r"got more; send fewer .+, or raise --max-given"):
        check_number_of_lists(body, "", most)
