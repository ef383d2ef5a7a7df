"""How the C library gives memory back to the system."""

import ctypes

LARGE = 4 << 20  # bytes of a block that is given back once it is freed; the arrays of a batch are smaller
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as in <malloc.h>


def return_large_blocks() -> None:
    """Let glibc give each large block, such as a document, back to the system as soon as it is freed.

    By itself it takes the largest block that was freed, up to 32 MB, as the size below which blocks lie in heaps, which
    shrink at their end only (mallopt(3)). Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, 2 * LARGE)
