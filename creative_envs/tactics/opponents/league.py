"""Leagues: the parties of opponents a brief can name, by split.

Training and validation meet parties drawn from a generated population of their own; scoring meets
the tactics no training run has seen, the held-out half of the book and evolved ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import CorruptData
from creative_envs.tactics.novelty import NoveltyScale
from creative_envs.tactics.opponents.book import HELD_OUT_NAMES, held_out_book
from creative_envs.tactics.opponents.doctrine import DOCTRINES
from creative_envs.tactics.squads import Tactics

Split = Literal["train", "valid", "test"]

PARTIES: Final = {"train": 96, "valid": 8, "test": 1}
"""Parties of each doctrine, by split."""
PARTY_SIZE: Final = 8
"""Opponents in a party of the population."""
EVOLVED_EACH: Final = 3
"""Evolved opponents of each doctrine that are kept for scoring."""
DATA: Final = "opponents.npz"
SHA256: Final = "5a709c05fcf744e9869acb1bc8203191004e4d35587c7e63857ec70aa6a295e2"
"""Of the arrays in that file, see `digest`; `opponents.generate` writes both."""
_PARTY_SEED: Final = 20


@dataclass(frozen=True)
class League:
    """Opponents of one split.

    Attributes:
        tactics: Shape (4 doctrines, parties, k, 12, 7), in their own columns.
        names: Of the opponents, by doctrine, party and place.
        sha256: Hash of the tactics.
    """

    tactics: Tactics
    names: tuple[tuple[tuple[str, ...], ...], ...]
    sha256: str

    @property
    def parties(self) -> int:
        """How many of each doctrine."""
        return int(self.tactics.shape[1])


@lru_cache(maxsize=3)
def load_league(split: Split) -> League:
    """The league of a split.

    Raises:
        CorruptData: The data file is not the one this version was made with.
    """
    stored = load_opponents()
    if split == "test":
        tactics, names = _held_out(stored["evolved"])
    else:
        tactics, names = _drawn(stored[split], PARTIES[split], split)
    return League(tactics, names, hashlib.sha256(tactics.tobytes()).hexdigest())


@lru_cache(maxsize=1)
def load_opponents() -> dict[str, NDArray[np.generic]]:
    """All arrays of the data file, checked against its hash."""
    with files("creative_envs.tactics").joinpath("data", DATA).open("rb") as stream:
        arrays = dict(np.load(stream, allow_pickle=False))
    if digest(arrays) != SHA256:
        raise CorruptData(
            f"creative_envs/tactics/data/{DATA} is not the file of this version: reinstall, or "
            "make it anew with `python -m creative_envs.tactics.opponents.generate`."
        )
    return arrays


def digest(arrays: dict[str, NDArray[np.generic]]) -> str:
    """SHA-256 of named arrays: of their names, types, shapes and values."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    return found.hexdigest()


@lru_cache(maxsize=1)
def load_novelty_scale() -> NoveltyScale:
    """What novelty is measured against."""
    stored = load_opponents()
    copied, new = stored["novelty_limits"].tolist()
    return NoveltyScale(stored["known"], stored["spread"], copied, new)  # type: ignore[arg-type]


def _drawn(
    population: NDArray[np.generic], parties: int, split: str
) -> tuple[Tactics, tuple[tuple[tuple[str, ...], ...], ...]]:
    """Parties drawn from a population (4, m, 12, 7), always the same ones."""
    rng = np.random.default_rng([_PARTY_SEED, len(split)])
    size = population.shape[1]
    chosen = np.array(
        [
            [rng.choice(size, PARTY_SIZE, replace=False) for _ in range(parties)]
            for _ in range(len(DOCTRINES))
        ]
    )
    tactics = np.stack([population[doctrine][chosen[doctrine]] for doctrine in range(len(chosen))])
    names = tuple(
        tuple(tuple(f"{doctrine} {split} {m}" for m in party) for party in of_doctrine)
        for doctrine, of_doctrine in zip(DOCTRINES, chosen.tolist(), strict=True)
    )
    return tactics.astype(np.int16), names


def _held_out(
    evolved: NDArray[np.generic],
) -> tuple[Tactics, tuple[tuple[tuple[str, ...], ...], ...]]:
    """One party a doctrine: its tactics in the held-out book, and its evolved ones (4, 3, ...)."""
    book = held_out_book().reshape(len(DOCTRINES), -1, *evolved.shape[2:])
    tactics = np.concatenate([book, evolved], axis=1)[:, None]
    titles = np.reshape(HELD_OUT_NAMES, book.shape[:2]).tolist()
    numbers = range(1, evolved.shape[1] + 1)
    names = tuple(
        ((*of_book, *(f"evolved {doctrine} {number}" for number in numbers)),)
        for doctrine, of_book in zip(DOCTRINES, titles, strict=True)
    )
    return tactics.astype(np.int16), names
