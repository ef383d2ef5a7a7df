"""What every request passes: an id, the keys, errors as JSON, a log line and the counters."""

import hmac
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .engine import Engine
from .errors import STATUS, ApiError, GoneError
from .log import event, logger

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_CODES = {status: code for code, status in STATUS.items()}
GUARDED = ("/v1/", "/v2/models/", "/model/")


class RequestMiddleware:
    """Wraps the application; keeps its promises even when a handler breaks."""

    def __init__(self, router: ASGIApp, *, engine: Engine, routes: Mapping[Any, str]) -> None:
        self.router = router
        self._engine = engine
        self._routes = routes
        self._keys = [key.encode() for key in engine.settings.api_keys]
        self._log = engine.settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.router(scope, receive, send)
            return
        began = time.perf_counter()
        metric = self._engine.metric
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid.uuid4().hex
        note: dict[str, Any] = {}
        scope["note"] = note
        scope["app"] = self  # the router then raises what it cannot route, instead of answering in plain text
        status = 0

        async def passing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                if self._engine.draining:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        metric.open.inc()
        try:
            self._check_key(scope["path"], headers)
            await self.router(scope, receive, passing)
        except GoneError:
            metric.gone.inc()
            status = status or 499
        except Exception as error:  # the last resort: logged, counted and answered
            fault = _fault(error)
            if fault.code == "internal":
                logger.exception("bug", extra={"fields": {"id": request_id, "path": scope["path"]}})
            if status:  # the answer had begun, so it can only be cut short
                raise
            await _refusal(fault, request_id, scope["path"])(scope, receive, passing)
        finally:
            metric.open.dec()
            route = self._routes.get(scope.get("endpoint"), "other")
            seconds = time.perf_counter() - began
            metric.requests.labels(route, scope["method"] if route != "other" else "any", status).inc()
            metric.latency.labels(route).observe(seconds)
            note |= {"route": route, "status": status, "ms": round(seconds * 1e3, 2), "id": request_id}
            if self._log:
                event("request", method=scope["method"], **note)

    def _check_key(self, path: str, headers: Mapping[bytes, bytes]) -> None:
        if not self._keys or not path.startswith(GUARDED):
            return
        kind, _, bearer = headers.get(b"authorization", b"").partition(b" ")
        shown = bearer if kind.lower() == b"bearer" else headers.get(b"x-api-key", b"")
        # Every key is compared, each in a time that does not depend on what was shown.
        if not sum(hmac.compare_digest(shown, key) for key in self._keys):
            raise ApiError(
                "unauthorized",
                "expected a known API key, got another or none; send Authorization: Bearer KEY",
                {"WWW-Authenticate": "Bearer"},
            )


def error_body(code: str, message: str, request_id: str, path: str) -> bytes:
    """An error as JSON: in the shape of the Open Inference Protocol under /v2, in ours elsewhere."""
    if path.startswith("/v2"):
        return orjson.dumps({"error": message, "code": code, "request_id": request_id})
    return orjson.dumps({"error": {"code": code, "message": message, "request_id": request_id}})


def _fault(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException):
        wanted = {
            404: "expected a path of this service, got another; see /docs",
            405: "expected another method for this path; see Allow and /docs",
        }
        code = _CODES.get(error.status_code, "bad_request")
        return ApiError(code, wanted.get(error.status_code, error.detail), error.headers)
    return ApiError("internal", "expected an answer, the service failed; report the request id to whoever runs it")


def _refusal(fault: ApiError, request_id: str, path: str) -> Response:
    body = error_body(fault.code, fault.message, request_id, path)
    return Response(body, fault.status, headers=fault.headers, media_type="application/json")
