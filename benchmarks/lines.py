"""A line of the tables that benchmarks print, and how it is made of timings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.timing import Timing

VERDICTS: Final = {None: "", True: "met", False: "MISSED"}
MORE_IS_BETTER: Final = frozenset({"x", "/s"})
"""Units of figures that should be high; of the others, low ones are good."""


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: What was measured.
        value: The figure.
        unit: "x" for a ratio, "us" and "s" for processor time, "/s" for a rate per second of
            processor time, "%" for a share, "kB" for 1000 bytes, "MB" for a million, "^" for an
            exponent, "" for a plain number.
        target: What it should be, in words; empty for a figure that is only told.
        met: Whether it is; None without a target.
        relative: The figure as a ratio to something timed in the same turns, the same way round:
            steps of CartPole that take as long as this does, or this rate over CartPole's. None
            where there is none.
    """

    what: str
    value: float
    unit: str = "x"
    target: str = ""
    met: bool | None = None
    relative: float | None = None

    @property
    def comparable(self) -> float | None:
        """What of it means the same on another machine; None if nothing does."""
        if self.relative is not None:
            return self.relative
        return self.value if self.unit in {"x", "kB"} else None


def at_most(what: str, microseconds: float, limit: float, relative: float | None = None) -> Line:
    """A line whose figure should stay below a limit, in microseconds."""
    met = microseconds <= limit
    return Line(what, microseconds, "us", f"<= {limit:g} us", met, relative)


def at_least(
    what: str, value: float, limit: float, unit: str = "x", relative: float | None = None
) -> Line:
    """A line whose ratio, or whose rate, should reach a limit."""
    return Line(what, value, unit, f">= {limit:g} {unit}", value >= limit, relative)


def cost(what: str, timing: Timing, yardstick: Timing, limit: float | None = None) -> Line:
    """What a unit takes in microseconds, beside a unit of a yardstick timed in the same turns."""
    microseconds, relative = timing.median * 1e6, timing.steps_of(yardstick)
    if limit is None:
        return Line(what, microseconds, "us", relative=relative)
    return at_most(what, microseconds, limit, relative)


def rate(what: str, timing: Timing, yardstick: Timing, limit: float | None = None) -> Line:
    """Units a CPU-second, beside those of a yardstick timed in the same turns."""
    each, relative = 1 / timing.median, timing.rate_over(yardstick)
    if limit is None:
        return Line(what, each, "/s", relative=relative)
    return at_least(what, each, limit, "/s", relative)


def table(lines: Sequence[Line]) -> str:
    """The lines as text, targets beside the figures."""
    width = max(len(line.what) for line in lines)
    return "\n".join(
        f"{line.what:<{width}}  {figure(line.value):>9} {line.unit:<2}  "
        f"{line.target:<9} {VERDICTS[line.met]}".rstrip()
        for line in lines
    )


def figure(value: float) -> str:
    """A figure with two decimals, or, if that is nothing, two digits."""
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"
