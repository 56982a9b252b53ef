"""What tables show of a cell, and how its numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

HEADLINE: Final = "yield"


@dataclass(frozen=True)
class Column:
    """A measure in tables.

    Attributes:
        key: Its name in a row's metrics, or "steps" or "seconds".
        title: Of the column.
        digits: Behind the point.
        meaning: In a line.
    """

    key: str
    title: str
    digits: int
    meaning: str

    def words(self, value: float) -> str:
        """A value as tables write it."""
        return f"{value:,.{self.digits}f}"


COLUMNS: Final = (
    Column(HEADLINE, "yield", 3, "Creative Yield; held-out reference works come to 1.00"),
    Column("quality", "quality", 3, "craft times adherence, 0 for invalid works"),
    Column("valid", "valid", 2, "share of works that can be used at all"),
    Column("adherence", "adherence", 3, "how well works keep to their briefs"),
    Column(
        "novelty_percentile",
        "novelty %",
        0,
        "mean percentile of distance to known works among reference works; 50 is as theirs",
    ),
    Column("vendi", "Vendi", 1, "in effect, how many different works (Vendi score of order 2)"),
    Column("distinct", "distinct", 0, "works that count as new and are unlike every better one"),
    Column(
        "coverage",
        "coverage",
        3,
        "share of the cells of a grid over two descriptors that hold a new work",
    ),
    Column(
        "qd_score",
        "QD-score",
        3,
        "mean over those cells of the best quality in each, 0 where empty",
    ),
    Column("memorised", "memorised", 3, "share of works that are copies of known ones, or all but"),
    Column("unique", "unique", 3, "share of different works"),
    Column(
        "audit",
        "audit",
        0,
        "median percentile among reference works by a judge that no reward uses",
    ),
    Column("steps", "steps", 0, "environment steps made in training"),
    Column("seconds", "train s", 0, "seconds of training, on one thread"),
)
BY_KEY: Final[Mapping[str, Column]] = {column.key: column for column in COLUMNS}


def value_of(row: Mapping[str, Any], key: str) -> float:
    """The number of a column in a row; NaN where it has none."""
    run = row.get("run") or {}
    if key == "steps":
        value = run.get("steps")
    elif key == "seconds":
        value = (run.get("seconds") or {}).get("train")
    else:
        value = (row.get("metrics") or {}).get(key)
    return float(value) if isinstance(value, int | float) else math.nan
