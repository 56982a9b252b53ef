"""What steps of environments take: all ids, scalar and vector, beside other suites'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import gymnasium as gym

import creative_envs  # noqa: F401  registers the environments
from benchmarks import others, subjects
from benchmarks.domains import (
    DOMAINS,
    Demonstrated,
    DemonstratedUnscored,
    Domain,
    Unscored,
)
from benchmarks.effort import Effort
from benchmarks.lines import Line, at_least, cost
from benchmarks.others import CARTPOLE
from benchmarks.replay import scalar_replay
from benchmarks.timing import Subject, Timing, take_turns
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK

SCALAR: Final = "scalar"
SCALAR_STEPS: Final = 3000
LARGE: Final = 1024
"""Vectors from this size on are held to a microsecond a step, scoring apart."""
MOST_UNSCORED: Final = 1.0
IDS: Final = tuple(zip(DOMAINS, zip(SINGLE_WORK, PORTFOLIOS, strict=True), strict=True))
"""Each domain with its ids: episodes of one work, and of several."""


def short(env_id: str) -> str:
    """An id without its namespace."""
    return env_id.rpartition("/")[2]


def vector_of(num_envs: int) -> str:
    """How lines name a native vector."""
    return f"vector of {num_envs}"


def over_cartpole(how: str, name: str) -> str:
    """What the line says that has an environment's rate over CartPole's."""
    return f"{how}, {name}: steps a second over {CARTPOLE}"


def measure_scalar(effort: Effort) -> list[Line]:
    """Single environments as `gym.make` gives them; ids as they are registered."""
    by_chance = subjects.alone(subjects.random_legal())
    turns = others.scalars()
    for domain, ids in IDS:
        envs = {short(env_id): (gym.make(env_id), by_chance) for env_id in ids}
        if domain.task.has_potential:
            envs[_terminal(domain)] = domain.make(), by_chance
        played = domain.make(Demonstrated, split="test")
        envs[_made(domain)] = played, subjects.alone(subjects.demonstrated(domain))
        turns |= {name: scalar_replay(*env, SCALAR_STEPS) for name, env in envs.items()}
    timings = take_turns(turns, effort.rounds, SCALAR)
    targets = {
        name: domain.share_of_cartpole
        for domain in DOMAINS
        for name in (_terminal(domain), _made(domain))
    }
    return [*_rates(SCALAR, timings), *_over_each(SCALAR, timings, targets)]


def measure_vectors(num_envs: int, effort: Effort) -> list[Line]:
    """Native vectors of one size, beside other suites' vectors of it."""
    how = vector_of(num_envs)
    turns = others.vectors(num_envs, DOMAINS[0].steps[num_envs])
    for domain, ids in IDS:
        turns |= _vectors(domain, ids, num_envs)
    timings = take_turns(turns, effort.rounds, how)
    lines = [line for domain, _ in IDS for line in _shares(domain, num_envs, timings)]
    told = {name: timing for name, timing in timings.items() if not name.endswith(UNSCORED)}
    return [*_rates(how, told), *_over_each(how, told, {}), *lines]


UNSCORED: Final = ", unscored"


def _terminal(domain: Domain) -> str:
    """The variant of a domain's first id that is paid at the end; itself, where that is so."""
    name = short(domain.env_id)
    return f"{name}, terminal reward" if domain.task.has_potential else name


def _made(domain: Domain) -> str:
    """A domain's first id, playing works by the makers of its references."""
    return f"{short(domain.env_id)}, {domain.makers} actions"


def _vectors(domain: Domain, ids: tuple[str, ...], num_envs: int) -> dict[str, Subject]:
    """A domain's ids as registered; works by chance and by the makers, scored and not."""
    by_chance, made = subjects.random_legal, subjects.demonstrated(domain)
    plain, played = _terminal(domain), _made(domain)
    envs = {short(env_id): (gym.make_vec(env_id, num_envs=num_envs), by_chance()) for env_id in ids}
    if plain not in envs:
        envs[plain] = domain.make_vec(num_envs), by_chance()
    envs[plain + UNSCORED] = domain.make_vec(num_envs, Unscored), by_chance()
    envs[played] = domain.make_vec(num_envs, Demonstrated, split="test"), made
    envs[played + UNSCORED] = domain.make_vec(num_envs, DemonstratedUnscored, split="test"), made
    steps = domain.steps[num_envs]
    return {name: subjects.vector_replay(*env, steps) for name, env in envs.items()}


def _shares(domain: Domain, num_envs: int, timings: Mapping[str, Timing]) -> list[Line]:
    """What a step takes but for scoring, and how much of it scoring takes."""
    how, cartpole = vector_of(num_envs), timings[CARTPOLE]
    limit = MOST_UNSCORED if num_envs >= LARGE else None
    unscored = timings[_terminal(domain) + UNSCORED]
    what = f"{how}, {short(domain.env_id)}: all but scoring, a step of one environment"
    lines = [cost(what, unscored, cartpole, limit)]
    for name in (_terminal(domain), _made(domain)):
        share = 100 * (1 - 1 / timings[name + UNSCORED].rate_over(timings[name]))
        lines.append(Line(f"{how}, {name}: share of a step that scoring takes", share, "%"))
    return lines


def _rates(how: str, timings: Mapping[str, Timing]) -> list[Line]:
    """Steps a CPU-second, all environments of a vector together."""
    return [
        Line(f"{how}, {name}: steps a CPU-second", 1 / timing.median, "/s")
        for name, timing in timings.items()
    ]


def _over_each(
    how: str, timings: Mapping[str, Timing], targets: Mapping[str, float | None]
) -> list[Line]:
    """Rates over CartPole's, with targets, and those of the ids over each other suite's."""
    lines = []
    for name, timing in timings.items():
        if name == CARTPOLE:
            continue
        what, ratio = over_cartpole(how, name), timing.rate_over(timings[CARTPOLE])
        limit = targets.get(name)
        lines.append(Line(what, ratio) if limit is None else at_least(what, ratio, limit))
    ids = [short(env_id) for _, pair in IDS for env_id in pair]
    return lines + [
        Line(f"{how}, {name}: steps a second over {rival}", timings[name].rate_over(timings[rival]))
        for rival in others.NEEDED
        if rival in timings
        for name in ids
    ]
