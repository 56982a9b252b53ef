"""What is said of a set of works beside its Creative Yield; never one number alone.

yield               Creative Yield over the reference works': 1.00 is as theirs
reward, quality, craft, adherence, novelty, valid      means of the environment's own scores
novelty_percentile  mean percentile of the works' distance to known ones, by kinship, among
                    those of held-out reference works; 50 is as theirs
new                 share that counts as new, see `worth`
memorised           share that is a copy, or all but one, by either view
vendi               Vendi score of order 2, all works counting alike: in effect, how many
                    different ones
distinct            works that count as new and are unlike every better one
unique              share of different token sequences
coverage            share of the cells of a grid over two descriptors that hold a new work
qd_score            sum over those cells of the best quality in each, over the number of cells
                    (Pugh et al., 2016)
audit               median percentile among reference works by a judge no reward uses, where
                    the domain has one
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.scoring.worth import Worth, column
from creative_envs.benchmark.suite import Environment
from creative_envs.core.diversity import vendi_score
from creative_envs.core.information import stack
from creative_envs.core.task import Task

MEANS: Final = ("reward", "quality", "craft", "adherence", "novelty", "valid")
CELLS: Final = 10
"""Of the grid, along each axis."""
ALIKE: Final = 0.8
"""Similarity from which a work is no other work."""
COPIED: Final = 0.05
"""Distance to a known work up to which one is its copy: a token or two may differ."""


def measures(environment: Environment, worth: Worth) -> dict[str, float]:
    """All of the above, of works sampled for held-out briefs."""
    task = environment.make_held_out(1).task
    works, views, yardstick = worth.works, worth.views, environment.yardstick
    quantiles = np.linspace(0, 100, len(yardstick.kin_quantiles))
    percentile = np.interp(views.kin_distance, yardstick.kin_quantiles, quantiles)
    copied = np.minimum(views.kin_distance, views.likeness) <= COPIED
    coverage, qd_score = _grid(environment, task, worth)
    found = {
        "yield": worth.creative_yield / yardstick.creative_yield,
        **{name: float(column(works, name).mean()) for name in MEANS},
        "novelty_percentile": float(percentile.mean()),
        "new": float(worth.new.mean()),
        "memorised": float(copied.mean()),
        "vendi": vendi_score(views.similarity),
        "distinct": float(_distinct(worth)),
        "unique": len({work["tokens"].tobytes() for work in works}) / len(works),
        "coverage": coverage,
        "qd_score": qd_score,
    }
    with suppress(NotImplementedError):
        found["audit"] = float(np.median(task.audit_percentile(*stack(works))))
    return found


def _distinct(worth: Worth) -> int:
    """How many works are kept, of those with worth and the best first, each unlike those before."""
    kept: list[int] = []
    for index in np.argsort(-worth.each, kind="stable"):
        if worth.each[index] > 0 and (worth.views.similarity[index, kept] < ALIKE).all():
            kept.append(int(index))
    return len(kept)


def _grid(environment: Environment, task: Task, worth: Worth) -> tuple[float, float]:
    """Coverage and QD-score over the environment's grid of descriptors."""
    best = np.zeros((CELLS, CELLS))
    cells = _cells(environment, task.descriptor_names, worth.works)
    quality = column(worth.works, "quality") * column(worth.works, "valid") * worth.new
    np.maximum.at(best, tuple(cells.T), quality)
    return float((best > 0).mean()), float(best.mean())


def _cells(
    environment: Environment, names: Sequence[str], works: Sequence[dict[str, Any]]
) -> NDArray[np.int64]:
    """The cell of each work, shape (n, 2); those beyond the grid fall into the outermost."""
    described = np.stack([work["descriptor"] for work in works])
    places = []
    for name, (low, high) in environment.grid.items():
        share = (described[:, list(names).index(name)] - low) / (high - low)
        places.append(np.clip(share * CELLS, 0, CELLS - 1))
    return np.stack(places, axis=1).astype(np.int64)
