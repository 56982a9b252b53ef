"""Every environment's rate over CartPole's, side by side: one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.lines import Line, figure

HOWS: Final = ("scalar", "vector of 64", "vector of 1024")
SAID: Final = ": steps a second over CartPole-v1"
NOTHING: Final = "-"


def rates(sections: Mapping[str, Sequence[Line]]) -> dict[str, dict[str, float]]:
    """Rates over CartPole's by environment and way of stepping, in the order of the lines."""
    found: dict[str, dict[str, float]] = {}
    for line in (line for lines in sections.values() for line in lines):
        how, _, name = line.what.removesuffix(SAID).partition(", ")
        if line.what.endswith(SAID) and how in HOWS:
            found.setdefault(name, {})[how] = line.value
    return found


def cells(sections: Mapping[str, Sequence[Line]]) -> list[list[str]]:
    """A table of those: a heading row, then a row for each environment; empty without any."""
    found = rates(sections)
    if not found:
        return []
    rows = [
        [name, *(figure(by[how]) if how in by else NOTHING for how in HOWS)]
        for name, by in found.items()
    ]
    return [["steps a second over CartPole-v1", *HOWS], *rows]
