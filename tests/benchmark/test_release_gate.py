"""The release gate: whoever recites, repeats, hides one good work in noise or makes noise, loses.

Agents are trained and works scored as in a run of the quick suite; the yardstick is the suite's.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pytest

from creative_envs.benchmark.baselines.reference import Reference
from creative_envs.benchmark.calibration import DRAWINGS
from creative_envs.benchmark.cell import SCORE, WORKS, Cell, run_cell
from creative_envs.benchmark.scoring import creative_yield
from creative_envs.benchmark.scoring.worth import Worth, column
from creative_envs.benchmark.statistics import estimate
from creative_envs.benchmark.suite import FOLDER, Environment, load_suite
from creative_envs.benchmark.works import Episode, read_episodes, replay
from creative_envs.core.diversity import creative_yield as yield_of
from creative_envs.core.information import stack
from creative_envs.core.task import Task

LIMIT = 0.25
"""Of the reference row."""
TOLD = ("tokens", "length", "brief", "quality", "valid")
SUITE = load_suite("quick")
TOML = (files("creative_envs.benchmark") / FOLDER / f"{SUITE.name}.toml").read_text()
in_every_domain = pytest.mark.parametrize("name", [one.name for one in SUITE.environments])


@lru_cache
def reference(name: str) -> tuple[Environment, Task, list[list[Episode]], list[list[dict]]]:
    """An environment, its held-out task, and drawings of reference works."""
    environment = SUITE.environment(name)
    maker = Reference()
    drawn = [maker.episodes(environment, SUITE.works, seed) for seed in range(DRAWINGS)]
    works = [[work for made in replay(environment, one) for work in made] for one in drawn]
    return environment, environment.make_held_out(1).task, drawn, works


def dealt(environment: Environment, episodes: list[Episode], briefs: np.ndarray) -> list[dict]:
    """Works made by the same actions for other briefs; masked ones give way to legal ones."""
    vector = environment.make_held_out(len(episodes))
    vector.reset(seed=0, options={"brief": briefs})
    works: dict[int, dict] = {}
    step = 0
    while len(works) < len(episodes):
        actions = [one.actions[step] if step < len(one.actions) else 0 for one in episodes]
        info = vector.step(np.array(actions))[4]
        for row in np.flatnonzero(info.get("_work", [])):
            works.setdefault(int(row), {key: info["work"][key][row] for key in TOLD})
        step += 1
    return [works[row] for row in range(len(episodes))]


@in_every_domain
@pytest.mark.parametrize("agent", ["memoriser", "elite", "elite-noise", "random"])
def test_an_adversary_stays_below_a_quarter_of_the_reference(name, agent):
    cell = Cell(SUITE, SUITE.environment(name), agent, 0)
    outcome = run_cell(cell.job(TOML, device="cpu", scratch=None, keep_policy=False))
    assert outcome["run"]["status"] == "ok", outcome["run"]["error"]
    metrics = json.loads(outcome["files"][SCORE])["metrics"]
    assert 0 <= metrics["yield"] < LIMIT, metrics


@in_every_domain
def test_the_reference_is_one_with_an_interval(name):
    environment, task, _, drawn = reference(name)
    found = estimate([creative_yield(task, works, environment.yardstick) for works in drawn])
    assert found.value == pytest.approx(1, abs=1e-4)
    assert found.low < 1 < found.high


@in_every_domain
def test_the_same_works_for_each_others_briefs_are_worth_less(name):
    environment, task, drawn, works = reference(name)
    briefs = np.roll([one.brief for one in drawn[0]], 1, axis=0)
    permuted = dealt(environment, drawn[0], briefs)
    before, after = (creative_yield(task, w, environment.yardstick) for w in (works[0], permuted))
    assert after < 0.8 * before


@in_every_domain
def test_a_more_varied_half_of_the_reference_is_worth_more(name):
    """Halves by descriptors, which similarity does not look at: around the middle, and beyond."""
    environment, task, _, works = reference(name)
    described = np.stack([work["descriptor"] for work in works[0]])
    away = np.abs(described - np.median(described, axis=0)) / described.std(axis=0)
    order = np.argsort(away.mean(axis=1))
    half = len(order) // 2
    little, much = ([works[0][row] for row in rows] for rows in (order[:half], order[half:]))
    assert creative_yield(task, much, environment.yardstick) > creative_yield(
        task, little, environment.yardstick
    )


@in_every_domain
def test_copies_of_a_few_reference_works_are_worth_less_the_fewer_they_are(name):
    environment, task, _, works = reference(name)
    yields = [
        np.mean([repeated(task, drawn, range(few), environment) for drawn in works[:3]])
        for few in (1, 4, SUITE.works)
    ]
    assert yields == sorted(yields)
    assert yields[0] < 0.5 * yields[-1]


@in_every_domain
def test_noise_adds_nothing_to_an_elite(name):
    """Even with each copy in the very brief that the elite was made for."""
    environment, task, drawn, works = reference(name)
    worth = Worth.of(task, works[0], environment.yardstick)
    elite = [works[0][int(worth.each.argmax())]] * (SUITE.works // 2)
    rng = np.random.default_rng(0)
    episodes = [
        Episode(one.brief, rng.integers(task.n_actions, size=task.max_length))
        for one in drawn[0][: len(elite)]
    ]
    noise = dealt(environment, episodes, np.stack([one.brief for one in episodes]))
    mixed = creative_yield(task, [*elite, *noise], environment.yardstick)
    assert 0 < mixed < creative_yield(task, elite, environment.yardstick)


def repeated(task: Task, works: list[dict], rows: range, environment: Environment) -> float:
    """Creative Yield of some of the works, each copied so often that they are as many again."""
    copies = [works[rows[index % len(rows)]] for index in range(len(works))]
    return creative_yield(task, copies, environment.yardstick)


def test_the_dealt_briefs_are_what_the_works_say():
    environment, _, drawn, works = reference("TacticDesign")
    briefs = np.stack([one.brief for one in drawn[0][:3]])
    again = dealt(environment, drawn[0][:3], briefs)
    for one, other in zip(stack(again), stack(works[0][:3]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_noise_would_not_lose_if_quality_counted_as_it_is():
    environment, task, _, works = reference("MelodyComposition")
    cell = Cell(SUITE, environment, "random", 0)
    files = run_cell(cell.job(TOML, device="cpu", scratch=None, keep_policy=False))["files"]
    made = replay(environment, read_episodes(files[WORKS], WORKS))
    yields = []
    for maker in ([work for one in made for work in one], works[0]):
        worth = Worth.of(task, maker, environment.yardstick)
        plain = column(maker, "quality") * column(maker, "valid") * worth.new
        yields.append((yield_of(plain, worth.views.similarity), worth.creative_yield))
    (plain_noise, noise), (plain, squared) = yields
    assert plain_noise > LIMIT * plain
    assert noise < 0.1 * LIMIT * squared
