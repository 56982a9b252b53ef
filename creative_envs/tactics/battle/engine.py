"""Fighting battles, one or many, and recording them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import get_num_threads, njit, prange, set_num_threads
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.battle.movement import move_all
from creative_envs.tactics.battle.sight import look_about
from creative_envs.tactics.battle.state import SQUADS, Squads, State, bury, deploy, new_state
from creative_envs.tactics.battle.strikes import SURROUND_BONUS, strike_all
from creative_envs.tactics.battle.tally import (
    SAMPLE_TICKS,
    Tally,
    count_control,
    count_shape,
    count_value,
)
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.terrain.ground import Fields, Ground
from creative_envs.tactics.units.table import Units
from creative_envs.tactics.vocabulary import MAX_TICKS


class Rules(NamedTuple):
    """What a battle is fought by, beside maps and units."""

    ticks: int = MAX_TICKS
    surround_bonus: int = SURROUND_BONUS


class Pairings(NamedTuple):
    """n battles to fight."""

    field: NDArray[np.int64]
    """(n,) index of the map."""
    left: Tactics
    """(n, 12, 7) deployed as `squads.muster` gives them."""
    right: Tactics
    """(n, 12, 7) in their own columns."""
    first: NDArray[np.int64]
    """(n,) side that moves first in even ticks: 0 left, 1 right.

    On a mirror-symmetric map, exchanging it is the same as exchanging the sides.
    """


class Outcomes(NamedTuple):
    """`Tally` of n battles, each array with n before its shape."""

    value: NDArray[np.int64]
    zones: NDArray[np.int64]
    camp: NDArray[np.int64]
    dealt: NDArray[np.int64]
    shape: NDArray[np.int64]
    ticks: NDArray[np.int64]


class Recording(NamedTuple):
    """A battle tick by tick: where things stood before each of T ticks, and at the end."""

    kind: NDArray[np.int64]
    """(24,) type of each squad, -1 for none; the left side's are 0 .. 11."""
    row: NDArray[np.int16]
    """(T + 1, 24)."""
    column: NDArray[np.int16]
    """(T + 1, 24)."""
    strength: NDArray[np.int32]
    """(T + 1, 24), 0 when out of the battle."""
    full: NDArray[np.int64]
    """(24,) strength at the beginning."""
    struck: NDArray[np.int16]
    """(T + 1, 24) squad each one struck in that tick, -1 for none."""
    outcome: Outcomes
    """Of this one battle, n = 1."""


STANDARD: Final = Rules()


def fight(pairings: Pairings, fields: Fields, units: Units, rules: Rules = STANDARD) -> Outcomes:
    """Fights every pairing."""
    outcomes = _room(len(pairings.field))
    _fight_all(pairings, fields, units, rules, outcomes)
    return outcomes


def fight_threaded(pairings: Pairings, fields: Fields, units: Units, threads: int) -> Outcomes:
    """`fight` on several threads, for large batches; the same outcomes.

    Not for environments: where Numba's threads are OpenMP's, processes forked afterwards may not
    use them.

    Raises:
        InvalidArgument: More threads than there are, or none.
    """
    outcomes, before = _room(len(pairings.field)), get_num_threads()
    try:
        set_num_threads(threads)
    except ValueError as error:
        raise InvalidArgument(f"threads is {threads!r}: {error}") from error
    try:
        _fight_parallel(pairings, fields, units, STANDARD, outcomes)
    finally:
        set_num_threads(before)
    return outcomes


def record(
    ground: Ground, left: Tactics, right: Tactics, units: Units, first: int = 0
) -> Recording:
    """Fights one battle (12, 7) against (12, 7) and keeps every tick of it."""
    outcomes, frames = _room(1), np.zeros((4, MAX_TICKS + 1, SQUADS), np.int32)
    state = new_state()
    tally = _tally_of(outcomes, 0)
    given = (ground.cells, ground.travel, left, right, first, units, STANDARD)
    _battle(state, *given, tally, frames)
    kept = frames[:, : outcomes.ticks[0, 0] + 1]
    return Recording(
        state.squads["kind"].copy(),
        kept[0].astype(np.int16),
        kept[1].astype(np.int16),
        kept[2],
        state.squads["full"].copy(),
        kept[3].astype(np.int16),
        outcomes,
    )


