"""Text tables of what several runs have in common: interquartile means and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from creative_envs.benchmark.statistics import estimate

NARROWEST: Final = 24
"""Characters of a column, whose cells are mostly as wide as "0.123 [0.123, 0.123]"."""


def format_estimates(
    rows: Mapping[str, Sequence[Mapping[str, float]]], columns: Sequence[str]
) -> str:
    """Aligned text: interquartile mean over runs and its 95 % bootstrap interval in every cell.

    Args:
        rows: By name, the measures of each run.
        columns: Names of the measures shown; a row may lack some.
    """
    lines = [["", *columns]]
    for name, runs in rows.items():
        cells = [_cell([run[column] for run in runs if column in run]) for column in columns]
        lines.append([name, *cells])
    first, *widths = (max(map(len, column)) + 2 for column in zip(*lines, strict=True))
    width = max([NARROWEST, *widths])
    return "\n".join(
        f"{name:<{first}}" + "".join(f"{cell:>{width}}" for cell in cells) for name, *cells in lines
    )


def paired_differences(
    ours: Sequence[Mapping[str, float]], theirs: Sequence[Mapping[str, float]], names: Sequence[str]
) -> list[dict[str, float]]:
    """How much more of each named measure our runs have than theirs, run by run."""
    return [
        {name: mine[name] - other[name] for name in names}
        for mine, other in zip(ours, theirs, strict=True)
    ]


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    found = estimate(values)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
