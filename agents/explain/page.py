"""A page of explained works: what mattered in each, some of its choices, and where heads looked.

One HTML file with everything inside it: no script, no request to anywhere.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agents.explain.drawing import draw_attention, draw_decision, draw_importance
from agents.explain.explanation import Explanation
from creative_envs.core.documents import data_uri
from creative_envs.core.page import write_document
from creative_envs.core.task import Task

Picture = NDArray[np.uint8]
"""sRGB, shape (H, W, 3)."""

LEAD: Final = (
    "What the policy drew on when it chose: integrated gradients of the probability of each choice "
    "among the legal ones, shared out to what was there before it. Orange parts made the choice "
    "likelier and blue ones less likely, in nats of log-probability; purple is how much, whichever "
    "way. An attribution is true of this policy, and says nothing of whether the choice was good."
)
ATTENTION: Final = (
    "Attention maps are pictures, not explanations: they show where a head looks when the choice "
    "is made, not what comes of it. The strongest tint of a panel is its largest weight, be it on "
    "the brief, which has no place in the picture; below each stands what shares of its weight "
    "lie where."
)


@dataclass(frozen=True)
class Section:
    """A work on the page.

    Attributes:
        heading: What it is called.
        importance: What mattered over all its decisions.
        decisions: Pictures of some of them, with a line of text each.
        attention: Where the heads look, with a line of text each; none for policies without.
        facts: Of this work, by name.
    """

    heading: str
    importance: Picture
    decisions: tuple[tuple[Picture, str], ...] = ()
    attention: tuple[tuple[Picture, str], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def draw_section(
    task: Task,
    explanation: Explanation,
    heading: str,
    shown: int = 3,
    facts: Mapping[str, str] | None = None,
) -> Section:
    """Draws all of a work's section.

    Args:
        task: The work's domain.
        explanation: Of the work.
        heading: What it is called.
        shown: Decisions to show, spread evenly over the explained ones; attention is shown at the
            last of them.
        facts: Of this work, by name.

    Raises:
        ConfigError: No decision is explained.
        NotImplementedError: The domain draws no pictures, or tells no places.
    """
    chosen = spread_over(len(explanation.decisions), shown)
    steps = {index: f"step {explanation.decisions[index].step}" for index in chosen}
    attended = [index for index in chosen[-1:] if explanation.decisions[index].attention.size]
    return Section(
        heading,
        draw_importance(task, explanation),
        tuple((draw_decision(task, explanation, i), f"The choice at {steps[i]}") for i in chosen),
        tuple((draw_attention(task, explanation, i), f"Heads at {steps[i]}") for i in attended),
        facts or {},
    )


def spread_over(count: int, shown: int) -> list[int]:
    """So many of ``count`` indices in the middles of even shares, in order, each once."""
    shown = min(shown, count)
    return [count * (2 * place + 1) // (2 * shown) for place in range(shown)]


def write_page(
    path: Path, title: str, facts: Mapping[str, str], sections: Sequence[Section]
) -> None:
    """Writes the page.

    Args:
        path: Where to.
        title: Its heading.
        facts: Of all works together, such as the completeness error and the figures of a deletion
            test, by name; shown as a table at the top.
        sections: The works, in this order.
    """
    head = f'<header><h1>{escape(title)}</h1><p class="lead">{escape(LEAD)}</p></header>'
    write_document(path, title, [head, _facts(facts), *map(_section, sections)])


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    return f'<div class="panel"><table class="facts"><tbody>{rows}</tbody></table></div>' * bool(
        rows
    )


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.heading)}</h2>"]
    if section.facts:
        items = (
            f"<div><dt>{escape(name)}</dt> <dd>{escape(value)}</dd></div>"
            for name, value in section.facts.items()
        )
        parts.append(f"<dl>{''.join(items)}</dl>")
    parts.append(_figure(section.importance, "What mattered over all choices"))
    parts += [_figure(picture, caption) for picture, caption in section.decisions]
    parts += [_figure(picture, caption, ATTENTION) for picture, caption in section.attention]
    return f"<section>{''.join(parts)}</section>"


def _figure(picture: Picture, caption: str, note: str = "") -> str:
    words = f"<b>{escape(caption)}.</b> {escape(note)}".strip()
    return (
        f'<figure><div class="sheet"><img src="{_embedded(picture)}" alt="{escape(caption)}"></div>'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _embedded(picture: Picture) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="png", optimize=True)
    return data_uri("image/png", buffer.getvalue())
