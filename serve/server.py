"""The running service: its socket, its signals, and how it ends."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp

from tagger.errors import InputError, ModelError, TaggerError
from tagger.tagging.patterns import Patterns

from .app import build
from .engine import Engine
from .listener import listen, stop
from .log import event, logger
from .metrics import Metrics
from .models import Catalog, ServedModel
from .protocol import LimitedConfig, LimitedProtocol
from .protocol_v2 import ProtocolV2
from .repository import Repository
from .settings import Settings

if TYPE_CHECKING:
    from .grpc_service import GrpcServer

# How long after SIGTERM a connection stays open that has not sent a request yet.
FIRST_REQUEST_SECONDS = 1.0


class ListenError(TaggerError):
    """The address cannot be listened on."""


class Server(uvicorn.Server):
    """uvicorn's server. SIGTERM drains it first, and the process ends with status 0; SIGHUP reads the models again."""

    def __init__(self, engine: Engine, app: ASGIApp, listener: socket.socket, repository: Repository) -> None:
        config = LimitedConfig(app, engine.settings)
        super().__init__(config)
        self._limited_config = config
        self._engine = engine
        self._listener = listener
        self._repository = repository
        self._grpc: GrpcServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Our handlers in place of uvicorn's, which raise the signal again at the end."""
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGTERM: self._stop, signal.SIGINT: self._stop, signal.SIGHUP: self._reload}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's startup, then an event that says that requests may come. Raises ListenError without a port for
        gRPC."""
        if port := self._engine.settings.grpc_port:
            from .grpc_service import GrpcServer  # an extra of its own

            self._grpc = GrpcServer(self._engine, ProtocolV2(self._engine), self._repository)
            try:
                await self._grpc.start()
            except RuntimeError as error:
                raise ListenError(
                    f"expected to listen on port {port}, got: {error}; choose another: --grpc-port"
                ) from None
        await super().startup(sockets)
        host, port = self._listener.getsockname()[:2]
        event("ready", address=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's shutdown, and that of gRPC."""
        if self._grpc is not None:
            await self._grpc.stop()
        await super().shutdown(sockets)

    def _stop(self) -> None:
        if self._engine.draining:  # a second signal ends the process at once
            self.should_exit = self.force_exit = True
            return
        self._engine.draining = True
        self._start(self._drain())

    async def _drain(self) -> None:
        """Answer with readiness false and `Connection: close` until load balancers know, then let uvicorn finish."""
        event("draining", seconds=self._engine.settings.drain_seconds)
        try:
            await asyncio.sleep(self._engine.settings.drain_seconds)
            for connection in stop(self._listener):
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
            await asyncio.sleep(0.1)  # requests that have arrived begin
            # A new caller may need a moment for its first request.
            end = time.monotonic() + FIRST_REQUEST_SECONDS
            while time.monotonic() < end and any(map(_is_unused, self.server_state.connections)):
                await asyncio.sleep(0.02)
        finally:  # the process ends even when draining fails
            self.should_exit = True

    def _protocol(self) -> LimitedProtocol:
        return LimitedProtocol(self._limited_config, self.server_state, app_state={})

    def _reload(self) -> None:
        self._start(self._read_models())

    async def _read_models(self) -> None:
        """Read all files of models, dictionaries and patterns again; one that cannot be used leaves its predecessor in
        place."""
        async with self._reloading:
            catalog, metrics = self._engine.catalog, self._engine.metrics
            for old in tuple(catalog):
                try:
                    new = await asyncio.to_thread(ServedModel.open, old.name, old.path)
                except (ModelError, OSError) as error:
                    metrics.reloads.labels(old.name, "refused").inc()
                    logger.error("reload refused", extra={"fields": {**old.label, "reason": str(error)}})
                    continue
                catalog.put(new)
                metrics.reloads.labels(old.name, "done").inc()
                event("reloaded", **new.label, before=old.version)
            options = self._engine.settings.dictionary_options
            for name, path in self._engine.settings.dictionaries.items():
                try:
                    catalog.dictionaries[name] = await asyncio.to_thread(options.read, path)
                except InputError as error:
                    logger.error("reload refused", extra={"fields": {"dictionary": name, "reason": str(error)}})
                    continue
                event("reloaded", dictionary=name, entries=len(catalog.dictionaries[name]))
            for name, path in self._engine.settings.pattern_files.items():
                try:
                    catalog.patterns[name] = await asyncio.to_thread(Patterns.read, path, encoding=options.encoding)
                except InputError as error:
                    logger.error("reload refused", extra={"fields": {"patterns": name, "reason": str(error)}})
                    continue
                event("reloaded", patterns=name, expressions=len(catalog.patterns[name]))
            metrics.show_models(catalog)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_unused(connection: object) -> bool:
    """Whether no request has come on a connection yet."""
    return getattr(connection, "cycle", None) is None


def _log_loaded(catalog: Catalog) -> None:
    """An event for each file that was loaded; those of users name their tags that models do not have."""
    for model in catalog:
        event("loaded", **model.label)
    taggers = {model.name: model.tagger for model in catalog if model.kind == "tagger"}
    for name, dictionary in catalog.dictionaries.items():
        unknown = {model: tagger.with_dictionary(dictionary).unknown_tags for model, tagger in taggers.items()}
        reading = dictionary.file.describe(len(dictionary)) if dictionary.file else ""
        event("loaded", dictionary=name, entries=len(dictionary), unknown_tags=unknown, reading=reading)
    for name, patterns in catalog.patterns.items():
        unknown = {model: tagger.with_patterns(patterns).unknown_tags for model, tagger in taggers.items()}
        event("loaded", patterns=name, expressions=len(patterns), unknown_tags=unknown)


def run(settings: Settings) -> int:
    """Serve until a signal ends the process. Returns the exit status.

    Raises ModelError for a model, InputError for a dictionary or patterns and ListenError for an address that cannot be
    used.
    """
    event("settings", **settings.public)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise ListenError(
            f"expected to listen on {settings.host} port {settings.port}, got: {error}; "
            "choose another with --host and --port"
        ) from None
    dictionaries = {name: settings.dictionary_options.read(path) for name, path in settings.dictionaries.items()}
    encoding = settings.dictionary_encoding
    patterns = {name: Patterns.read(path, encoding=encoding) for name, path in settings.pattern_files.items()}
    models = [ServedModel.open(name, path) for name, path in settings.models.items()]
    catalog = Catalog(models, dictionaries, patterns)
    _log_loaded(catalog)
    engine = Engine(catalog, settings, Metrics())
    repository = Repository(engine)
    app = build(engine, repository)
    with contextlib.ExitStack() as stack:
        stack.callback(engine.batcher.close, timeout=1.0)
        if settings.traces:
            from .tracing import TracingMiddleware, otlp_exporter

            app = TracingMiddleware(app, otlp_exporter(settings.traces))
            stack.callback(app.close)
        Server(engine, app, listener, repository).run([listener])
    event("stopped")
    return 0
