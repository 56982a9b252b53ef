"""Text tables of what several runs have in common: interquartile means and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.statistics import estimate


def format_estimates(
    rows: Mapping[str, Sequence[Mapping[str, float]]], columns: Sequence[str]
) -> str:
    """Aligned text: interquartile mean over runs and its 95 % bootstrap interval in every cell.

    Args:
        rows: By name, the measures of each run.
        columns: Names of the measures shown; a row may lack some.
    """
    first = max(len(name) for name in rows) + 2
    lines = [" " * first + "".join(f"{name:>24}" for name in columns)]
    for name, runs in rows.items():
        cells = [_cell([run[column] for run in runs if column in run]) for column in columns]
        lines.append(f"{name:<{first}}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    found = estimate(values)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
