"""Pictures of explanations: a work, dimmed, with tints where the parts are that mattered.

Orange supports a choice, blue speaks against it; purple is how much, whichever way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from agents.errors import ConfigError
from agents.explain.explanation import Decision, Explanation
from agents.explain.tinting import (
    AMOUNT,
    OPAQUE,
    OPPOSES,
    STRONG_INK,
    SUPPORTS,
    TOKENS,
    Colour,
    Parts,
    Scene,
    draw_ring,
    draw_tags,
)
from creative_envs.core.contact_sheet import INK, PAPER, arrange
from creative_envs.core.lettering import fitted, font
from creative_envs.core.task import Task

SIGNED: Final = (SUPPORTS, OPPOSES)
UNSIGNED: Final = (AMOUNT, AMOUNT)
_LINE: Final[Colour] = (206, 206, 202)
_MOST_BARS: Final = 8
"""Entries of the brief that are shown."""
_MOST_NAMED: Final = 3
"""Places that are numbered."""
_TYPE_SIZES: Final = (13, 18)
_CAPTION_SIZE: Final = 12
_LETTERS_ACROSS: Final = 58
"""Letters get as large as makes so many fill a picture's width, between those sizes."""
_PANELS_WIDTH: Final = 1052
"""Of all panels of attention side by side, in pixels: what a page shows unreduced."""
_MOST_PANELS: Final = 4
"""Side by side."""
_WIDE: Final = 1.7
"""Pictures wider than so many times their height get half as many panels side by side."""


def draw_decision(task: Task, explanation: Explanation, index: int) -> NDArray[np.uint8]:
    """Draws what a choice rests on: the work as it was then, and what of it spoke for and against.

    The place of what was chosen is outlined. Places are tinted by the attributions of their tokens
    and static rows, the strongest tint being the largest of this choice; the three that matter most
    are numbered. Beside it are bars of the entries of the brief.

    Args:
        task: The work's domain.
        explanation: Of the work.
        index: Of the decision in the explanation.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        NotImplementedError: The domain draws no pictures, or tells no places.
    """
    decision = explanation.decisions[index]
    scene, chosen = _scene_at(task, explanation.work, decision.step)
    tokens, rows = _parts(scene, decision.tokens, decision.rows)
    most = _largest(tokens, rows)
    picture = scene.tinted(rows.scaled(most), tokens.scaled(most), SIGNED)
    named = _mark(picture, tokens, rows, chosen)
    where = "outlined" if chosen.any() else "not in the picture"
    facts = (
        f"Step {decision.step}, {where}: chosen with probability {_share(decision.probability)}."
    )
    lines = (facts, _in_words(named, SIGNED))
    ends = f"against {_number(-most, SIGNED)}", f"{_number(most, SIGNED)} nats for"
    legend = _legend(picture.width, SIGNED, *ends)
    totals = {"tokens": decision.tokens.sum(), "brief": decision.brief.sum()}
    totals |= {name: values.sum() for name, values in decision.rows.items()}
    brief = dict(zip(task.brief_names(), decision.brief, strict=True))
    charts = (("Brief, in nats", _foremost(brief)), ("All together", totals))
    return _assembled(picture, lines, legend, charts, SIGNED)


