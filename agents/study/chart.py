"""The learning curves of a study as one SVG file: reward against transitions and CPU seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.chart import smoothed
from agents.study.records import CLOCKS, History, RunRecord
from creative_envs.benchmark.statistics import band
from creative_envs.core.plot import Plot, apart, round_interval

PANELS: Final = ("timesteps", "cpu_seconds")
WIDTH, HEIGHT = 880, 330
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 34, 52
POINTS: Final = 120
"""Places along a curve at which seeds are compared."""
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#b5528b", "#8a6d00", "#3aa0d8", "#555b66")
"""Okabe and Ito's, which colour-blind people tell apart, darkened for text on white."""
DASHES: Final = ("", "9 4", "2 4")
"""Tells apart variants beyond the last colour."""
STYLE: Final = (
    "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#555b66}"
    ".title{font-weight:600;fill:#1d1f24}.end{text-anchor:end}.middle{text-anchor:middle}"
    ".grid{stroke:#e4e2dc}.curve{fill:none;stroke-width:2.2;stroke-linejoin:round}"
    ".band{opacity:.16}.label{font-weight:600}"
)


@dataclass(frozen=True)
class Curve:
    """Interquartile means over seeds along a clock, and the ends of their intervals; all (P,)."""

    x: NDArray[np.float64]
    middle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def study_chart(records: Mapping[str, Sequence[RunRecord]]) -> str:
    """Draws a panel for each of `PANELS` that all runs recorded.

    Args:
        records: Runs of each variant.

    Returns:
        An SVG document; empty where no run recorded two rollouts.
    """
    panels = []
    for clock in PANELS:
        found = {
            variant: _curve([r.history for r in runs], clock) for variant, runs in records.items()
        }
        curves = {variant: curve for variant, curve in found.items() if curve is not None}
        if len(curves) == len(found):
            shift = len(panels) * HEIGHT
            panels.append(f'<g transform="translate(0 {shift})">{_panel(curves, clock)}</g>')
    if not panels:
        return ""
    height = len(panels) * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="Learning curves"><style>{STYLE}</style>'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _curve(histories: Sequence[History], clock: str) -> Curve | None:
    """The curve of a variant where all its seeds have values; None where there is no such place."""
    if any(len(h) < 2 or any(clock not in entry for entry in h) for h in histories):
        return None
    times = [np.array([entry[clock] for entry in history], np.float64) for history in histories]
    rewards = [smoothed(np.array([entry["reward"] for entry in history])) for history in histories]
    start, end = max(t[0] for t in times), min(t[-1] for t in times)
    if start >= end:
        return None
    x = np.linspace(start, end, POINTS)
    seeds = [np.interp(x, t, reward) for t, reward in zip(times, rewards, strict=True)]
    return Curve(x, *band(np.stack(seeds, axis=1)))


def _panel(curves: Mapping[str, Curve], clock: str) -> str:
    right = max(float(curve.x[-1]) for curve in curves.values())
    highest = max(float(curve.high.max()) for curve in curves.values()) or 1.0
    step = round_interval(highest, parts=5)
    margins = (LEFT, RIGHT, TOP, BOTTOM)
    plot = Plot(WIDTH, HEIGHT, margins, right, math.ceil(highest / step) * step)
    parts = [
        f'<text class="title" x="{LEFT}" y="18">Reward of works made in training, '
        "interquartile mean and 95 % interval over seeds</text>",
        plot.grid(step, CLOCKS[clock]),
    ]
    for index, curve in enumerate(curves.values()):
        parts.append(_drawn(plot, curve, *_look(index)))
    parts.append(_labels(plot, curves))
    return "".join(parts)


def _drawn(plot: Plot, curve: Curve, colour: str, dashes: str) -> str:
    """A curve above its band."""
    there, back = plot.points(curve.x, curve.high), plot.points(curve.x[::-1], curve.low[::-1])
    style = f'stroke="{colour}" stroke-dasharray="{dashes or "none"}"'
    return (
        f'<polygon class="band" fill="{colour}" points="{there} {back}"/>'
        f'<polyline class="curve" {style} points="{plot.points(curve.x, curve.middle)}"/>'
    )


def _labels(plot: Plot, curves: Mapping[str, Curve]) -> str:
    """Names and last values beside the plot, at their curves' heights where there is room."""
    ends = {name: float(curve.middle[-1]) for name, curve in curves.items()}
    heights = apart(plot.y(value) + 4 for value in ends.values())
    parts = []
    for index, (y, (name, value)) in enumerate(zip(heights, ends.items(), strict=True)):
        place = f'x="{WIDTH - RIGHT + 10}" y="{y:.1f}" style="fill:{_look(index)[0]}"'
        parts.append(f'<text class="label" {place}>{escape(name)} {value:.3f}</text>')
    return "".join(parts)


def _look(index: int) -> tuple[str, str]:
    """Colour and dashes of the curve with this index."""
    return COLOURS[index % len(COLOURS)], DASHES[index // len(COLOURS) % len(DASHES)]
