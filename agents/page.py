"""The page at the end of a run: what the agent learned, to look at and to listen to.

One HTML file with everything inside it: no script, no request to anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final

from agents.chart import learning_curve
from agents.config import RunConfig
from agents.evaluation import COLUMNS, Evaluation, format_measure
from agents.gallery import Exhibit, title
from creative_envs.core.documents import data_uri
from creative_envs.core.page import brief_list, meter, write_document

MEDIA_TYPES: Final = {
    ".png": "image/png",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".abc": "text/vnd.abc",
    ".json": "application/json",
    ".txt": "text/plain",
}
PICTURES: Final = (".png", ".gif")
BARS: Final = ("reward", "quality", "novelty")
"""Measures the table shows with a bar."""
EXPLAINED: Final = {
    "audit": "Audit is the median percentile among human works by a judge that no reward uses.",
    "unique": "Unique is the share of different works.",
    "difference": "Difference is the mean share of their tokens in which two works differ.",
    "dealt": "Dealt is the quality of the same works for each other's briefs.",
}
"""What measures are, where a table has them."""
METERS: Final = ("quality", "craft", "adherence", "novelty")
HEADINGS: Final = {
    "trained": ("The trained agent", "Sampled for briefs it never saw while training."),
    "search": ("Search", "The same briefs, each searched for without any training."),
    "human": ("Human works", "Held out from every reference the scores are made of."),
    "expert": ("Expert tactics", "The best held-out tactic for each of other briefs."),
    "random": ("The random agent", "Legal actions drawn uniformly: where training began."),
}


def write_page(
    path: Path,
    config: RunConfig,
    domain: str,
    evaluation: Evaluation,
    exhibits: list[Exhibit],
    history: list[dict[str, float]],
) -> None:
    """Writes the page.

    Args:
        path: Where to.
        config: The run's settings.
        domain: Its name, such as "melody composition".
        evaluation: The scores.
        exhibits: The works to show.
        history: The run's record, for the learning curve.
    """
    table = evaluation.table()
    parts = [
        _head(config, domain, history, len(evaluation.samples[0].works), _heard(exhibits)),
        _table(table),
        _note(table),
        _curve(history, table),
        *(_section(maker, exhibits) for maker in HEADINGS),
        _foot(path.parent),
    ]
    write_document(path, f"{domain.capitalize()}: what the agent made", parts)


def write_samples_page(
    path: Path,
    domain: str,
    lead: str,
    table: Mapping[str, Mapping[str, float]],
    exhibits: list[Exhibit],
) -> None:
    """Writes a page of works sampled from a run.

    Args:
        path: Where to.
        domain: Its name.
        lead: What they are, in a sentence.
        table: Named rows of measures.
        exhibits: The works to show, in this order.
    """
    title = f"<h1>{escape(domain.capitalize())}</h1>"
    parts = [
        f'<header>{title}<p class="lead">{escape(lead)}</p></header>',
        _table(table),
        _note(table),
        f'<div class="cards">{"".join(_card(shown, wide=False) for shown in exhibits)}</div>',
        f"<footer><p>All files: <code>{escape(str(path.parent))}</code>.</p></footer>",
    ]
    write_document(path, f"{domain.capitalize()}: works of a trained agent", parts)


def _heard(exhibits: Iterable[Exhibit]) -> bool:
    return any(file.suffix == ".wav" for exhibit in exhibits for file in exhibit.files)


def _head(
    config: RunConfig, domain: str, history: list[dict[str, float]], count: int, heard: bool
) -> str:
    minutes = history[-1]["seconds"] / 60 if history else 0.0
    steps = f"{config.total_timesteps:,}"
    taught = {
        "from-scratch": "from the reward alone and from scratch",
        "with-reference": "from the reward, after cloning works the references come from",
    }
    senses = "see and hear" if heard else "see"
    network = {"attention": "An attention network", "mlp": "A multi-layer perceptron"}
    return (
        f"<header><h1>{escape(domain.capitalize())}</h1>"
        f'<p class="lead">{network[config.policy]} ({config.size}) learned {escape(domain)} in '
        f"{steps} steps and {minutes:.1f} minutes, {taught[config.track]}. "
        f"Below are {count} works of each maker, scored, and a few of them to {senses}.</p>"
        "</header>"
    )


def _table(table: Mapping[str, Mapping[str, float]]) -> str:
    columns = [name for name in COLUMNS if any(name in row for row in table.values())]
    head = "".join(f"<th scope=col>{name}</th>" for name in columns)
    rows = "".join(
        f'<tr class="{escape(maker)}"><th scope=row>{escape(maker)}</th>'
        + "".join(f"<td>{_cell(name, row)}</td>" for name in columns)
        + "</tr>"
        for maker, row in table.items()
    )
    return (
        f'<div class="panel"><table><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(name: str, row: Mapping[str, float]) -> str:
    if name not in row:
        return "–"
    bar = meter(name, row[name]) if name in BARS else ""
    return bar + format_measure(name, row[name])


def _note(table: Mapping[str, Mapping[str, float]]) -> str:
    explained = "".join(
        f" {words}" for name, words in EXPLAINED.items() if any(name in r for r in table.values())
    )
    return (
        '<p class="note" style="margin-top:12px">Quality is craft times adherence to the brief; '
        f"the reward is quality weighted by novelty.{explained}</p>"
    )


def _curve(history: list[dict[str, float]], table: Mapping[str, Mapping[str, float]]) -> str:
    makers = [maker for maker in ("human", "expert", "random") if maker in table]
    levels = {f"{maker} reward": table[maker]["reward"] for maker in makers}
    chart = learning_curve(history, levels)
    if not chart:
        return ""
    return (
        "<h2>Learning</h2>"
        '<p class="note">Means over the works finished in each rollout of the training.</p>'
        f'<div class="panel">{chart}</div>'
    )


def _section(maker: str, exhibits: list[Exhibit]) -> str:
    shown = [exhibit for exhibit in exhibits if exhibit.maker == maker]
    if not shown:
        return ""
    heading, note = HEADINGS[maker]
    cards = "".join(
        _card(exhibit, wide=len(shown) % 2 == 1 and index == 0)
        for index, exhibit in enumerate(shown)
    )
    return f'<h2>{heading}</h2><p class="note">{note}</p><div class="cards">{cards}</div>'


def _card(exhibit: Exhibit, wide: bool) -> str:
    work = exhibit.work
    name = title(exhibit.maker, exhibit.pick)
    pictures = _pictures(exhibit.files)
    sounds = [f for f in exhibit.files if f.suffix == ".wav"]
    seen = _views(pictures, name)
    if not pictures:
        texts = [f for f in exhibit.files if f.suffix == ".txt"]
        seen = "".join(f"<pre>{escape(f.read_text(encoding='utf-8'))}</pre>" for f in texts)
    heard = "".join(
        f'<audio controls preload="metadata" src="{_embed(f)}"></audio>' for f in sounds
    )
    audit = "" if exhibit.audit is None else f" · audit {exhibit.audit:.0f}"
    meters = "".join(
        f"<span>{name} <b>{work[name]:.2f}</b>{meter(name, work[name])}</span>" for name in METERS
    )
    return (
        f'<article class="card{" wide" if wide else ""}">{seen}<div class="body">'
        f'<div class="title"><h3>{escape(name)}</h3><b>reward {work["reward"]:.2f}{audit}</b></div>'
        f'{heard}<div class="meters">{meters}</div>{brief_list(exhibit.brief)}'
        f"{_downloads(f for f in exhibit.files if f not in pictures + sounds)}</div></article>"
    )


def _pictures(files: Iterable[Path]) -> list[Path]:
    """The files to look at: a picture and its making, or an SVG where there is nothing else."""
    files = list(files)
    shown = [file for file in files if file.suffix in PICTURES]
    return shown or [file for file in files if file.suffix == ".svg"]


def _views(pictures: list[Path], name: str) -> str:
    """Pictures side by side; what moves is decoded when it comes into view."""
    views = "".join(
        f'<img src="{_embed(f)}" alt="{escape(name)}, as it was made" loading="lazy" '
        'decoding="async">'
        if f.suffix == ".gif"
        else f'<img src="{_embed(f)}" alt="{escape(name)}">'
        for f in pictures
    )
    return f'<div class="views">{views}</div>' if len(pictures) > 1 else views


def _downloads(files: Iterable[Path]) -> str:
    links = ", ".join(
        f'<a download="{escape(file.name)}" href="{_embed(file)}">{escape(file.suffix[1:])}</a>'
        for file in files
    )
    return f'<div class="files">Download: {links}</div>' if links else ""


def _foot(folder: Path) -> str:
    return (
        f"<footer><p>All files: <code>{escape(str(folder))}/works</code>. Every term of the reward "
        f"over time: <code>tensorboard --logdir {escape(str(folder))}</code>.</p></footer>"
    )


def _embed(file: Path) -> str:
    media_type = MEDIA_TYPES.get(file.suffix, "application/octet-stream")
    return data_uri(media_type, file.read_bytes())
