"""A folder of results as markdown: tables, what is missing, and what it was made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from creative_envs.benchmark.report.columns import COLUMNS, Column
from creative_envs.benchmark.report.table import (
    FEWEST_SEEDS,
    UNDECIDED,
    Entry,
    Improvement,
    Kind,
    Problem,
    Row,
    SuiteReport,
    by_suite,
    short_name,
)
from creative_envs.benchmark.statistics import Estimate
from creative_envs.benchmark.suite import Suite
from creative_envs.core.files import write_atomically

if TYPE_CHECKING:
    from creative_envs.benchmark.cell import Cell

MARKS: Final[Mapping[Kind, str]] = {"algorithm": "", "adversary": " †", "reference": " ◆"}
DETERMINISTIC: Final = " ‡"
LEGEND: Final = (
    "◆ reference works · † adversary, there to lose · ‡ deterministic: its policies draw nothing"
)
ABSENT: Final = "–"


def write_markdown(
    rows: Iterable[Row],
    path: str | Path | None = None,
    *,
    suites: Mapping[str, Suite] | None = None,
    cells: Iterable[Cell] | None = None,
) -> str:
    """The report as markdown, written to a file if one is given.

    Args:
        rows: As `Results.scores` gives them.
        path: Where to; None writes nothing.
        suites: Those that are known, by name.
        cells: Those asked for, so that missing ones are listed.

    Returns:
        The text.

    Raises:
        InvalidResults: Rows of one suite were made under different versions of it.
        OSError: The file could not be written; the message says what to do.
    """
    parts = [_suite(report) for report in by_suite(rows, suites, cells)]
    text = "\n\n".join(parts or ["No results yet."]) + "\n"
    if path is not None:
        write_atomically(path, text.encode())
    return text


def _suite(report: SuiteReport) -> str:
    parts = [f"# Suite {_escaped(report.name)}", how_made(report), LEGEND + "."]
    for name, entries in report.environments.items():
        parts += [f"## {_escaped(name)}", _environment(entries)]
    if report.overall or report.left_out:
        parts += ["## Over all environments", _overall(report)]
    if len(report.improvement.agents) > 1:
        parts += ["## Probability of improvement", _improvement(report.improvement)]
    if report.problems:
        parts += ["## Cells without a result", _problems(report.problems)]
    parts += ["## Made with", _facts(report)]
    return "\n\n".join(parts)


def how_made(report: SuiteReport) -> str:
    """What the numbers are, in two sentences."""
    terms = ""
    if report.suite is not None:
        suite = report.suite
        terms = (
            f"{suite.budget:,} environment steps a run, {suite.seeds} seeds, {suite.works} works "
            "sampled of each policy. "
        )
    return (
        f"{terms}Interquartile mean over seeds [95 % stratified bootstrap interval]; "
        f"of fewer than {FEWEST_SEEDS} seeds the single values, which say little."
    )


def marked(agent: str, kind: Kind, deterministic: bool = False) -> str:
    """An agent's name with the marks of `LEGEND`."""
    return agent + MARKS[kind] + (DETERMINISTIC if deterministic else "")


def cell_words(entry: Entry, column: Column) -> str:
    """An estimate with its interval, without it where seeds agree; of few seeds their values."""
    estimate = entry.estimate(column.key)
    if estimate is not None:
        return estimate_words(estimate, column)
    values = [column.words(value) for value in entry.values.get(column.key, ())]
    return ", ".join(dict.fromkeys(values)) or ABSENT


def estimate_words(estimate: Estimate, column: Column) -> str:
    """An estimate with its interval, without it where the two ends are written alike."""
    value, low, high = map(column.words, (estimate.value, estimate.low, estimate.high))
    return value if low == high else f"{value} [{low}, {high}]"


def shown_columns(entries: Sequence[Entry]) -> list[Column]:
    """Columns that any of the entries has."""
    return [column for column in COLUMNS if any(column.key in e.values for e in entries)]


def verdict(improvement: Improvement) -> str:
    """Whether the benchmark tells algorithms apart, in a sentence."""
    low, high = UNDECIDED
    apart, pairs = improvement.told_apart(("algorithm", "adversary", "reference"))
    ours, our_pairs = improvement.told_apart(("algorithm",))
    words = f"{apart} of {pairs} pairs lie outside [{low:g}, {high:g}] ({apart / pairs:.0%})"
    if our_pairs:
        words += f"; of algorithms alone {ours} of {our_pairs} ({ours / our_pairs:.0%})"
    alone, chances = improvement.told_apart_within(("algorithm",))
    if chances:
        words += f", within single environments {alone} of {chances} ({alone / chances:.0%})"
    return f"Does the benchmark tell agents apart? {words}."