def _room(count: int) -> Outcomes:
    return Outcomes(
        value=np.zeros((count, 2), np.int64),
        zones=np.zeros((count, 2), np.int64),
        camp=np.zeros((count, 2), np.int64),
        dealt=np.zeros((count, 2, 2), np.int64),
        shape=np.zeros((count, 2, 4), np.int64),
        ticks=np.zeros((count, 1), np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _tally_of(outcomes: Outcomes, battle: int) -> Tally:
    return Tally(
        outcomes.value[battle],
        outcomes.zones[battle],
        outcomes.camp[battle],
        outcomes.dealt[battle],
        outcomes.shape[battle],
        outcomes.ticks[battle],
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _battle(
    state: State,
    terrain: NDArray[np.int8],
    travel: NDArray[np.int16],
    left: Tactics,
    right: Tactics,
    first: int,
    units: Units,
    rules: Rules,
    tally: Tally,
    frames: NDArray[np.int32],
) -> None:
    """Fights one battle; writes frames (4, T + 1, 24) where there is room for them."""
    deploy(state, left, right, terrain, units)
    squads, living, count, cell = state
    value, zones, camp, dealt, shape, ticks = tally
    recorded = frames.shape[1] > 0
    # Not a literal: for one, Numba compiles all kernels that take it a second time.
    tick = int(np.int64(0))
    while tick < rules.ticks and count[0] and count[1]:
        look_about(squads, living, count, terrain, units)
        if recorded:
            _write_frame(squads, True, frames[:, tick])
        strike_all(squads, living, count, terrain, units, rules.surround_bonus, dealt)
        bury(squads, living, count, cell)
        if count[0] and count[1]:
            turn = (first + tick) % 2
            move_all(squads, living, count, cell, tick, turn, terrain, travel, units)
        count_control(squads, living, count, 1, zones, camp)
        if tick % SAMPLE_TICKS == 0:
            count_shape(squads, living, count, shape)
        tick += 1
    ticks[0] = tick
    # What is held when the battle ends stays held until its time is up, and nothing else.
    count_control(squads, living, count, rules.ticks - tick, zones, camp)
    count_value(squads, living, count, units, value)
    if recorded:
        _write_frame(squads, False, frames[:, tick])


@njit(cache=True, nogil=True, error_model="numpy")
def _write_frame(squads: Squads, fighting: bool, frame: NDArray[np.int32]) -> None:
    """Writes places, strength and whom each squad is about to strike into (4, 24)."""
    for number in range(SQUADS):
        squad = squads[number]
        strikes = fighting and squad.strength > 0 and squad.in_reach and squad.cooldown <= 1
        frame[0, number], frame[1, number] = squad.row, squad.column
        frame[2, number] = squad.strength
        frame[3, number] = squad.target if strikes else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _fight_one(
    state: State,
    pairings: Pairings,
    battle: int,
    fields: Fields,
    units: Units,
    rules: Rules,
    outcomes: Outcomes,
) -> None:
    field = pairings.field[battle]
    _battle(
        state,
        fields.terrain[field],
        fields.travel[field],
        pairings.left[battle],
        pairings.right[battle],
        pairings.first[battle],
        units,
        rules,
        _tally_of(outcomes, battle),
        np.zeros((4, 0, 0), np.int32),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _fight_all(
    pairings: Pairings, fields: Fields, units: Units, rules: Rules, outcomes: Outcomes
) -> None:
    state = new_state()
    for battle in range(len(pairings.field)):
        _fight_one(state, pairings, battle, fields, units, rules, outcomes)


# A source of its own: Numba's disk cache does not tell serial and parallel compilations apart.
@njit(cache=True, nogil=True, error_model="numpy", parallel=True)
def _fight_parallel(
    pairings: Pairings, fields: Fields, units: Units, rules: Rules, outcomes: Outcomes
) -> None:
    for battle in prange(len(pairings.field)):
        _fight_one(new_state(), pairings, battle, fields, units, rules, outcomes)
