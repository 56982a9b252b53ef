"""In which order the domains of an arm learn, rollout by rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from agents.errors import ConfigError

BASELINE: Final = "alone"
"""The arm in which nothing is shared."""
SEQUENTIAL: Final = ("in-turn", "rehearsal")
"""Arms with a stage for each domain."""
ARMS: Final = (BASELINE, "joint", *SEQUENTIAL)
EVERYTHING: Final = "everything"
"""Name of the only stage of an arm without an order."""


class Stage(NamedTuple):
    """A part of an arm, after which all domains are evaluated.

    Attributes:
        name: The domain it is for, or `EVERYTHING`.
        turns: The domain that learns, for each rollout.
    """

    name: str
    turns: tuple[str, ...]


def stages_of(arm: str, rollouts: Mapping[str, int], rehearsal: float) -> list[Stage]:
    """The stages of an arm; in every arm each domain learns from all its rollouts.

    Args:
        arm: One of `ARMS`.
        rollouts: Of each domain, in the order in which sequential arms take them.
        rehearsal: Share of each later stage that is for the domains before, with rehearsal.

    Raises:
        ConfigError: So much rehearsal leaves a domain no stage of its own.
    """
    if arm == "rehearsal":
        return _with_rehearsal(rollouts, rehearsal)
    one_by_one = [Stage(name, (name,) * count) for name, count in rollouts.items()]
    if arm == "in-turn":
        return one_by_one
    if arm == BASELINE:
        return [Stage(EVERYTHING, tuple(turn for stage in one_by_one for turn in stage.turns))]
    return [Stage(EVERYTHING, interleaved(rollouts))]


def interleaved(rollouts: Mapping[str, int]) -> tuple[str, ...]:
    """Deals rollouts so that all domains are equally far at all times, and end together."""
    turns = [
        ((index + 0.5) / count, place, name)
        for place, (name, count) in enumerate(rollouts.items())
        for index in range(count)
    ]
    return tuple(name for _, _, name in sorted(turns))


def _with_rehearsal(rollouts: Mapping[str, int], share: float) -> list[Stage]:
    """Stages planned from the last to the first, as each takes from those before it."""
    names, own = list(rollouts), dict(rollouts)
    stages: list[Stage] = []
    for place in reversed(range(len(names))):
        name, earlier = names[place], names[:place]
        if own[name] < 1:
            raise ConfigError(
                f"With so much rehearsal no rollouts are left for the stage of {name}: lower "
                "--rehearsal"
            )
        again = round(share / (1 - share) * own[name]) if earlier else 0
        dealt = {other: len(range(i, again, len(earlier))) for i, other in enumerate(earlier)}
        for other, count in dealt.items():
            own[other] -= count
        stages.insert(0, Stage(name, interleaved({**dealt, name: own[name]})))
    return stages
