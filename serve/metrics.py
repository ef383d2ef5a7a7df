"""The counters that Prometheus reads at `/metrics`, of this process or of all that share a folder."""

import functools
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import product
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tagger import __version__

from .batch import BatchSize
from .models import Catalog, ServedModel
from .shared_metrics import VARIABLE, ProcessCounts

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_CHARS = (16, 64, 256, 1024, 2048, 4096, 8192, 16384, 65536)


class OfModel(Protocol):
    """What a batch is asked of."""

    @property
    def model(self) -> ServedModel: ...


Key = TypeVar("Key", bound=OfModel)
P = ParamSpec("P")
R = TypeVar("R")

disable_created_metrics()  # type: ignore[no-untyped-call]  # it would add a series to each counter that nobody reads


class Metrics:
    """The counters of one service; two services in a process do not share them.

    Processes that share a folder (`shared_metrics`) add up their figures. They have no figures that are found out when
    they are read, so `publish` writes these from time to time.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._is_shared = VARIABLE in os.environ
        self._models = _Models()
        self._n_waiting: Callable[[], float] = lambda: 0
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
        self.open = Gauge("tagger_requests_open", "Requests under way.", registry=registry, multiprocess_mode="livesum")
        self.wait = Histogram(
            "tagger_queue_wait_seconds", "From submission to a worker.", buckets=_SECONDS, registry=registry
        )
        self.batch_texts = Histogram("tagger_batch_texts", "Texts in a batch.", buckets=_SIZES, registry=registry)
        self.batch_chars = Histogram(
            "tagger_batch_padded_characters", "Size of a batch.", buckets=_CHARS, registry=registry
        )
        self.inference = Histogram(
            "tagger_inference_seconds", "A batch in the model.", ("model",), buckets=_SECONDS, registry=registry
        )
        self.model_latency = Histogram(
            "tagger_model_request_seconds",
            "From the texts of a request to their answers, queue and batches together.",
            ("model",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.queued = Gauge(
            "tagger_queue_characters", "Characters that wait.", registry=registry, multiprocess_mode="livesum"
        )
        self.texts = Counter("tagger_texts", "Texts tagged.", ("model",), registry=registry)
        self.characters = Counter("tagger_characters", "Characters tagged.", ("model",), registry=registry)
        self.sheds = Counter("tagger_sheds", "Requests refused for lack of room.", ("reason",), registry=registry)
        self.over_rate = Counter(
            "tagger_over_rate", "Requests refused because their key has a rate.", ("key",), registry=registry
        )
        self.refusals = Counter(
            "tagger_refusals", "Connections refused before a request could be read.", ("code",), registry=registry
        )
        self.accept_failures = Counter(
            "tagger_accept_failures",
            "Times that a process could accept no connection, as without free descriptors.",
            registry=registry,
        )
        self.lost_lines = Counter("tagger_log_lines_lost", "Log lines that nobody read in time.", registry=registry)
        self.gone = Counter("tagger_gone", "Callers that left before their answer.", registry=registry)
        self.reloads = Counter(
            "tagger_reloads",
            "Reloads of a file; its kind is model, dictionary, patterns or keys.",
            ("kind", "name", "outcome"),
            registry=registry,
        )
        if self._is_shared:
            self._process = _ProcessFigures(registry)
        else:
            ProcessCollector(registry=registry)
            registry.register(self._models)

    def expect_reloads(self, files: Iterable[tuple[str, str]]) -> None:
        """Let the counters of some files, by kind and name, begin at 0, and those of sheds: Prometheus sees no increase
        in a counter that it first sees at 1."""
        for (kind, name), outcome in product(files, ("done", "refused")):
            self.reloads.labels(kind, name, outcome)
        for reason in ("queue", "answers"):
            self.sheds.labels(reason)

    def count_tagged(self, model: str, texts: Sequence[Sized]) -> None:
        """Count texts that were answered, and their characters."""
        self.texts.labels(model).inc(len(texts))
        self.characters.labels(model).inc(sum(map(len, texts)))

    def timed(self, answer: Callable[Concatenate[Key, P], R]) -> Callable[Concatenate[Key, P], R]:
        """The same function from a key and texts to answers, timed for the model of the key."""

        @functools.wraps(answer)
        def timed_answer(key: Key, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with self.inference.labels(key.model.name).time():
                return answer(key, *args, **kwargs)

        return timed_answer

    def observe_batch(self, size: BatchSize) -> None:
        """Count a batch. The worker threads call it."""
        self.batch_texts.observe(size.n_texts)
        self.batch_chars.observe(size.n_padded)
        for wait in size.waits:
            self.wait.observe(wait)

    def watch_queue(self, n_waiting: Callable[[], float]) -> None:
        """Let the gauge of the queue call `n_waiting` whenever it is read or published."""
        self._n_waiting = n_waiting
        if not self._is_shared:
            self.queued.set_function(n_waiting)

    def show_models(self, catalog: Catalog) -> None:
        """Show the models, dictionaries and patterns that are offered, and no others."""
        self._models.shown = tuple(catalog)
        self._models.files = dict(catalog.versions)

    def publish(self) -> None:
        """Write the figures of this moment into the shared folder, if there is one."""
        if self._is_shared:
            self.queued.set(self._n_waiting())
            self._process.publish()

    def render(self) -> bytes:
        """All figures in the text format of Prometheus."""
        if not self._is_shared:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        cast("Callable[[CollectorRegistry], object]", MultiProcessCollector)(registry)  # it has no types
        registry.register(self._models)
        return generate_latest(registry)


class _Models(Collector):
    """Gauges whose labels tell the models on offer and the versions, and what the parent knows of its processes; they
    are the same in each process."""

    def __init__(self) -> None:
        self.shown: tuple[ServedModel, ...] = ()
        self.files: dict[tuple[str, str], str] = {}

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        family = GaugeMetricFamily(
            "tagger_model_info", "Models on offer.", labels=("model", "version", "licence", "runtime")
        )
        for model in self.shown:
            family.add_metric((model.name, model.version, model.licence or "", model.runtime), 1)
        yield family
        files = GaugeMetricFamily("tagger_file_info", "Dictionaries and patterns.", labels=("kind", "name", "version"))
        for (kind, name), version in self.files.items():
            files.add_metric((kind, name, version), 1)
        yield files
        import onnxruntime

        build = GaugeMetricFamily("tagger_build_info", "What runs.", labels=("version", "python", "onnxruntime"))
        build.add_metric((__version__, platform.python_version(), onnxruntime.__version__), 1)
        yield build
        processes = GaugeMetricFamily("tagger_processes", "Processes of the service, if several.", labels=("state",))
        ended = CounterMetricFamily("tagger_process_ends", "Processes that ended by themselves.", labels=())
        if counts := ProcessCounts.read():
            processes.add_metric(("wanted",), counts.wanted)
            processes.add_metric(("ready",), counts.ready)
            ended.add_metric((), counts.ended)
        yield from (processes, ended)


class _ProcessFigures:
    """Memory, descriptors and CPU time of all processes together, under the names that a single process has."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._collector = ProcessCollector(registry=None)
        self._gauges = {
            name: Gauge(name, f"{what}, all processes together.", registry=registry, multiprocess_mode="livesum")
            for name, what in (
                ("process_resident_memory_bytes", "Resident memory"),
                ("process_virtual_memory_bytes", "Virtual memory"),
                ("process_open_fds", "Open file descriptors"),
            )
        }
        self._cpu = Counter("process_cpu_seconds", "User and system time, all processes together.", registry=registry)
        self._cpu_seconds = 0.0

    def publish(self) -> None:
        for family in self._collector.collect():
            for sample in family.samples:
                if sample.name in self._gauges:
                    self._gauges[sample.name].set(sample.value)
                elif sample.name == "process_cpu_seconds_total":
                    self._cpu.inc(max(0.0, sample.value - self._cpu_seconds))
                    self._cpu_seconds = sample.value
