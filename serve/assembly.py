"""Puts the service together: the files that it reads, the engine with its threads, and the application over it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from .agreement import Agreement
from .app import build
from .body import BodyBudget
from .copies import Copies
from .engine import Engine
from .interpreter import tune
from .loading import load, log_loaded
from .log import count_lost
from .metrics import Metrics
from .repository import Repository
from .settings import Settings

if TYPE_CHECKING:
    from .tracing import Tracer


@dataclass(frozen=True)
class Assembly:
    """The parts that a server needs."""

    engine: Engine
    repository: Repository
    bodies: BodyBudget
    app: ASGIApp
    tracer: "Tracer | None" = None


@contextmanager
def assembled(
    settings: Settings,
    copies: Copies | None = None,
    agreement: Agreement | None = None,
    *,
    says_loaded: bool = True,
) -> Iterator[Assembly]:
    """The service, whose threads end with the block. It reads `copies` of files where another process has kept some,
    and offers the models that are in the `agreement` with other processes. `says_loaded`: whether there is an event for
    each file.

    Raises ModelError for a model and InputError for a dictionary or patterns that cannot be used.
    """
    copies = copies or Copies()
    catalog = load(settings, copies, agreement.offered if agreement else None)
    if says_loaded:
        log_loaded(catalog)
    engine = Engine(catalog, settings, Metrics(), copies)
    count_lost(engine.metrics.lost_lines.inc)
    repository = Repository(engine, agreement)
    bodies = BodyBudget(limit=settings.max_held, seconds=settings.body_seconds)
    app = build(engine, repository, bodies)
    tune()  # else a full collection takes 30 ms
    with ExitStack() as stack:
        stack.callback(engine.batcher.close, timeout=1.0)
        tracer = None
        if settings.traces:
            from .tracing import Tracer, TracingMiddleware, otlp_exporter

            tracer = Tracer(otlp_exporter(settings.traces))
            stack.callback(tracer.close)
            app = TracingMiddleware(app, tracer)
        yield Assembly(engine, repository, bodies, app, tracer)
