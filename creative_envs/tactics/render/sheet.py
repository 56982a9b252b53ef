"""Many pictures in one: the moments of a battle, or many tactics side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.contact_sheet import arrange, caption
from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.render.canvas import battle_picture, deployment_picture
from creative_envs.tactics.render.field import deployment, moment
from creative_envs.tactics.render.layout import FIELD_HEIGHT, FIELD_WIDTH, HEIGHT, WIDTH
from creative_envs.tactics.render.palette import PAPER
from creative_envs.tactics.render.replay import replay_of

MOMENTS: Final = 5
"""Of a battle, shown after the deployment."""
_ACROSS: Final = 3
_GAP: Final = 12
_TYPE_SIZE: Final = 14
_LEAST_CELL: Final = 24
"""Pixels."""


def battle_sheet(tactic: Tactic) -> Image.Image:
    """The deployment and five moments of the battle against the first enemy, 2064 x 1220 pixels.

    Without an enemy, the deployment alone, 696 x 616.
    """
    pictures = [deployment_picture(tactic)]
    if tactic.enemies:
        replay = replay_of(tactic)
        ticks = [round(replay.ticks * (i + 1) / MOMENTS) for i in range(MOMENTS)]
        pictures += [battle_picture(tactic, replay, tick) for tick in ticks]
    across = min(_ACROSS, len(pictures))
    down = -(-len(pictures) // across)
    size = (across * (WIDTH + _GAP) + _GAP, down * (HEIGHT + _GAP) + _GAP)
    sheet = Image.new("RGB", size, PAPER)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, across)
        sheet.paste(picture, (_GAP + column * (WIDTH + _GAP), _GAP + row * (HEIGHT + _GAP)))
    return sheet


def contact_sheet(
    tactics: Sequence[Tactic],
    columns: int | None = None,
    cell: int = FIELD_WIDTH // 2,
    captions: Sequence[str] | None = None,
) -> NDArray[np.uint8]:
    """Sets tactics side by side, each with a line of text below.

    A picture shows the field in the middle of the battle against the first enemy, or else the
    deployment.

    Args:
        tactics: What to show, in reading order.
        columns: How many stand side by side; by default the sheet is about square.
        cell: Width of each picture in pixels.
        captions: A text for each; "" for none. By default its quality, or else its title.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        InvalidArgument: Nothing to show, or numbers that do not fit it.
    """
    if not _LEAST_CELL <= cell <= FIELD_WIDTH:
        raise InvalidArgument(f"cell is {cell}: give {_LEAST_CELL}..{FIELD_WIDTH} pixels")
    if captions is None:
        captions = [caption(shown.scores, shown.title) for shown in tactics]
    size = cell, cell * FIELD_HEIGHT // FIELD_WIDTH
    pictures = [_field(shown).resize(size, Image.Resampling.LANCZOS) for shown in tactics]
    return arrange(pictures, captions, columns, _GAP, _TYPE_SIZE)


def _field(tactic: Tactic) -> Image.Image:
    if not tactic.enemies:
        return deployment(tactic)
    replay = replay_of(tactic)
    return moment(tactic, replay, replay.ticks // 2)
