"""Many pictures in one: the moments of a battle, or many tactics side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.lettering import fitted, font
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.render.canvas import battle_picture, deployment_picture
from creative_envs.tactics.render.field import deployment, moment
from creative_envs.tactics.render.layout import FIELD_HEIGHT, FIELD_WIDTH, HEIGHT, WIDTH
from creative_envs.tactics.render.palette import INK, PAPER
from creative_envs.tactics.render.replay import replay_of

MOMENTS: Final = 5
"""Of a battle, shown after the deployment."""
_ACROSS: Final = 3
_GAP: Final = 12
_LEADING_SCORES: Final = ("quality", "reward", "craft")
"""The first of these that a tactic has is its caption."""


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
    count = len(tactics)
    if not count:
        raise InvalidArgument("a contact sheet needs at least one tactic")
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    if columns < 1:
        raise InvalidArgument(f"columns is {columns}: give at least 1")
    if not _LEAST_CELL <= cell <= FIELD_WIDTH:
        raise InvalidArgument(f"cell is {cell}: give {_LEAST_CELL}..{FIELD_WIDTH} pixels")
    texts = [_caption(shown) for shown in tactics] if captions is None else list(captions)
    if len(texts) != count:
        raise InvalidArgument(f"{len(texts)} captions for {count} tactics: give one for each")
    height = cell * FIELD_HEIGHT // FIELD_WIDTH
    line = 24 if any(texts) else 0
    columns = min(columns, count)
    across, down = cell + _GAP, height + line + _GAP
    sheet = Image.new("RGB", (columns * across + _GAP, -(-count // columns) * down + _GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (shown, text) in enumerate(zip(tactics, texts, strict=True)):
        row, column = divmod(index, columns)
        left, top = _GAP + column * across, _GAP + row * down
        sheet.paste(_field(shown).resize((cell, height), Image.Resampling.LANCZOS), (left, top))
        at = (left, top + height + line / 2)
        draw.text(at, fitted(text, 14, cell), fill=INK, font=font(14), anchor="lm")
    return np.array(sheet, np.uint8)


_LEAST_CELL: Final = 24


def _field(tactic: Tactic) -> Image.Image:
    if not tactic.enemies:
        return deployment(tactic)
    replay = replay_of(tactic)
    return moment(tactic, replay, replay.ticks // 2)


def _caption(tactic: Tactic) -> str:
    for name in _LEADING_SCORES:
        if name in tactic.scores:
            return f"{name} {tactic.scores[name]:.2f}"
    return tactic.title
