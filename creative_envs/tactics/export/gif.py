"""GIF: the battle against the first enemy, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from creative_envs.core.animation import gif_bytes as animated
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.render.canvas import battle_picture, deployment_picture
from creative_envs.tactics.render.palette import KEPT
from creative_envs.tactics.render.replay import replay_of

FRAMES: Final = 62
"""Of the battle, at most; shorter ones are shown tick by tick."""
STEP: Final = 110
"""Milliseconds a frame of the battle is shown."""
DEPLOYED: Final = 2500
"""Milliseconds the deployment is shown."""
HOLD: Final = 3000
"""Milliseconds the outcome is shown before all begins again."""
_SAMPLED: Final = 5
"""Every so many-th pixel is looked at for its colour; no divisor of the pictures' width."""
_PLACES: Final = np.array((1 << 16, 1 << 8, 1))
"""What makes one number of red, green and blue."""
_COLOURS: Final = 47


def gif_bytes(tactic: Tactic) -> bytes:
    """A GIF of the deployment and the battle; of the deployment alone where there is no enemy."""
    pictures, shown = [deployment_picture(tactic)], [DEPLOYED]
    if tactic.enemies:
        replay = replay_of(tactic)
        ticks = moments(replay.ticks)
        pictures += [battle_picture(tactic, replay, tick) for tick in ticks]
        shown += [STEP] * (len(ticks) - 1) + [HOLD]
    return animated(pictures, shown, _palette(pictures), _COLOURS)


def moments(ticks: int, count: int = FRAMES) -> list[int]:
    """Ticks to show of a battle of so many: at most ``count``, evenly, the first and the last."""
    shown = min(count, ticks + 1)
    return [round(i * ticks / max(shown - 1, 1)) for i in range(shown)]


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """The colours that mean something, and those most in use besides, at three moments."""
    shown = [pictures[index] for index in (0, len(pictures) // 2, len(pictures) - 1)]
    pixels = np.stack([np.array(picture, np.uint8) for picture in shown]).reshape(-1, 3)[::_SAMPLED]
    kept = np.isin(pixels @ _PLACES, np.array(KEPT) @ _PLACES)
    sample = Image.fromarray(pixels[None, ~kept])
    wanted = _COLOURS - len(KEPT)
    common = sample.quantize(wanted, method=Image.Quantize.MEDIANCUT, kmeans=1).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in KEPT for part in colour] + common[: 3 * wanted])
    return palette
