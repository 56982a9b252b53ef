"""Brainstorming and focus measured against plain sampling, for the same held-out briefs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.agent import Agent
from agents.callbacks import Work
from agents.errors import ConfigError
from agents.evaluation import SAMPLE_SEED, audit
from agents.ideation.brainstorm import passing, plan, select, unlike
from agents.ideation.focus import Habit, Measure, Refining
from agents.ideation.workbench import Drafts, Floats, Ints, Workbench
from creative_envs.core.diversity import vendi_score

BUDGETS: Final = (8, 16, 32, 64, 128)
"""Numbers of works sampled at temperature 1, whose forward passes the other ways may spend."""
KEPT: Final = 8
CANDIDATES_SHARE: Final = 0.25
"""Of the forward passes of brainstorm and focus, what candidates may take; there is at least one.
"""
COSTS: Final = ("passes", "scored")
"""What works took: forward passes, and how many were scored."""

Measures = dict[str, float]
Table = dict[str, Measures]


@dataclass(frozen=True)
class Trial:
    """What is measured, and how.

    Attributes:
        briefs: How many held-out ones.
        seed: Decides briefs, and with a run's own seed all that is sampled.
        floor: Share of the best quality of plain samples, in [0, 1], that a work needs to count.
        by: What focus makes better, and the best are chosen by.
        budgets: Ascending numbers of works.

    Raises:
        ConfigError: A value out of range.
    """

    briefs: int = 16
    seed: int = 0
    floor: float = 0.8
    by: Measure = "reward"
    budgets: Sequence[int] = BUDGETS

    def __post_init__(self) -> None:
        """Raises `ConfigError` for a value out of range."""
        if self.briefs < 1:
            raise ConfigError(f"briefs must be at least 1, got {self.briefs!r}")
        if not 0 <= self.floor <= 1:
            raise ConfigError(f"floor is a share of the best quality, in [0, 1], got {self.floor}")
        if not self.budgets or min(self.budgets) < 1 or list(self.budgets) != sorted(self.budgets):
            raise ConfigError(f"budgets are ascending numbers of works, got {self.budgets!r}")
        Habit(self.by)

    @property
    def works(self) -> int:
        """How many works' forward passes a run takes at most."""
        return self.briefs * (2 * self.budgets[-1] + sum(self.budgets))


def compare(
    agent: Agent, trial: Trial, report: Callable[[float], object] = lambda works: None
) -> dict[str, Table]:
    """Measures one run, as means over briefs.

    Args:
        agent: The run's.
        trial: What to measure.
        report: Told how many works' forward passes have been spent since it was told last.

    Returns:
        Measures by maker in three tables: "variety" of all works above the floor, "kept" of the
        few chosen of the most, and "best" at equal budgets.

    Raises:
        ConfigError: The domain compares no works.
    """
    bench = Workbench(agent.config, agent.policy)
    most = trial.budgets[-1]
    briefs = bench.briefs(trial.briefs, trial.seed + SAMPLE_SEED)
    rng = np.random.default_rng([trial.seed, agent.config.seed])
    repeated = np.repeat(briefs, most, axis=0)
    sampled = _Pool(bench, bench.make(repeated, rng), trial)
    report(trial.briefs * most)
    heat, weight = plan(bench, briefs, most)
    made = bench.make(repeated, rng, temperature=heat, weight=weight)
    candidates = _Pool(bench, made, trial)
    report(trial.briefs * most)
    absolute = trial.floor * sampled.quality.max(axis=1)
    return {
        "variety": variety({"sampled": sampled, "brainstorm": candidates}, absolute, trial),
        "kept": kept(sampled, candidates, trial),
        "best": best_at_budgets(bench, sampled, candidates, trial, rng, report),
    }


class _Pool:
    """Works for several briefs, equally many for each, shape (briefs, works)."""

    def __init__(self, bench: Workbench, drafts: Drafts, trial: Trial) -> None:
        shape = (trial.briefs, trial.budgets[-1])
        works = drafts.finished
        self.drafts = drafts
        self.quality = works.scores.quality.astype(np.float64).reshape(shape)
        self.reward = works.reward.reshape(shape)
        self.valid = works.scores.valid.reshape(shape)
        self.passes = drafts.passes.reshape(shape)
        self.value = self.reward if trial.by == "reward" else self.quality
        self.unlikeness = [unlike(bench, drafts, self.rows(row)) for row in range(trial.briefs)]

    def rows(self, brief: int) -> Ints:
        """Where the works for a brief stand among the drafts."""
        count = self.quality.shape[1]
        return np.arange(brief * count, (brief + 1) * count)

    def vendi(self, brief: int, chosen: NDArray[np.bool_] | Ints) -> float:
        """In effect, how many different works there are among the chosen ones for a brief."""
        return vendi_score(1 - self.unlikeness[brief][chosen][:, chosen])

    def distinct(self, brief: int, chosen: NDArray[np.bool_]) -> int:
        """How many of the chosen works for a brief differ in any token."""
        tokens = self.drafts.finished.tokens[self.rows(brief)][chosen]
        return len({work.tobytes() for work in tokens})


