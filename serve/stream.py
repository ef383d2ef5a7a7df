"""Whole documents: a body of lines in, a line of JSON per line out, a few jobs at a time."""

import asyncio
import json as stdlib_json
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from .answer import OutputOptions
from .batcher import FullError
from .body import BodyBudget
from .engine import Engine, Key
from .errors import ApiError
from .schema import Limits, answer_name, line

# Lines and characters that make a job, and jobs of one document that are under way together: enough to
# keep two workers busy, few enough that a document does not fill the queue.
JOB_LINES, JOB_CHARS, JOBS = 64, 4096, 3
_Heads = list[dict[str, Any]]


class Stream:
    """The answer to a document, as an ASGI application.

    What is wrong before the first answer is an error like any other; after it, a last line says what
    was wrong. One model answers the whole document, reloads notwithstanding.
    """

    def __init__(
        self, engine: Engine, hall: BodyBudget, limits: Limits, *, key: Key, view: OutputOptions, json: bool
    ) -> None:
        self._engine = engine
        self._hall = hall
        self._limits = limits
        self._key = key
        self._model = key.model
        self._view = view
        self._json = json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._engine.batcher.full:
            raise await self._engine.shed()
        limit = self._engine.settings.max_document
        async with self._hall.read(Request(scope, receive), limit=limit, flag="--max-document") as body:
            scope["note"].update(model=self._model.name, bytes=len(body))
            async with aclosing(self._answers(body, receive)) as answers:
                first = await anext(answers, b"")
                label = stdlib_json.dumps(self._model.label)  # headers are ASCII
                headers = [(b"content-type", b"application/x-ndjson"), (b"tagger-model", label.encode())]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": first, "more_body": True})
                try:
                    async for answer in answers:
                        await send({"type": "http.response.body", "body": answer, "more_body": True})
                except ApiError as fault:
                    error = orjson.dumps({"error": {"code": fault.code, "message": fault.message}})
                    await send({"type": "http.response.body", "body": error + b"\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _answers(self, body: bytes, receive: Receive) -> AsyncGenerator[bytes]:
        """The answers of a job at a time, in order. Raises Fault at what cannot be answered."""
        jobs: deque[tuple[_Heads, asyncio.Future[list[bytes]]]] = deque()
        try:
            for heads, texts in self._jobs(body):
                jobs.append((heads, await self._submit(texts, first=not heads or heads[0]["line"] == 1)))
                if len(jobs) == JOBS:
                    yield await self._written(*jobs.popleft(), receive)
            while jobs:
                yield await self._written(*jobs.popleft(), receive)
        finally:
            for _, job in jobs:
                job.cancel()

    def _jobs(self, body: bytes) -> Iterator[tuple[_Heads, list[str]]]:
        heads: _Heads = []
        texts: list[str] = []
        n_chars = 0
        for number, raw in enumerate(_lines(body), 1):
            if self._json and not raw.strip():
                continue
            text, head = line(raw, number, self._limits, json=self._json)
            heads.append(head)
            texts.append(text)
            n_chars += len(text)
            if len(texts) == JOB_LINES or n_chars >= JOB_CHARS:
                yield heads, texts
                heads, texts, n_chars = [], [], 0
        if texts:
            yield heads, texts

    async def _submit(self, texts: list[str], *, first: bool) -> "asyncio.Future[list[bytes]]":
        """Queue a job; a document under way waits for room, one that begins is refused."""
        try:
            async with asyncio.timeout(self._engine.settings.deadline):
                while True:
                    try:
                        return self._engine.submit(self._key, texts)
                    except FullError:
                        if first:
                            break
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        raise await self._engine.shed()

    async def _written(self, heads: _Heads, job: "asyncio.Future[list[bytes]]", receive: Receive) -> bytes:
        found = await self._engine.wait(job, receive)
        self._engine.metric.texts.labels(self._model.name).inc(len(found))
        pairs = zip(heads, found, strict=True)
        name = answer_name(self._view)
        return b"".join(b'%b,"%b":%b}\n' % (orjson.dumps(head)[:-1], name, each) for head, each in pairs)


def _lines(body: bytes) -> Iterator[bytes]:
    """Lines without their line feeds; a last line feed ends the last line and begins no other."""
    at = 0
    while at < len(body):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        yield body[at:end]
        at = end + 1
