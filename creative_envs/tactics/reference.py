"""All a task of one split is played with: maps, opponents, units, and what novelty is against."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidArgument
from creative_envs.core.reading import read_plain
from creative_envs.tactics.brief import Atlas
from creative_envs.tactics.likeness import COPIED_PLAN, MOVED, NEW_PLAN, REACH, plan_distances
from creative_envs.tactics.novelty import NoveltyScale
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.opponents.league import (
    League,
    Split,
    load_league,
    load_novelty_scale,
)
from creative_envs.tactics.squads import Tactics, flipped
from creative_envs.tactics.terrain.ground import Fields, Ground, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.table import UnitTable, load_units

MAP_SEEDS: Final = {"train": range(12), "valid": range(100, 102), "test": range(200, 204)}
"""Seeds of the maps of each kind, by split."""
MOST_DIGITS: Final = 10
"""Of the seed in a map's name."""
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
MapSpec = str | Ground
_VERSION: Final = "tactics/1"
"""Of the formulas of scores; data and thresholds are hashed themselves."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What tactics of one split are tried on.

    Attributes:
        atlas: The maps.
        fields: The same, for kernels.
        league: The opponents.
        units: The unit table.
        novelty: What novelty is measured against.
        own_maps: Whether the maps are a user's own, and so the same in every split.
    """

    atlas: Atlas
    fields: Fields
    league: League
    units: UnitTable
    novelty: NoveltyScale
    own_maps: bool

    @cached_property
    def book(self) -> Tactics:
        """The training book, then its mirror images, shape (16, 12, 7)."""
        return np.concatenate([training_book(), flipped(training_book())])

    def plan_distances(self, tactics: Tactics) -> NDArray[np.float64]:
        """Distances of squads of tactics (n, 12, 7) to the book's on their nearer flank, (n, 8)."""
        found = plan_distances(tactics, self.book, self.units.records["cost"].copy())
        return np.asarray(found.reshape(len(tactics), 2, -1).min(axis=1))

    @cached_property
    def sha256(self) -> str:
        """Digest of all that rewards are computed from, in this split and the others.

        It is the same in all of them: a run that trains in one is tested in another.
        """
        digest = hashlib.sha256(_VERSION.encode())
        digest.update(self.units.sha256.encode())
        digest.update(self.novelty.known.tobytes() + self.novelty.spread.tobytes())
        digest.update(np.array([self.novelty.copied, self.novelty.new]).tobytes())
        digest.update(self.book.tobytes())
        digest.update(np.array([REACH, MOVED, COPIED_PLAN, NEW_PLAN], np.float64).tobytes())
        for split in SPLITS:
            digest.update(load_league(split).sha256.encode())
            for ground in self.atlas.grounds if self.own_maps else maps_of(split):
                digest.update(ground.name.encode() + ground.cells.tobytes())
        return digest.hexdigest()


def load_reference(split: Split, maps: tuple[Ground, ...] | None, units: str) -> Reference:
    """Loads a reference; cached in the process. The travel costs of a map take some 25 ms.

    Args:
        split: Whose maps and opponents.
        maps: To use instead of the split's; None for those.
        units: See `load_units`.

    Raises:
        InvalidArgument: There is no such unit table.
        InvalidWork: A file that is no unit table.
    """
    if not isinstance(units, str):
        raise InvalidArgument(f"units is 'balanced' or a path to a .json file, got {shown(units)}")
    try:
        return _loaded(split, maps, units)
    except OSError as error:
        raise InvalidArgument(f"units {shown(units)} cannot be read: {_reason(error)}") from error


@lru_cache(maxsize=4)
def _loaded(split: Split, maps: tuple[Ground, ...] | None, units: str) -> Reference:
    grounds = maps or maps_of(split)
    return Reference(
        Atlas(grounds),
        stacked(grounds),
        load_league(split),
        load_units(units),
        load_novelty_scale(),
        maps is not None,
    )


def maps_of(split: Split) -> tuple[Ground, ...]:
    """The maps of a split, kind by kind."""
    return tuple(generate_map(kind, seed) for kind in MAP_KINDS for seed in MAP_SEEDS[split])


def read_maps(maps: Sequence[MapSpec] | MapSpec | None) -> tuple[Ground, ...] | None:
    """The maps a user gives: `Ground` objects, names as of the generator, or text files.

    Raises:
        InvalidArgument: A map cannot be found or fought on, or two have the same name.
    """
    if maps is None:
        return None
    if isinstance(maps, str | Ground):
        maps = [maps]
    if not isinstance(maps, Sequence):
        raise InvalidArgument(f"maps is one map or a list of them, got {shown(maps)}")
    grounds = tuple(_read_map(spec) for spec in maps)
    if not grounds or len({ground.name for ground in grounds}) < len(grounds):
        raise InvalidArgument("maps: give at least one, each with a name of its own")
    return grounds


def _reason(error: Exception) -> str:
    """Why a file could not be read; what an `OSError` says repeats the path."""
    return getattr(error, "strerror", None) or str(error)


def _read_map(spec: MapSpec) -> Ground:
    if isinstance(spec, Ground):
        return spec
    if not isinstance(spec, str):
        raise InvalidArgument(
            f"a map is a name, the path of a text file or a Ground, got {shown(spec)}"
        )
    kind, _, seed = spec.rpartition("-")
    if kind in MAP_KINDS and seed.isascii() and seed.isdecimal() and len(seed) <= MOST_DIGITS:
        return generate_map(kind, int(seed))
    path = Path(spec)
    try:
        text = read_plain(path).decode("utf-8")
    except (OSError, ValueError) as error:
        raise InvalidArgument(
            f"map {shown(spec)} is neither a name such as 'river-17' (kinds: {MAP_KINDS}) nor a "
            f"text file that can be read: {_reason(error)}"
        ) from error
    return Ground.from_text(path.stem, text)