def variety(pools: dict[str, _Pool], floor: Floats, trial: Trial) -> Table:
    """How many different valid works above a floor (briefs,) the first N of each maker hold."""
    table: Table = {}
    for count in trial.budgets:
        for name, pool in pools.items():
            first = np.arange(trial.budgets[-1]) < count
            good = pool.valid & (pool.quality >= floor[:, None]) & first
            distinct = [pool.distinct(row, chosen) for row, chosen in enumerate(good)]
            vendi = [pool.vendi(row, chosen) for row, chosen in enumerate(good)]
            passes = pool.passes[:, :count].sum(axis=1)
            table[f"{name} {count}"] = _means(distinct=distinct, vendi=vendi, passes=passes)
        table[f"difference {count}"] = _difference(table, f"brainstorm {count}", f"sampled {count}")
    return table


def kept(sampled: _Pool, candidates: _Pool, trial: Trial) -> Table:
    """The few works a brainstorm keeps of the most, and as many best samples."""
    chosen: dict[str, list[Ints]] = {"best sampled": [], "best candidates": [], "spread": []}
    for row in range(trial.briefs):
        for name, pool in (("best sampled", sampled), ("best candidates", candidates)):
            chosen[name].append(np.argsort(-pool.value[row], kind="stable")[:KEPT])
        quality = candidates.quality[row]
        passed = passing(quality, candidates.valid[row], trial.floor).nonzero()[0]
        apart = candidates.unlikeness[row][passed][:, passed]
        chosen["spread"].append(passed[select(quality[passed], apart, KEPT)])
    table: Table = {}
    for name, picks in chosen.items():
        pool = sampled if name == "best sampled" else candidates
        table[name] = _means(
            vendi=[pool.vendi(row, pick) for row, pick in enumerate(picks)],
            quality=[pool.quality[row, pick].mean() for row, pick in enumerate(picks)],
            reward=[pool.reward[row, pick].mean() for row, pick in enumerate(picks)],
        )
    table["difference"] = _difference(table, "spread", "best sampled")
    return table


def best_at_budgets(
    bench: Workbench,
    sampled: _Pool,
    candidates: _Pool,
    trial: Trial,
    rng: np.random.Generator,
    report: Callable[[float], object] = lambda works: None,
) -> Table:
    """The best of N samples, and what brainstorm and focus find at the same forward passes."""
    first = [sampled.passes[:, :count].sum(axis=1) for count in trial.budgets]
    budget = np.concatenate(first)  # of each count and brief, the counts one after another
    brief = np.tile(np.arange(trial.briefs), len(trial.budgets))
    affordable = candidates.passes.cumsum(axis=1)[brief] <= CANDIDATES_SHARE * budget[:, None]
    affordable[:, 0] = True
    spent = (candidates.passes[brief] * affordable).sum(axis=1)
    start = np.where(affordable, candidates.value[brief], -np.inf).argmax(axis=1)
    rows = brief * trial.budgets[-1] + start
    drafts = bench.replay(candidates.drafts.finished.brief[rows], candidates.drafts.actions[rows])
    refining = Refining(bench, drafts, Habit(trial.by))
    each = sampled.passes.mean()
    while (refining.passes < budget - spent).any():
        before = refining.passes.sum()
        refining.step(rng, budget - spent)
        report(float((refining.passes.sum() - before) / each))
    scored = affordable.sum(axis=1) + refining.scored
    return _at_budgets(bench, sampled, refining, scored, trial, first)


def _at_budgets(
    bench: Workbench,
    sampled: _Pool,
    refining: Refining,
    scored: Ints,
    trial: Trial,
    passes: list[Ints],
) -> Table:
    table: Table = {}
    rows = np.arange(trial.briefs)
    samples = sampled.value.shape[1]
    for index, count in enumerate(trial.budgets):
        best = sampled.value[:, :count].argmax(axis=1)
        focused = slice(index * trial.briefs, (index + 1) * trial.briefs)
        works = [draft.work for draft in refining.best[focused]]
        found = [bench.draft(sampled.drafts, row).work for row in (rows * samples + best).tolist()]
        table[f"best of {count}"] = _means(
            quality=sampled.quality[rows, best],
            reward=sampled.reward[rows, best],
            passes=passes[index],
            scored=[count] * trial.briefs,
            **_percentiles(bench, found),
        )
        table[f"focus {count}"] = _means(
            quality=[work["quality"] for work in works],
            reward=[work["reward"] for work in works],
            passes=passes[index],
            scored=scored[focused],
            **_percentiles(bench, works),
        )
        table[f"difference {count}"] = _difference(table, f"focus {count}", f"best of {count}")
    return table


def _percentiles(bench: Workbench, works: list[Work]) -> dict[str, Floats]:
    """Where works stand with a judge that no reward uses; nothing in a domain without one."""
    percentile = audit(bench.task, works)
    return {} if percentile is None else {"audit": percentile}


def _means(**values: Sequence[float] | Floats | Ints) -> Measures:
    return {name: float(np.mean(each)) for name, each in values.items()}


def _difference(table: Table, first: str, second: str) -> Measures:
    """How much more the first maker has; the same briefs make it a paired difference."""
    ours, theirs = table[first], table[second]
    return {name: ours[name] - theirs[name] for name in ours if name not in COSTS}
