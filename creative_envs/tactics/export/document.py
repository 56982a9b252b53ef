"""JSON: a tactic card, of which every battle is fought again when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from creative_envs.core.arguments import shown
from creative_envs.core.documents import document_text, reading_document
from creative_envs.core.errors import CreativeEnvsError, InvalidArgument, InvalidWork, reason_of
from creative_envs.tactics.artefact import Enemy, Squad, Tactic
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.units.table import UnitTable

_FORMAT: Final = "creative_envs.tactics/1"
_ATTRIBUTES: Final = ("title", "budget", "objective", "scores", "brief", "provenance")
_COUNTED: Final = ("value", "zones", "camp", "ticks")
"""What a card says of a battle; see `creative_envs.tactics.battle.tally.Tally`."""
FIRSTS: Final = (0, 1)
"""Every battle is fought twice: the tactic's side moves first, then the enemy's."""


def json_text(tactic: Tactic) -> str:
    """Writes a tactic as a card.

    ``squads`` holds the attributes of each `Squad`; ``map`` the name of the map and its rows as
    drawn (``Ground.from_text``); ``units`` name and hash of the unit table. Each of ``enemies`` has
    a name, squads, and ``battles``: what is left of both armies in thousandths of points, their
    zone-ticks and camp-ticks, and how long it took, when the tactic moves first and when the enemy
    does. Every other entry is the attribute of `Tactic` with its name.
    """
    parts: dict[str, Any] = {name: getattr(tactic, name) for name in _ATTRIBUTES}
    parts["units"] = {"name": tactic.units.name, "sha256": tactic.units_sha256}
    parts["map"] = {"name": tactic.ground.name, "rows": str(tactic.ground).split()}
    parts["squads"] = [asdict(squad) for squad in tactic.squads]
    parts["enemies"] = [
        {
            "name": enemy.name,
            "squads": [asdict(squad) for squad in enemy.squads],
            "battles": battles(tactic, index),
        }
        for index, enemy in enumerate(tactic.enemies)
    ]
    return document_text(_FORMAT, parts)


def tactic_from_json(
    text: str | bytes,
    source: str = "the JSON text",
    units: str | UnitTable | None = None,
) -> Tactic:
    """Reads what `json_text` wrote.

    Args:
        text: The document.
        source: Where it came from, for messages.
        units: The unit table the tactic was made with, or what ``load_units`` finds it by; by
            default it is found by the name in the document.

    Raises:
        InvalidWork: The text is not such a document, does not describe a tactic, its unit table
            cannot be found or is another one by now, or a battle ends otherwise than it says.
    """
    with reading_document(text, _FORMAT, "tactic", source) as document:
        attributes = {name: document[name] for name in _ATTRIBUTES}
        asked = document["units"]
        found = _found(asked["name"] if units is None else units)
        _require_same(asked, found)
        tactic = Tactic(
            squads=_squads(document["squads"]),
            ground=_ground(document["map"]),
            enemies=tuple(Enemy(e["name"], _squads(e["squads"])) for e in document["enemies"]),
            units=found,
            **attributes,
        )
        for index, enemy in enumerate(document["enemies"]):
            _require_outcomes(tactic, index, enemy["battles"])
        return tactic


def battles(tactic: Tactic, enemy: int) -> list[dict[str, Any]]:
    """How both battles against an enemy end, in the numbers a card holds."""
    fought = []
    for first in FIRSTS:
        outcome = tactic.replay(enemy, first).outcome
        counted = {name: getattr(outcome, name)[0].tolist() for name in _COUNTED}
        fought.append({"first": first, **counted, "ticks": int(outcome.ticks[0, 0])})
    return fought


def _found(units: object) -> UnitTable:
    from creative_envs.tactics.units.table import load_units

    if isinstance(units, UnitTable):
        return units
    if not isinstance(units, str):
        raise InvalidWork(f"the unit table's name is {shown(units)}: give text")
    try:
        return load_units(units)
    except (CreativeEnvsError, OSError, ValueError) as error:
        raise InvalidWork(
            f"its unit table {shown(units)} cannot be found ({reason_of(error)}): "
            "pass it as `units=`"
        ) from error


def _require_same(asked: Mapping[str, Any], found: UnitTable) -> None:
    if asked["sha256"] != found.sha256:
        raise InvalidWork(
            f"it was made with the unit table of hash {asked['sha256']}, but {found.name!r} has "
            f"the hash {found.sha256}: pass the one it was made with as `units=`"
        )


def _require_outcomes(tactic: Tactic, index: int, said: Any) -> None:
    fought = battles(tactic, index)
    if said != fought:
        raise InvalidWork(
            f"against {tactic.enemies[index].name!r} it says that battles end {said}, but they end "
            f"{fought}: the card was changed, or made by another battle engine; save it anew from "
            "the tactic it was made of"
        )


def _squads(said: Any) -> tuple[Squad, ...]:
    if not isinstance(said, list) or not all(isinstance(squad, dict) for squad in said):
        raise InvalidWork(f"squads are {said!r}: give a list of squads with their attributes")
    return tuple(Squad(**squad) for squad in said)


def _ground(said: Mapping[str, Any]) -> Ground:
    try:
        return Ground.from_text(said["name"], "\n".join(said["rows"]))
    except InvalidArgument as error:
        raise InvalidWork(str(error)) from error
