"""Whole documents: a body of lines in, a line of JSON per line out, a few jobs at a time."""

import asyncio
import codecs
import json as stdlib_json
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from tagger.tagging.output import OutputOptions
from tagger.tagging.span_names import names_of
from tagger.tagging.tagger import Tagger

from .admission import FullError
from .body import BodyBudget
from .choices import TagChoices
from .engine import Engine, Pending
from .errors import ApiError
from .refusals import Json, describe_full
from .schema import Statement
from .surrogates import read_line, read_plain
from .terms import TERMS, check_here

# A job has this many lines or characters, and this many jobs of one document are under way together: enough to keep
# two workers busy, few enough that a document does not fill the queue.
JOB_LINES, JOB_CHARS, JOBS = 64, 4096, 3
STEP = 1 << 14  # bytes of lines that are read at a time, enough for JOB_CHARS of Chinese
LINE = 16  # bytes that a line counts beside its own: an empty one takes time too
BYTES_PER_CHAR = 4  # of UTF-8, at most


class Head(NamedTuple):
    """What the answer to line `number` begins with, as JSON: its number, its id, and the error that is all of the
    answer to a line that is no Unicode."""

    number: int
    json: bytes
    is_error: bool


class DocumentStream:
    """The answer to a document, as an ASGI application.

    An error before the first answer is an error answer as any other; after it, the last line says what was wrong, and
    which line is the first that has no answer.
    The same model answers the whole document, even when the model file is read again meanwhile.
    """

    def __init__(
        self, engine: Engine, bodies: BodyBudget, choices: TagChoices, line: Statement, *, json: bool, charset: str
    ) -> None:
        self._engine = engine
        self._charset = charset
        self._bodies = bodies
        self._key = engine.tag_key(choices, entities=True)
        self._array_name = array_name(choices.output, self._key.model.tagger)
        self._line = line
        self._json = json
        # Longer lines are not decoded, which would hold up everybody else: they have too many characters for sure.
        self._longest = engine.settings.max_body if json else BYTES_PER_CHAR * engine.settings.max_chars

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_document
        remedy = "send the document in parts, or raise --max-document"
        request = Request(scope, receive)
        async with self._bodies.read(request, limit=limit, remedy=remedy, charset=self._charset) as body:
            scope["note"].update(model=self._key.model.name, bytes=len(body))
            async with aclosing(self._answers(body, receive, scope["note"])) as answers:
                first = await anext(answers, b"")
                label = stdlib_json.dumps(self._key.model.label)  # headers are ASCII
                headers = [(b"content-type", b"application/x-ndjson"), (b"tagger-model", label.encode())]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": first, "more_body": True})
                try:
                    async for answer in answers:
                        await send({"type": "http.response.body", "body": answer, "more_body": True})
                except ApiError as error:
                    fault = {"code": error.code, "message": error.message, "line": error.line}
                    line = orjson.dumps({"error": fault})
                    await send({"type": "http.response.body", "body": line + b"\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _answers(self, body: bytes, receive: Receive, note: Json) -> AsyncGenerator[bytes]:
        """The answer lines of one job after another, in order. Raises ApiError at the first line that is refused.

        The `note` for the log line counts the texts that were answered, and their characters."""
        jobs: deque[_Job] = deque()
        fault: ApiError | None = None
        try:
            async with aclosing(self._submit_jobs(body, receive)) as submitted:
                while True:
                    try:
                        while len(jobs) < JOBS:
                            jobs.append(await anext(submitted))
                    except StopAsyncIteration:
                        pass
                    except ApiError as error:  # the lines before the one that is refused are answered first
                        fault = error
                    if not jobs:
                        break
                    yield await self._write_lines(jobs.popleft(), receive, note)
            if fault is not None:
                raise fault
        finally:
            fault = None  # else it would hold itself, and by its frames the body
            for job in jobs:
                job.pending.answers.cancel()

    async def _submit_jobs(self, body: bytes, receive: Receive) -> AsyncGenerator["_Job"]:
        """The jobs of a document, each in the queue. Raises ApiError with its line at the first line that is refused,
        after the job of those before it."""
        is_first = True
        steps, ahead = self._split_jobs(body), 0
        while step := await self._engine.preparation.do(ahead, lambda: next(steps, None), receive):
            heads, texts, ahead = step
            if not texts:
                await asyncio.sleep(0)
                continue
            with _at(heads[0].number):
                pending = await self._submit(texts, first=is_first)
            yield _Job(heads, texts, pending)
            is_first = False

    def _split_jobs(self, body: bytes) -> Iterator[tuple[list[Head], list[str], int]]:
        """The lines of a document in jobs, with the head of each line's answer; blank lines of JSON are left out.
        Between two jobs at most STEP bytes are read, or a longer line, whose bytes are told with the job before it.
        For that a job may be without lines.
        """
        heads: list[Head] = []
        texts: list[str] = []
        n_chars = n_bytes = 0
        for number, line in enumerate(_split_lines(body), 1):
            n_bytes += len(line) + LINE
            if n_bytes > STEP:
                yield heads, texts, len(line)
                heads, texts, n_chars, n_bytes = [], [], 0, len(line) + LINE
            if self._json and not line.strip():
                continue
            try:
                with _at(number):
                    text, head = self._read_line(line, number)
            except ApiError:
                if texts:
                    yield heads, texts, 0
                raise
            heads.append(head)
            texts.append(text)
            n_chars += len(text)
            if len(texts) == JOB_LINES or n_chars >= JOB_CHARS:
                yield heads, texts, 0
                heads, texts, n_chars, n_bytes = [], [], 0, 0
        if texts:
            yield heads, texts, 0

    def _read_line(self, line: bytes, number: int) -> tuple[str, Head]:
        """The text of one line of a document, which is empty if it is no Unicode, and the head of its answer.

        A line is plain text, or (`json`) a string or `{"text", "id"}`. Raises ApiError for anything else.
        """
        where = f"line {number}"
        if len(line) > self._longest:
            option = "--max-body" if self._json else "--max-chars"
            remedy = f"split the text where sentences end, or raise {option}"
            raise ApiError("too_large", f"expected at most {self._longest} bytes in {where}, got {len(line)}; {remedy}")
        content, error = (read_line if self._json else read_plain)(line, where)
        self._line.check(content, where)
        head: Json = {"line": number, **({"id": content["id"]} if "id" in content else {})}
        try:
            written = orjson.dumps(head | ({"error": error} if error else {}))
        except TypeError:
            wanted = f'expected an "id" of fewer levels in {where}'
            raise ApiError("invalid", f"{wanted}; send a string or a number") from None
        return content["text"], Head(number, written, error is not None)

    async def _submit(self, texts: list[str], *, first: bool) -> Pending:
        """Queue a job. The first job of a document is refused when the queue is full; later ones wait for room."""
        if terms := TERMS.get():  # the time of a request is that of each of its jobs
            TERMS.set(terms.renewed())
        end = time.monotonic() + self._engine.settings.deadline
        while True:
            try:
                return self._engine.submit(self._key, texts)
            except FullError as error:
                if first or time.monotonic() > end:
                    raise await self._engine.overloaded(describe_full(error), error.seconds) from None
            await asyncio.sleep(0.05)
            check_here()

    async def _write_lines(self, job: "_Job", receive: Receive, note: Json) -> bytes:
        with _at(job.heads[0].number):
            answers = await self._engine.wait(job.pending, receive)
        self._engine.metrics.count_tagged(self._key.model.name, job.texts)
        note["texts"] = note.get("texts", 0) + len(job.texts)
        note["chars"] = note.get("chars", 0) + sum(map(len, job.texts))
        return b"".join(
            head.json + b"\n" if head.is_error else b'%b,"%b":%b}\n' % (head.json[:-1], self._array_name, answer)
            for head, answer in zip(job.heads, answers, strict=True)
        )


@dataclass(frozen=True)
class _Job:
    """Lines of a document that are in the queue together."""

    heads: list[Head]
    texts: list[str]
    pending: Pending


@contextmanager
def _at(line: int) -> Iterator[None]:
    """Let an ApiError that the block raises say which line of the document is the first without an answer."""
    try:
        yield
    except ApiError as error:
        error.line = line
        raise


def array_name(output: OutputOptions, tagger: Tagger) -> bytes:
    """The name of the array in the answer to a text."""
    return b"alternatives" if output.nbest else names_of(tagger.model.scheme).spans.encode()


def _split_lines(body: bytes) -> Iterator[bytes]:
    """Lines without their line feeds. A line feed at the end of the body ends the last line and begins no other."""
    start = len(codecs.BOM_UTF8) if body.startswith(codecs.BOM_UTF8) else 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield body[start:end]
        start = end + 1
