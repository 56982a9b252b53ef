"""Charts of a report as inline SVG: in the colours of the page, each as wide as a phone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.report.columns import BY_KEY, HEADLINE
from creative_envs.benchmark.report.table import FEWEST_SEEDS, Entry, Kind, kind_of
from creative_envs.benchmark.statistics import Estimate, band
from creative_envs.core.plot import Plot, apart, round_interval

WIDTH: Final = 440
NAMES: Final = 132
"""Pixels for the names of agents beside bars and at the ends of curves."""
LINE: Final = 24
COLOURS: Final = 10
"""Of algorithms, as classes c0 .. c9 in the style."""
DASHES: Final = ("", "7 3", "2 3")
"""Tells apart agents beyond the last colour."""
LONGEST_NAME: Final = 17
MEASURES: Final = {
    HEADLINE: "yield of works made in training",
    "reward": "reward of works made in training",
}

Looks = Mapping[str, "Look"]


@dataclass(frozen=True)
class Look:
    """How an agent is drawn: the same in every chart."""

    css: str
    dashes: str

    @property
    def stroke(self) -> str:
        """Attributes of a line of it."""
        return f'class="curve {self.css}"' + (
            f' stroke-dasharray="{self.dashes}"' if self.dashes else ""
        )


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart; single values where there are too few for an estimate."""

    agent: str
    estimate: Estimate | None
    values: tuple[float, ...]

    @property
    def level(self) -> float:
        """Where the bar ends."""
        return self.estimate.value if self.estimate else float(np.mean(self.values))


