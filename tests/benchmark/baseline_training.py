"""Baselines trained for the length of a test, in bead necklaces and in melodies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from creative_envs.benchmark.baselines.elites import Elite, EliteWithNoise
from creative_envs.benchmark.baselines.genetic import Genetic
from creative_envs.benchmark.baselines.map_elites import MapElites
from creative_envs.benchmark.baselines.markov import Markov
from creative_envs.benchmark.baselines.memoriser import Memoriser
from creative_envs.benchmark.baselines.uniform import Uniform
from creative_envs.benchmark.budget import Meter
from creative_envs.benchmark.protocol import Context, Policy
from creative_envs.benchmark.sampling import Sample, sample_works
from creative_envs.benchmark.suite import Environment, load_suite
from creative_envs.benchmark.works import replay

BUDGET = 2_000
WORKS = 16

MELODIES = load_suite("quick").environment("MelodyComposition")
NECKLACES = replace(MELODIES, id="toy/Necklace-v0", arguments={})

LEARN_FROM_REFERENCES = [Markov, Memoriser]
SEARCH = [Elite, EliteWithNoise, Genetic, MapElites]
EVERY_AGENT = [Uniform, *LEARN_FROM_REFERENCES, *SEARCH]


def new_context(folder: Path, environment: Environment, seed: int = 0, budget: int = BUDGET):
    """Of a run that has taken no step yet."""
    folder = folder / f"{seed}-{len(list(folder.iterdir()))}"
    folder.mkdir()
    meter = Meter(folder / "meter", budget)
    return Context(environment, "dict", budget, seed, "cpu", folder, meter)


def train(folder: Path, agent: type[Any], environment: Environment, seed: int = 0) -> Policy:
    """A policy, for a small budget."""
    return agent().train(new_context(folder, environment, seed))


def sample(policy: Policy, environment: Environment, works: int = WORKS, seed: int = 0) -> Sample:
    """Works for the same held-out briefs, whatever the seed of what the policy draws."""
    return sample_works(
        environment, policy, works, observation="dict", briefs_seed=5, policy_seed=seed
    )


def actions_of(sampled: Sample) -> list[list[int]]:
    """Those of each episode."""
    return [episode.actions.tolist() for episode in sampled.episodes]


def scored(environment: Environment, sampled: Sample) -> list[dict[str, Any]]:
    """What the environment says of the works."""
    return [work for works in replay(environment, sampled.episodes) for work in works]


def mean_reward(environment: Environment, sampled: Sample) -> float:
    """Of the works."""
    return float(np.mean([work["reward"] for work in scored(environment, sampled)]))
