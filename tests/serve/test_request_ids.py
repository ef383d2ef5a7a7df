"""New ids of requests: no two are the same, from any thread and in any process."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from serve.request_ids import new_request_id


def test_ids_of_many_threads_differ() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_request_id(), range(5000)))
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", id) for id in ids)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_has_ids_of_its_own() -> None:
    new_request_id()  # others wait now
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.write(writer, "".join(new_request_id() for _ in range(300)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        theirs = re.findall(".{32}", told.read())
    os.waitpid(child, 0)
    assert len(theirs) == 300
    assert not set(theirs) & {new_request_id() for _ in range(300)}
