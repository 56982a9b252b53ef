"""What a battle has come to at each of its ticks, counted from its recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.battle.engine import Recording
from creative_envs.tactics.battle.tally import MOST_IN_CAMP
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    MOST_SQUADS,
    ZONE_COLUMNS,
    ZONE_ROWS,
)

_MILLI: Final = 1000
_SIDE: Final = np.repeat([1, -1], MOST_SQUADS)
"""(24,) 1 for squads of the left side, -1 for those of the right."""


@dataclass(frozen=True)
class Replay:
    """A recorded battle with its counts; T is the tick it ended at, and tick T shows the outcome.

    Attributes:
        recording: The battle.
        holder: (T + 1, 3) who holds each zone: 1 the left side, -1 the right, 0 nobody.
        zones: (T + 1, 2) zone-ticks so far; the last row with what the ticks left over give.
        camp: (T + 1, 2) camp-ticks so far, in the same way.
        value: (T + 1, 2) thousandths of points of what is left of each army.
    """

    recording: Recording
    holder: NDArray[np.int64]
    zones: NDArray[np.int64]
    camp: NDArray[np.int64]
    value: NDArray[np.int64]

    @property
    def ticks(self) -> int:
        """T."""
        return len(self.holder) - 1

    def checked(self, tick: int) -> int:
        """The tick, if the battle has it.

        Raises:
            InvalidArgument: It does not.
        """
        if type(tick) is not int or not 0 <= tick <= self.ticks:
            raise InvalidArgument(
                f"tick is {tick!r}: this battle can be shown at ticks 0..{self.ticks}"
            )
        return tick


def replay_of(tactic: Tactic, enemy: int = 0, first: int = 0) -> Replay:
    """Fights a battle and counts it tick by tick.

    Args:
        tactic: The left side.
        enemy: Which of its enemies is the right one.
        first: Side that moves first in even ticks.

    Raises:
        InvalidArgument: There is no such enemy or side.
    """
    recording = tactic.replay(enemy, first)
    alive = recording.strength > 0
    holder = _holders(recording, alive)
    zones, camp = _zone_ticks(holder), _camp_ticks(recording, alive)
    zones[-1], camp[-1] = recording.outcome.zones[0], recording.outcome.camp[0]
    return Replay(recording, holder, zones, camp, _values(recording, tactic))


def _holders(recording: Recording, alive: NDArray[np.bool_]) -> NDArray[np.int64]:
    between = (recording.column >= ZONE_COLUMNS[0]) & (recording.column <= ZONE_COLUMNS[1])
    leads = [
        (_SIDE * (alive & between & (recording.row >= top) & (recording.row <= bottom))).sum(axis=1)
        for top, bottom in ZONE_ROWS
    ]
    return np.asarray(np.sign(np.stack(leads, axis=1)))


def _zone_ticks(holder: NDArray[np.int64]) -> NDArray[np.int64]:
    """A tick counts as squads stand after it, so nothing is counted of where they are deployed."""
    held = np.stack([(holder > 0).sum(axis=1), (holder < 0).sum(axis=1)], axis=1)
    held[0] = 0
    return np.asarray(held.cumsum(axis=0))


def _camp_ticks(recording: Recording, alive: NDArray[np.bool_]) -> NDArray[np.int64]:
    own = np.where(_SIDE > 0, recording.column, COLUMNS - 1 - recording.column)
    inside = (alive & (own >= COLUMNS - DEPLOY_COLUMNS)).reshape(len(own), 2, MOST_SQUADS)
    counted = np.minimum(inside.sum(axis=2), MOST_IN_CAMP)
    counted[0] = 0
    return np.asarray(counted.cumsum(axis=0))


def _values(recording: Recording, tactic: Tactic) -> NDArray[np.int64]:
    worth = _MILLI * np.array(tactic.units.stats["cost"], np.int64)[recording.kind]
    left = worth * recording.strength.astype(np.int64) // np.maximum(recording.full, 1)
    return np.asarray(left.reshape(len(left), 2, MOST_SQUADS).sum(axis=2))
