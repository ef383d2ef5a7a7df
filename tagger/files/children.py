"""Processes that this one starts."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Processes that are started in this block never get SIGINT, from their first moment on; this process gets it when
    the block ends.

    Ctrl-C in a terminal reaches all processes of a command, and the parent decides when its children end. Windows has
    no signal mask.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
