"""Is a portfolio more than its works? ``python -m agents.portfolios RUN ... --singles RUN ...``.

Compares agents that were trained to make K works an episode with agents of single works asked K
times, for the same unseen briefs: what the sets earn, how much their works differ, and how many
good, new and different works they amount to.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.errors import AgentError, ConfigError

if TYPE_CHECKING:
    from agents.callbacks import Work
    from agents.config import RunConfig
    from agents.policy import MaskedPolicy

MEASURES: Final = ("return", "quality", "novelty", "unlikeness", "vendi", "yield")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code, as `agents.commands.main` does."""
    parser = argparse.ArgumentParser(prog="python -m agents.portfolios", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of finished portfolio runs, a seed each")
    add(
        "--singles",
        nargs="+",
        metavar="RUN",
        required=True,
        help="as many folders of finished runs of the same domain's single works",
    )
    add("--episodes", type=int, default=32, metavar="N", help="of each run (default: 32)")
    add("--weight", type=float, default=0.5, metavar="W", help="novelty weight (default: 0.5)")
    options = parser.parse_args(arguments)
    try:
        if len(options.runs) != len(options.singles):
            raise ConfigError("--singles wants as many runs as there are portfolio runs")
        if options.episodes < 1 or not 0 <= options.weight <= 1:
            raise ConfigError("--episodes must be at least 1, and --weight in [0, 1]")
        pairs = list(zip(map(Path, options.runs), map(Path, options.singles), strict=True))
        print(compare(pairs, options.episodes, options.weight))
    except AgentError as error:
        print(f"portfolios: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def compare(pairs: Sequence[tuple[Path, Path]], episodes: int, weight: float) -> str:
    """A table of set measures of random, single-work and portfolio agents, and their difference.

    Args:
        pairs: Folders of a portfolio run and of a run of single works, a pair for each seed.
        episodes: Sampled of each agent.
        weight: The novelty weight of all briefs.
    """
    from agents.tables import format_estimates

    rows: dict[str, list[dict[str, float]]] = {}
    works = 0
    for portfolio, single in pairs:
        works, found = measure_pair(portfolio, single, episodes, weight)
        for maker, measures in found.items():
            rows.setdefault(maker, []).append(measures)
    rows["gain"] = [
        {name: ours[name] - theirs[name] for name in MEASURES}
        for ours, theirs in zip(rows["portfolio"], rows["single"], strict=True)
    ]
    return (
        f"Sets of {works} works for one brief, novelty weight {weight:g}, {episodes} briefs no run "
        f"has seen; interquartile mean over {len(pairs)} runs [95 % bootstrap interval]\n"
        f"{format_estimates(rows, MEASURES)}\n\n"
        "return: mean reward of a work. unlikeness: mean of all pairs in a set, 1 for pairs as far "
        "apart\nas new works are from known ones. vendi: effective number of different works in a "
        "set, of order 2.\nyield: mean quality of what is valid and no copy of a reference, times "
        "the Vendi score it weights."
    )


def measure_pair(
    portfolio: Path, single: Path, episodes: int, weight: float
) -> tuple[int, dict[str, dict[str, float]]]:
    """K, and by maker the means of `measure_set` over episodes for the same briefs."""
    import agents
    from agents.evaluation import SAMPLE_SEED, sample_works

    ours, theirs = agents.load(portfolio, device="cpu"), agents.load(single, device="cpu")
    config = _at_weight(ours.config, weight)
    works = ours.works_per_episode
    if works == 1:
        raise ConfigError(f"{portfolio} makes single works: name runs of a portfolio environment")
    _require_same_domain(ours.policy, theirs.policy, portfolio, single)
    task, seed = ours.task, config.seed + SAMPLE_SEED
    makers = {"random": None, "single": theirs.policy, "portfolio": ours.policy}
    found = {}
    for maker, policy in makers.items():
        made = sample_works(config, policy, episodes * works, seed)
        sets = [made[first : first + works] for first in range(0, len(made), works)]
        measures = [measure_set(task, one) for one in sets]
        found[maker] = {name: float(np.mean([m[name] for m in measures])) for name in MEASURES}
    return works, found


def measure_set(task: Any, works: list[Work]) -> dict[str, float]:
    """What works of one episode are worth together; see `compare` for the measures."""
    from agents.evaluation import stack
    from creative_envs.core.diversity import creative_yield, vendi_score

    unlike = task.unlikeness(*stack(works))
    references = task.nearest_references(*stack(works))
    new = np.array([reference.distance > 0 for reference in references])
    worth = np.array([work["quality"] * work["valid"] for work in works]) * new
    similarity = 1 - unlike
    return {
        "return": float(np.mean([work["reward"] for work in works])),
        "quality": float(np.mean([work["quality"] for work in works])),
        "novelty": float(np.mean([work["novelty"] for work in works])),
        "unlikeness": float(unlike[np.triu_indices(len(works), 1)].mean()),
        "vendi": vendi_score(similarity),
        "yield": creative_yield(worth, similarity),
    }


def _at_weight(config: RunConfig, weight: float) -> RunConfig:
    keywords: Mapping[str, Any] = {**config.env_kwargs, "novelty_weight": weight}
    return dataclasses.replace(config, env_kwargs=keywords)


def _require_same_domain(
    ours: MaskedPolicy, theirs: MaskedPolicy, portfolio: Path, single: Path
) -> None:
    spaces = [policy.observation_space.spaces for policy in (ours, theirs)]
    known = {name: space for name, space in spaces[0].items() if name != "works"}
    if known != dict(spaces[1]):
        raise ConfigError(f"{single} makes no single works of the kind {portfolio} makes")


if __name__ == "__main__":
    sys.exit(main())
