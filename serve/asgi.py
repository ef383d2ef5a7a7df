"""The service as an ASGI application, for servers of other people: `uvicorn --factory serve.asgi:create`."""

import os
from contextlib import ExitStack
from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from tagger.errors import TaggerError

from .assembly import assembled
from .log import configure, event
from .settings import Settings, read
from .variables import variables_of_settings

_OF_THE_SERVER = ("TAGGER_HOST", "TAGGER_PORT", "TAGGER_UDS", "TAGGER_FD")


def create() -> ASGIApp:
    """The application by the `TAGGER_` variables, with one tagging thread unless they say otherwise.

    Raises SettingsError for a variable that cannot be used. Files are read when the server starts the application, so
    that processes which the server forks have threads of their own.
    """
    settings = read([])
    configure(settings.log_level)
    ignored = [name for name in _OF_THE_SERVER if name in variables_of_settings(os.environ)]
    if ignored:
        event("ignored", variables=ignored, reason="the server that runs the application decides: uvicorn --port")
    return Application(replace(settings, processes=1, workers=settings.workers or 1))


class Application:
    """The service between the server's startup and its shutdown."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        else:
            raise RuntimeError("expected a server that starts the application first; switch its lifespan protocol on")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        with ExitStack() as stack:
            try:
                service = stack.enter_context(assembled(self._settings))
            except TaggerError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            self._app = service.app
            await send({"type": "lifespan.startup.complete"})
            await receive()
            service.engine.draining = True
        await send({"type": "lifespan.shutdown.complete"})
