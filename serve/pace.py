"""What a character costs, as measured, by kind of work: seconds, to size the queue and refuse in time, and bytes."""

from collections.abc import Hashable

# Before the first large batch of a kind. `seed` replaces it once a model is warm.
FIRST_GUESS = 2e-5
MEMORY = 20_000  # characters after which older batches count less than half
LEAST_CHARS = 512  # batches of fewer say more about what a batch costs than about what a character does


class Pace:
    """Seconds of one worker, or bytes of answers, for each character of a kind of work. Threads may learn at the same
    time: a lost update does no harm."""

    def __init__(self) -> None:
        self._costs: dict[Hashable, float] = {}

    def per_char(self, kind: Hashable, guess: float = FIRST_GUESS) -> float:
        """The measured cost, or a guess."""
        return self._costs.get(kind, guess)

    def learn(self, kind: Hashable, n_chars: int, cost: float) -> None:
        """Take a batch into account, the more the larger it is."""
        if n_chars < LEAST_CHARS:
            return
        known = self._costs.get(kind)
        share = 1.0 if known is None else n_chars / (n_chars + MEMORY)
        self._costs[kind] = (1 - share) * (known or 0.0) + share * cost / n_chars