def facts(report: SuiteReport) -> list[tuple[str, str]]:
    """What results were made with, as named lines; differing values are all told."""
    runs = [row["run"] for row in report.rows]
    named: list[tuple[str, str]] = [("suite SHA-256", report.sha256 or "unknown")]
    for name in report.environments:
        hashes = {
            run.get("sha256", {}).get("references", "")
            for row, run in zip(report.rows, runs, strict=True)
            if short_name(row["environment"]) == name
        }
        named.append((f"references of {name}", _joined(hashes)))
    agents = {
        row["agent"]: run.get("sha256", {}).get("agent")
        for row, run in zip(report.rows, runs, strict=True)
    }
    named += [(f"file of {agent}", sha) for agent, sha in agents.items() if sha]
    for group in ("versions", "hardware"):
        entries: dict[str, set[str]] = {}
        for run in runs:
            for key, value in (run.get(group) or {}).items():
                entries.setdefault(key, set()).add(str(value))
        named += [(key, _joined(values)) for key, values in entries.items()]
    named.append(("device", _joined({str(run.get("device", "")) for run in runs})))
    return [(name, value) for name, value in named if value]


def problem_words(problem: Problem) -> str:
    """A cell without a result, as a line."""
    reason = f": {problem.error}" if problem.error else ""
    place = f"{problem.environment}, {problem.agent}, seed {problem.seed}"
    return f"{problem.status}: {place}{reason}"


def _joined(values: Iterable[str]) -> str:
    return " / ".join(sorted(value for value in values if value))


def _environment(entries: Sequence[Entry]) -> str:
    if not entries:
        return "No finished cells."
    columns = shown_columns(entries)
    most = max(len(entry.seeds) for entry in entries)
    lines = [
        [_agent_cell(entry, most), *(cell_words(entry, column) for column in columns)]
        for entry in entries
    ]
    return _table(["agent", *(column.title for column in columns)], lines)


def _agent_cell(entry: Entry, most: int) -> str:
    name = marked(entry.agent, entry.kind, entry.deterministic)
    count = len(entry.seeds)
    if count == most and count >= FEWEST_SEEDS:
        return name
    return f"{name} ({count} seed{'s' if count > 1 else ''})"


def _overall(report: SuiteReport) -> str:
    column = COLUMNS[0]
    lines = [
        [
            marked(one.agent, one.kind),
            estimate_words(one.estimate, column),
            f"{len(one.yields)} x {len(one.yields[0])}",
        ]
        for one in report.overall
    ]
    parts = []
    if lines:
        parts.append(_table(["agent", "yield", "environments x seeds"], lines))
    if report.left_out:
        left = "; ".join(f"{agent} ({why})" for agent, why in report.left_out.items())
        parts.append(
            f"Not aggregated, for want of {FEWEST_SEEDS} seeds in all environments: "
            f"{_escaped(left)}."
        )
    return "\n\n".join(parts)


def _improvement(improvement: Improvement) -> str:
    lines = [
        [first, *(_chance(improvement, first, second) for second in improvement.agents)]
        for first in improvement.agents
    ]
    note = "How probably a run of the agent to the left yields more than one of that above."
    return "\n\n".join([note, _table(["", *improvement.agents], lines), verdict(improvement)])


def _chance(improvement: Improvement, first: str, second: str) -> str:
    return "" if first == second else f"{improvement.matrix[first, second]:.2f}"


def _problems(problems: Sequence[Problem]) -> str:
    return "\n".join(
        f"* {_escaped(problem_words(replace(problem, error='')))}"
        + (f": {_code(problem.error)}" if problem.error else "")
        for problem in problems
    )


def _facts(report: SuiteReport) -> str:
    return "\n".join(f"* {_escaped(name)}: {_code(value)}" for name, value in facts(report))


def _code(value: str) -> str:
    """A value in backticks, of which it has none itself."""
    return f"`{' '.join(value.replace('`', chr(39)).split())}`"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rules = ["---", *["---:"] * (len(head) - 1)]
    rows = [[_escaped(text) for text in line] for line in (head, rules, *lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _escaped(text: str) -> str:
    """Text in a table, or in a line: names come from files, and must not end in somebody's page."""
    return " ".join(escape(text, quote=False).replace("|", "\\|").split())
