"""An answer that is sent in parts, each once the caller has taken in most of those before it."""

from collections.abc import Iterator, Mapping

import orjson
from starlette.types import Receive, Scope, Send

from .job import Answers
from .refusals import Json

PART = 1 << 16  # bytes that are sent at a time


class ResultsResponse:
    """The answer `{…head, "results": […]}` with the fragments of a job, which count as unsent until it is sent.

    A result is the fragment of its text in `form`, or `{"error": …}` for a text that `errors` has, by its index.
    """

    def __init__(
        self, head: Mapping[str, object], answers: Answers[bytes], errors: Mapping[int, Json], form: bytes = b"%b"
    ) -> None:
        self._head = orjson.dumps(head)[:-1] + b',"results":['
        self._answers = answers
        self._errors = {index: orjson.dumps({"error": error}) for index, error in errors.items()}
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = len(self._head) + len(b"]}") + max(0, len(self._answers) - 1)
        length += sum(map(len, self._answers)) + len(self._answers) * (len(self._form) - len(b"%b"))
        length += sum(len(error) - len(self._form % self._answers[index]) for index, error in self._errors.items())
        headers = [(b"content-length", b"%d" % length), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part, more in split(self._fragments()):
            await send({"type": "http.response.body", "body": part, "more_body": more})

    def _fragments(self) -> Iterator[bytes]:
        yield self._head
        for number, answer in enumerate(self._answers):
            yield (b"," if number else b"") + (self._errors.get(number) or self._form % answer)
        yield b"]}"


def split(fragments: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The fragments in parts of PART bytes, of which the last may be shorter, and whether another part follows."""
    waiting = bytearray()
    for fragment in fragments:
        waiting += fragment
        while len(waiting) > PART:
            yield bytes(waiting[:PART]), True
            del waiting[:PART]
    yield bytes(waiting), False
