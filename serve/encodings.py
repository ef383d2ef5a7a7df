"""How bodies may be packed, by the names of HTTP: gzip, deflate, and zstd where `zstandard` is installed."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

PIECE = 1 << 20  # bytes that are unpacked at a time, about
_ANY = 47  # zlib sees which header there is
# 826 kB of words become 140 kB in 3.2 ms by level 1 of gzip, and 101 kB in 1.5 ms by level 3 of zstd.
_GZIP_LEVEL, _ZSTD_LEVEL = 1, 3
_WINDOW = 1 << 23  # bytes that unpacking zstd may look back, as much as RFC 9659 lets senders expect
_SLICE = 256  # packed bytes that zstd is given at a time: it has no limit on what becomes of them, here 8 MB at most


class PackingError(Exception):
    """The bytes are not packed in the encoding; the message says what came."""


class Decoder(Protocol):
    """Unpacks one body."""

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        """The content of the next bytes, a piece at a time. Raises PackingError for bytes that are not packed so."""

    @property
    def is_whole(self) -> bool:
        """Whether the end of the body has come."""


class Encoder(Protocol):
    """Packs one answer."""

    def pack(self, body: bytes, *, more: bool) -> bytes:
        """The next part, packed. It can be unpacked when it comes."""


@dataclass(frozen=True)
class Encoding:
    """How bodies are unpacked and answers are packed."""

    decoder: Callable[[], Decoder]
    encoder: Callable[[], Encoder]


class _ZlibDecoder:
    """Gzip and deflate."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_ANY)

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                yield self._zlib.decompress(chunk, PIECE)
                chunk = self._zlib.unconsumed_tail
        except zlib.error as error:
            raise PackingError(str(error)) from None
        if self._zlib.unused_data:
            raise PackingError("bytes behind its end")

    @property
    def is_whole(self) -> bool:
        return self._zlib.eof


class _ZlibEncoder:
    def __init__(self, window: int) -> None:
        self._zlib = zlib.compressobj(_GZIP_LEVEL, wbits=window)

    def pack(self, body: bytes, *, more: bool) -> bytes:
        return self._zlib.compress(body) + self._zlib.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)


class _ZstdDecoder:
    """Zstandard, one frame."""

    def __init__(self) -> None:
        import zstandard  # an extra of its own

        self._error = zstandard.ZstdError
        self._zstd = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        for start in range(0, len(chunk), _SLICE):
            if self._zstd.eof:
                raise PackingError("bytes behind its end")
            try:
                piece = self._zstd.decompress(chunk[start : start + _SLICE])
            except self._error as error:
                raise PackingError(str(error)) from None
            yield piece
            if self._zstd.unused_data:
                raise PackingError("bytes behind its end")

    @property
    def is_whole(self) -> bool:
        return self._zstd.eof


class _ZstdEncoder:
    def __init__(self) -> None:
        import zstandard

        self._zstd = zstandard.ZstdCompressor(_ZSTD_LEVEL).compressobj()
        self._flushes = zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH

    def pack(self, body: bytes, *, more: bool) -> bytes:
        return self._zstd.compress(body) + self._zstd.flush(self._flushes[not more])


def known_encodings() -> Mapping[str, Encoding]:
    """The encodings of this installation, those first that cost least."""
    zstd = {"zstd": Encoding(_ZstdDecoder, _ZstdEncoder)} if find_spec("zstandard") else {}
    return zstd | {
        "gzip": Encoding(_ZlibDecoder, lambda: _ZlibEncoder(31)),
        "deflate": Encoding(_ZlibDecoder, lambda: _ZlibEncoder(15)),
    }


ENCODINGS = known_encodings()


def choose_encoding(accept: str, known: Iterable[str] = ENCODINGS) -> str | None:
    """The encoding to use, of those that a header Accept-Encoding allows; the first of the known ones."""
    offers: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, weight = part.strip().partition(";")
        weight = weight.strip().removeprefix("q=")
        offers[name.strip()] = float(weight) if weight.replace(".", "", 1).isdecimal() else 1.0
    return next((name for name in known if offers.get(name, 0.0) > 0), None)
