"""Whether figures have become worse since a report was written, by ratios alone.

Microseconds mean nothing on another machine, or on this one on another day. What is compared is
what was measured against something else in the same turns: see `benchmarks.report.Line.relative`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.lines import MORE_IS_BETTER, Line
from benchmarks.report import Report

TOLERANCE: Final = 1.25
"""How many times worse a figure may be; ratios of one machine differ by a tenth from run to run."""


@dataclass(frozen=True)
class Regression:
    """A figure that has become worse.

    Attributes:
        section: Where it stands.
        what: Which.
        before: It was this, as a ratio (of memory: kilobytes).
        after: It is this now.
        factor: How many times worse that is.
    """

    section: str
    what: str
    before: float
    after: float
    factor: float

    def __str__(self) -> str:
        return (
            f"{self.factor:.2f} times worse: {self.section}: {self.what}: "
            f"{self.before:.3g} before, {self.after:.3g} now"
        )


@dataclass(frozen=True)
class Comparison:
    """Two reports compared.

    Attributes:
        compared: How many figures both have.
        regressions: Those that are worse by more than the tolerance, the worst first.
    """

    compared: int
    regressions: list[Regression]


def compare(before: Report, after: Report, tolerance: float = TOLERANCE) -> Comparison:
    """Compares the figures that both reports have.

    Args:
        before: The older report.
        after: The newer one.
        tolerance: How many times worse a figure may be, at least 1.

    Returns:
        How many were compared, and which are worse.
    """
    compared, found = 0, []
    for section, lines in after.sections.items():
        known = {line.what: line for line in before.sections.get(section, [])}
        for line in lines:
            old = known.get(line.what)
            factor = None if old is None else worsening(old, line)
            if old is None or factor is None:
                continue
            compared += 1
            if factor > tolerance:
                was, now = old.comparable or 0.0, line.comparable or 0.0
                found.append(Regression(section, line.what, was, now, factor))
    return Comparison(compared, sorted(found, key=lambda regression: -regression.factor))


def worsening(before: Line, after: Line) -> float | None:
    """How many times worse a figure is, below 1 if it is better; None if that cannot be said."""
    old, new = before.comparable, after.comparable
    if old is None or new is None or before.unit != after.unit or min(old, new) <= 0:
        return None
    return old / new if after.unit in MORE_IS_BETTER else new / old
