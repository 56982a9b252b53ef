"""The tables of a study: interquartile means over seeds with 95 % bootstrap intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from agents.evaluation import COLUMNS, format_measure
from agents.study.records import CLOCKS, WINDOW, RunRecord, shared_budget, training_reward
from creative_envs.benchmark.statistics import Estimate, estimate, estimate_improvement

CPU_SECONDS: Final = "cpu_seconds"
COMPARED: Final = ("reward", "quality", "audit")
"""Measures of sampled works the probability of improvement is told of."""
YARDSTICKS: Final = ("random", "search", "human", "expert")
"""Makers that do not depend on the variant."""
CELL_WIDTH: Final = 24

Records = Mapping[str, Sequence[RunRecord]]
"""Runs of each variant, in the order of their seeds."""
Values = Mapping[str, Sequence[float]]
"""Of each seed, by column: a variant or a yardstick."""


@dataclass(frozen=True)
class Row:
    """A measure in every column that has it.

    Attributes:
        name: Of the measure.
        cells: Estimates by column.
        words: Writes one of its values.
        values: Of the seeds each estimate is of; none where it compares two columns.
    """

    name: str
    cells: Mapping[str, Estimate]
    words: Callable[[float], str]
    values: Values = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Each column's estimate, and the values of its seeds."""
        return {
            column: dataclasses.asdict(cell) | {"seeds": list(self.values.get(column, ()))}
            for column, cell in self.cells.items()
        }


@dataclass(frozen=True)
class Section:
    """Rows under a title."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Report:
    """All tables of a study.

    Attributes:
        seeds: How many.
        columns: Makers that learn nothing, where there are any, then the variants.
        sections: The tables.
        notes: What to bear in mind, a sentence each.
    """

    seeds: int
    columns: Sequence[str]
    sections: Sequence[Section]
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything, with the values of the single seeds."""
        tables = {s.title: {row.name: row.as_json() for row in s.rows} for s in self.sections}
        return {"seeds": self.seeds, "tables": tables, "notes": list(self.notes)}

    def __str__(self) -> str:
        width = max(len(row.name) for section in self.sections for row in section.rows) + 2
        cell_width = max(CELL_WIDTH, *(len(column) + 2 for column in self.columns))
        head = " " * width + "".join(f"{column:>{cell_width}}" for column in self.columns)
        lines = [f"Interquartile mean over {self.seeds} seeds [95 % bootstrap interval]", "", head]
        for section in self.sections:
            lines += ["", section.title]
            for row in section.rows:
                cells = (format_cell(row, column) for column in self.columns)
                lines.append(f"{row.name:<{width}}" + "".join(f"{c:>{cell_width}}" for c in cells))
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)])


def make_report(records: Records) -> Report:
    """Summarises the runs of a study; variants are compared with the first one.

    Args:
        records: Every variant with the same seeds.
    """
    first = next(iter(records))
    sampled = _sampled_rows(records)
    trained = _training_rows(records)
    yardsticks = [name for name in YARDSTICKS if name in records[first][0].table]
    sections = [
        Section("Works sampled for unseen briefs after training", sampled),
        Section(f"Reward of works made in training, in the last {WINDOW:.0%} before", trained),
    ]
    if len(records) > 1:
        compared = [row for row in sampled if row.name in COMPARED] + trained
        title = f"Probability of improvement over {first}"
        rows = [_improvement(row, records) for row in compared]
        sections.append(Section(title, [row for row in rows if row.cells]))
    return Report(
        seeds=len(records[first]),
        columns=[*yardsticks, *records],
        sections=[section for section in sections if section.rows],
        notes=_notes(records),
    )


def format_cell(row: Row, column: str) -> str:
    """An estimate with its interval, without it where all seeds agree, "-" where there is none."""
    cell = row.cells.get(column)
    if cell is None:
        return "-"
    value, low, high = map(row.words, (cell.value, cell.low, cell.high))
    return value if cell.low == cell.high else f"{value} [{low}, {high}]"


def row_of(name: str, values: Values, words: Callable[[float], str] = "{:.3f}".format) -> Row:
    """Estimates for the columns in which every seed has a value."""
    complete = {
        column: list(found)
        for column, found in values.items()
        if found and all(map(math.isfinite, found))
    }
    cells = {column: estimate(found) for column, found in complete.items()}
    return Row(name, cells, words, complete)


def _sampled_rows(records: Records) -> list[Row]:
    baseline = next(iter(records.values()))
    rows = []
    for measure in COLUMNS:
        values = {
            maker: [run.table[maker][measure] for run in baseline]
            for maker in YARDSTICKS
            if all(measure in run.table.get(maker, {}) for run in baseline)
        }
        values |= {
            variant: [run.table["trained"][measure] for run in runs]
            for variant, runs in records.items()
            if all(measure in run.table["trained"] for run in runs)
        }
        rows.append(row_of(measure, values, partial(format_measure, measure)))
    spent = {
        variant: [run.spent(CPU_SECONDS, math.nan) for run in runs]
        for variant, runs in records.items()
    }
    rows.append(row_of(CLOCKS[CPU_SECONDS], spent, "{:,.0f}".format))
    return [row for row in rows if row.cells]


def _training_rows(records: Records) -> list[Row]:
    """Training rewards at the largest budgets that every run reached, a row for each clock."""
    everyone = [run for runs in records.values() for run in runs]
    rows = []
    for clock, words in CLOCKS.items():
        budget = shared_budget(everyone, clock)
        if math.isnan(budget):
            continue
        values = {
            variant: [training_reward(run.history, clock, budget) for run in runs]
            for variant, runs in records.items()
        }
        rows.append(row_of(f"{budget:,.0f} {words}", values, "{:.3f}".format))
    return [row for row in rows if row.cells]


def _improvement(row: Row, records: Records) -> Row:
    first, *others = records
    cells = {
        variant: estimate_improvement(row.values[variant], row.values[first])
        for variant in others
        if variant in row.values and first in row.values
    }
    return Row(row.name, cells, "{:.2f}".format)


def _notes(records: Records) -> list[str]:
    steps = {
        variant: max(run.spent("timesteps", 0) for run in runs) for variant, runs in records.items()
    }
    if len(set(steps.values())) < 2:
        return []
    words = ", ".join(f"{variant} {count:,.0f}" for variant, count in steps.items())
    return [f"Variants were trained for different numbers of transitions: {words}."]
