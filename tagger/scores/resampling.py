"""Sums over sentences that are drawn again and again, with replacement: the bootstrap (Efron and Tibshirani, 1993)."""

import numpy as np
from numpy.typing import NDArray


def resampled_sums(
    rows: NDArray[np.float64], *, n_resamples: int, seed: int, max_draws: int = 1 << 21
) -> NDArray[np.float64]:
    """The sum of each column of `rows` (`[sentences, columns]`) over the sentences of each resample, `[n_resamples,
    columns]`; zeros without sentences.

    The seed and the number of sentences alone decide what is drawn. At most `max_draws` draws are held at a time, which
    bounds the memory to some 50 MB and does not change the result.
    """
    n, n_columns = rows.shape
    sums = np.zeros((n_resamples, n_columns))
    random = np.random.default_rng(seed)
    step = max(1, max_draws // max(1, n))
    for start in range(0, n_resamples if n else 0, step):
        size = min(step, n_resamples - start)
        # Counting uniform draws makes multinomial counts, faster than Generator.multinomial.
        drawn = random.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        sums[start : start + size] = times.astype(np.float64) @ rows
    return sums
