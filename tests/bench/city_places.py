"""Where a city's 361,500 hotspots lie, for the rows about maps on paper: nothing else, so that it weighs nothing."""

from functools import lru_cache

import numpy as np

FEATURES = 361_500
"""What the city's inspections found in 2020."""
LEVELS = ("1", "2", "3", "4")


@lru_cache(maxsize=1)
def places() -> dict[str, np.ndarray]:
    """The hotspots by level, (n, 2) of lon and lat in 1e-7°; the same at every call."""
    chance = np.random.default_rng(2020)
    every = np.rint(chance.normal((113.4, 23.2), 0.2, (FEATURES, 2)) * 1e7).astype(np.int32)
    levels = chance.integers(0, len(LEVELS), FEATURES)
    return {level: every[levels == i] for i, level in enumerate(LEVELS)}
