"""A finished (or growing) tactic as people use it: to look at, to fight with and to keep."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from numpy.typing import ArrayLike

from creative_envs.core.documents import (
    checked_scores,
    data_uri,
    one_line,
    plain_mapping,
    save_as,
    whole_number,
)
from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.reading import read_plain
from creative_envs.tactics.army import (
    Enemy,
    Squad,
    army_in_words,
    array_of,
    cost_of_squads,
    flipped_squads,
    require_army,
    require_word,
    squads_from_rows,
)
from creative_envs.tactics.battle.engine import Recording, record
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import LEAST_BUDGET, MOST_BUDGET, OBJECTIVES

__all__ = ["Enemy", "Squad", "Tactic"]

_FLIPPED: Final = " flipped"
"""Ends the names of maps with north and south exchanged."""


@dataclass(frozen=True)
class Tactic:
    """An army of at most twelve squads, deployed on a map and given orders.

    Two tactics are equal if they are the same plan against the same enemies: unit tables are
    compared by hash.

    Attributes:
        squads: Most important first.
        ground: The map it is made for.
        budget: Points the army may cost, 120..200.
        objective: One of ``vocabulary.OBJECTIVES``.
        enemies: Opponents the brief matches it with; replays show the first. May be empty.
        units: The table battles are fought with.
        title: One line of text.
        scores: Named results, such as quality, craft, adherence and novelty.
        brief: What was asked for, by name; plain values, tuples and mappings of them.
        provenance: Where the tactic comes from; the same kind of values.
        units_sha256: Hash of the unit table.

    Raises:
        InvalidWork: Some part does not describe a tactic; the message says what to do.
    """

    media: ClassVar[tuple[str, ...]] = (".gif", ".png", ".txt", ".json")
    """Suffixes `save` writes, pictures first."""

    squads: tuple[Squad, ...]
    ground: Ground
    budget: int
    objective: str
    enemies: tuple[Enemy, ...]
    units: UnitTable = field(compare=False, repr=False)
    title: str = "Untitled"
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)
    brief: Mapping[str, Any] = field(default_factory=dict, hash=False)
    provenance: Mapping[str, Any] = field(default_factory=dict, hash=False)
    units_sha256: str = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.units, UnitTable):
            raise InvalidWork(f"units is {self.units!r}: give a UnitTable")
        if not isinstance(self.ground, Ground):
            raise InvalidWork(f"ground is {self.ground!r}: give a Ground")
        if one_line(self.ground.name) != self.ground.name:
            raise InvalidWork(f"the map's name is {self.ground.name!r}: give it one line of text")
        budget = int(whole_number(self.budget, "budget"))
        if not LEAST_BUDGET <= budget <= MOST_BUDGET:
            raise InvalidWork(f"budget is {budget}: give {LEAST_BUDGET}..{MOST_BUDGET} points")
        require_word(self.objective, OBJECTIVES, "objective")
        squads, enemies = tuple(self.squads), tuple(self.enemies)
        require_army(squads, self.ground, self.units, "the tactic")
        for enemy in enemies:
            if not isinstance(enemy, Enemy):
                raise InvalidWork(f"an enemy is {enemy!r}: give an Enemy")
            require_army(enemy.squads, self.ground, self.units, f"the enemy {enemy.name!r}")
        object.__setattr__(self, "budget", budget)
        object.__setattr__(self, "squads", squads)
        object.__setattr__(self, "enemies", enemies)
        if self.cost > budget:
            raise InvalidWork(
                f"the army costs {self.cost} points, but its budget is {budget}: leave out a squad "
                "or take cheaper ones"
            )
        object.__setattr__(self, "title", one_line(self.title))
        object.__setattr__(self, "scores", checked_scores(self.scores))
        object.__setattr__(self, "brief", plain_mapping(self.brief, "brief"))
        object.__setattr__(self, "provenance", plain_mapping(self.provenance, "provenance"))
        object.__setattr__(self, "units_sha256", self.units.sha256)

    @classmethod
    def from_rows(
        cls,
        rows: ArrayLike,
        ground: Ground,
        budget: int,
        objective: str,
        units: UnitTable,
        enemies: Iterable[Enemy] = (),
        **attributes: Any,
    ) -> Tactic:
        """Builds a tactic from squads as numbers, trusting nothing.

        Args:
            rows: See `squads_from_rows`.
            ground: The map.
            budget: Points.
            objective: One of ``vocabulary.OBJECTIVES``.
            units: The unit table.
            enemies: See `Enemy.from_rows`.
            **attributes: Further attributes of `Tactic`, such as ``title`` or ``scores``.

        Raises:
            InvalidWork: The rows do not describe a tactic on this map.
        """
        squads = squads_from_rows(rows, units)
        return cls(squads, ground, budget, objective, tuple(enemies), units, **attributes)

    @classmethod
    def load(cls, path: str | Path, units: str | UnitTable | None = None) -> Tactic:
        """Reads a tactic card that `save` wrote as JSON, and fights its battles again.

        Args:
            path: The file.
            units: The unit table it was made with, or what ``load_units`` finds it by; by default
                it is found by the name in the file.

        Raises:
            OSError: The file cannot be read.
            InvalidWork: It is no tactic card, its unit table cannot be found or is another one by
                now, or a battle ends otherwise than the card says.
        """
        from creative_envs.tactics.export.document import tactic_from_json

        return tactic_from_json(read_plain(path), source=str(path), units=units)

    def save(self, path: str | Path) -> Path:
        """Writes the tactic in the format the suffix names: .gif, .png, .txt or .json.

        A GIF shows the battle against the first enemy, a PNG moments of it, a text the deployment
        and the orders; JSON is a card that `load` reads. The file appears whole or not at all.

        Returns:
            The path.

        Raises:
            InvalidArgument: The suffix names no known format.
            OSError: The file could not be written; the message says what to do.
        """
        from creative_envs.tactics.export import FORMATS

        return save_as(self, path, FORMATS)

    @property
    def array(self) -> Tactics:
        """The squads as numbers, shape (12, 7), int16; see `creative_envs.tactics.squads`."""
        return array_of(self.squads, self.units)

    @property
    def cost(self) -> int:
        """Points the army costs."""
        return cost_of_squads(self.squads, self.units)

    def replay(self, enemy: int | Sequence[Squad] = 0, first: int = 0) -> Recording:
        """Fights a battle, this tactic from the left, and keeps every tick of it.

        Args:
            enemy: Which of the enemies, or the squads of another one.
            first: Side that moves first in even ticks: 0 this one, 1 the enemy.

        Raises:
            InvalidArgument: There is no such enemy, or ``first`` is something else.
            InvalidWork: The squads given cannot take the field.
        """
        if first not in (0, 1):
            raise InvalidArgument(f"first is {first!r}: give 0 for this tactic or 1 for the enemy")
        if isinstance(enemy, int):
            if not 0 <= enemy < len(self.enemies):
                raise InvalidArgument(
                    f"enemy is {enemy}, but the tactic has {len(self.enemies)}: give one of them, "
                    "or the squads of another one"
                )
            squads = self.enemies[enemy].squads
        else:
            squads = tuple(enemy)
            require_army(squads, self.ground, self.units, "the enemy given")
        right = array_of(squads, self.units)
        return record(self.ground, self.array, right, self.units.records, first)

    def flipped(self) -> Tactic:
        """The same with north and south exchanged; without scores, which are of this side up."""
        name = self.ground.name
        named = name.removesuffix(_FLIPPED) if name.endswith(_FLIPPED) else name + _FLIPPED
        return replace(
            self,
            squads=flipped_squads(self.squads),
            ground=Ground(named, self.ground.terrain[::-1]),
            enemies=tuple(replace(e, squads=flipped_squads(e.squads)) for e in self.enemies),
            scores={},
        )

    def __str__(self) -> str:
        return (
            f"{self.title} ({army_in_words(self.squads)}; {self.cost} of {self.budget} points; "
            f"{self.objective} on {self.ground.name})"
        )

    def _repr_html_(self) -> str:
        """The battle for notebooks, self-contained."""
        from creative_envs.tactics.export import gif_bytes

        return (
            f'<img style="max-width:100%" alt="{html.escape(str(self))}" '
            f'src="{data_uri("image/gif", gif_bytes(self))}">'
        )
