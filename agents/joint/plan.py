"""Which arms of which seeds a study is made of, and with what settings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.config import RunConfig, resolve
from agents.environments import check_env_id
from agents.errors import ConfigError
from agents.joint.curriculum import ARMS
from agents.joint.records import Outcome, read_outcome

FIXED: Final = {
    "policy": "attention",
    "algorithm": "causal-ppo",
    "track": "from-scratch",
    "device": "cpu",
    "threads": 1,
    "select_every": 0,
}
"""Settings of all arms: a trunk to share, exact repetition, and the last policy evaluated."""


@dataclass(frozen=True)
class PlannedArm:
    """One seed of one arm.

    Attributes:
        arm: Its name.
        seed: Of everything random in it.
        configs: Of each domain, in the order in which sequential arms take them.
        works: Sampled of each domain in each evaluation.
        rehearsal: Share of later stages for earlier domains, in the arm of that name.
        path: The file of its outcome.
    """

    arm: str
    seed: int
    configs: Mapping[str, RunConfig]
    works: int
    rehearsal: float
    path: Path

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.arm}/{self.path.stem}"

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides its outcome, as JSON reads it back."""
        settings = {
            "order": list(self.configs),
            "configs": {name: dataclasses.asdict(c) for name, c in self.configs.items()},
            "works": self.works,
            "rehearsal": self.rehearsal if self.arm == "rehearsal" else None,
        }
        plain: dict[str, Any] = json.loads(json.dumps(settings))
        return plain

    def outcome(self) -> Outcome | None:
        """What it left, if it is finished.

        Raises:
            ConfigError: The file is of other settings.
            RunError: It is damaged.
        """
        if not self.path.exists():
            return None
        outcome, settings = read_outcome(self.path)
        if settings != self.settings:
            raise ConfigError(f"{self.path} is of other settings: name another --out")
        return outcome


def plan_study(
    folder: Path,
    envs: Sequence[str],
    seeds: int,
    arms: Sequence[str],
    scale: float,
    works: int,
    rehearsal: float,
    assignments: Sequence[str] = (),
) -> list[PlannedArm]:
    """All arms of a study, the first seed of every arm first.

    Args:
        folder: Of the study.
        envs: Ids of environments, a domain each.
        seeds: Every arm is trained with seeds 0 .. ``seeds`` - 1.
        arms: Some of `ARMS`; none means all.
        scale: Factor on the timesteps of every domain's settings.
        works: Sampled of each domain in each evaluation.
        rehearsal: Share of later stages for earlier domains, above 0 and below 1.
        assignments: Settings of all domains as ``key=value``.

    Raises:
        ConfigError: Whatever is wrong with any of them.
    """
    _require(seeds >= 2, "--seeds must be at least 2: one seed has no interval")
    _require(scale > 0, "--scale must be above 0")
    _require(works >= 4, "--works must be at least 4")
    _require(0 < rehearsal < 1, "--rehearsal must be above 0 and below 1")
    names = [domain_of(env) for env in envs]
    _require(len(names) >= 2, "One model of several domains needs two --env at least")
    _require(len(set(names)) == len(names), "--env: every environment can be given once")
    for env in envs:
        check_env_id(env)
    return [
        PlannedArm(
            arm=arm,
            seed=seed,
            configs={
                name: _config(env, seed, scale, assignments)
                for name, env in zip(names, envs, strict=True)
            },
            works=works,
            rehearsal=rehearsal,
            path=folder / arm / f"seed{seed}.json",
        )
        for seed in range(seeds)
        for arm in dict.fromkeys(arms or ARMS)
    ]


def domain_of(env: str) -> str:
    """What tables call an environment: its id without namespace and version."""
    return env.rpartition("/")[2].rpartition("-v")[0] or env


def _config(env: str, seed: int, scale: float, assignments: Sequence[str]) -> RunConfig:
    """An environment's preset with as many steps as the scale says."""
    common = [f"{name}={value}" for name, value in FIXED.items()]
    config = resolve({"env": env, "seed": seed}, None, [*common, *assignments])
    for name, value in {**FIXED, "start": None, "env": env, "seed": seed}.items():
        _require(getattr(config, name) == value, f"A joint study has {name}={value}: leave it out")
    return dataclasses.replace(config, timesteps=max(1, round(scale * config.timesteps)))


def _require(fulfilled: bool, words: str) -> None:
    if not fulfilled:
        raise ConfigError(words)
