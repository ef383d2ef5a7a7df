"""The running service: its socket, its signals, and how it ends."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn

from .acceptor import Acceptor, drain
from .assembly import Assembly, assembled
from .handshakes import refuse_connections
from .listener import Listener, ListenError, allow_descriptors, invite, listen, opened, stop
from .loading import follow, reload
from .log import event, logger
from .memory import return_large_blocks
from .notify import notify
from .operations import build_operations
from .parent import ALIVE, DRAIN, READY, RELOAD, Parent
from .protocol import LimitedConfig, LimitedProtocol
from .protocol_v2 import ProtocolV2
from .settings import Settings

if TYPE_CHECKING:
    from .grpc_service import GrpcServer

# How long after SIGTERM a connection stays open that has not sent a request yet.
FIRST_REQUEST_SECONDS = 1.0
# How long the handshakes of connections may take that were asked for before a stop.
HANDSHAKE_SECONDS = 0.2
# A child says once a second that it is alive; uvicorn ticks ten times a second.
TICKS_PER_WORD = 10


class Server(uvicorn.Server):
    """uvicorn's server. SIGTERM drains it first, and the process ends with status 0; SIGHUP reads the models again.

    With a `parent`, it accepts connections in turn with other processes and takes orders from the parent instead.
    """

    def __init__(self, service: Assembly, listener: Listener, parent: Parent | None = None) -> None:
        config = LimitedConfig(service.app, service.engine.settings, service.engine.metrics)
        super().__init__(config)
        self._limited_config = config
        self._engine = service.engine
        self._listener = listener
        self._repository = service.repository
        self._bodies = service.bodies
        self._tracer = service.tracer
        self._parent = parent
        self._acceptor: Acceptor | None = None
        self._ends_service = parent is None  # whether all processes end, and the socket with them
        self._grpc: GrpcServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's run, which makes the event loop before the coroutine, so that an interrupt leaves none behind."""
        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(self.serve(sockets))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Our handlers in place of uvicorn's, which raise the signal again at the end."""
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGTERM: self._stop}
        if self._parent is None:
            handlers |= {signal.SIGINT: self._stop, signal.SIGHUP: self._reload}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's startup, then word that requests may come. Raises ListenError without a port for gRPC or
        figures."""
        await self._start_grpc()
        await super().startup(sockets if self._parent is None else [])
        await self._start_figures()
        if self._parent is None:
            event("ready", address=self._listener.address)
            notify("READY=1")
            return
        loop = asyncio.get_running_loop()
        self._acceptor = Acceptor(
            self._listener.socket,
            lambda connection: loop.call_soon_threadsafe(self._connect, connection),
            self._engine.metrics.accept_failures.inc,
        )
        self._repository.join()
        self._parent.obey({DRAIN: self._stop_service, RELOAD: self._reload})
        self._parent.tell(READY)
        event("process ready")

    async def _start_grpc(self) -> None:
        if port := self._engine.settings.grpc_port:
            from .grpc_service import GrpcServer  # an extra of its own

            protocol = ProtocolV2(self._engine)
            self._grpc = GrpcServer(self._engine, protocol, self._repository, self._bodies, self._tracer)
            try:
                await self._grpc.start()
            except RuntimeError as error:
                raise ListenError(
                    f"expected to listen on port {port}, got: {error}; choose another: --grpc-port"
                ) from None

    async def _start_figures(self) -> None:
        """Listen on the port of the figures, which all processes share."""
        settings = self._engine.settings
        if not settings.metrics_port:
            return
        config = LimitedConfig(build_operations(self._engine), settings, self._engine.metrics)
        config.load()
        try:
            listener = listen(settings.host, settings.metrics_port, is_shared=settings.n_processes > 1)
        except OSError as error:
            raise ListenError(
                f"expected to listen on port {settings.metrics_port}, got: {error}; choose another: --metrics-port"
            ) from None
        loop = asyncio.get_running_loop()
        self.servers.append(
            await loop.create_server(lambda: LimitedProtocol(config, self.server_state, app_state={}), sock=listener)
        )

    async def on_tick(self, counter: int) -> bool:
        """uvicorn's work of each tenth of a second; a child without its workers ends, and its parent starts another."""
        if not self._repository.changing.locked() and self._repository.has_news:
            self._start(self._repository.obey())
        if counter % TICKS_PER_WORD == 0:
            self._engine.metrics.publish()
            if self._parent is not None:
                self._parent.tell(ALIVE)
                if not self._repository.changing.locked():
                    self._start(self._follow())
                if not self._engine.batcher.alive and not self._engine.draining:
                    logger.error("workers ended")
                    self._stop()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's shutdown, and that of gRPC."""
        if self._grpc is not None:
            await self._grpc.stop()
        if self._acceptor is not None:
            await asyncio.to_thread(self._acceptor.stop)
        await super().shutdown(sockets)

    def _stop(self) -> None:
        if not self._engine.draining:
            self._engine.draining = True
            self._start(self._drain())
        elif self._parent is None:  # a second signal ends the process at once; children are killed by their parent
            self.should_exit = self.force_exit = True

    def _stop_service(self) -> None:
        """Stop because the parent stops: nobody else will accept the connections that wait."""
        self._ends_service = True
        self._stop()

    async def _drain(self) -> None:
        """Answer with readiness false and `Connection: close` until load balancers know, then let uvicorn finish."""
        if self._parent is None:
            event("draining", seconds=self._engine.settings.drain_seconds)
            notify("STOPPING=1")
        try:
            await asyncio.sleep(self._engine.settings.drain_seconds)
            await self._stop_accepting()
            await asyncio.sleep(0.1)  # requests that have arrived begin
            # A new caller may need a moment for its first request.
            end = time.monotonic() + FIRST_REQUEST_SECONDS
            while time.monotonic() < end and any(map(_is_unused, self.server_state.connections)):
                await asyncio.sleep(0.02)
        finally:  # the process ends even when draining fails
            self.should_exit = True

    async def _stop_accepting(self) -> None:
        """Accept who has connected, and nobody after them; a socket of systemd keeps who has connected for later."""
        if self._listener.is_ours and self._ends_service and refuse_connections(self._listener.socket):
            await asyncio.sleep(HANDSHAKE_SECONDS)
        if self._acceptor is not None:
            await asyncio.to_thread(self._acceptor.stop)
        if not self._listener.is_ours:
            for server in self.servers:
                server.close()
        elif self._ends_service:
            stop_listening = stop if self._acceptor is None else drain
            for connection in stop_listening(self._listener.socket):
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _connect(self, connection: socket.socket) -> None:
        async def connect() -> None:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

        connection.setblocking(False)
        self._start(connect())

    def _protocol(self) -> LimitedProtocol:
        return LimitedProtocol(self._limited_config, self.server_state, app_state={})

    def _reload(self) -> None:
        self._start(self._read_files())

    async def _read_files(self) -> None:
        async with self._repository.changing:
            await reload(self._engine)

    async def _follow(self) -> None:
        async with self._repository.changing:
            await follow(self._engine)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_unused(connection: object) -> bool:
    """Whether no request has come on a connection yet."""
    return getattr(connection, "cycle", None) is None


def run(settings: Settings) -> int:
    """Serve in this process until a signal ends it. Returns the exit status.

    Raises ModelError for a model, InputError for a dictionary or patterns and ListenError for an address that cannot be
    used.
    """
    event("settings", **settings.public)
    allow_descriptors(settings)
    return_large_blocks()
    with opened(settings) as listener:
        invite(listener)
        with assembled(settings) as service:
            Server(service, listener).run([listener.socket])
    event("stopped")
    return 0
