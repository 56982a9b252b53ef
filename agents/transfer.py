"""What trained agents make elsewhere: ``python -m agents.transfer RUN ... --with KEY=VALUE``.

Samples works of finished runs as they were trained, and of the same policies in environments with
other arguments, such as libraries of patches they never saw; either way for unseen briefs, unless
``--with split=train`` asks for those of training.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import agents
from agents.assignments import read_words
from agents.command_line import command
from agents.errors import ConfigError

MEASURES: Final = ("reward", "quality", "craft", "adherence", "novelty", "difference")


@command("transfer")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.transfer", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of finished runs, a seed each")
    add(
        "--with",
        dest="changes",
        metavar="KEY=VALUE,...",
        required=True,
        help="the environment's arguments to change, as YAML: 'library=[\"procedural:seed=20\"]'",
    )
    add("--works", type=int, default=128, metavar="N", help="works of each run (default: 128)")
    options = parser.parse_args(arguments)
    changes = read_words(options.changes, "--with")
    if not isinstance(changes, Mapping):
        raise ConfigError("--with wants KEY=VALUE,...")
    print(compare([Path(run) for run in options.runs], changes, options.works))


def compare(runs: Sequence[Path], changes: Mapping[str, Any], works: int) -> str:
    """A table of measures: random agents, policies as trained and elsewhere, and the difference.

    Args:
        runs: Folders of finished runs of one setting, a seed each.
        changes: Arguments of the environment that differ elsewhere.
        works: Sampled of each run, either way.
    """
    from agents.tables import format_estimates, paired_differences

    rows: dict[str, list[dict[str, float]]] = {}
    for run in runs:
        for place, measures in _measure(run, changes, works).items():
            rows.setdefault(place, []).append(measures)
    rows["gap"] = paired_differences(rows["elsewhere"], rows["as trained"], MEASURES)
    return (
        f"Interquartile mean over {len(runs)} runs [95 % bootstrap interval]; "
        f"elsewhere: {changes}\n{format_estimates(rows, MEASURES)}"
    )


def _measure(run: Path, changes: Mapping[str, Any], works: int) -> dict[str, dict[str, float]]:
    from agents.environments import HELD_OUT, make_test_envs
    from agents.evaluation import SAMPLE_SEED, Sample, sample_works
    from creative_envs.core.errors import CreativeEnvsError

    agent = agents.load(run, device="cpu")
    elsewhere = dataclasses.replace(agent.config, env_kwargs={**agent.config.env_kwargs, **changes})
    split = str(changes.get("split", HELD_OUT))
    try:
        there = make_test_envs(elsewhere.env, elsewhere.env_kwargs, 1, split)
        here = make_test_envs(agent.config.env, agent.config.env_kwargs, 1)
    except (CreativeEnvsError, TypeError) as error:
        raise ConfigError(f"--with: {error}") from error
    if there.single_observation_space != here.single_observation_space:
        raise ConfigError("--with: observations there have other shapes than those trained with")
    sample = partial(sample_works, count=works, seed=agent.config.seed + SAMPLE_SEED)
    made = {
        "random elsewhere": sample(elsewhere, None, split=split),
        "as trained": sample(agent.config, agent.policy),
        "elsewhere": sample(elsewhere, agent.policy, split=split),
    }
    each = here.settings.works
    return {name: Sample(name, found, None, each).measures() for name, found in made.items()}


if __name__ == "__main__":
    sys.exit(main())
