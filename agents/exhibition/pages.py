"""The gallery's pages in Markdown, for MkDocs and for whoever reads them as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from agents.evaluation import COLUMNS, format_measure
from agents.exhibition.rooms import Hung, Room
from agents.gallery import title
from agents.page import EXPLAINED, HEADINGS
from creative_envs.core.page import LONGEST_LIST

SCORES: Final = ("reward", "quality", "craft", "adherence", "novelty")
FILE_NAMES: Final = {
    ".png": "picture",
    ".gif": "animation",
    ".svg": "SVG",
    ".wav": "WAV",
    ".mid": "MIDI",
    ".musicxml": "MusicXML",
    ".abc": "ABC",
    ".txt": "text",
    ".json": "JSON",
}
TRAINED: Final = "The shipped model"
_ESCAPES: Final = str.maketrans(
    {letter: f"\\{letter}" for letter in "\\`*_{}[]#"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
)
"""A backslash where all Markdown knows it, entities elsewhere."""


def front_page(rooms: Sequence[Room]) -> str:
    """The gallery's first page: one work of each domain, and the rule.

    Args:
        rooms: At least one.
    """
    parts = [
        "# Gallery",
        "Works of the models shipped with the repository, beside references and random "
        f"play. {_rule(rooms[0])} Shown here is the shipped models' **median** work of each "
        "domain; the pages have more.",
    ]
    for room in rooms:
        median = next(
            hung
            for hung in room.works
            if (hung.exhibit.maker, hung.exhibit.pick) == ("trained", "median")
        )
        name, folder = room.domain.name, room.domain.folder
        parts += [f"## {name}", *_seen(room, median, f"{folder}/"), _asked(median)]
        parts.append(f"[More {name.lower()}, their scores and their files]({folder}/index.md)")
    parts.append("All of it is made anew, the same to the last byte, by")
    parts.append("    make gallery")
    return "\n\n".join(parts) + "\n"


def domain_page(room: Room) -> str:
    """A domain's page: what each maker's works are worth, and those that the rule chooses."""
    parts = [
        f"# {room.domain.name}",
        _rule(room),
        _model(room),
        _table(room.evaluation.table()),
        _note(room),
    ]
    shown_maker = ""
    for hung in room.works:
        maker = hung.exhibit.maker
        if maker != shown_maker:
            heading, note = HEADINGS[maker]
            parts += [f"## {TRAINED if maker == 'trained' else heading}", note]
            shown_maker = maker
        parts += [f"### {title(maker, hung.exhibit.pick)}", *_seen(room, hung)]
        parts += [_scores(hung), _told(hung)]
    return "\n\n".join(parts) + "\n"


def _rule(room: Room) -> str:
    return (
        f"The model and random play made {room.count} works each for briefs of the test split "
        f"(seed {room.seed}); the references are {room.count} works held out from training and "
        "scoring, each with a brief it fulfils. Of them the pages show, by reward, the best and "
        "the median of the model and of random play, the median of the references, and of the "
        "model and the references one drawn by lot from the rest. Nothing is picked by hand."
    )


def _model(room: Room) -> str:
    """Which model, and how to have the same works."""
    card, folder = room.card, room.domain.env_id.rpartition("/")[2]
    (policy,) = {name for name in card.sha256 if name.endswith("policy.safetensors")}
    return (
        f"The model is `agents/pretrained/{folder}`: {card.policy}, size {card.size}, "
        f"{card.parameters:,} parameters, {card.timesteps:,} steps of training with seed "
        f"{card.seed}; its policy file has the SHA-256 `{card.sha256[policy][:16]}…`. All "
        f"{room.count} of its works:\n\n"
        f"    python train_agent.py --sample {room.domain.env_id} -n {room.count} "
        f"--seed {room.seed}"
    )


def _table(table: Mapping[str, Mapping[str, float]]) -> str:
    """A row of measures for each maker."""
    columns = [name for name in COLUMNS if any(name in row for row in table.values())]
    rows = [
        [maker, *(format_measure(name, row[name]) if name in row else "" for name in columns)]
        for maker, row in table.items()
    ]
    return _markdown_table(["", *columns], rows)


def _note(room: Room) -> str:
    table = room.evaluation.table()
    told = (text for name, text in EXPLAINED.items() if any(name in row for row in table.values()))
    return " ".join(
        [
            "Means of all works. Quality is craft times adherence to the brief; the reward is "
            "quality weighted by novelty.",
            *told,
            "These scores are the environment's own, and no judgement of people's.",
        ]
    )


def _seen(room: Room, hung: Hung, folder: str = "") -> list[str]:
    """The picture with its description, and a player where there is something to hear."""
    shown = hung.exhibit
    name = title(shown.maker, shown.pick)
    (view,) = (file for file in shown.files if file.suffix == room.domain.view)
    described = f"{name}: {room.domain.seen}. Brief: {brief_words(shown.brief)}"
    parts = [f"![{described}]({folder}{view.name})"]
    parts += [
        f'<audio controls preload="none" src="{folder}{file.name}" '
        f'aria-label="{escape(name)}, played"></audio>'
        for file in shown.files
        if file.suffix == ".wav"
    ]
    return parts


def _scores(hung: Hung) -> str:
    work, percentile = hung.exhibit.work, hung.exhibit.audit
    names, values = [*SCORES], [format_measure(name, work[name]) for name in SCORES]
    if percentile is not None:
        names.append("audit")
        values.append(format_measure("audit", percentile))
    return _markdown_table(names, [values])


def _asked(hung: Hung) -> str:
    return f"Asked for: {brief_words(hung.exhibit.brief)}."


def _told(hung: Hung) -> str:
    """The brief, the nearest reference, and the files, a line each."""
    lines = [_asked(hung)]
    if hung.likeness is not None:
        near = hung.likeness
        lines.append(
            f"Of the references, most like {plain(near.name)} (distance {near.distance:.2f}; 0 is "
            "a copy, 1 as far as new works of their makers are)."
        )
    lines.append(f"Files: {_links(hung.exhibit.files)}.")
    return "\n".join(f"* {line}" for line in lines)


def brief_words(brief: Mapping[str, Any]) -> str:
    """A brief as a phrase; long lists are for the picture to show."""
    return ", ".join(
        f"{plain(name.replace('_', ' '))} {plain(_value(value))}"
        for name, value in brief.items()
        if not isinstance(value, list | tuple) or len(value) <= LONGEST_LIST
    )


def plain(text: str) -> str:
    """Text in which Markdown sees no markup."""
    return text.translate(_ESCAPES)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _links(files: Iterable[Path]) -> str:
    return ", ".join(f"[{FILE_NAMES[file.suffix]}]({file.name})" for file in files)


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
