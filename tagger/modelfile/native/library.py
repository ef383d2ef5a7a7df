"""The shared library of the package `tagger-native`, called through ctypes, which lets other threads run meanwhile."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from ...errors import TaggerError
from .graph import UnknownGraphError
from .structures import TnNet, TnRows, TnWritten

ABI = 3  # of the structures and functions; native/src/tagger_native.h has the same number
PACKAGE = "tagger_native"
FILE = "libtagger_native"  # with the suffix of the platform


class NativeError(TaggerError):
    """The native kernel is wanted and cannot be used."""


@dataclass(frozen=True)
class Library:
    """An open library, the names of the code paths that this CPU runs, the fastest first, and the one to use."""

    file: Path
    functions: ctypes.CDLL
    paths: Sequence[str]
    path: str

    @classmethod
    def open(cls, file: Path) -> Self:
        """Raises NativeError when the file is no library of this version."""
        try:
            functions = ctypes.CDLL(str(file))
            functions.tn_abi.restype = ctypes.c_int64
            abi = functions.tn_abi()
        except (OSError, AttributeError) as error:
            raise NativeError(
                f"{file}: expected the library of {PACKAGE}, cannot open it ({error}); {_REMEDY}"
            ) from error
        if abi != ABI:
            raise NativeError(f"{file}: expected version {ABI} of the library's interface, got {abi}; {_REMEDY}")
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        functions.tn_path.restype, functions.tn_path.argtypes = ctypes.c_char_p, [integer]
        functions.tn_open.restype = pointer
        functions.tn_open.argtypes = [ctypes.POINTER(TnNet), integer, ctypes.c_char_p, integer]
        functions.tn_close.restype, functions.tn_close.argtypes = None, [pointer]
        for function in (functions.tn_tags, functions.tn_scores):
            function.restype, function.argtypes = ctypes.c_char_p, [pointer, ctypes.POINTER(TnRows), pointer]
        functions.tn_write_lines.restype = functions.tn_write_objects.restype = integer
        functions.tn_write_lines.argtypes = [ctypes.POINTER(TnWritten), pointer, integer]
        functions.tn_write_objects.argtypes = [ctypes.POINTER(TnWritten), pointer, integer, pointer]
        paths: list[str] = []
        while name := functions.tn_path(len(paths)):
            paths.append(name.decode())
        return cls(file, functions, paths, paths[0])

    def open_net(self, net: TnNet, path: str) -> int:
        """An open net for a code path; `close_net` closes it. Raises UnknownGraphError for arrays that make no net."""
        message = ctypes.create_string_buffer(256)
        opened: int | None = self.functions.tn_open(net, self.paths.index(path), message, len(message))
        if opened is None:
            raise UnknownGraphError(f"expected {message.value.decode()}, got others; the model file may be damaged")
        return opened

    def close_net(self, net: int) -> None:
        self.functions.tn_close(net)


_REMEDY = "install tagger-native of the same version as tagger (make native), or set TAGGER_RUNTIME=onnxruntime"


@cache
def installed_library() -> Library | None:
    """The library of the installed package; None without one. Raises NativeError when it cannot be opened."""
    spec = find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    files = [file for folder in folders or () for file in sorted(Path(folder).glob(f"{FILE}.*"))]
    return Library.open(files[0]) if files else None