def draw_importance(task: Task, explanation: Explanation) -> NDArray[np.uint8]:
    """Draws what mattered over all decisions: the mean size of attributions.

    Args:
        task: The work's domain.
        explanation: Of the work.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        ConfigError: No decision is explained.
        NotImplementedError: The domain draws no pictures, or tells no places.
    """
    decisions, scene = explanation.decisions, Scene.of(task, explanation.work)
    if not decisions:
        raise ConfigError("no decision of this work is explained: explain one at least")
    static = {
        name: np.abs([one.rows[name] for one in decisions]).mean(axis=0)
        for name in decisions[0].rows
    }
    tokens, rows = _parts(scene, token_importance(explanation), static)
    most = _largest(tokens, rows)
    picture = scene.tinted(rows.scaled(most), tokens.scaled(most), UNSIGNED)
    named = _mark(picture, tokens, rows, np.zeros(4, np.int64))
    count = f"{len(decisions)} decision{'s' * (len(decisions) != 1)}"
    lines = (
        f"What mattered to later choices: mean size of attributions over {count}.",
        _in_words(named, UNSIGNED),
    )
    legend = _legend(picture.width, UNSIGNED, "0", f"{_number(most, UNSIGNED)} nats a choice")
    brief = np.abs([one.brief for one in decisions]).mean(axis=0)
    chart = _foremost(dict(zip(task.brief_names(), brief, strict=True)))
    return _assembled(picture, lines, legend, (("Brief, in nats", chart),), UNSIGNED)


