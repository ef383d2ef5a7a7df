"""The counters that Prometheus reads at `/metrics`."""

from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from .batcher import BatchSize
from .models import ServedModel

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_CHARS = (16, 64, 256, 1024, 2048, 4096, 8192, 16384, 65536)


disable_created_metrics()  # type: ignore[no-untyped-call]  # it would add a series to each counter that nobody reads


class Metrics:
    """The counters of one service; two services in a process do not share them."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "tagger_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self.latency = Histogram(
            "tagger_request_seconds",
            "From the headers to the end of the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.open = Gauge("tagger_requests_open", "Requests under way.", registry=registry)
        self.wait = Histogram(
            "tagger_queue_wait_seconds", "From submission to a worker.", buckets=_SECONDS, registry=registry
        )
        self.batch_texts = Histogram("tagger_batch_texts", "Texts in a batch.", buckets=_SIZES, registry=registry)
        self.batch_chars = Histogram(
            "tagger_batch_padded_characters", "Size of a batch.", buckets=_CHARS, registry=registry
        )
        self.queued = Gauge("tagger_queue_characters", "Characters that wait.", registry=registry)
        self.texts = Counter("tagger_texts", "Texts tagged.", ("model",), registry=registry)
        self.characters = Counter("tagger_characters", "Characters tagged.", ("model",), registry=registry)
        self.sheds = Counter("tagger_sheds", "Requests refused for lack of room.", ("reason",), registry=registry)
        self.gone = Counter("tagger_gone", "Callers that left before their answer.", registry=registry)
        self.reloads = Counter("tagger_reloads", "Reloads of a model file.", ("model", "outcome"), registry=registry)
        self.model = Gauge("tagger_model_info", "Models on offer.", ("model", "version", "licence"), registry=registry)
        ProcessCollector(registry=registry)

    def observe_batch(self, size: BatchSize) -> None:
        """Count a batch. The worker threads call it."""
        self.batch_texts.observe(size.n_texts)
        self.batch_chars.observe(size.n_padded)
        for wait in size.waits:
            self.wait.observe(wait)

    def watch_queue(self, n_waiting: Callable[[], float]) -> None:
        """Let the gauge of the queue call `n_waiting` whenever it is read."""
        self.queued.set_function(n_waiting)

    def show_models(self, models: Iterable[ServedModel]) -> None:
        """Show the models that are offered, and no others."""
        self.model.clear()
        for model in models:
            self.model.labels(model.name, model.version, model.licence or "").set(1)

    def render(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)
