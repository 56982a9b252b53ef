"""Configurations of every domain in which every pair of argument values occurs.

Two ids of a domain are one class with another default of ``works``: the id is an argument like the
others. A corpus of the user's own takes seconds to fit, so `tests/test_bad_input.py` tries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from creative_envs.tactics.terrain.ground import Ground

DEFAULT = "default"
"""Of an argument that is not given."""
ROCKY = Ground.from_text("rocky", "\n".join([*[24 * "."] * 6, *["....################...."] * 4,
                                            *[24 * "."] * 6]))  # fmt: skip
"""A map of one's own: a rock to go around, which reaches into the deployment areas."""

SHARED = {
    "works": [DEFAULT, 1, 3],
    "novelty_weight": [DEFAULT, 0, 1.0, [0.2, 0.8]],
    "brief_per": ["episode", "work"],
    "briefs": [None, 1, 7],
    "render_mode": [None, "rgb_array", "ansi"],
    "split": ["train", "valid", "test"],
}
VALUES: dict[str, dict[str, list[Any]]] = {
    "melody": {
        "id": ["creative_envs/MelodyComposition-v0", "creative_envs/MelodyPortfolio-v0"],
        "bars": [4, 8, 16],
        "chromatic": [False, True],
        **SHARED,
    },
    "patches": {
        "id": ["creative_envs/PatchComposition-v0", "creative_envs/PatchPortfolio-v0"],
        "size": [6, 8, 12],
        "library": ["procedural", "builtin", ["procedural:seed=1", "procedural:palette=sea"]],
        "patches": [12, 24, 48],
        "observe_picture": [False, True],
        "reward": ["terminal", "shaped"],
        **SHARED,
    },
    "tactics": {
        "id": ["creative_envs/TacticDesign-v0", "creative_envs/TacticPortfolio-v0"],
        "maps": [None, "pass-7", ["river-3", "hills-0"], [ROCKY, "open-1"]],
        "units": ["balanced"],
        **SHARED,
    },
}

Pair = tuple[tuple[str, int], tuple[str, int]]


SQUARE = ("size", "library", "patches")
"""Each combination takes a second to prepare; a Latin square of them has all pairs in 9 of 27."""


def all_pairs(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Few choices of one value for each name that hold every pair of values; greedily found.

    Args:
        values: What each name can be.
    """
    names = list(values)
    missing = dict.fromkeys(
        ((a, i), (b, j))
        for a, b in combinations(names, 2)
        for i in range(len(values[a]))
        for j in range(len(values[b]))
    )
    rows = []
    while missing:
        row = dict(next(iter(missing)))
        for name in names:
            if name not in row:
                fitting = [i for i in range(len(values[name])) if _fits({**row, name: i})]
                row[name] = max(fitting, key=lambda i: _gain(row, name, i, names, missing))
        for pair in combinations(((name, row[name]) for name in names), 2):
            missing.pop(pair, None)
        rows.append({name: values[name][row[name]] for name in names})
    return rows


def _fits(row: Mapping[str, int]) -> bool:
    square = [row[name] for name in SQUARE if name in row]
    return len(square) < len(SQUARE) or sum(square) % len(SQUARE) == 0


def _gain(
    row: Mapping[str, int], name: str, value: int, names: list[str], missing: Mapping[Pair, None]
) -> int:
    """How many missing pairs a value adds to a row."""
    return sum(
        tuple(sorted(((name, value), other), key=lambda one: names.index(one[0]))) in missing
        for other in row.items()
    )


def configurations() -> list[tuple[str, dict[str, Any]]]:
    """Ids and arguments of all domains' pairs; those that share a reference stand together."""
    rows = [row for values in VALUES.values() for row in all_pairs(values)]
    rows.sort(key=lambda row: [str(row.get(k)) for k in ("bars", "size", "library", "patches")])
    return [
        (row["id"], {k: v for k, v in row.items() if k != "id" and v is not DEFAULT})
        for row in rows
    ]
