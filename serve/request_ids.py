"""Ids for requests that bring none: 128 random bits in hex. The bits of many ids are asked for at once, because a call
to the system for each, which lets another thread go on, was a fifth of what a request costs."""

import os
from collections import deque

_N_IDS, _N_BYTES = 256, 16
_ids: deque[str] = deque()
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_ids.clear)  # so that two processes never give the same id


def new_request_id() -> str:
    """An id that no other request has."""
    while True:
        try:
            return _ids.pop()  # from any thread
        except IndexError:
            digits, size = os.urandom(_N_IDS * _N_BYTES).hex(), 2 * _N_BYTES
            _ids.extend(digits[start : start + size] for start in range(0, len(digits), size))
