"""Squads in words: what armies are made of, and which of them can take the field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from numpy.typing import ArrayLike

from creative_envs.core.documents import one_line, whole_number
from creative_envs.core.errors import InvalidWork
from creative_envs.core.task import as_array
from creative_envs.tactics.squads import Tactics, no_squads
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import (
    DELAYS,
    DEPLOY_COLUMNS,
    MOST_OF_A_TYPE,
    MOST_SQUADS,
    N_TYPES,
    PRIORITIES,
    ROCK,
    ROUTES,
    ROWS,
    SQUAD_SIZE,
    STANCES,
)

_OTHER_ROUTE: Final = {"north": "south", "south": "north", "direct": "direct"}


@dataclass(frozen=True)
class Squad:
    """A squad, where it is deployed, and its orders.

    Attributes:
        type: Name of one of the unit table's types.
        column: Of its side's own columns, 0 (the rear) .. 7.
        row: 0 (north) .. 15.
        stance: One of ``vocabulary.STANCES``.
        priority: One of ``vocabulary.PRIORITIES``: whom it turns to.
        route: One of ``vocabulary.ROUTES``.
        delay: Ticks it waits before it sets out, one of ``vocabulary.DELAYS``.

    Raises:
        InvalidWork: A part is none of these; the message names it.
    """

    type: str
    column: int
    row: int
    stance: str = "advance"
    priority: str = "nearest"
    route: str = "direct"
    delay: int = 0

    def __post_init__(self) -> None:
        for name in ("column", "row", "delay"):
            object.__setattr__(
                self, name, int(whole_number(getattr(self, name), f"a squad's {name}"))
            )
        for name, bound in (("column", DEPLOY_COLUMNS), ("row", ROWS)):
            if not 0 <= getattr(self, name) < bound:
                raise InvalidWork(
                    f"a squad's {name} is {getattr(self, name)}: deploy it in 0..{bound - 1}"
                )
        for name, known in (("stance", STANCES), ("priority", PRIORITIES), ("route", ROUTES)):
            require_word(getattr(self, name), known, f"a squad's {name}")
        if self.delay not in DELAYS:
            raise InvalidWork(f"a squad's delay is {self.delay}: give one of {DELAYS} ticks")

    def __str__(self) -> str:
        waits = f", after {self.delay} ticks" if self.delay else ""
        return (
            f"{self.type} at column {self.column}, row {self.row}: {self.stance}, "
            f"{self.priority} first, {self.route}{waits}"
        )


@dataclass(frozen=True)
class Enemy:
    """An opponent: a name, and squads in its own columns, as if it fought from the left."""

    name: str
    squads: tuple[Squad, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name))
        object.__setattr__(self, "squads", tuple(self.squads))

    @classmethod
    def from_rows(cls, name: str, rows: ArrayLike, units: UnitTable) -> Enemy:
        """See `squads_from_rows`."""
        return cls(name, squads_from_rows(rows, units))


def squads_from_rows(rows: ArrayLike, units: UnitTable) -> tuple[Squad, ...]:
    """Reads squads from numbers, trusting nothing.

    Args:
        rows: (type, own column, row, stance, priority, route, delay) of each squad, shape (n, 7);
            rows of -1 throughout are left out.
        units: Names the types.

    Raises:
        InvalidWork: The rows do not describe squads.
    """
    numbers = as_array(rows)
    if numbers.size == 0:
        return ()
    if numbers.dtype.kind not in "iu" or numbers.ndim != 2 or numbers.shape[1] != SQUAD_SIZE:
        raise InvalidWork(
            f"Rows of squads are whole numbers of shape (n, {SQUAD_SIZE}), got "
            f"{numbers.dtype}{numbers.shape}."
        )
    return tuple(_squad(row, units) for row in numbers.tolist() if row != [-1] * SQUAD_SIZE)


def array_of(squads: Sequence[Squad], units: UnitTable) -> Tactics:
    """Squads as numbers, shape (12, 7), int16; see `creative_envs.tactics.squads`."""
    array: Tactics = no_squads(1)[0]
    for row, squad in zip(array, squads, strict=False):
        row[:] = (
            units.types.index(squad.type),
            squad.column,
            squad.row,
            STANCES.index(squad.stance),
            PRIORITIES.index(squad.priority),
            ROUTES.index(squad.route),
            DELAYS.index(squad.delay),
        )
    return array


def cost_of_squads(squads: Iterable[Squad], units: UnitTable) -> int:
    """Points that squads cost."""
    return sum(units.stats["cost"][units.types.index(squad.type)] for squad in squads)


def army_in_words(squads: Iterable[Squad]) -> str:
    """Such as "4 spear, 3 bow"."""
    counted = Counter(squad.type for squad in squads)
    return ", ".join(f"{number} {kind}" for kind, number in counted.items()) or "no squads"


def require_army(squads: Sequence[Squad], ground: Ground, units: UnitTable, whose: str) -> None:
    """Refuses squads that cannot take the field together.

    Args:
        squads: Of one side.
        ground: The map.
        units: The unit table.
        whose: For messages.

    Raises:
        InvalidWork: Unknown types, too many squads, or a cell that is rock or taken.
    """
    if len(squads) > MOST_SQUADS:
        raise InvalidWork(f"{whose} has {len(squads)} squads: deploy at most {MOST_SQUADS}")
    taken: set[tuple[int, int]] = set()
    for squad in squads:
        if not isinstance(squad, Squad):
            raise InvalidWork(f"a squad of {whose} is {squad!r}: give a Squad")
        require_word(squad.type, units.types, f"a squad's type, in {whose},")
        place = squad.row, squad.column
        where = f"{whose} deploys a {squad.type} at row {squad.row}, column {squad.column}"
        if ground.terrain[squad.row][squad.column] == ROCK:
            raise InvalidWork(f"{where}, which is rock: choose another cell")
        if place in taken:
            raise InvalidWork(f"{where}, where another squad is: choose another cell")
        taken.add(place)
    for kind, number in Counter(squad.type for squad in squads).items():
        if number > MOST_OF_A_TYPE:
            raise InvalidWork(f"{whose} has {number} {kind}: take at most {MOST_OF_A_TYPE} of one")


def flipped_squads(squads: Iterable[Squad]) -> tuple[Squad, ...]:
    """The same squads with north and south exchanged."""
    return tuple(
        replace(squad, row=ROWS - 1 - squad.row, route=_OTHER_ROUTE[squad.route])
        for squad in squads
    )


def _squad(row: Sequence[int], units: UnitTable) -> Squad:
    kind, column, line, stance, priority, route, delay = row
    return Squad(
        units.types[_below(kind, N_TYPES, "type")],
        column,
        line,
        STANCES[_below(stance, len(STANCES), "stance")],
        PRIORITIES[_below(priority, len(PRIORITIES), "priority")],
        ROUTES[_below(route, len(ROUTES), "route")],
        DELAYS[_below(delay, len(DELAYS), "delay")],
    )


def _below(number: int, bound: int, name: str) -> int:
    if not 0 <= number < bound:
        raise InvalidWork(f"a squad's {name} is {number}: give one of 0..{bound - 1}")
    return number


def require_word(word: object, known: Sequence[str], name: str) -> None:
    """Raises `InvalidWork` for a word that is none of those known."""
    if not isinstance(word, str) or word not in known:
        raise InvalidWork(f"{name} is {word!r}: give one of {', '.join(known)}")
