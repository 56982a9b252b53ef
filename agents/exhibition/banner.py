"""The README's two pictures: all three domains at a glance, and works in the making."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

import agents
from agents.evaluation import Sample
from agents.exhibition.rooms import DOMAINS, Domain
from agents.gallery import choose
from agents.pretrained.scoring import one_thread
from creative_envs.core.animation import gif_bytes
from creative_envs.core.contact_sheet import PAPER
from creative_envs.core.files import write_atomically
from creative_envs.melody.artefact import Melody
from creative_envs.melody.render import piano_roll
from creative_envs.patches.artefact import Composition
from creative_envs.patches.render.time_lapse import time_lapse
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.render.canvas import battle_picture, deployment_picture
from creative_envs.tactics.render.replay import replay_of

STILL: Final = "gallery.png"
ANIMATION: Final = "gallery.gif"
ACROSS: Final = 6
"""Compositions in the still: one of each sixth of the ranking."""
STEPS: Final = 54
"""Frames of the animation after the first."""
STEP: Final = 120
"""Milliseconds a frame is shown."""
HOLD: Final = 4000
"""Milliseconds the last one is."""
COMMON: Final = 191
RARE: Final = 64
"""Colours of two kinds."""
_WIDTH: Final = 1120
_GAP: Final = 10
_ROW: Final = 518
"""Pixels of the picture beside the battle, before all is reduced."""
_GIF_WIDTH: Final = 840


def write_banner(out: Path, count: int, seed: int) -> list[Path]:
    """Writes ``gallery.png`` and ``gallery.gif``.

    Both show the shipped models' median melody and tactic; the still has compositions spread
    evenly over the ranking, the animation the median one.

    Args:
        out: An existing folder.
        count: Works of each model.
        seed: Decides them.

    Returns:
        The two files.
    """
    (melody, *_), compositions, (tactic, *_) = (
        _works(domain, count, seed, spread)
        for domain, spread in tqdm(
            list(zip(DOMAINS, (0, ACROSS, 0), strict=True)), desc="Sampling", disable=None
        )
    )
    melody = replace(melody, title="A melody for a brief the agent never saw")
    return [
        write_atomically(out / STILL, _still(melody, compositions[1:], tactic)),
        write_atomically(out / ANIMATION, _animation(melody, compositions[0], tactic)),
    ]


def _works(domain: Domain, count: int, seed: int, spread: int) -> list[Any]:
    """The model's median work, and so many others spread evenly over its ranking."""
    with one_thread():
        agent = agents.load(domain.env_id, device="cpu")
        sample = Sample("trained", agent.sample(count, seed), None)
    ranking = sample.ranking()
    places = (np.arange(spread) + 0.5) * count / max(spread, 1)
    chosen = [choose(sample, ("median",), seed)["median"], *ranking[places.astype(int)]]
    return [agent.task.artefact_of(sample.works[index]) for index in chosen]


def _still(melody: Melody, compositions: Sequence[Composition], tactic: Tactic) -> bytes:
    """The melody, a row of compositions, and three moments of the battle."""
    replay = replay_of(tactic)
    ticks = (replay.ticks // 3, 2 * replay.ticks // 3, replay.ticks)
    rows = [
        [Image.fromarray(piano_roll(melody))],
        [Image.fromarray(composition.picture(_ROW)) for composition in compositions],
        [deployment_picture(tactic), *(battle_picture(tactic, replay, t) for t in ticks[1:])],
    ]
    buffer = io.BytesIO()
    _stacked([_row(pictures) for pictures in rows]).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _animation(melody: Melody, composition: Composition, tactic: Tactic) -> bytes:
    """The three in the making, from nothing to the last note, patch and blow."""
    frames = [
        _stacked([Image.fromarray(roll), _row([Image.fromarray(picture), battle])])
        for roll, picture, battle in zip(
            _growing(melody), _composed(composition), _fought(tactic), strict=True
        )
    ]
    size = _GIF_WIDTH, round(frames[0].height * _GIF_WIDTH / frames[0].width)
    frames = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    shown = [STEP] * STEPS + [HOLD]
    seen = _stacked([frames[0], frames[STEPS // 2], frames[-1]])
    palette = _palette(seen)
    return gif_bytes(frames, shown, palette, COMMON + RARE)


def _palette(seen: Image.Image) -> Image.Image:
    """The colours of large areas, and those that are rare but far from all others, as notes are."""
    common = seen.quantize(COMMON, method=Image.Quantize.MEDIANCUT, kmeans=1).getpalette() or []
    rare = seen.quantize(RARE, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(common[: 3 * COMMON] + rare[: 3 * RARE])
    return palette


def _growing(melody: Melody) -> Iterator[NDArray[np.uint8]]:
    """The piano roll with ever more notes; scores come with the last one."""
    for step in range(STEPS):
        notes = melody.notes[: len(melody.notes) * step // STEPS]
        yield piano_roll(replace(melody, notes=notes, scores={}))
    yield piano_roll(melody)


def _composed(composition: Composition) -> Iterator[NDArray[np.uint8]]:
    moments = list(time_lapse(composition, _ROW))
    for step in range(STEPS + 1):
        yield moments[(len(moments) - 1) * step // STEPS]


def _fought(tactic: Tactic) -> Iterator[Image.Image]:
    """The deployment, and then the battle."""
    replay = replay_of(tactic)
    yield deployment_picture(tactic)
    for step in range(1, STEPS + 1):
        yield battle_picture(tactic, replay, replay.ticks * step // STEPS)


def _row(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures side by side, as high as each other, as wide together as a piano roll."""
    ratios = [picture.width / picture.height for picture in pictures]
    height = round((_WIDTH - _GAP * (len(pictures) - 1)) / sum(ratios))
    row = Image.new("RGB", (_WIDTH, height), PAPER)
    left = 0.0
    for picture, ratio in zip(pictures, ratios, strict=True):
        size = round(ratio * height), height
        row.paste(picture.resize(size, Image.Resampling.LANCZOS), (round(left), 0))
        left += ratio * height + _GAP
    return row


def _stacked(rows: Sequence[Image.Image]) -> Image.Image:
    """Pictures below one another, with a margin all round."""
    width = max(row.width for row in rows) + 2 * _GAP
    height = sum(row.height + _GAP for row in rows) + _GAP
    stack = Image.new("RGB", (width, height), PAPER)
    top = _GAP
    for row in rows:
        stack.paste(row, (_GAP, top))
        top += row.height + _GAP
    return stack
