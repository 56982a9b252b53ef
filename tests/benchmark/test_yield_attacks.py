"""Known works thinly disguised, and a few good ones jittered, have next to no Creative Yield.

Each attack knows what training may know, answers the briefs of a seed of the quick suite, and is
scored as in a run of it. The release gate has those that need no knowledge of a domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.demonstrations import Demonstrations
from creative_envs.benchmark.baselines.memoriser import Recital
from creative_envs.benchmark.baselines.scripts import UNSET, legalised
from creative_envs.benchmark.scoring.worth import Worth
from creative_envs.benchmark.suite import load_suite
from creative_envs.core.task import Task
from creative_envs.melody.actions import N_DURATIONS
from creative_envs.melody.events import Events
from creative_envs.melody.kinship import kinship_to_references
from creative_envs.melody.kinship import moved as moved_melody
from creative_envs.melody.vocabulary import N_PITCHES
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.patterns import turned
from creative_envs.tactics.actions import DONE, actions_of
from creative_envs.tactics.squads import Tactics, flipped
from creative_envs.tactics.vocabulary import (
    COLUMN,
    DELAY,
    DELAYS,
    DEPLOY_COLUMNS,
    DIRECT,
    HOLD,
    NEAREST,
    PRIORITIES,
    PRIORITY,
    ROUTE,
    ROUTES,
    ROW,
    ROWS,
    STANCE,
    STANCES,
    TYPE,
)

Actions = NDArray[np.int64]

LIMIT = 0.25
"""Of the reference row, as in the release gate."""
KNOWN = 512
"""Works recited, as many as the memoriser knows."""
FEW = 64
"""Tactics an attack fields; their battles take a while."""
TOLD = ("tokens", "length", "brief", "quality", "valid")
SUITE = load_suite("quick")
MELODIES, PATCHES, TACTICS = "MelodyComposition", "PatchComposition", "TacticDesign"


@lru_cache
def tasks(name: str) -> tuple[Task, Task]:
    """Of training, and held out."""
    environment = SUITE.environment(name)
    known = environment.make_vec(1, AutoresetMode.NEXT_STEP).task
    return known, environment.make_held_out(1).task


@lru_cache
def asked(name: str) -> NDArray[np.float32]:
    """Held-out briefs, as many as the suite samples works."""
    observation, _ = SUITE.environment(name).make_held_out(SUITE.works).reset(seed=0)
    return observation["brief"].copy()


@lru_cache
def recited(name: str) -> Actions:
    """For each brief the known work that the memoriser writes, shape (n, L)."""
    known, held_out = tasks(name)
    recital = Recital(Demonstrations(*known.demonstrations(KNOWN)), held_out)
    every = np.arange(SUITE.works)
    return recital.choose(asked(name), every, np.zeros_like(every))


def worth_of(name: str, scripts: Actions) -> Worth:
    """Plays scripts (n, L) for the first n briefs; masked actions give way to legal ones."""
    environment, rng = SUITE.environment(name), np.random.default_rng(0)
    vector = environment.make_held_out(len(scripts))
    observation, _ = vector.reset(seed=0, options={"brief": asked(name)[: len(scripts)]})
    works: dict[int, dict] = {}
    step = 0
    while len(works) < len(scripts):
        written = scripts[:, min(step, scripts.shape[1] - 1)]
        observation, *_, info = vector.step(legalised(written, observation["action_mask"], rng))
        for row in np.flatnonzero(info.get("_work", [])):
            works.setdefault(int(row), {key: info["work"][key][row] for key in TOLD})
        step += 1
    made = [works[row] for row in range(len(scripts))]
    return Worth.of(tasks(name)[1], made, environment.yardstick)  # which keeps what it knows


def yield_of(name: str, scripts: Actions) -> float:
    """Creative Yield of as many works as the yardstick was taken of."""
    assert len(scripts) == SUITE.works
    return worth_of(name, scripts).creative_yield / SUITE.environment(name).yardstick.creative_yield


def changed(scripts: Actions, share: float) -> Actions:
    """The same with a share of the actions drawn anew."""
    drawn = np.random.default_rng(1).random(scripts.shape) < share
    return np.where(drawn, UNSET, scripts)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2, 0.4, 0.6])
@pytest.mark.parametrize("name", [MELODIES, PATCHES])
def test_a_recital_with_mistakes_is_worth_little_however_many_there_are(name, share):
    assert yield_of(name, changed(recited(name), share)) < LIMIT


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.4])
def test_so_is_a_recital_of_melodies_with_wrong_notes_in_the_right_rhythm(share):
    scripts, rng = recited(MELODIES), np.random.default_rng(2)
    pitch = rng.integers(1, N_PITCHES, scripts.shape) * N_DURATIONS
    wrong = rng.random(scripts.shape) < share
    assert yield_of(MELODIES, np.where(wrong, pitch + scripts % N_DURATIONS, scripts)) < LIMIT


@pytest.mark.parametrize("steps", [-2, 1, 3])
def test_known_melodies_moved_within_their_scale_are_not_new(steps):
    task = tasks(MELODIES)[1]
    tokens, length, brief = task.reference_works(FEW)
    known = Events.of(task.reference.windows["train"]).take(slice(FEW))
    told = task.kinship_to_references(tokens, length, brief)
    assert (1 - told > SUITE.environment(MELODIES).yardstick.known_kin).mean() > 0.7
    elsewhere = kinship_to_references(moved_melody(known, steps), task.corpus, task.bars)
    assert np.mean(elsewhere > 0.99) > 0.8  # the others have notes outside the scale


def test_demonstrations_that_the_memoriser_does_not_ask_for_are_known_as_well():
    known, _ = tasks(PATCHES)
    actions, _, _ = known.demonstrations(KNOWN + SUITE.works)
    assert not worth_of(PATCHES, actions[KNOWN:]).new.any()


@pytest.mark.parametrize("transform", range(1, N_TRANSFORMS))
def test_known_pictures_mirrored_or_turned_are_not_new(transform):
    task = tasks(PATCHES)[1]
    lying = turned(recited(PATCHES), task.size, transform)
    assert worth_of(PATCHES, task.libraries[0].first_alike[lying]).new.mean() < 0.05


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_known_pictures_with_some_tiles_turned_are_worth_little(share):
    scripts, rng = recited(PATCHES), np.random.default_rng(3)
    lying = scripts // N_TRANSFORMS * N_TRANSFORMS
    lying = lying + rng.integers(0, N_TRANSFORMS, scripts.shape)
    mixed = np.where(rng.random(scripts.shape) < share, lying, scripts)
    alike = tasks(PATCHES)[1].libraries[0].first_alike
    assert yield_of(PATCHES, alike[mixed]) < LIMIT


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.4])
def test_a_few_pictures_that_search_found_are_worth_little_jittered_or_not(share):
    few, (known, _) = 4, tasks(PATCHES)
    briefs = known.draw_briefs(np.arange(few, dtype=np.uint64))
    tokens, _ = known.searched_works(briefs, 2000, 0)
    canvases = tokens[:, :, 0].astype(np.int64) * N_TRANSFORMS + tokens[:, :, 1]
    by_turns = canvases[np.arange(SUITE.works) % few]
    assert yield_of(PATCHES, changed(by_turns, share)) < LIMIT


@lru_cache
def league() -> Tactics:
    """Tactics of the population that training may have met, shape (n, 12, 7)."""
    known = tasks(TACTICS)[0].reference.league.tactics
    return known.reshape(-1, *known.shape[-2:])[:: known[..., 0, 0].size // FEW][:FEW]


def fielded(tactics: Tactics) -> Actions:
    """Scripts of what of tactics (n, 12, 7) the first n briefs let take the field."""
    task, briefs = tasks(TACTICS)[1], asked(TACTICS)[: len(tactics)]
    rows = task.fielded(tactics, task.decoded(briefs))
    scripts = np.full((len(rows), task.max_length), DONE, np.int64)
    for script, tactic in zip(scripts, rows, strict=True):
        actions = actions_of(tactic)
        script[: len(actions)] = actions
    return scripts


def ordered(tactics: Tactics, column: int, values: Sequence[object], seed: int) -> Tactics:
    """The same with an order of every squad drawn anew."""
    out, rng = tactics.copy(), np.random.default_rng(seed)
    drawn = rng.integers(0, len(values), tactics.shape[:2])
    out[:, :, column] = np.where(tactics[:, :, TYPE] >= 0, drawn, -1)
    return out


def moved(tactics: Tactics, columns: int, rows: int) -> Tactics:
    """The same a few cells away, those at the edge staying there."""
    out, used = tactics.copy(), tactics[:, :, TYPE] >= 0
    for column, by, end in ((COLUMN, columns, DEPLOY_COLUMNS), (ROW, rows, ROWS)):
        out[:, :, column] = np.where(used, np.clip(tactics[:, :, column] + by, 0, end - 1), -1)
    return out


def with_a_useless_squad(tactics: Tactics) -> Tactics:
    """The same with a cheap squad more, hiding in a corner."""
    cheapest = int(tasks(TACTICS)[0].reference.units.records["cost"].argmin())
    idle = np.array([cheapest, 0, 0, HOLD, NEAREST, DIRECT, 0], tactics.dtype)
    return np.concatenate([np.tile(idle, (len(tactics), 1, 1)), tactics[:, :-1]], axis=1)


DISGUISES = {
    "none": lambda known: known,
    "mirrored": flipped,
    "two cells to the rear": lambda known: moved(known, -2, 0),
    "three rows down": lambda known: moved(known, 0, 3),
    "other targets and delays": lambda known: ordered(
        ordered(known, PRIORITY, PRIORITIES, 4), DELAY, DELAYS, 5
    ),
    "a useless squad": with_a_useless_squad,
}


CHANGES = {
    "five rows down": lambda known: moved(known, 0, 5),  # which the edge presses together
    "other routes": lambda known: ordered(known, ROUTE, ROUTES, 6),
    "other stances": lambda known: ordered(known, STANCE, STANCES, 7),
}


@pytest.mark.parametrize("change", CHANGES)
def test_most_known_tactics_are_known_in_other_places_and_under_other_orders(change):
    worth = worth_of(TACTICS, fielded(CHANGES[change](league())))
    assert worth.new.mean() < 0.3


@pytest.mark.parametrize("disguise", DISGUISES)
def test_known_tactics_in_disguise_are_not_new(disguise):
    worth = worth_of(TACTICS, fielded(DISGUISES[disguise](league())))
    assert worth.new.mean() <= 0.1
    assert worth.each.mean() < 0.05
