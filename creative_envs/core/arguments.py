"""Checking what users pass, whatever it is, and showing it back to them in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeGuard

import numpy as np

from creative_envs.core.errors import InvalidArgument

MOST_SHOWN: Final = 200
"""Characters of a value in an error message."""


def shown(value: Any) -> str:
    """A value as an error message shows it: on one line, not long, and never an error itself."""
    try:
        text = repr(value)
    except Exception:  # Python refuses to write out whole numbers of thousands of digits
        text = f"a value of type {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 4]} ..."


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether a value is a whole number of Python's or NumPy's; True and False are none."""
    # NumPy counts spans of time among its whole numbers.
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64)


def require_count(name: str, value: Any, most: int) -> None:
    """Raises `InvalidArgument` unless a value is a whole number in 1..most."""
    if not is_whole(value) or value < 1:
        raise InvalidArgument(f"{name} must be a whole number of at least 1, got {shown(value)}")
    if value > most:
        raise InvalidArgument(f"{name} must be at most {most}, got {shown(value)}")


def require_one_of(name: str, value: Any, choices: Sequence[str] | Sequence[int]) -> None:
    """Raises `InvalidArgument` unless a value is one of some words, or of some whole numbers."""
    if not (isinstance(value, str) or is_whole(value)) or value not in choices:
        raise InvalidArgument(f"{name} is one of {tuple(choices)}, got {shown(value)}")


def read_flag(name: str, value: Any) -> bool:
    """The value as a bool.

    Raises:
        InvalidArgument: It is neither True nor False: "no" would count as True.
    """
    if not isinstance(value, bool | np.bool_):
        raise InvalidArgument(f"{name} is True or False, got {shown(value)}")
    return bool(value)


def read_seed(seed: Any) -> int | None:
    """The seed of a reset as Python's int, or None.

    Raises:
        InvalidArgument: It is no whole number from 0.
    """
    if seed is None:
        return None
    if not is_whole(seed) or seed < 0:
        raise InvalidArgument(f"seed is a whole number from 0, or None, got {shown(seed)}")
    return int(seed)
