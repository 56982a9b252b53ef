"""A learning curve as inline SVG, drawn in the colours of the page it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np

from creative_envs.core.plot import apart, round_interval

WIDTH, HEIGHT = 880, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 130, 14, 40
CURVES: Final = ("quality", "novelty", "reward")
SMOOTHING: Final = 0.04
"""Width of the moving average, as a share of the run."""


def learning_curve(
    history: Sequence[Mapping[str, float]], levels: Mapping[str, float] | None = None
) -> str:
    """Draws the mean quality, novelty and reward of the works of each rollout.

    Args:
        history: Entries with ``timesteps`` and the scores, one a rollout.
        levels: Named rewards to draw as level lines, such as the human one.

    Returns:
        An ``<svg>`` element; empty where fewer than two rollouts finished works.
    """
    if len(history) < 2:
        return ""
    steps = np.array([entry["timesteps"] for entry in history])
    scale = (WIDTH - LEFT - RIGHT) / steps[-1]
    lines = [_grid(int(steps[-1]), scale)]
    for name, value in (levels or {}).items():
        lines.append(_level(name, value))
    smooth = {name: smoothed(np.array([e[name] for e in history])) for name in CURVES}
    lines += [_curve(name, LEFT + steps * scale, values) for name, values in smooth.items()]
    lines.append(_end_labels({name: float(values[-1]) for name, values in smooth.items()}))
    title = "Mean quality, novelty and reward of the works of each rollout"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        f"{''.join(lines)}</svg>"
    )


def _grid(total: int, scale: float) -> str:
    parts = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _height(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick end" x="{LEFT - 8}" y="{y + 4}">{value:g}</text>')
    for step in range(0, total + 1, max(1, int(round_interval(total)))):
        x = LEFT + step * scale
        label = f"{step // 1000}k" if step and total >= 10_000 else f"{step}"
        parts.append(f'<text class="tick middle" x="{x:.1f}" y="{HEIGHT - 20}">{label}</text>')
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(
        f'<text class="tick middle" x="{middle}" y="{HEIGHT - 3}">environment steps</text>'
    )
    return "".join(parts)


def _curve(name: str, x: np.ndarray, values: np.ndarray) -> str:
    points = " ".join(f"{a:.1f},{_height(b):.1f}" for a, b in zip(x, values, strict=True))
    return f'<polyline class="curve {name}" points="{points}"/>'


def _level(name: str, value: float) -> str:
    y = _height(value)
    return (
        f'<line class="level" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick end" x="{WIDTH - RIGHT - 8}" y="{y - 5:.1f}">'
        f"{escape(name)} {value:.2f}</text>"
    )


def _end_labels(ends: Mapping[str, float]) -> str:
    """Labels beside the ends of the curves, moved apart where they would overlap."""
    x = WIDTH - RIGHT + 10
    heights = apart(_height(value) + 4 for value in ends.values())
    return "".join(
        f'<text class="label {name}" x="{x}" y="{y:.1f}">{name} {value:.2f}</text>'
        for (name, value), y in zip(ends.items(), heights, strict=True)
    )


def _height(value: float) -> float:
    return TOP + (1 - min(1.0, max(0.0, value))) * (HEIGHT - TOP - BOTTOM)


def smoothed(values: np.ndarray) -> np.ndarray:
    """A centred moving average that shortens at both ends."""
    reach = max(1, round(len(values) * SMOOTHING))
    padded = np.concatenate([[0.0], values.cumsum()])
    index = np.arange(len(values))
    first, last = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(values))
    return (padded[last] - padded[first]) / (last - first)
