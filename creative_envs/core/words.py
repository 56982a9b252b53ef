"""Reading briefs that are given in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidBrief
from creative_envs.core.task import as_array


def read_numbers(
    word: str, value: Any, low: float, high: float, shape: tuple[int, ...] = ()
) -> NDArray[np.float32]:
    """Reads a number, shape (1,), or a list of the given shape; refuses all else."""
    numbers = as_array(value)
    is_number = numbers.dtype.kind in "fiu" and numbers.shape == shape
    if not is_number or not ((numbers >= low) & (numbers <= high)).all():
        what = f"{shape[0]} numbers" if shape else "a number"
        raise InvalidBrief(f"{word} is {what} in {low}..{high}, got {value!r}")
    return np.atleast_1d(numbers).astype(np.float32)
