"""A tactic as a picture: the deployment, or a moment of the battle against its first enemy."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.render.field import deployment, moment
from creative_envs.tactics.render.layout import FIELD_HEIGHT, HEADER, HEIGHT, WIDTH, box
from creative_envs.tactics.render.panels import battle_header, deployment_header, footer
from creative_envs.tactics.render.replay import Replay, replay_of
from creative_envs.tactics.shown import BLOCK, block_corners


def picture(tactic: Tactic, tick: int | None = None) -> NDArray[np.uint8]:
    """Draws a tactic, finished or not.

    Args:
        tactic: What to draw.
        tick: Of the battle against its first enemy, 0 .. the one it ends at; None draws the
            deployment, of the enemy as well if there is one.

    Returns:
        sRGB, shape (592, 672, 3).

    Raises:
        InvalidArgument: There is no enemy, or the battle has no such tick.
    """
    if tick is None:
        return np.array(deployment_picture(tactic), np.uint8)
    replay = replay_of(tactic)
    return np.array(battle_picture(tactic, replay, replay.checked(tick)), np.uint8)


def squad_boxes(tactic: Tactic) -> NDArray[np.int64]:
    """Where the squads of a tactic are in the picture of its deployment.

    Returns:
        Shape (squads, 4): left, top, right, bottom in pixels, right and bottom exclusive.
    """
    boxes = [box(squad.row, squad.column) for squad in tactic.squads]
    return np.array(boxes, np.int64).reshape(-1, 4)


def block_boxes() -> NDArray[np.int64]:
    """Where the blocks of the map that observations show are in a picture, shape (12, 4)."""
    return np.array([box(*first, BLOCK) for first in block_corners()], np.int64)


def deployment_picture(tactic: Tactic) -> Image.Image:
    """The picture before a battle."""
    return _assembled(tactic, deployment_header(tactic), deployment(tactic))


def battle_picture(tactic: Tactic, replay: Replay, tick: int) -> Image.Image:
    """The picture at a tick of a battle."""
    return _assembled(tactic, battle_header(tactic, replay, tick), moment(tactic, replay, tick))


def png_bytes(image: Image.Image) -> bytes:
    """A picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="png")
    return buffer.getvalue()


def _assembled(tactic: Tactic, header: Image.Image, field: Image.Image) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.paste(header, (0, 0))
    image.paste(field, (0, HEADER))
    image.paste(footer(tactic.units), (0, HEADER + FIELD_HEIGHT))
    return image
