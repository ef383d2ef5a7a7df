"""Between the handlers and the worker threads: finds the model, queues the texts, and waits for their answers."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from starlette.types import Receive

from tagger.tagging.dictionary import Dictionary
from tagger.tagging.guard import Guard, TooManyMatchesError
from tagger.tagging.patterns import Patterns

from .admission import FullError, HopelessError
from .batcher import Batcher
from .choices import TagChoices
from .copies import Copies
from .errors import ApiError
from .fair_queue import DEFAULT_URGENCY
from .inference import ClassifyOptions, TagOptions, Text, classify_texts, tag_texts
from .job import Answers, ClosedError, CrowdedError, JobFuture, LateError
from .keys import Keys
from .metrics import Metrics
from .models import Catalog, ServedModel
from .preparation import Preparation
from .refusals import describe_full
from .request_constraints import check_words
from .settings import Settings
from .statistics import ModelStatistics
from .steps import note_times
from .terms import TERMS
from .waiting import wait_for

REFUSALS_PER_SECOND = 200
# Seconds to search alternatives, for each character of a text, whatever computes the scores.
ALTERNATIVES = 1e-4
PATIENCE = 0.01  # seconds that workers are in long batches before short texts go first
PATHS = {"tagger": "/v1/tag", "classifier": "/v1/classify"}


@dataclass(frozen=True)
class BatchKey:
    """Texts may share a batch when they have the same model and the same options."""

    model: ServedModel
    options: TagOptions | ClassifyOptions

    @property
    def kind(self) -> Hashable:
        """What the time of its work depends on: the model, and what is asked of it."""
        options = self.options
        if isinstance(options, ClassifyOptions):
            return self.model.name
        return self.model.name, options.output, bool(options.dictionaries), bool(options.patterns)

    @property
    def guess(self) -> float:
        """The seconds of a character, as far as they are known before any work of the kind."""
        if isinstance(self.options, ClassifyOptions):
            return self.model.seconds_per_char
        output = self.options.output
        if output.nbest:
            return 2.0 * output.nbest * self.model.seconds_per_char + ALTERNATIVES
        return self.model.seconds_per_char * (2.0 if output.search else 1.5 if output.confidence else 1.0)

    def with_dictionaries(self, dictionaries: Sequence[Dictionary]) -> Self:
        """The same, with further dictionaries, which hold over those before them."""
        if not dictionaries or not isinstance(self.options, TagOptions):
            return self
        return replace(self, options=replace(self.options, dictionaries=(*self.options.dictionaries, *dictionaries)))


class Pending(NamedTuple):
    """Texts in the queue since the time `submitted`: their answers, and the job that the workers do."""

    answers: "asyncio.Future[Answers[bytes]]"
    job: JobFuture[bytes]
    submitted: float

    def too_late(self) -> ApiError:
        """The refusal of what was not done by its deadline, which tells waiting from computing."""
        now = time.monotonic()
        waited, computed = (self.job.began or now) - self.submitted, now - (self.job.began or now)
        times = f"{round(waited, 3):g} s in the queue and {round(computed, 3):g} s of computing were not enough"
        remedy = "send fewer texts at a time, or give the service more cores"
        if waited > computed:
            remedy = "ask again later, when fewer requests wait"
        wanted = f"expected an answer by the deadline, {times}; {remedy}"
        return ApiError("deadline", f"{wanted}, or allow more time (X-Request-Timeout, --deadline)")


class Engine:
    """Answers texts within the deadline, or raises ApiError with the reason."""

    def __init__(self, catalog: Catalog, settings: Settings, metrics: Metrics, copies: Copies | None = None) -> None:
        self.catalog = catalog
        self.settings = settings
        self.metrics = metrics
        self.copies = copies or Copies()
        self.keys = Keys(settings, self.copies)
        self.preparation = Preparation()
        self.draining = False
        self._next_refusal = 0.0
        self.statistics: defaultdict[str, ModelStatistics] = defaultdict(ModelStatistics)
        self.batcher: Batcher[BatchKey, bytes] = Batcher(
            metrics.timed(self._answer_batch),
            workers=settings.n_workers,
            budget=settings.batch_chars,
            limit=settings.deadline * settings.queue_share,
            memory=settings.max_unsent,
            patience=PATIENCE,
            kind=lambda key: key.kind,
            observe=metrics.observe_batch,
        )
        metrics.watch_queue(lambda: self.batcher.n_waiting)
        metrics.show_models(catalog)
        keys = [("keys", str(self.keys.file.path))] if self.keys.file else []
        metrics.expect_reloads([*catalog.files, *keys])

    def count_request(self, key: str) -> None:
        """Count a request with the key of that name. Raises ApiError where the key has a rate and exceeds it."""
        try:
            self.keys.count(key)
        except ApiError:
            self.metrics.over_rate.labels(key).inc()
            raise

    def _answer_batch(self, key: BatchKey, texts: Sequence[Any], pause: Callable[[], None]) -> list[bytes]:
        if isinstance(key.options, ClassifyOptions):
            return classify_texts(key.model.classifier, texts, key.options)
        guard = Guard(pause, self.settings.max_matches)
        try:
            return tag_texts(key.model.tagger.guarded(guard), texts, key.options)
        except TooManyMatchesError as error:
            raise ApiError("too_large", str(error)) from None

    def model(self, name: str | None, kind: str = "tagger") -> ServedModel:
        """The model of that name, or the default of a kind. Raises ApiError when there is no such model."""
        model = self.catalog.get(name, kind)
        names = ", ".join(self.catalog.names(kind))
        if not names:
            raise ApiError(
                "not_found", f"expected a {kind} among the models, got none; start the service with --model NAME=PATH"
            )
        if model is None:
            raise ApiError("not_found", f"expected a model among {names}, got {name!r:.80}; see /v1/models")
        if model.kind != kind:
            raise ApiError(
                "invalid",
                f"expected a {kind}, among {names}, got {name!r:.80}, a {model.kind}; ask {PATHS[model.kind]} for it",
            )
        return model

    def versioned(self, name: str | None, kind: str = "tagger") -> ServedModel:
        """The same, also for `NAME@N`, the model NAME if it has version N. Raises ApiError if it has another."""
        base, _, number = (name or "").rpartition("@")
        model = self.catalog.get(base, kind) if self.catalog.get(name, kind) is None else None
        if model is None:
            return self.model(name, kind)
        if number != str(held := model.predictor.model.metadata.model_version):
            raise ApiError(
                "not_found",
                f"expected version {held} of {base}, which is served, got {name!r:.80}; ask for {base}@{held}, or have "
                "the file of the other version served",
            )
        return self.model(base, kind)

    def tag_key(self, choices: TagChoices, *, entities: bool = False) -> BatchKey:
        """What a request for words asks for, with the `entities` beside them if the model finds both. Raises ApiError
        for names that the service does not know, and for words with tags or types that are none of the model."""
        model = self.with_standard(self.versioned(choices.model), choices.standard)
        dictionaries, patterns = self.dictionaries(choices.dictionary), self.patterns(choices.patterns)
        check_words(dictionaries, "dictionary", model.tagger)
        check_words(patterns, "patterns", model.tagger)
        return BatchKey(model, TagOptions(choices.unit, choices.output, dictionaries, patterns, entities))

    def dictionaries(self, name: str | None) -> tuple[Dictionary, ...]:
        """The dictionary of that name; no dictionary for None. Raises ApiError for an unknown name."""
        if name is None:
            return ()
        try:
            return (self.catalog.dictionaries[name],)
        except KeyError:
            names = ", ".join(self.catalog.dictionaries) or "none"
            remedy = "see /v1/models" if self.catalog.dictionaries else "start the service with --dictionary NAME=PATH"
            raise ApiError("not_found", f"expected a dictionary among {names}, got {name!r:.80}; {remedy}") from None

    def patterns(self, name: str | None) -> tuple[Patterns, ...]:
        """The patterns of that name; none for None. Raises ApiError for an unknown name."""
        if name is None:
            return ()
        try:
            return (self.catalog.patterns[name],)
        except KeyError:
            names = ", ".join(self.catalog.patterns) or "none"
            remedy = "see /v1/models" if self.catalog.patterns else "start the service with --patterns NAME=PATH"
            raise ApiError("not_found", f"expected patterns among {names}, got {name!r:.80}; {remedy}") from None

    def with_standard(self, model: ServedModel, standard: str | None) -> ServedModel:
        """The model by another standard of it; None for its first. Raises ApiError for a standard it does not have."""
        if standard is None:
            return model
        if standard not in model.standards:
            known = f"one of the standards {', '.join(model.standards)}" if model.standards else "no standard"
            raise ApiError("invalid", f"expected {known} for {model.name}, got {standard!r:.80}; see /v1/models")
        return model.standards[standard]

    def submit(self, key: BatchKey, texts: Sequence[Text]) -> Pending:
        """Queue the texts, on the terms of the request. Raises FullError when there is no room, ApiError when the
        service is closing, and for texts that cannot be answered in time."""
        terms = TERMS.get()
        deadline = time.monotonic() + self.settings.deadline if terms is None else terms.deadline
        caller, urgency = ("", DEFAULT_URGENCY) if terms is None else (terms.caller, terms.urgency)
        submitted = time.monotonic()
        try:
            job = self.batcher.submit(key, texts, deadline=deadline, caller=caller, urgency=urgency, guess=key.guess)
        except ClosedError:
            raise ApiError("unavailable", "the service is going down; ask again: another instance answers") from None
        except HopelessError as error:
            n_chars, seconds = sum(map(len, texts)), deadline - time.monotonic()
            raise ApiError(
                "too_large",
                f"expected work that is done within {seconds:.3g} s, got {n_chars} characters, which take about "
                f"{error.seconds:.3g} s as they are asked for; send fewer texts at a time, ask for fewer alternatives, "
                "or allow more time (X-Request-Timeout, --deadline)",
            ) from None
        return Pending(asyncio.wrap_future(job), job, submitted)

    async def answer(self, key: BatchKey, texts: Sequence[Text], receive: Receive) -> Answers[bytes]:
        """One JSON fragment per text, as `inference` writes them. `receive` is that of a request whose body was read.

        Raises ApiError when there is no room or no time, GoneError when the caller leaves, which also takes the
        texts out of the queue.
        """
        try:
            pending = self.submit(key, texts)
        except FullError as error:
            raise await self.overloaded(describe_full(error), error.seconds) from None
        name = key.model.name
        with self.statistics[name].measure(len(texts)), self.metrics.model_latency.labels(name).time():
            answers = await self.wait(pending, receive)
        self.metrics.count_tagged(name, texts)
        return answers

    async def wait(self, pending: Pending, receive: Receive) -> Answers[bytes]:
        """The answers, unless the caller leaves (GoneError) or the deadline passes (ApiError) first."""
        terms = TERMS.get()
        seconds = self.settings.deadline if terms is None else terms.deadline - time.monotonic()
        connection = None if terms is None else terms.connection
        try:
            answers = await wait_for(pending.answers, max(0.0, seconds), connection, receive)
            note_times(answers.times)
            return answers
        except LateError:
            pass
        except CrowdedError:
            self.metrics.sheds.labels("answers").inc()
            raise ApiError(
                "unavailable",
                f"expected room for the answer, {self.batcher.answers.n_held} bytes of answers are not read yet; "
                "read answers as they come, and ask again after Retry-After",
                {"Retry-After": "1"},
            ) from None
        raise pending.too_late()

    async def refuse_when_full(self) -> None:
        """Raises ApiError when the queue is so full that a body is not worth reading."""
        terms = TERMS.get()
        try:
            self.batcher.check_room("" if terms is None else terms.caller)
        except FullError as error:
            raise await self.overloaded(describe_full(error, is_read=False)) from None

    async def overloaded(self, message: str, seconds: float = 0.0) -> ApiError:
        """The refusal for lack of room, returned after a delay; there may be room after `seconds`.

        Refusing costs time that answers need, so refusals have a pace that eager callers cannot set.
        """
        self.metrics.sheds.labels("queue").inc()
        now = time.monotonic()
        self._next_refusal = max(now + self.settings.retry_delay, self._next_refusal + 1 / REFUSALS_PER_SECOND)
        self._next_refusal = min(self._next_refusal, now + self.settings.deadline)
        await asyncio.sleep(self._next_refusal - now)
        return ApiError("overloaded", message, {"Retry-After": str(max(1, math.ceil(seconds)))})

    @property
    def ready(self) -> bool:
        """Whether the service wants requests."""
        return not self.draining and self.batcher.alive
