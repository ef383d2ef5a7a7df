"""The API keys that callers show: with names, from a file that can be read again, each with a rate if it has one."""

import hashlib
import hmac
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .copies import Copies, UserFile, version_of
from .errors import ApiError
from .rates import Rates
from .settings import Settings, SettingsError

LEAST_LENGTH = 16  # characters of a key
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ApiKey:
    """A key by its digest, under the name that log lines have; `rate` is requests a second, 0 for any number."""

    name: str
    digest: str
    rate: float = 0.0


class Keys:
    """The keys of a service. Without any, nobody needs one."""

    def __init__(self, settings: Settings, copies: Copies) -> None:
        path = settings.api_keys_file
        self.file = UserFile("keys", "keys", Path(path)) if path else None
        self._given = tuple(ApiKey(f"key-{n}", _digest(key.encode())) for n, key in enumerate(settings.api_keys, 1))
        self._keys: tuple[ApiKey, ...] = ()
        self._limits: dict[str, tuple[int, float]] = {}
        self._rates = Rates()
        copy = copies.find(self.file) if self.file else None
        self.read(copy)
        if self.file and not copy:
            copies.keep(self.file, self.content)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def content(self) -> bytes:
        """A file of the same keys, which has their digests in place of the keys."""
        lines = (f"{key.name} sha256:{key.digest} {key.rate:.12f}\n" for key in self._keys[len(self._given) :])
        return "".join(lines).encode()

    @property
    def version(self) -> str:
        """The version of `content`."""
        return version_of(self.content)

    def read(self, copy: Path | None = None) -> None:
        """Read the file again, or a copy of it. Raises SettingsError for one that cannot be used, and leaves the keys
        as they were."""
        path = copy or (self.file.path if self.file else None)
        self._keys = (*self._given, *(read_keys(path) if path else ()))
        self._limits = {key.name: (slot, key.rate) for slot, key in enumerate(self._keys)}

    def check(self, authorization: bytes, x_api_key: bytes) -> str:
        """The name of the key that the values of the two headers show; empty when nobody needs one.

        Raises ApiError for an unknown key.
        """
        if not self._keys:
            return ""
        scheme, _, bearer = authorization.partition(b" ")
        shown = _digest(bearer if scheme.lower() == b"bearer" else x_api_key)
        # Every key is compared, each in a time that does not depend on what was shown.
        found = [key.name for key in self._keys if hmac.compare_digest(shown, key.digest)]
        if not found:
            raise ApiError(
                "unauthorized",
                "expected a known API key, got another or none; send Authorization: Bearer KEY, or X-API-Key: KEY",
                {"WWW-Authenticate": "Bearer"},
            )
        return found[0]

    def count(self, name: str) -> None:
        """Count a request with the key of that name, if it has a rate. Raises ApiError where it exceeds the rate."""
        slot, rate = self._limits.get(name, (0, 0.0))
        if rate and (wait := self._rates.take(slot, rate, time.monotonic())):
            raise ApiError(
                "rate_limited",
                f"expected at most {rate:g} requests a second with the key {name}; ask again after Retry-After",
                {"Retry-After": str(math.ceil(wait))},
            )


def read_keys(path: Path) -> list[ApiKey]:
    """The keys of a file with lines of NAME KEY or NAME KEY RATE; # begins a comment. Raises SettingsError."""
    try:
        keys = list(_parse(path.read_text(encoding="utf-8"), path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--api-keys-file: expected a text file at {path}, got: {error}; correct it") from None
    names = [key.name for key in keys]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SettingsError(f"{path}: two keys are called {min(twice)}; give one another name")
    if not keys:  # an empty file would open the service to everybody
        raise SettingsError(f"{path}: expected lines of NAME KEY, got none; write one, or leave --api-keys-file out")
    return keys


def _parse(text: str, path: Path) -> Iterator[ApiKey]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.partition("#")[0].split()
        if not parts:
            continue
        name, key, rate = [*parts, "0"][:3] if len(parts) in (2, 3) else ("", "", "")
        is_line = _NAME.fullmatch(name) and re.fullmatch(r"\d+(\.\d+)?", rate)
        if not is_line or parts[-1] == "-":
            raise SettingsError(
                f"{path}:{number}: expected NAME KEY [REQUESTS A SECOND], got {_form(parts)}; correct the line"
            )
        if _DIGEST.fullmatch(key):
            yield ApiKey(name, key.removeprefix("sha256:"), float(rate))
        elif len(key) >= LEAST_LENGTH and key.isascii() and not key.startswith("sha256:"):
            yield ApiKey(name, _digest(key.encode()), float(rate))
        else:
            raise SettingsError(
                f"{path}:{number}: expected a key of at least {LEAST_LENGTH} ASCII characters or sha256:DIGEST; "
                "make one with: openssl rand -hex 16"
            )


def _form(parts: list[str]) -> str:
    """What a line that is no key looks like, without a word of it."""
    if parts[-1] == "-":
        return "a - at its end, as sha256sum prints it: write NAME sha256:DIGEST without it"
    if len(parts) not in (2, 3):
        return f"{len(parts)} word{'s' * (len(parts) > 1)}"
    return "a rate that is no number" if _NAME.fullmatch(parts[0]) else "a name that is not of A-Z a-z 0-9 . _ -"


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
