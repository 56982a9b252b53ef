"""What files of results and of suites must hold for the rest of the benchmark to rely on it.

Files may be damaged or made by others: each check raises `ValueError`, saying what is wrong, for
parts that are there but of another kind. Parts that are not there are for their readers to miss.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

LARGEST: Final = 1e15
"""No count or time of a run is larger."""


def check_run(run: Mapping[str, Any]) -> None:
    """Checks what run.json holds."""
    _check_parts(run, _RUN)


def check_scores(scores: Mapping[str, Any]) -> None:
    """Checks what score.json holds."""
    _check_parts(scores, _SCORES)


def check_text(content: Any) -> None:
    """Checks that all text within plain values can be written to any file."""
    json.dumps(content, ensure_ascii=False).encode()


def is_number(value: Any) -> bool:
    """Whether a value is a finite number of a size that occurs."""
    return type(value) in (int, float) and math.isfinite(value) and abs(value) <= LARGEST


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def mapping_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A check that a value is a mapping of such values."""
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A check that a value is a list, or tuple, of such values."""
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _check_parts(content: Mapping[str, Any], kinds: Mapping[str, Callable[[Any], bool]]) -> None:
    for name, fits in kinds.items():
        if name in content and not fits(content[name]):
            raise ValueError(f"{name} is of another kind than a run writes")


def _is_measure(value: Any) -> bool:
    """A number that may be missing: undefined measures are NaN."""
    return value is None or is_number(value) or (type(value) is float and math.isnan(value))


def _is_point(value: Any) -> bool:
    return mapping_of(_is_measure)(value) and is_number(value.get("steps"))


def _is_index(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


_RUN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "status": is_text,
    "error": is_text,
    "details": list_of(is_text),
    "sha256": mapping_of(lambda value: value is None or is_text(value)),
    "steps": is_number,
    "budget": is_number,
    "seconds": mapping_of(is_number),
    "deterministic": lambda value: isinstance(value, bool),
    "versions": lambda value: isinstance(value, dict),
    "hardware": lambda value: isinstance(value, dict),
    "device": is_text,
}
_SCORES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "metrics": mapping_of(_is_measure),
    "curve": list_of(_is_point),
    "shown": mapping_of(list_of(_is_index)),
}
