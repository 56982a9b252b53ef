"""Lines of the tables that benchmarks print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: What was measured.
        value: The figure.
        unit: "x" for a ratio, "us" for microseconds of processor time, "/s" for a rate per second
            of processor time, "%" for a share.
        target: What it should be, in words; empty for a figure that is only told.
        met: Whether it is; None without a target.
    """

    what: str
    value: float
    unit: str = "x"
    target: str = ""
    met: bool | None = None


def at_most(what: str, microseconds: float, limit: float) -> Line:
    """A line whose figure should stay below a limit, in microseconds."""
    return Line(what, microseconds, "us", f"<= {limit:g} us", microseconds <= limit)


def at_least(what: str, value: float, limit: float, unit: str = "x") -> Line:
    """A line whose ratio, or whose rate, should reach a limit."""
    return Line(what, value, unit, f">= {limit:g} {unit}", value >= limit)


def table(lines: Sequence[Line]) -> str:
    """The lines as text, targets beside the figures."""
    width = max(len(line.what) for line in lines)
    verdicts = {None: "", True: "met", False: "MISSED"}
    return "\n".join(
        f"{line.what:<{width}}  {line.value:8.2f} {line.unit:<2}  "
        f"{line.target:<9} {verdicts[line.met]}".rstrip()
        for line in lines
    )


def write_json(path: Path, lines: Sequence[Line]) -> None:
    """Writes the lines to a file, one object each."""
    path.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
