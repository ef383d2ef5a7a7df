"""Finds the handler of a path without parameters by its name; a router tries its paths one after the other."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from .operations import Handler


class DirectRouter:
    """Calls the handler of a request whose method and path are among `api`, and `router` for all others."""

    def __init__(self, api: Iterable[tuple[str, str, Handler]], router: Router) -> None:
        self._handlers = {(method, path): handler for method, path, handler in api if "{" not in path}
        self._router = router
        self.routes = router.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = (
            None if scope.get("root_path") else self._handlers.get((scope.get("method", ""), scope.get("path", "")))
        )
        if handler is None:
            await self._router(scope, receive, send)
            return
        scope["endpoint"] = handler  # as routers do, for the log line and the figures
        answer = await handler(Request(scope, receive, send))
        await answer(scope, receive, send)
