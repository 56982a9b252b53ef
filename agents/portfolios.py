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

from agents.command_line import command
from agents.errors import ConfigError

if TYPE_CHECKING:
    from agents.agent import Agent
    from agents.callbacks import Work
    from agents.config import RunConfig

MEASURES: Final = ("return", "quality", "novelty", "unlikeness", "vendi", "yield")


@command("portfolios")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
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
    if len(options.runs) != len(options.singles):
        raise ConfigError("--singles wants as many runs as there are portfolio runs")
    if options.episodes < 1 or not 0 <= options.weight <= 1:
        raise ConfigError("--episodes must be at least 1, and --weight in [0, 1]")
    pairs = list(zip(map(Path, options.runs), map(Path, options.singles), strict=True))
    print(compare(pairs, options.episodes, options.weight))


def compare(pairs: Sequence[tuple[Path, Path]], episodes: int, weight: float) -> str:
    """A table of set measures of random, single-work and portfolio agents, and their difference.

    Args:
        pairs: Folders of a portfolio run and of a run of single works, a pair for each seed.
        episodes: Sampled of each agent.
        weight: The novelty weight of all briefs.

    Raises:
        ConfigError: The runs do not fit together, or their domain does not compare works.
    """
    import agents
    from agents.tables import format_estimates, paired_differences

    loaded = [tuple(agents.load(run, device="cpu") for run in pair) for pair in pairs]
    for ours, theirs in loaded:
        _require_pair(ours, theirs)
    kinds = {(ours.config.env, ours.works_per_episode) for ours, _ in loaded}
    if len(kinds) > 1:
        raise ConfigError("the portfolios are of several environments or sizes: name those of one")
    ((_, works),) = kinds
    rows: dict[str, list[dict[str, float]]] = {}
    for ours, theirs in loaded:
        for maker, measures in measure_pair(ours, theirs, episodes, weight).items():
            rows.setdefault(maker, []).append(measures)
    rows["gain"] = paired_differences(rows["portfolio"], rows["single"], MEASURES)
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
    ours: Agent, theirs: Agent, episodes: int, weight: float
) -> dict[str, dict[str, float]]:
    """By maker, the means of `measure_set` over episodes for the same briefs.

    Args:
        ours: Makes portfolios.
        theirs: Makes single works of the same kind.
        episodes: Sampled of each.
        weight: The novelty weight of all briefs.
    """
    from agents.evaluation import SAMPLE_SEED, sample_works

    config, works = _at_weight(ours.config, weight), ours.works_per_episode
    task, seed = ours.task, config.seed + SAMPLE_SEED
    makers = {"random": None, "single": theirs.policy, "portfolio": ours.policy}
    found = {}
    for maker, policy in makers.items():
        made = sample_works(config, policy, episodes * works, seed)
        sets = [made[first : first + works] for first in range(0, len(made), works)]
        measures = [measure_set(task, one) for one in sets]
        found[maker] = {name: float(np.mean([m[name] for m in measures])) for name in MEASURES}
    return found


def measure_set(task: Any, works: list[Work]) -> dict[str, float]:
    """What works of one episode are worth together; see `compare` for the measures.

    Raises:
        ConfigError: The domain compares no works, or knows no references.
    """
    from creative_envs.core.diversity import creative_yield, vendi_score
    from creative_envs.core.information import stack

    try:
        unlike = task.unlikeness(*stack(works))
        references = task.nearest_references(*stack(works))
    except NotImplementedError as error:
        raise ConfigError(f"sets cannot be measured: {error}") from error
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


def _require_pair(ours: Agent, theirs: Agent) -> None:
    """Raises `ConfigError` unless one makes sets for one brief, the other works for such sets."""
    portfolio, single = ours.folder.path, theirs.folder.path
    if ours.works_per_episode == 1:
        raise ConfigError(f"{portfolio} makes single works: name runs of a portfolio environment")
    if ours.config.env_kwargs.get("brief_per") == "work":
        raise ConfigError(f"{portfolio} has a brief for every work: its sets are for no one brief")
    spaces = [agent.policy.observation_space.spaces for agent in (ours, theirs)]
    known = {name: space for name, space in spaces[0].items() if name != "works"}
    if known != dict(spaces[1]) or ours.task.name != theirs.task.name:
        raise ConfigError(f"{single} makes no single works of the kind {portfolio} makes")


if __name__ == "__main__":
    sys.exit(main())
