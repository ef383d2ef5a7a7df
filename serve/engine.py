"""Models, the batcher and their limits, for handlers: a question in, one JSON fragment per text out."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive

from tagger.tagging.dictionary import Dictionary

from .answer import ClassifyRequest, TagRequest, Text, answers, labels
from .batcher import Batcher, ClosedError, FullError, LateError
from .errors import ApiError, GoneError
from .metric import Metric
from .models import Catalog, ServedModel
from .settings import Settings

SHEDS_PER_SECOND = 200
PATHS = {"tagger": "/v1/tag", "classifier": "/v1/classify"}


@dataclass(frozen=True)
class Key:
    """Texts may share a batch when the model and what is asked of it are the same."""

    model: ServedModel
    asked: TagRequest | ClassifyRequest


def _work(key: Key, texts: Sequence[Any]) -> list[bytes]:
    if isinstance(key.asked, ClassifyRequest):
        return labels(key.model.classifier, texts, key.asked)
    return answers(key.model.tagger, texts, key.asked)


class Engine:
    """Answers questions within their deadline, or says by a Fault why not."""

    def __init__(self, catalog: Catalog, settings: Settings, metric: Metric) -> None:
        self.catalog = catalog
        self.settings = settings
        self.metric = metric
        self.draining = False
        self._next_shed = 0.0
        self.batcher: Batcher[Key, bytes] = Batcher(
            _work,
            workers=settings.n_workers,
            budget=settings.batch_chars,
            limit=settings.queue_chars,
            observe=metric.observe_batch,
        )
        metric.watch_queue(lambda: self.batcher.n_waiting)
        metric.offer(catalog)

    def model(self, name: str | None, kind: str = "tagger") -> ServedModel:
        """The model of that name, or the default of a kind. Raises Fault when there is none of that kind."""
        model = self.catalog.get(name, kind)
        names = ", ".join(self.catalog.names(kind))
        if not names:
            raise ApiError("not_found", f"expected a {kind} among the models, got none; start the service with one")
        if model is None:
            raise ApiError("not_found", f"expected a model among {names}, got {name!r}; see /v1/models")
        if model.kind != kind:
            raise ApiError(
                "invalid",
                f"expected a {kind}, among {names}, got {name!r}, a {model.kind}; ask {PATHS[model.kind]} for it",
            )
        return model

    def dictionary(self, name: str | None) -> tuple[Dictionary, ...]:
        """The dictionary of that name, or none. Raises Fault when there is no such one."""
        if name is None:
            return ()
        try:
            return (self.catalog.dictionaries[name],)
        except KeyError:
            names = ", ".join(self.catalog.dictionaries) or "none"
            raise ApiError(
                "not_found", f"expected a dictionary among {names}, got {name!r:.80}; see /v1/models"
            ) from None

    def variant(self, model: ServedModel, standard: str | None) -> ServedModel:
        """A tagger after one of its standards; None for its first. Raises Fault for one that it has not."""
        if standard is None:
            return model
        if standard not in model.variants:
            known = f"one of the standards {', '.join(model.variants)}" if model.variants else "no standard"
            raise ApiError("invalid", f"expected {known} for {model.name}, got {standard!r:.80}; see /v1/models")
        return model.variants[standard]

    def submit(self, key: Key, texts: Sequence[Text]) -> "asyncio.Future[list[bytes]]":
        """Queue the texts. Raises FullError when there is no room, Fault when the service is closing."""
        deadline = time.monotonic() + self.settings.deadline
        try:
            done = self.batcher.submit(key, texts, deadline=deadline)
        except ClosedError:
            raise ApiError("unavailable", "the service is going down; ask again: another instance answers") from None
        return asyncio.wrap_future(done)

    async def ask(self, key: Key, texts: Sequence[Text], receive: Receive) -> list[bytes]:
        """The words of every text, or its alternatives, as JSON arrays; or its labels, as JSON objects.

        Raises Fault when there is no room or no time, GoneError when the caller leaves, which also
        takes the texts out of the queue. `receive` is that of a request whose body has been read.
        """
        try:
            waiting = self.submit(key, texts)
        except FullError:
            raise await self.shed() from None
        found = await self.wait(waiting, receive)
        self.metric.texts.labels(key.model.name).inc(len(texts))
        self.metric.characters.labels(key.model.name).inc(sum(map(len, texts)))
        return found

    async def wait(self, waiting: "asyncio.Future[list[bytes]]", receive: Receive) -> list[bytes]:
        """The answer, unless the caller leaves or the deadline passes before it is there."""
        leaving = asyncio.ensure_future(receive())
        both: set[asyncio.Future[Any]] = {waiting, leaving}
        try:
            await asyncio.wait(both, timeout=self.settings.deadline, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            if leaving.done():
                raise GoneError
        except LateError:
            pass
        finally:
            leaving.cancel()
            waiting.cancel()
        raise ApiError(
            "deadline",
            f"expected an answer within {self.settings.deadline:g} s, the queue was longer; ask again later, "
            "send fewer texts, or raise --deadline",
        )

    async def shed(self, reason: str = "queue") -> ApiError:
        """A refusal for lack of room, held back for a while: rejecting at once would starve inference."""
        self.metric.sheds.labels(reason).inc()
        now = time.monotonic()
        # Refusing costs time that answers need, so refusals have a pace that eager callers cannot set.
        self._next_shed = max(now + self.settings.retry_delay, self._next_shed + 1 / SHEDS_PER_SECOND)
        self._next_shed = min(self._next_shed, now + self.settings.deadline)
        await asyncio.sleep(self._next_shed - now)
        return ApiError(
            "overloaded",
            f"expected room in the queue of {self.settings.queue_chars} characters, it is full; "
            "ask again after Retry-After",
            {"Retry-After": "1"},
        )

    @property
    def ready(self) -> bool:
        """Does the service want requests?"""
        return not self.draining and self.batcher.alive
