"""What computes the scores of a model: onnxruntime or, for many rows at once, the native kernel.

The kernel is used where `tagger-native` is installed, knows the model's graph, and gives the answers of onnxruntime to
a text of its own. The environment variable TAGGER_RUNTIME asks for one of both, or for a code path of the kernel.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoding.decoders import Decoder
from ...decoding.transitions import Scores
from ...errors import ModelError
from ...text.characters import code_points
from ...text.padding import pad
from ..session import ON_CARD, RUNTIME
from ..source import Source
from .arrays import NetArrays
from .graph import UnknownGraphError
from .kernel import MAX_TIME, Kernel
from .library import Library, NativeError, installed_library

VARIABLE = RUNTIME
# With fewer rows, or where these differ so much in length that padding is more than PADDED of their code points,
# onnxruntime is faster (measured with zh-base; zh-small bears more).
MIN_ROWS, PADDED = 16, 0.3
# Fewer rows are tagged by the kernel if the net is small: up to FEW of one layer, or so many that the products for
# lanes without a row are fewer than what a call of onnxruntime costs. Opening the kernel is worth CALLS calls.
FEW, SMALL, CALL, CALLS = 6, 100_000, 20_000_000, 100
LANES, VECTOR = 48, 16  # rows that go together, and those of one vector, by AVX-512
PORTABLE = "portable"  # the code path of every CPU
TOLERANCE = 1e-4  # as that of export
TWO_HEADS = "the kernel computes one head, and the model has two: words and entities"  # why it leaves a model alone
# What the kernel has to answer as onnxruntime does: all classes of characters, known words, rules, rows of all sizes.
TEXTS = (
    "我喜欢北京。", "今天天气很好，我们去公园吧！", "iPhone 15 卖 5999 元 😀", "好", " ", "她看著窗外，笑了。",
    "著名的乾隆皇帝", "他說:「這本書很貴.」然後走了", "ＡＢＣ１２３", "２０２５年３月，ＧＤＰ增长５.２％",
    "カタカナとひらがな", "한국어", "Москва", "中华人民共和国国务院总理在人民大会堂会见外宾", "她在台上唱歌剧",
    "外婆家的院子里种着石榴树", "𠮷野家", "http://a.cn/b?c=1", "\u200b\ufeff\U0010ffff\x00", "…——（《〈“‘’”〉》）",
    "电影院长椅坏了 学院长跑队今天训练", "3×4=12，C++ a=b", "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。" * 4,
)  # fmt: skip


def asked_runtime() -> str | None:
    """What TAGGER_RUNTIME asks for, `onnxruntime`, `onnxruntime:cuda`, `native`, or a code path as `native:avx2`; None
    without it.

    Raises NativeError for another value, for the kernel where it is not installed, and for a code path that this CPU
    does not run.
    """
    value = os.environ.get(VARIABLE, "")
    runtime, colon, path = value.partition(":")
    if runtime != "native":
        if value not in ("", "onnxruntime", ON_CARD):
            raise NativeError(
                f"expected onnxruntime, {ON_CARD} or native in {VARIABLE}, got {value!r}; correct or unset it"
            )
        return value or None
    library = installed_library()
    if library is None:
        raise NativeError(
            f"expected the package tagger-native for {VARIABLE}=native, it is not installed; run make native, or unset "
            f"{VARIABLE}"
        )
    if colon and path not in library.paths:
        paths = ", ".join(f"native:{name}" for name in library.paths)
        raise NativeError(f"expected native or, on this CPU, {paths} in {VARIABLE}, got {value!r}; correct or unset it")
    return value


def wanted_library() -> Library | None:
    """The library to use, None for onnxruntime, which is the faster one where the CPU runs the portable path alone.

    Raises NativeError as `asked_runtime` does, and for a library that cannot be opened.
    """
    asked, library = asked_runtime(), installed_library()
    if library is None or asked in ("onnxruntime", ON_CARD):
        return None
    if asked:
        return replace(library, path=asked.partition(":")[2] or library.path)
    return library if library.path != PORTABLE else None


def installed_runtime() -> str:
    """What computes many rows at once, if the kernel knows the model. Raises NativeError as `wanted_library`."""
    library = wanted_library()
    return f"native ({library.path})" if library else "onnxruntime"


@dataclass(frozen=True, eq=False)
class Runtime:
    """The kernel of a model, which is opened when it is first needed, or why there is none: `refusal` unless empty.

    `score(code_points, lengths, standard)` are the scores that onnxruntime computes. Safe to use from several threads.
    """

    library: Library | None
    source: Source
    decoder: Decoder
    score: Callable[[NDArray[np.int32], NDArray[np.int32], int], Scores]
    n_standards: int
    refusal: str = ""
    _few: Iterator[int] = field(default_factory=count)

    def __str__(self) -> str:
        return f"native ({self.kernel.path})" if self.kernel else "onnxruntime"

    @property
    def kernel(self) -> Kernel | None:
        """None where onnxruntime computes everything."""
        return self._opened[0]

    @property
    def reason(self) -> str:
        """Why there is no kernel; empty if there is one."""
        return self._opened[1]

    def prepare(self) -> None:
        """Read now what is otherwise read when it is first needed, so that the model file may be replaced."""
        if self.library is not None:
            _ = self._opened, self._size

    def kernel_of_few(self, lengths: NDArray[Any]) -> Kernel | None:
        """The kernel where it is the faster way to the tags of few rows: for small nets, after some calls."""
        if not 0 < len(lengths) < MIN_ROWS or int(lengths.max()) > MAX_TIME or next(self._few) < CALLS:
            return None
        n_layers, n_products = self._size
        if n_layers == 1 and len(lengths) <= FEW:
            return self.kernel if n_products <= SMALL else None
        return self.kernel if n_padded(lengths) * n_products <= CALL else None

    @cached_property
    def _size(self) -> tuple[int, int]:
        """How many layers the net has, and products for each lane and code point; 0 if there is no kernel for it."""
        try:
            arrays = NetArrays.read(self.source.read())
        except (UnknownGraphError, ModelError):
            return 0, 0
        return len(arrays.layers), arrays.n_products

    @cached_property
    def _opened(self) -> tuple[Kernel | None, str]:
        if self.refusal:
            return None, self.refusal
        if self.library is None:
            return (
                None,
                "tagger-native is not installed or has no fast code for this CPU, or TAGGER_RUNTIME says so",
            )
        try:
            arrays = NetArrays.read(self.source.read())
            kernel = Kernel(self.library, self.library.path, arrays, self.decoder)
        except (UnknownGraphError, ModelError) as error:  # a file that has changed meanwhile among them
            return None, str(error)
        problem = self._compare(kernel)
        if problem:
            warnings.warn(
                f"tagger-native gives other answers than onnxruntime, which is used instead ({problem}); report this "
                f"as a bug, and set {VARIABLE}=onnxruntime to be rid of this warning",
                RuntimeWarning,
                stacklevel=2,
            )
            return None, problem
        return kernel, ""

    def _compare(self, kernel: Kernel) -> str:
        """How the answers of the kernel and of onnxruntime to `TEXTS` differ; empty if they do not."""
        rows = sorted(map(code_points, TEXTS), key=len, reverse=True)
        codes, lengths = pad(rows), np.array([len(row) for row in rows], np.int32)
        starts = np.arange(len(rows)) * codes.shape[1]
        for standard in range(self.n_standards):
            scores = kernel.scores(codes, lengths, standard)
            tags = kernel.tags(codes, starts, lengths, starts, codes.size, standard=standard).reshape(codes.shape)
            for first in range(0, len(rows), FEW):  # onnxruntime keeps as much memory as its largest batch needs
                part = slice(first, first + FEW), slice(int(lengths[first]))
                of_part = np.ascontiguousarray(codes[part]), lengths[part[0]]
                inside = np.arange(lengths[first]) < of_part[1][:, None]
                wanted = self.score(*of_part, standard)
                for got in (scores[part], kernel.scores(*of_part, standard)):
                    if not np.allclose(wanted[inside], got[inside], rtol=TOLERANCE / 10, atol=TOLERANCE):
                        difference = np.abs(wanted[inside] - got[inside]).max()
                        return f"scores of standard {standard} differ by {difference:.2g}"
                if (self.decoder.decode([wanted], of_part[1]) != tags[part])[inside].any():
                    return f"tags of standard {standard} differ"
        return ""


def fits(lengths: NDArray[Any]) -> bool:
    """Whether the kernel is the faster way for rows of these lengths."""
    return len(lengths) >= MIN_ROWS and int(lengths.max()) <= MAX_TIME and n_padded(lengths) <= 0


def n_padded(lengths: NDArray[Any]) -> int:
    """How many code points the kernel computes for nothing, beyond the share PADDED of those of the rows."""
    n_rows = np.minimum(np.arange(len(lengths), 0, -LANES), LANES)  # of each group
    longest = -np.sort(-lengths)[::LANES]
    n_computed = int((longest * (-(-n_rows // VECTOR) * VECTOR)).sum())
    return n_computed - int((1 + PADDED) * int(lengths.sum()))
