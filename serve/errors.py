"""Why a request is not answered: a code for programs, and a message with a remedy for people."""

from collections.abc import Mapping

STATUS = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "rate_limited": 429,
    "overloaded": 429,
    "headers_too_large": 431,
    "internal": 500,
    "unavailable": 503,
    "deadline": 504,
}


class ApiError(Exception):
    """The request is answered with this error; `code` is one of STATUS. Of a document, `line` is the first line that
    has no answer."""

    line: int | None = None

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUS[code]
        self.headers = dict(headers or {})


class GoneError(Exception):
    """The caller closed the connection before the answer was ready."""
