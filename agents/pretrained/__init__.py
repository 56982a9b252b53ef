"""Models shipped with the repository, one an environment: ``python -m agents.pretrained``.

Each lies in a folder named after its environment, laid out as a run's: ``config.yaml`` and the
best policy under ``best/``, without all that only training needs. Beside them ``card.json`` tells
what it is, and ``README.md`` tells people the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from agents.errors import RunError

ROOT: Final = Path(__file__).parent
ENV_ID: Final = re.compile(r"[\w-]+/[\w-]+-v\d+")
"""Ids of environments anybody may name a model by; ``module:id`` is none, as it runs a module."""

_NAME: Final = re.compile(r"[\w-]+-v\d+")


def shipped(root: Path = ROOT) -> tuple[str, ...]:
    """Ids of the environments there is a model for, sorted.

    Args:
        root: Where models lie.

    Raises:
        CheckpointError: A model's card is damaged.
    """
    from agents.pretrained.card import Card

    return tuple(sorted(Card.read(folder).env for folder in folders(root)))


def folders(root: Path = ROOT) -> list[Path]:
    """The folders of all models, sorted by name."""
    return sorted(path for path in root.glob("*-v*") if _NAME.fullmatch(path.name))


def folder_of(env_id: str, root: Path = ROOT) -> Path:
    """The folder of an environment's model, whose files are those its card tells of.

    Args:
        env_id: As ``creative_envs/MelodyComposition-v0``.
        root: Where models lie.

    Raises:
        RunError: No model of that name is shipped.
        CheckpointError: Its card is missing or damaged, or a file is not the one it tells of.
    """
    from agents.pretrained.card import Card

    folder = root / env_id.rpartition("/")[2]
    if not ENV_ID.fullmatch(env_id) or folder not in folders(root):
        raise RunError(_unknown(env_id, root))
    card = Card.read(folder)
    if card.env != env_id:
        raise RunError(_unknown(env_id, root))
    card.require_files(folder)
    return folder


def locate(run: str | Path, root: Path = ROOT) -> Path:
    """The folder of a run, or of the shipped model an environment's id names.

    An existing folder of that name wins.

    Raises:
        RunError: It is an id, or looks like one, and no model of that name is shipped.
        CheckpointError: As in `folder_of`.
    """
    path = Path(run)
    named = ENV_ID.fullmatch(path.as_posix())
    return folder_of(named[0], root) if named and not path.exists() else path


def _unknown(env_id: str, root: Path) -> str:
    known = ", ".join(shipped(root)) or "none yet"
    return (
        f"{env_id} is neither a run's folder nor an environment with a model in {root.name}. "
        f"Models are there for: {known}."
    )
