"""Does the novelty weight steer? ``python -m agents.steering RUN ...``, runs of one setting.

Samples works of each run for the same unseen briefs at several novelty weights, which the policy
observes, and prints what they are like at each. The weight may be called a control of novelty only
if novelty rises with it in every run, and by more than a trifle: in a single run, rank correlations
of either sign turn up by chance, and with many works the smallest effect has the same sign in all.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.command_line import command
from agents.errors import ConfigError

if TYPE_CHECKING:
    from agents.agent import Agent

WEIGHTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURES: Final = ("quality", "craft", "adherence", "novelty", "difference", "unique")
CORRELATED: Final = ("novelty", "quality")
"""What the weight is correlated with, work by work."""
FEWEST: Final = 5
"""Runs in which the sign must be right before it means something; all would be by chance in 1 of
32 cases."""
SMALLEST: Final = 0.1
"""The least correlation that is called an effect, and a small one (Cohen, 1988, "Statistical power
analysis for the behavioral sciences")."""


@command("steering")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.steering", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of finished runs, a seed each")
    add("--works", type=int, default=128, metavar="N", help="works at each weight (default: 128)")
    options = parser.parse_args(arguments)
    if options.works < len(WEIGHTS):
        raise ConfigError(f"--works must be at least {len(WEIGHTS)}, got {options.works}")
    print(report([Path(run) for run in options.runs], options.works))


def report(runs: Sequence[Path], works: int) -> str:
    """Tables of measures at every weight and of rank correlations, and the verdict.

    Args:
        runs: Folders of finished runs of one setting, a seed each.
        works: Sampled of each run at each weight.

    Raises:
        ConfigError: The runs are of several environments.
    """
    import agents
    from agents.tables import format_estimates

    loaded = [agents.load(run, device="cpu") for run in runs]
    if len({agent.config.env for agent in loaded}) > 1:
        raise ConfigError("the runs are of several environments: name those of one")
    rows: dict[str, list[dict[str, float]]] = {f"w = {weight:g}": [] for weight in WEIGHTS}
    correlations: list[dict[str, float]] = []
    for agent in loaded:
        measures, correlation = measure(agent, works)
        for row, found in zip(rows.values(), measures, strict=True):
            row.append(found)
        correlations.append(correlation)
    unmoved = [agent.folder.path for agent in loaded if _knows_one_weight(agent)]
    each = "\n".join(
        f"  {run}: " + ", ".join(f"{name} {value:+.3f}" for name, value in found.items())
        for run, found in zip(runs, correlations, strict=True)
    )
    return (
        f"Interquartile mean over {len(runs)} runs [95 % bootstrap interval]\n"
        f"{format_estimates(rows, MEASURES)}\n\n"
        f"Spearman's rank correlation with the novelty weight, work by work\n"
        f"{format_estimates({'w with': correlations}, CORRELATED)}\n{each}\n\n"
        f"{verdict([correlation['novelty'] for correlation in correlations])}"
        + "".join(f"\n{run} was trained at one weight, and knows no other." for run in unmoved)
    )


def verdict(correlations: Sequence[float]) -> str:
    """What may be said of the weight, from the rank correlation of novelty with it in each run."""
    from creative_envs.benchmark.statistics import interquartile_mean

    count, right = len(correlations), sum(found > 0 for found in correlations)
    if count < FEWEST:
        means = f"fewer than {FEWEST} runs prove nothing"
    elif right < count:
        means = "it is no control of novelty"
    elif interquartile_mean(correlations) < SMALLEST:
        means = f"a correlation below {SMALLEST:g} is too little to steer by"
    else:
        means = "it steers novelty"
    return f"Novelty rises with the weight in {right} of {count} runs: {means}."


def measure(agent: Agent, works: int) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Measures of an agent's works at each of the weights, and rank correlations with the weight.

    The same briefs are asked for at every weight.
    """
    from agents.evaluation import SAMPLE_SEED, Sample, sample_works

    made, seed = [], agent.config.seed + SAMPLE_SEED
    for weight in WEIGHTS:
        keywords = {**agent.config.env_kwargs, "novelty_weight": weight}
        config = dataclasses.replace(agent.config, env_kwargs=keywords)
        made.append(sample_works(config, agent.policy, works, seed))
    each = agent.works_per_episode
    measures = [Sample("trained", found, None, each).measures() for found in made]
    weights = np.repeat(WEIGHTS, works)
    return measures, {
        name: rank_correlation(weights, [work[name] for found in made for work in found])
        for name in CORRELATED
    }


def rank_correlation(one: ArrayLike, other: ArrayLike) -> float:
    """Spearman's rank correlation of samples (n,); ties share their mean rank; 0 if constant.

    NaN where one of the numbers is.
    """
    ranks = [_ranks(np.asarray(values, np.float64)) for values in (one, other)]
    spreads = [float(rank.std()) for rank in ranks]
    if not all(spreads):
        return 0.0
    centred = [rank - rank.mean() for rank in ranks]
    return float((centred[0] * centred[1]).mean() / (spreads[0] * spreads[1]))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (count.cumsum() - (count - 1) / 2)[place]
    return np.where(np.isnan(values), np.nan, ranks)


def _knows_one_weight(agent: Agent) -> bool:
    from agents.environments import make_test_envs

    low, high = make_test_envs(agent.config.env, agent.config.env_kwargs, 1).settings.weight_range
    return low == high


if __name__ == "__main__":
    sys.exit(main())