def draw_attention(task: Task, explanation: Explanation, index: int) -> NDArray[np.uint8]:
    """Draws where the heads of all blocks look when a choice is made, a panel for each.

    The strongest tint of a panel is its largest weight, which may lie on the brief. These are
    pictures of weights, not explanations.

    Args:
        task: The work's domain.
        explanation: Of the work.
        index: Of the decision in the explanation.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        ConfigError: The policy has no attention.
        NotImplementedError: The domain draws no pictures, or tells no places.
    """
    decision = explanation.decisions[index]
    blocks, heads, _ = decision.attention.shape
    if not blocks * heads:
        raise ConfigError("this policy has no attention to draw: explain one with policy=attention")
    picture = task.render(explanation.work, "rgb_array")
    wide = picture.shape[1] > _WIDE * picture.shape[0]
    columns = min(heads, _MOST_PANELS // 2 if wide else _MOST_PANELS)
    gap = 16
    width = min(picture.shape[1], _PANELS_WIDTH // columns - gap)
    scene, chosen = _scene_at(task, explanation.work, decision.step, width)
    panels, captions = [], []
    for block in range(blocks):
        for head in range(heads):
            weights = decision.attention[block, head]
            heading = f"block {block + 1} head {head + 1}, entropy {entropy(weights):.1f} nats"
            panels.append(_panel(scene, chosen, decision, weights, heading))
            captions.append(_prefix_in_words(decision, weights))
    return arrange(panels, captions, columns, gap, _CAPTION_SIZE)


def token_importance(explanation: Explanation) -> NDArray[np.float64]:
    """Mean size of each token's attributions over the decisions after it, shape (length,), nats."""
    sums = np.zeros(int(explanation.work["length"]))
    counts = np.zeros(len(sums))
    for decision in explanation.decisions:
        sums[: decision.step] += np.abs(decision.tokens)
        counts[: decision.step] += 1
    return np.asarray(sums / np.maximum(counts, 1))


def entropy(weights: NDArray[np.float64]) -> float:
    """Of weights (n,) that sum to 1, in nats."""
    some = weights[weights > 0]
    return float(-(some * np.log(some)).sum()) + 0.0  # no -0.0


def _scene_at(
    task: Task, work: Mapping[str, Any], step: int, width: int | None = None
) -> tuple[Scene, NDArray[np.int64]]:
    """The work up to what a step chose and all that shares its place, and that place, shape (4,).

    So a squad is seen whole when its cell is chosen, and a melody ends with the note that is.
    """
    places = task.places(work)[TOKENS]
    same = np.flatnonzero((places == places[step]).all(axis=1)) if places[step].any() else [step]
    length = int(same[-1]) + 1
    tokens = np.array(work["tokens"])
    tokens[length:] = -1
    scene = Scene.of(task, {"tokens": tokens, "length": length, "brief": work["brief"]}, width)
    return scene, scene.places[TOKENS][step]


def _parts(
    scene: Scene, tokens: NDArray[np.float64], rows: Mapping[str, NDArray[np.float64]]
) -> tuple[Parts, Parts]:
    """What tokens and static rows are in the picture."""
    static = [scene.parts(name, values) for name, values in rows.items()]
    joined = Parts(
        tuple(name for parts in static for name in parts.names),
        np.concatenate([np.zeros((0, 4), np.int64), *[parts.boxes for parts in static]]),
        np.concatenate([np.zeros(0), *[parts.values for parts in static]]),
    )
    return scene.parts(TOKENS, tokens), joined


def _largest(*several: Parts) -> float:
    return max(float(np.abs(parts.values).max(initial=0)) for parts in several)


def _mark(
    picture: Image.Image, tokens: Parts, rows: Parts, chosen: NDArray[np.int64]
) -> list[tuple[str, float]]:
    """Outlines the chosen place and numbers those that matter most, whose values it returns."""
    draw = ImageDraw.Draw(picture)
    names = tokens.names + rows.names
    boxes = np.concatenate([tokens.boxes, rows.boxes])
    values = np.concatenate([tokens.values, rows.values])
    order = np.argsort(-np.abs(values), kind="stable")[:_MOST_NAMED]
    order = order[values[order] != 0]
    draw_ring(draw, chosen, 3)
    draw_tags(draw, boxes[order])
    return [(names[at], float(values[at])) for at in order]


def _in_words(named: Iterable[tuple[str, float]], colours: tuple[Colour, Colour]) -> str:
    parts = [
        f"{number} = {name} ({_number(value, colours)})"
        for number, (name, value) in enumerate(named, 1)
    ]
    return "Most: " + ", ".join(parts) if parts else "Nothing in the picture mattered."


def _number(value: float, colours: tuple[Colour, Colour]) -> str:
    """To two digits at least, with its sign where signs matter."""
    digits = 2 if abs(value) >= 0.1 or not value else 3
    return f"{value:{'+' if colours == SIGNED and value else ''}.{digits}f}"


def _share(probability: float) -> str:
    return f"{probability:.2f}" if probability >= 0.01 else f"{probability:.1g}"


def _foremost(values: Mapping[str, float]) -> dict[str, float]:
    """The entries of largest size, largest first."""
    names = sorted(values, key=lambda name: -abs(values[name]))[:_MOST_BARS]
    return {name: float(values[name]) for name in names}


def _type_size(width: int) -> int:
    least, most = _TYPE_SIZES
    return min(most, max(least, round(width / _LETTERS_ACROSS)))


def _legend(width: int, colours: tuple[Colour, Colour], low: str, high: str) -> Image.Image:
    """A strip of the tints, with what its ends mean."""
    size = _type_size(width)
    strip = Image.new("RGB", (width, round(size * 1.9)), PAPER)
    draw, middle, long = ImageDraw.Draw(strip), strip.height // 2, 12 * size
    draw.text((0, middle), low, INK, font(size), "lm")
    left = round(font(size).getlength(low)) + size // 2
    first = -1.0 if colours == SIGNED else 0.0
    for x, strength in enumerate(np.linspace(first, 1.0, long)):
        colour = np.array(colours[0] if strength > 0 else colours[1])
        shade = np.rint(255 + OPAQUE * abs(strength) * (colour - 255)).astype(int).tolist()
        draw.line((left + x, middle - size // 2, left + x, middle + size // 2), tuple(shade))
    draw.rectangle((left, middle - size // 2, left + long, middle + size // 2), outline=_LINE)
    draw.text((left + long + size // 2, middle), high, INK, font(size), "lm")
    return strip


def _assembled(
    picture: Image.Image,
    lines: Sequence[str],
    legend: Image.Image,
    charts: Sequence[tuple[str, Mapping[str, float]]],
    colours: tuple[Colour, Colour],
) -> NDArray[np.uint8]:
    """The picture with lines of text and the legend below it, and bar charts beside it."""
    size = _type_size(picture.width)
    line, margin = round(size * 1.7), size
    beside = _bars(charts, size, colours)
    below = line * len(lines) + legend.height
    height = max(picture.height + below, beside.height) + 2 * margin + size // 2
    sheet = Image.new("RGB", (picture.width + beside.width + 3 * margin, height), PAPER)
    sheet.paste(picture, (margin, margin))
    sheet.paste(beside, (picture.width + 2 * margin, margin))
    draw, top = ImageDraw.Draw(sheet), margin + picture.height + size // 2
    for number, text in enumerate(lines):
        at = (margin, top + (number + 0.5) * line)
        ink = INK if number else STRONG_INK
        draw.text(at, fitted(text, size, picture.width), ink, font(size), "lm")
    sheet.paste(legend, (margin, top + line * len(lines)))
    return np.array(sheet, np.uint8)


def _bars(
    charts: Sequence[tuple[str, Mapping[str, float]]],
    size: int,
    colours: tuple[Colour, Colour],
) -> Image.Image:
    """Bar charts one below the other, each with a heading."""
    line, name, bar, number = round(size * 1.75), 12 * size, 7 * size, 4 * size
    count = sum(len(values) + 2 for _, values in charts)
    image = Image.new("RGB", (name + bar + number, line * count), PAPER)
    draw, y = ImageDraw.Draw(image), line / 2
    signed = colours == SIGNED
    axis, reach = (name + bar / 2, bar / 2) if signed else (name, bar)
    for heading, values in charts:
        draw.text((0, y), heading, STRONG_INK, font(size), "lm")
        most = max((abs(value) for value in values.values()), default=0) or 1.0
        draw.line((axis, y + line * 0.6, axis, y + line * (len(values) + 0.45)), _LINE)
        for label, value in values.items():
            y += line
            end = axis + reach * value / most
            edges = (min(axis, end), y - size * 0.4, max(axis, end), y + size * 0.4)
            if value:
                draw.rectangle(edges, colours[0] if value > 0 else colours[1])
            draw.text((0, y), fitted(label, size, name - size // 2), INK, font(size), "lm")
            draw.text((image.width, y), _number(value, colours), INK, font(size), "rm")
        y += 2 * line
    return image


def _panel(
    scene: Scene,
    chosen: NDArray[np.int64],
    decision: Decision,
    weights: NDArray[np.float64],
    heading: str,
) -> Image.Image:
    """The work with the weights of one head."""
    static = _static_weights(decision, weights)
    tokens, rows = _parts(scene, weights[len(weights) - decision.step :], static)
    most = max(_largest(tokens, rows), float(weights.max()))  # which may be on the brief
    picture = scene.tinted(rows.scaled(most), tokens.scaled(most), UNSIGNED)
    draw_ring(ImageDraw.Draw(picture), chosen, 2)
    size = _TYPE_SIZES[0]
    panel = Image.new("RGB", (picture.width, picture.height + 2 * size), PAPER)
    panel.paste(picture, (0, 2 * size))
    text = fitted(heading, size, picture.width)
    ImageDraw.Draw(panel).text((0, size), text, STRONG_INK, font(size), "lm")
    return panel


def _static_weights(
    decision: Decision, weights: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Weights on static rows, which stand just before the brief: the last of the prefix."""
    end = len(weights) - decision.step - 1
    found = {}
    for name, values in reversed(decision.rows.items()):
        found[name] = weights[end - len(values) : end]
        end -= len(values)
    return dict(reversed(found.items()))


def _prefix_in_words(decision: Decision, weights: NDArray[np.float64]) -> str:
    """What share of a head's weight lies on what, for what has no place of its own above all."""
    static = _static_weights(decision, weights)
    brief = len(weights) - decision.step - 1
    earlier = brief - sum(map(len, static.values()))
    shares = {"tokens": weights[brief + 1 :].sum(), "brief": weights[brief]}
    shares |= {name: values.sum() for name, values in static.items()}
    if earlier:
        shares["earlier"] = weights[:earlier].sum()
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
