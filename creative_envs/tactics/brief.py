"""Briefs: which map, how rich an army, what to win by, and what kind of enemy.

A brief is a vector of 17 numbers in [0, 1]:

| entries | meaning |
|---|---|
| 0 | novelty weight |
| 1-6 | kind of map, one-hot: the five of the generator, or one of the user's own |
| 7 | which map of that kind: (number + 1/2) / how many |
| 8 | budget, 120..200 points |
| 9-11 | objective, one-hot: annihilate, hold, break-through |
| 12-15 | doctrine of the enemy, one-hot: foot, mounted, missile, combined |
| 16 | which party of enemies of that doctrine: (number + 1/2) / how many |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidBrief
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.words import read_numbers, refuse_unknown_words
from creative_envs.tactics.opponents.doctrine import DOCTRINES
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.terrain.maps import MAP_KINDS
from creative_envs.tactics.vocabulary import LEAST_BUDGET, MOST_BUDGET, OBJECTIVES

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

KINDS: Final = (*MAP_KINDS, "own")
"""Kinds of maps; the last is of those a user gives."""
KIND_AT: Final = 1
NUMBER_AT: Final = KIND_AT + len(KINDS)
BUDGET_AT: Final = NUMBER_AT + 1
OBJECTIVE_AT: Final = BUDGET_AT + 1
DOCTRINE_AT: Final = OBJECTIVE_AT + len(OBJECTIVES)
PARTY_AT: Final = DOCTRINE_AT + len(DOCTRINES)
BRIEF_SIZE: Final = PARTY_AT + 1
ENTRY_NAMES: Final = (
    "novelty weight",
    *(f"map {kind}" for kind in KINDS),
    "which map",
    "budget",
    *(f"objective {objective}" for objective in OBJECTIVES),
    *(f"enemy {doctrine}" for doctrine in DOCTRINES),
    "which enemy",
)
USUAL_BUDGET: Final = 160
_SPAN: Final = MOST_BUDGET - LEAST_BUDGET


class Atlas:
    """The maps of a task, by kind and number.

    Args:
        grounds: In any order; those named as the generator names them are of its kinds.
    """

    def __init__(self, grounds: Sequence[Ground]) -> None:
        self.grounds = tuple(grounds)
        kinds = np.array([KINDS.index(kind_of(ground.name)) for ground in grounds])
        self.counts: Int64 = np.bincount(kinds, minlength=len(KINDS))
        most = int(self.counts.max())
        self.index: Int64 = np.full((len(KINDS), most), -1)
        """(kinds, most) index of each map, -1 for none."""
        self.kind: Int64 = kinds
        self.number: Int64 = np.zeros(len(grounds), np.int64)
        for kind in range(len(KINDS)):
            of_kind = np.flatnonzero(kinds == kind)
            self.index[kind, : len(of_kind)] = of_kind
            self.number[of_kind] = np.arange(len(of_kind))

    def named(self, name: Any) -> int:
        """Index of the map of a name.

        Raises:
            InvalidBrief: There is none.
        """
        names = [ground.name for ground in self.grounds]
        if not isinstance(name, str) or name not in names:
            some = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
            raise InvalidBrief(f"map is one of {some}, got {shown(name)}{_suggestion(name, names)}")
        return names.index(name)


def kind_of(name: str) -> str:
    """The kind of the map of a name: "river" of "river-17"."""
    kind, _, number = name.rpartition("-")
    return kind if kind in MAP_KINDS and number.isdecimal() else KINDS[-1]


class Briefs(NamedTuple):
    """n briefs in their own units, each of shape (n,)."""

    field: Int64
    """Index of the map in the atlas."""
    budget: Int64
    """Points."""
    objective: Int64
    """Index into OBJECTIVES."""
    doctrine: Int64
    """Index into DOCTRINES."""
    party: Int64
    """Which party of enemies of the doctrine."""

    def encode(self, atlas: Atlas, parties: int) -> Float32:
        """The brief vectors, shape (n, 17); entry 0 is left 0.

        Args:
            atlas: The task's maps.
            parties: How many of each doctrine there are.
        """
        vectors = np.zeros((len(self.field), BRIEF_SIZE), np.float32)
        rows = np.arange(len(vectors))
        kind = atlas.kind[self.field]
        vectors[rows, KIND_AT + kind] = 1
        vectors[:, NUMBER_AT] = (atlas.number[self.field] + 0.5) / atlas.counts[kind]
        vectors[:, BUDGET_AT] = (self.budget - LEAST_BUDGET) / _SPAN
        vectors[rows, OBJECTIVE_AT + self.objective] = 1
        vectors[rows, DOCTRINE_AT + self.doctrine] = 1
        vectors[:, PARTY_AT] = (self.party + 0.5) / parties
        return vectors

    @classmethod
    def decode(cls, vectors: Float32, atlas: Atlas, parties: int) -> Briefs:
        """Reads brief vectors (n, 17); a kind of which there is no map counts as the next that is.

        Args:
            vectors: Any numbers in [0, 1].
            atlas: The task's maps.
            parties: How many of each doctrine there are.
        """
        asked = np.where(atlas.counts > 0, vectors[:, KIND_AT:NUMBER_AT], -1)
        kind = asked.argmax(axis=1)
        number = _place(vectors[:, NUMBER_AT], atlas.counts[kind])
        return cls(
            field=atlas.index[kind, number],
            budget=np.rint(LEAST_BUDGET + _SPAN * vectors[:, BUDGET_AT].astype(np.float64)).astype(
                np.int64
            ),
            objective=vectors[:, OBJECTIVE_AT:DOCTRINE_AT].argmax(axis=1),
            doctrine=vectors[:, DOCTRINE_AT:PARTY_AT].argmax(axis=1),
            party=_place(vectors[:, PARTY_AT], np.full(len(vectors), parties)),
        )


def draw_briefs(keys: NDArray[np.uint64], atlas: Atlas, parties: int) -> Briefs:
    """Draws a brief from each key (n,): every part evenly and apart from the others."""
    rolls = counter_uniforms(keys, 5)
    return Briefs(
        field=(rolls[:, 0] * len(atlas.grounds)).astype(np.int64),
        budget=LEAST_BUDGET + (rolls[:, 1] * (_SPAN + 1)).astype(np.int64),
        objective=(rolls[:, 2] * len(OBJECTIVES)).astype(np.int64),
        doctrine=(rolls[:, 3] * len(DOCTRINES)).astype(np.int64),
        party=(rolls[:, 4] * parties).astype(np.int64),
    )


def describe(vector: Float32, atlas: Atlas, parties: int) -> dict[str, Any]:
    """A brief vector (17,) in words; `parse` reads it back."""
    brief = Briefs.decode(vector[None], atlas, parties)
    return {
        "map": atlas.grounds[brief.field[0]].name,
        "budget": int(brief.budget[0]),
        "objective": OBJECTIVES[brief.objective[0]],
        "enemy": f"{DOCTRINES[brief.doctrine[0]]}-{brief.party[0]}",
        "novelty_weight": round(float(vector[0]), 3),
    }


def parse(words: Mapping[str, Any], atlas: Atlas, parties: int) -> Float32:
    """Reads a brief in words; what is not said is as in a usual one.

    Args:
        words: By name, see `describe`.
        atlas: The task's maps.
        parties: How many of each doctrine there are.

    Raises:
        InvalidBrief: An unknown word, map, objective or enemy, or a number out of its range.
    """
    usual = {
        "map": atlas.grounds[0].name,
        "budget": USUAL_BUDGET,
        "objective": OBJECTIVES[0],
        "enemy": f"{DOCTRINES[-1]}-0",
        "novelty_weight": 0.5,
    }
    refuse_unknown_words(words, usual)
    said = {**usual, **words}
    objective = said["objective"]
    if not isinstance(objective, str) or objective not in OBJECTIVES:
        nearest = _suggestion(objective, OBJECTIVES)
        raise InvalidBrief(
            f"objective is one of {list(OBJECTIVES)}, got {shown(objective)}{nearest}"
        )
    doctrine, party = _enemy(said["enemy"], parties)
    budget = read_numbers("budget", said["budget"], LEAST_BUDGET, MOST_BUDGET)
    brief = Briefs(
        field=np.array([atlas.named(said["map"])]),
        budget=np.rint(budget).astype(np.int64),
        objective=np.array([OBJECTIVES.index(objective)]),
        doctrine=np.array([doctrine]),
        party=np.array([party]),
    )
    vector: Float32 = brief.encode(atlas, parties)[0]
    vector[0] = read_numbers("novelty_weight", said["novelty_weight"], 0, 1)[0]
    return vector


def _enemy(words: Any, parties: int) -> tuple[int, int]:
    """Doctrine and number of an enemy such as "missile-12"; the number may be left out."""
    name, _, number = (words if isinstance(words, str) else "").partition("-")
    known = number == "" or number in map(str, range(parties))
    if name not in DOCTRINES or not known:
        raise InvalidBrief(
            f"enemy is a doctrine of {list(DOCTRINES)} and a party of 0..{parties - 1}, such as "
            f"'{DOCTRINES[0]}-0', got {shown(words)}{_suggestion(name, DOCTRINES)}"
        )
    return DOCTRINES.index(name), int(number or 0)


def _suggestion(value: Any, known: Sequence[str]) -> str:
    """Ends the message that a value is unknown."""
    unknown = isinstance(value, str) and value not in known
    near = get_close_matches(value, known, n=1) if unknown else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _place(shares: Float32, counts: Int64) -> Int64:
    """Which of so many a share in [0, 1] names, shape (n,)."""
    places = (shares.astype(np.float64) * counts).astype(np.int64)
    return np.asarray(np.minimum(places, counts - 1))
