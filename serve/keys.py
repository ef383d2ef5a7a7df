"""The API keys that callers show."""

import hmac
from collections.abc import Sequence

from .errors import ApiError


def check_key(keys: Sequence[bytes], authorization: bytes, x_api_key: bytes) -> None:
    """Raises ApiError when there are keys, and the values of the two headers show none of them."""
    if not keys:
        return
    scheme, _, bearer = authorization.partition(b" ")
    shown = bearer if scheme.lower() == b"bearer" else x_api_key
    # Every key is compared, each in a time that does not depend on what was shown.
    if not sum(hmac.compare_digest(shown, key) for key in keys):
        raise ApiError(
            "unauthorized",
            "expected a known API key, got another or none; send Authorization: Bearer KEY",
            {"WWW-Authenticate": "Bearer"},
        )
