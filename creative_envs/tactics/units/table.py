"""Unit tables: the numbers a battle is fought with, as a data file with a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.documents import document_text, reading_document
from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.files import write_atomically
from creative_envs.core.reading import read_plain
from creative_envs.core.task import as_array
from creative_envs.tactics.vocabulary import N_TYPES

STAT_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "cost": (1, 100),
    "strength": (50, 1000),
    "melee": (1, 100),
    "ranged": (0, 100),
    "range": (1, 6),
    "ammunition": (0, 100),
    "reload": (1, 20),
    "speed": (1, 60),
    "mounted": (0, 1),
    "impact": (0, 200),
    "piercing": (0, 1),
}
"""Stats of a type, each with the least and most it may be.

cost: points. strength: what a squad can take. melee, ranged: power of a strike at full strength,
ranged 0 for those who cannot shoot. range: in cells, 1 for those. ammunition: shots. reload: ticks
between strikes. speed: movement points a tick, of which a plain cell costs 20. mounted: whether
forests hinder it as they do horses. impact: per cent added to the first strike after a run of three
cells. piercing: whether its shots ignore cover.
"""
LEAST_MULTIPLIER, MOST_MULTIPLIER = 30, 250
"""Per cent of damage between two types."""
_FORMAT: Final = "creative_envs.tactics.units/1"


UNIT: Final = np.dtype(
    [(stat, np.int64) for stat in STAT_RANGES]
    + [("melee_against", np.int64, (N_TYPES,)), ("ranged_against", np.int64, (N_TYPES,))]
)
Unit = Any
"""A record of `UNIT`."""
Units = NDArray[np.void]
"""A unit table as kernels read it, (8,) of `UNIT`."""


@dataclass(frozen=True, eq=False)
class UnitTable:
    """The eight types of squads.

    Attributes:
        name: Of the table.
        types: Names of the types.
        stats: (8,) whole numbers for every name in `STAT_RANGES`.
        melee_against: (8, 8) per cent of melee damage, by attacker and target.
        ranged_against: (8, 8) the same of ranged damage.

    Raises:
        InvalidArgument: A part is missing or out of its range; the message names it.
    """

    name: str
    types: tuple[str, ...]
    stats: Mapping[str, tuple[int, ...]]
    melee_against: tuple[tuple[int, ...], ...]
    ranged_against: tuple[tuple[int, ...], ...]
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        if len(self.types) != N_TYPES or len(set(self.types)) != N_TYPES:
            raise InvalidArgument(f"A unit table has {N_TYPES} types with names of their own.")
        if set(self.stats) != set(STAT_RANGES):
            raise InvalidArgument(f"A unit table has the stats {list(STAT_RANGES)}.")
        for stat, (low, high) in STAT_RANGES.items():
            _require_whole(stat, self.stats[stat], (N_TYPES,), low, high)
        for name in ("melee_against", "ranged_against"):
            limits = LEAST_MULTIPLIER, MOST_MULTIPLIER
            _require_whole(name, getattr(self, name), (N_TYPES, N_TYPES), *limits)
        shots = zip(self.stats["ranged"], self.stats["range"], strict=True)
        if any(ranged == 0 and reach > 1 for ranged, reach in shots):
            raise InvalidArgument("A type of a unit table whose ranged power is 0 has range 1.")
        object.__setattr__(self, "stats", MappingProxyType(dict(self.stats)))
        content = json.dumps(self._content(), sort_keys=True)
        object.__setattr__(self, "sha256", hashlib.sha256(content.encode()).hexdigest())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as its parts: a mapping that cannot be changed does not by itself."""
        parts = (self.name, self.types, dict(self.stats), self.melee_against, self.ranged_against)
        return UnitTable, parts

    @cached_property
    def records(self) -> Units:
        """The table as kernels read it."""
        records = np.zeros(N_TYPES, UNIT)
        for stat, values in self.stats.items():
            records[stat] = values
        records["melee_against"] = self.melee_against
        records["ranged_against"] = self.ranged_against
        return records

    @property
    def shooters(self) -> NDArray[np.bool_]:
        """(8,) whether a type is made for shooting."""
        return np.asarray(self.records["ranged"] > self.records["melee"])

    def save(self, path: Path) -> None:
        """Writes the table as JSON."""
        write_atomically(path, document_text(_FORMAT, self._content()).encode())

    @classmethod
    def load(cls, path: str | Path) -> UnitTable:
        """Reads what `save` wrote.

        Raises:
            OSError: The file cannot be read.
            InvalidWork: It is no unit table.
        """
        return cls._parse(read_plain(path), str(path))

    @classmethod
    def _parse(cls, text: bytes, source: str) -> UnitTable:
        with reading_document(text, _FORMAT, "unit table", source) as parts:
            try:
                return cls(
                    name=str(parts["name"]),
                    types=tuple(parts["types"]),
                    stats={stat: tuple(values) for stat, values in parts["stats"].items()},
                    melee_against=tuple(tuple(row) for row in parts["melee_against"]),
                    ranged_against=tuple(tuple(row) for row in parts["ranged_against"]),
                )
            except InvalidArgument as error:
                raise InvalidWork(str(error)) from error

    def _content(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "types": self.types,
            "stats": {stat: self.stats[stat] for stat in STAT_RANGES},
            "melee_against": self.melee_against,
            "ranged_against": self.ranged_against,
        }


def load_units(name: str = "balanced") -> UnitTable:
    """The table shipped under a name, or in a file (a path that ends in .json).

    Raises:
        InvalidArgument: There is no such table.
        InvalidWork: The file is no unit table.
    """
    return UnitTable.load(name) if name.endswith(".json") else _shipped(name)


@lru_cache(maxsize=4)
def _shipped(name: str) -> UnitTable:
    shipped = files(__package__).joinpath(f"../data/units-{name}.json")
    if not shipped.is_file():
        raise InvalidArgument(f"No unit table {name!r}: give 'balanced' or a path to a .json file.")
    return UnitTable._parse(shipped.read_bytes(), f"the unit table {name!r}")


def _require_whole(name: str, values: Any, shape: tuple[int, ...], low: int, high: int) -> None:
    array = as_array(values)
    if array.shape != shape or array.dtype.kind != "i":
        raise InvalidArgument(f"{name} of a unit table holds whole numbers of shape {shape}.")
    if array.min() < low or array.max() > high:
        raise InvalidArgument(f"{name} of a unit table lies in {low}..{high}: {array.tolist()}.")
