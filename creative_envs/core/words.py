"""Reading briefs that are given in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidBrief
from creative_envs.core.task import as_array


def refuse_unknown_words(words: Iterable[object], known: Iterable[str]) -> None:
    """Raises `InvalidBrief` for a word no brief has, suggesting the nearest known one."""
    names = list(known)
    for word in words:
        if word not in names:
            near = get_close_matches(word, names, n=1) if isinstance(word, str) else []
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InvalidBrief(f"A brief has no {shown(word)}; {hint}known: {names}")


def read_numbers(
    word: str, value: Any, low: float, high: float, shape: tuple[int, ...] = ()
) -> NDArray[np.float32]:
    """Reads a number, shape (1,), or a list of the given shape; refuses all else."""
    numbers = as_array(value)
    is_number = numbers.dtype.kind in "fiu" and numbers.shape == shape
    if not is_number or not ((numbers >= low) & (numbers <= high)).all():
        what = f"{shape[0]} numbers" if shape else "a number"
        raise InvalidBrief(f"{word} is {what} in {low}..{high}, got {shown(value)}")
    return np.atleast_1d(numbers).astype(np.float32)