def looks(agents: Sequence[str]) -> dict[str, Look]:
    """Colours for algorithms in the order given; adversaries and the reference have their own."""
    found: dict[str, Look] = {}
    counts: dict[Kind, int] = {"algorithm": 0, "adversary": 0, "reference": 0}
    for agent in agents:
        kind = kind_of(agent)
        index = counts[kind]
        counts[kind] += 1
        if kind == "algorithm":
            found[agent] = Look(f"c{index % COLOURS}", DASHES[index // COLOURS % len(DASHES)])
        else:
            found[agent] = Look(kind, DASHES[index % len(DASHES)])
    return found


def bars(lines: Sequence[Bar], agents: Looks, title: str) -> str:
    """Bars with their intervals, seeds as dots, and a line where reference works lie.

    Args:
        lines: From above.
        agents: Their looks.
        title: For those who cannot see it.
    """
    lines = [line for line in lines if line.values]
    if not lines:
        return ""
    highest = max(max(*_ends(line), *line.values) for line in lines)
    interval = round_interval(max(highest, 1.0), parts=5)
    right = math.ceil(max(highest, 1.0) / interval) * interval
    height = len(lines) * LINE + 40
    plot = Plot(WIDTH, height, (NAMES, 46, 6, 34), right, 1.0)
    parts = []
    for index in range(round(right / interval) + 1):
        x = f"{plot.x(index * interval):.1f}"
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="4" y2="{height - 32}"/>')
        label = f"{index * interval:g}"
        parts.append(f'<text class="middle" x="{x}" y="{height - 14}">{label}</text>')
    x = f"{plot.x(1.0):.1f}"
    parts.append(f'<line class="level" x1="{x}" x2="{x}" y1="4" y2="{height - 32}"/>')
    parts += [_bar(plot, line, agents[line.agent], i) for i, line in enumerate(lines)]
    return _svg(height, title, parts)


def plane(entries: Sequence[Entry], agents: Looks, title: str) -> str:
    """Quality against diversity: an agent is a large dot, its seeds are small ones."""
    shown = [entry for entry in entries if {"vendi", "quality"} <= entry.values.keys()]
    if not shown:
        return ""
    right = max(max(entry.values["vendi"]) for entry in shown) * 1.05
    interval = round_interval(right, parts=6)
    height = 330
    plot = Plot(
        WIDTH, height, (38, NAMES - 20, 12, 44), math.ceil(right / interval) * interval, 1.0
    )
    words = "effective number of different works (Vendi)"
    parts = [plot.grid(0.25, words, interval)]
    parts.append('<text x="40" y="10">quality</text>')
    places = [(plot.x(e.level("vendi")), plot.y(e.level("quality"))) for e in shown]
    for entry, (x, y) in zip(shown, places, strict=True):
        css = agents[entry.agent].css
        pairs = zip(entry.values["vendi"], entry.values["quality"], strict=True)
        parts += [_dot(plot.x(a), plot.y(b), 2.2, f"{css} seed") for a, b in pairs]
        tip = (
            f"{entry.agent}: Vendi {entry.level('vendi'):.1f}, quality {entry.level('quality'):.3f}"
        )
        parts.append(_dot(x, y, 5.5, css, tip))
    for y, entry, (at, level) in zip(
        _label_heights([y for _, y in places], height - 44), shown, places, strict=True
    ):
        css = agents[entry.agent].css
        edge = WIDTH - NAMES + 24
        parts.append(
            f'<line class="leader {css}" x1="{at + 6:.1f}" y1="{level:.1f}" x2="{edge}" '
            f'y2="{y - 4:.1f}"/>' + _label(entry.agent, css, edge + 3, y)
        )
    return _svg(height, title, parts)


def curves(entries: Sequence[Entry], agents: Looks, measure: str, budget: int, title: str) -> str:
    """Learning curves: interquartile means over seeds, with bands of their intervals.

    Args:
        entries: Those that recorded nothing while training are left out.
        agents: Their looks.
        measure: Of `MEASURES`.
        budget: Steps at the right end.
        title: For those who cannot see it.
    """
    found = {entry.agent: _curve(entry, measure) for entry in entries}
    drawn = {agent: curve for agent, curve in found.items() if curve is not None}
    if not drawn:
        return ""
    highest = max(float(np.nanmax(curve[3])) for curve in drawn.values()) or 1.0
    step = round_interval(highest, parts=4)
    height = 300
    top = math.ceil(highest / step) * step
    plot = Plot(WIDTH, height, (42, NAMES, 14, 46), float(budget), top)
    parts = [plot.grid(step, "environment steps", round_interval(budget, parts=4))]
    for agent, (steps, middle, low, high) in drawn.items():
        there, back = plot.points(steps, high), plot.points(steps[::-1], low[::-1])
        parts.append(f'<polygon class="band {agents[agent].css}" points="{there} {back}"/>')
        line = plot.points(steps, middle)
        parts.append(
            f'<polyline {agents[agent].stroke} points="{line}">'
            f"<title>{escape(agent)}</title></polyline>"
        )
    heights = _label_heights([plot.y(float(c[1][-1])) for c in drawn.values()], height - 46)
    for y, (agent, curve) in zip(heights, drawn.items(), strict=True):
        x = plot.x(float(curve[0][-1])) + 6
        parts.append(_label(agent, agents[agent].css, x, y))
    return _svg(height, title, parts)


def _curve(entry: Entry, measure: str) -> tuple[NDArray[np.float64], ...] | None:
    """Steps, means and the band's ends at the points all seeds have; None for fewer than two."""
    seeds = [
        {int(p["steps"]): float(p[measure]) for p in row["curve"] if _finite(p.get(measure))}
        for row in entry.rows
    ]
    steps = sorted(set.intersection(*map(set, seeds))) if seeds else []
    if len(steps) < 2:
        return None
    values = np.array([[seed[step] for seed in seeds] for step in steps])
    if values.shape[1] < FEWEST_SEEDS:
        mean = values.mean(axis=1)
        return np.array(steps, np.float64), mean, values.min(axis=1), values.max(axis=1)
    return np.array(steps, np.float64), *band(values)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _bar(plot: Plot, line: Bar, look: Look, index: int) -> str:
    top = 6 + index * LINE
    middle = top + LINE / 2
    words = BY_KEY[HEADLINE].words
    start, end = plot.x(0), plot.x(max(line.level, 0.0))
    low, high = _ends(line)
    tip = f"{line.agent}: {words(line.level)} [{words(low)}, {words(high)}]"
    dots = "".join(_dot(plot.x(value), middle, 2, "seed ink") for value in line.values[:50])
    return (
        f'<text class="end {look.css}" x="{NAMES - 8}" y="{middle + 4:.1f}">'
        f"{escape(_short(line.agent))}</text>"
        f'<rect class="fill {look.css}" x="{start:.1f}" y="{top + 4}" height="{LINE - 8}" '
        f'width="{max(end - start, 0.5):.1f}" rx="2"><title>{escape(tip)}</title></rect>{dots}'
        f'<line class="whisker" x1="{plot.x(low):.1f}" x2="{plot.x(high):.1f}" '
        f'y1="{middle}" y2="{middle}"/>'
        f'<text x="{plot.x(max(line.level, high, *line.values)) + 6:.1f}" y="{middle + 4:.1f}">'
        f"{words(line.level)}</text>"
    )


def _ends(line: Bar) -> tuple[float, float]:
    if line.estimate is None:
        return min(line.values), max(line.values)
    return line.estimate.low, line.estimate.high


def _label_heights(heights: Sequence[float], bottom: float, gap: float = 14) -> list[float]:
    """Baselines of labels beside these heights: a gap apart and above the bottom while they fit."""
    placed = apart([height + 4 for height in heights], gap)
    over = max(placed, default=0.0) - bottom
    if over <= 0:
        return placed
    order = sorted(range(len(placed)), key=placed.__getitem__, reverse=True)
    highest = bottom
    for index in order:
        placed[index] = highest = min(placed[index], highest)
        highest -= gap
    return placed


def _dot(x: float, y: float, radius: float, css: str, tip: str = "") -> str:
    title = f"<title>{escape(tip)}</title>" if tip else ""
    return f'<circle class="dot {css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{title}</circle>'


def _label(agent: str, css: str, x: float, y: float) -> str:
    name = escape(_short(agent))
    return f'<text class="label {css}" x="{x:.1f}" y="{y:.1f}">{name}</text>'


def _short(agent: str) -> str:
    """The end of a long name, which says most: the class of a file."""
    return agent if len(agent) <= LONGEST_NAME else "…" + agent[-LONGEST_NAME + 1 :]


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def bars_of(entries: Sequence[Entry]) -> list[Bar]:
    """Bars of the yields of agents in an environment."""
    return [
        Bar(entry.agent, entry.estimate(HEADLINE), entry.values.get(HEADLINE, ()))
        for entry in entries
    ]
