"""How the interpreter shares its one lock between threads, and how often it looks for cycles."""

import gc
import sys

# Seconds after which a thread that computes lets another go on that waits; Python's own are 5 ms. A short request takes
# the lock some ten times, and waits so long each time for each thread that computes.
SWITCH = 0.0005
# Containers made and not freed before the collector looks at them; Python's own are 700, which the matches of a
# dictionary and the words of an answer reach many times a batch, though they have no cycles.
YOUNG = 20_000


def tune() -> None:
    """Let threads give way soon, and the collector look seldom, and never again at what there is now. A process that
    serves calls it once all is there that lives as long. What a program has set that has the service within it stays
    where it goes further."""
    sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
    young, *older = gc.get_threshold()
    if young:  # 0 switches the collector off
        gc.set_threshold(max(YOUNG, young), *older)
    gc.freeze()
