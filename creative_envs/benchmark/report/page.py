"""A folder of results as one HTML page to look at and to listen to. It asks nothing of anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from creative_envs.benchmark.report import charts
from creative_envs.benchmark.report.charts import Bar, Looks
from creative_envs.benchmark.report.columns import COLUMNS, HEADLINE, Column
from creative_envs.benchmark.report.exhibits import PICKS, Exhibit, Fetch, exhibits, within
from creative_envs.benchmark.report.markdown import (
    DETERMINISTIC,
    cell_words,
    facts,
    how_made,
    problem_words,
    shown_columns,
    verdict,
)
from creative_envs.benchmark.report.table import (
    FEWEST_SEEDS,
    UNDECIDED,
    Entry,
    Improvement,
    Row,
    SuiteReport,
    by_suite,
    kind_of,
)
from creative_envs.benchmark.suite import Suite
from creative_envs.core.page import brief_list, meter, write_document

if TYPE_CHECKING:
    from creative_envs.benchmark.cell import Cell

MEDIA_LIMIT: Final = 14_000_000
"""Characters of pictures and sounds on a page; beyond them, sounds are left out."""
METERS: Final = ("quality", "novelty")
KINDS: Final = (
    "Adversaries, grey and in italics, are there to lose: were one ahead, the measure could be "
    "cheated. The reference is works by the makers of the references, held out from them. "
    f"{DETERMINISTIC.strip()} marks agents whose policies draw nothing at random."
)
HEARD: Final = "Sounds are kept small (8 bits, 11 kHz): they are to compare by, not to enjoy."


def write_html(
    rows: Iterable[Row],
    path: str | Path,
    *,
    suites: Mapping[str, Suite] | None = None,
    cells: Iterable[Cell] | None = None,
    episodes: Fetch | None = None,
) -> Path:
    """Writes the page; without ``episodes`` or ``suites`` it shows numbers and no works.

    Args:
        rows: As `Results.scores` gives them.
        path: Where to; the folder must exist.
        suites: Those that are known, by name.
        cells: Those asked for, so that missing ones are listed.
        episodes: Gives the works of a row's cell as they are kept. They are made again in their
            environment, which takes some seconds for each environment and agent.

    Returns:
        The path.

    Raises:
        InvalidResults: Rows of one suite were made under different versions of it, or a work that
            is kept cannot be executed.
        OSError: It could not be written; the message says what to do.
    """
    reports = by_suite(rows, suites, cells)
    shown = [_works_of(report, episodes) for report in reports]
    most = MEDIA_LIMIT // max(1, len(reports))
    parts = [
        part
        for report, works in zip(reports, shown, strict=True)
        for part in _suite(report, *_fitting(works, most))
    ]
    names = ", ".join(report.name for report in reports) or "no results yet"
    own = files("creative_envs.benchmark.report")
    return write_document(
        path,
        f"Benchmark of creative agents: {names}",
        parts or ["<h1>No results yet</h1>"],
        style=(own / "style.css").read_text(encoding="utf-8"),
        script=(own / "sort.js").read_text(encoding="utf-8"),
    )


Works = dict[str, list[Exhibit]]
"""By short name of the environment."""


def _works_of(report: SuiteReport, fetch: Fetch | None) -> Works:
    if fetch is None or report.suite is None:
        return {}
    return {
        name: exhibits(report.suite.environment(name), entries, fetch)
        for name, entries in report.environments.items()
        if entries
    }


def _fitting(works: Works, limit: int) -> tuple[Works, int]:
    """Works within a limit of characters that all environments share, and how many lost media."""
    kept, lost = within([one for shown in works.values() for one in shown], limit)
    found: Works = {}
    for name, shown in works.items():
        found[name], kept = kept[: len(shown)], kept[len(shown) :]
    return found, lost


def _suite(report: SuiteReport, works: Works, lost: int) -> list[str]:
    agents = charts.looks(report.agents)
    sections = [("Yield", "yield", _yields(report, agents))]
    if report.improvement.agents:
        sections.append(("Which agent is ahead", "ahead", _ahead(report.improvement, agents)))
    sections += [
        ("Quality and diversity", "plane", _planes(report, agents)),
        ("Learning", "learning", _learning(report, agents)),
        ("Tables", "tables", _tables(report, agents)),
        ("Works", "works", _gallery(works, agents, lost)),
        ("Cells without a result", "missing", _problems(report)),
        ("Made with", "facts", _facts(report)),
    ]
    links, bodies = [], []
    for title, place, body in sections:
        if body:
            anchor = escape(f"{report.name}-{place}")
            links.append(f'<li><a href="#{anchor}">{title}</a></li>')
            bodies.append(f'<section id="{anchor}"><h2>{title}</h2>{body}</section>')
    title = f" · {escape(report.suite.title)}" if report.suite else ""
    head = (
        f"<header><h1>Suite {escape(report.name)}</h1>"
        f'<p class="lead">What agents make, measured: quality, novelty and variety in one number, '
        f"the Creative Yield. Held-out reference works come to 1.00.{title}</p>"
        f'<p class="note">{how_made(report)} {KINDS}</p>'
        f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav></header>'
    )
    return [head, *bodies]


def _figure(chart: str, caption: str) -> str:
    return f"<figure>{chart}<figcaption>{caption}</figcaption></figure>" if chart else ""


def _figures(figures: Iterable[str]) -> str:
    found = "".join(figures)
    return f'<div class="small">{found}</div>' if found else ""


def _yields(report: SuiteReport, agents: Looks) -> str:
    overall = [
        Bar(one.agent, one.estimate, tuple(value for row in one.yields for value in row))
        for one in report.overall
    ]
    figures = []
    if len(report.environments) > 1:
        chart = charts.bars(overall, agents, "Creative Yield over all environments")
        figures.append(_figure(chart, "<b>All environments</b>, stratified; dots are runs"))
    for name, entries in report.environments.items():
        chart = charts.bars(charts.bars_of(entries), agents, f"Creative Yield in {name}")
        figures.append(_figure(chart, f"<b>{escape(name)}</b>; dots are seeds"))
    left = "; ".join(f"{agent} ({why})" for agent, why in report.left_out.items())
    note = (
        f'<p class="note">Not aggregated, for want of {FEWEST_SEEDS} seeds in all environments: '
        f"{escape(left)}.</p>"
        if left
        else ""
    )
    lead = (
        '<p class="note">Interquartile mean over seeds and 95 % interval. The dashed line is where '
        "held-out reference works lie.</p>"
    )
    return lead + note + _figures(figures)


def _ahead(improvement: Improvement, agents: Looks) -> str:
    if len(improvement.agents) < 2:
        return ""
    head = "".join(f"<th scope=col>{escape(agent)}</th>" for agent in improvement.agents)
    rows = "".join(
        f'<tr class="{agents[first].css}"><th scope=row>{escape(first)}</th>'
        + "".join(_chance(improvement, first, second) for second in improvement.agents)
        + "</tr>"
        for first in improvement.agents
    )
    return (
        f'<p class="note">How probably a run of the agent to the left yields more than one of that '
        f"above, mean over environments. {verdict(improvement)}</p>"
        '<div class="panel"><table class="matrix"><caption hidden>Probability of improvement'
        f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _chance(improvement: Improvement, first: str, second: str) -> str:
    if first == second:
        return "<td></td>"
    chance = improvement.matrix[first, second]
    low, high = UNDECIDED
    css = " ".join(
        name
        for name, holds in (("told", not low <= chance <= high), ("more", chance > high))
        if holds
    )
    share = max(0.0, 2 * chance - 1)
    return f'<td class="{css}" style="--share:{share:.2f}">{chance:.2f}</td>'


def _planes(report: SuiteReport, agents: Looks) -> str:
    figures = _figures(
        _figure(
            charts.plane(entries, agents, f"Quality against diversity in {name}"),
            f"<b>{escape(name)}</b>",
        )
        for name, entries in report.environments.items()
    )
    note = (
        '<p class="note">Never one number alone: an agent may repeat one good work (top left) or '
        "make noise (bottom right). Small dots are seeds.</p>"
    )
    return note + figures if figures else ""


def _learning(report: SuiteReport, agents: Looks) -> str:
    parts = []
    for measure, words in charts.MEASURES.items():
        figures = _figures(
            _figure(
                charts.curves(entries, agents, measure, _budget(entries), f"{words} in {name}"),
                f"<b>{escape(name)}</b>: {words}",
            )
            for name, entries in report.environments.items()
        )
        parts.append(figures)
    note = (
        '<p class="note">Of the latest works finished in each tenth of the budget; interquartile '
        "mean and 95 % interval over seeds. Fewer works than in the tables are less diverse.</p>"
    )
    return note + "".join(parts) if any(parts) else ""


def _budget(entries: Sequence[Entry]) -> int:
    """Steps at the right end of the learning curves."""
    ends = [int(p["steps"]) for e in entries for row in e.rows for p in row["curve"]]
    budgets = [int(row["run"].get("budget") or 0) for e in entries for row in e.rows]
    return max([*ends, *budgets, 1])


def _tables(report: SuiteReport, agents: Looks) -> str:
    parts = [
        f"<h3>{escape(name)}</h3>{_table(entries, agents, name)}"
        for name, entries in report.environments.items()
        if entries
    ]
    meanings = "".join(
        f"<div><dt>{escape(c.title)}</dt> <dd>{escape(c.meaning)}</dd></div>" for c in COLUMNS
    )
    glossary = (
        f'<details><summary>What the columns mean</summary><dl class="glossary">{meanings}</dl>'
        "</details>"
    )
    return "".join(parts) + glossary


def _table(entries: Sequence[Entry], agents: Looks, name: str) -> str:
    columns = shown_columns(entries)
    titles = [("agent", "")] + [(c.title, c.meaning) for c in columns]
    head = "".join(
        f"<th scope=col{' aria-sort=descending' if title == HEADLINE else ''}>"
        f'<button type="button" title="{escape(meaning)}">{escape(title)}</button></th>'
        for title, meaning in titles
    )
    rows = "".join(_line(entry, columns, agents) for entry in entries)
    return (
        f'<div class="panel"><table class="results"><caption hidden>Scores in {escape(name)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _line(entry: Entry, columns: Sequence[Column], agents: Looks) -> str:
    name = entry.agent + (DETERMINISTIC if entry.deterministic else "")
    count = f" <small>{len(entry.seeds)} seeds</small>"
    cells = "".join(
        f'<td data-value="{_number(entry.level(column.key))}">{_cell(entry, column)}</td>'
        for column in columns
    )
    return (
        f'<tr class="{entry.kind} {agents[entry.agent].css}">'
        f'<th scope=row data-value="{escape(entry.agent)}">{escape(name)}{count}</th>{cells}</tr>'
    )


def _number(value: float) -> str:
    return "" if value != value else f"{value:.6g}"


def _cell(entry: Entry, column: Column) -> str:
    value, _, interval = cell_words(entry, column).partition(" [")
    return escape(value) + (f" <small>[{escape(interval)}</small>" if interval else "")


def _gallery(works: Works, agents: Looks, lost: int) -> str:
    parts = []
    for name, shown in works.items():
        first = [one for one in shown if one.pick == "first"]
        chosen = [one for one in shown if one.pick != "first"]
        if first:
            parts.append(
                f"<h3>{escape(name)}: one brief, every agent</h3>"
                '<p class="note">The first work each sampled for the same held-out brief, which '
                "nobody chose. References keep to the brief that was extracted from them.</p>"
                f'<div class="works">{"".join(_card(one, agents) for one in first)}</div>'
            )
        if chosen:
            parts.append(
                f"<h3>{escape(name)}: the best and the median of each agent</h3>"
                '<p class="note">By reward, of the seed with the highest yield.</p>'
                f'<div class="works">{"".join(_card(one, agents) for one in chosen)}</div>'
            )
    if not parts:
        return ""
    notes = [HEARD] if any(one.sound for shown in works.values() for one in shown) else []
    if lost:
        notes.append(f"{lost} works have only their picture here, to keep the page small.")
    return f'<p class="note">{" ".join(notes)}</p>' + "".join(parts)


def _card(one: Exhibit, agents: Looks) -> str:
    name = escape(f"{one.agent}, {PICKS[one.pick]}, seed {one.seed}")
    views = "".join(f'<img src="{uri}" alt="{name}" loading="lazy">' for uri in one.pictures[:1])
    moving = "".join(
        f'<details><summary>in motion</summary><img src="{uri}" alt="{name}, in motion" '
        'loading="lazy" decoding="async"></details>'
        for uri in one.pictures[1:]
    )
    text = f"<pre>{escape(one.text)}</pre>" if one.text else ""
    sound = (
        f'<audio controls preload="metadata" aria-label="{name}" src="{one.sound}"></audio>'
        if one.sound
        else ""
    )
    meters = "".join(
        f"<span>{score} <b>{one.scores[score]:.2f}</b>{meter(score, one.scores[score])}</span>"
        for score in METERS
        if score in one.scores
    )
    return (
        f'<article class="card {agents[one.agent].css} {kind_of(one.agent)}">{views}{text}'
        f'<div class="body"><div class="title"><h3>{escape(one.agent)}</h3>'
        f'<span class="pick">{PICKS[one.pick]}, seed {one.seed}</span></div>{sound}'
        f'<div class="meters">{meters}</div>{brief_list(one.brief)}{moving}</div></article>'
    )


def _problems(report: SuiteReport) -> str:
    if not report.problems:
        return ""
    lines = "".join(f"<li>{escape(problem_words(problem))}</li>" for problem in report.problems)
    return f'<ul class="cells">{lines}</ul>'


def _facts(report: SuiteReport) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>"
        for name, value in facts(report)
    )
    return f'<div class="panel"><table class="facts"><tbody>{rows}</tbody></table></div>'
