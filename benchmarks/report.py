"""What the benchmarks found: lines in sections, as a table on the terminal, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks import overview
from benchmarks.lines import VERDICTS, Line, figure, table
from creative_envs.core.errors import CreativeEnvsError
from creative_envs.core.files import write_atomically

OVERVIEW: Final = "Side by side"
FORMAT: Final = "creative_envs.bench/1"


class BadReport(CreativeEnvsError):
    """A file does not hold what `Report.write_json` writes."""


@dataclass
class Report:
    """All that a run of the suite found.

    Attributes:
        machine: What it ran on: processor, versions.
        settings: How it was run.
        sections: Lines by the section's heading, in order.
        notes: What was left out, and why.
    """

    machine: Mapping[str, str | int]
    settings: Mapping[str, str | int | bool]
    sections: dict[str, list[Line]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For a terminal: a table for each section."""
        parts = [f"{heading}\n\n{table(lines)}" for heading, lines in self.sections.items()]
        side_by_side = overview.cells(self.sections)
        if side_by_side:
            parts.append(f"{OVERVIEW}\n\n{_aligned(side_by_side)}")
        return "\n\n".join([*parts, *self.notes])

    def markdown(self, title: str) -> str:
        """For a page: a table for each section, machine and versions above them."""
        facts = "; ".join(f"{name} {value}" for name, value in self.machine.items())
        told = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        parts = [f"# {title}", f"Machine: {facts}.", f"Settings: {told}."]
        side_by_side = overview.cells(self.sections)
        if side_by_side:
            parts += [f"## {OVERVIEW}", _markdown_rows(side_by_side)]
        for heading, lines in self.sections.items():
            parts += [f"## {heading}", _markdown_table(lines)]
        return "\n\n".join([*parts, *self.notes]) + "\n"

    def write_markdown(self, path: Path, title: str) -> None:
        """Writes `markdown` to a file."""
        write_atomically(path, self.markdown(title).encode())

    def write_json(self, path: Path) -> None:
        """Writes everything to a file that `read` reads."""
        document = {
            "format": FORMAT,
            "machine": self.machine,
            "settings": self.settings,
            "sections": {
                heading: [asdict(line) for line in lines]
                for heading, lines in self.sections.items()
            },
            "notes": self.notes,
        }
        write_atomically(path, (json.dumps(document, indent=1) + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> Report:
        """Reads what `write_json` wrote.

        Raises:
            BadReport: The file holds something else.
            OSError: It cannot be read.
        """
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
            if document["format"] != FORMAT:
                raise ValueError(f"its format is {document['format']!r}")
            sections = {
                str(heading): [_line(entries) for entries in lines]
                for heading, lines in document["sections"].items()
            }
            return cls(document["machine"], document["settings"], sections, document["notes"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise BadReport(
                f"{path} is not a file that --json of this program wrote: {error!r}"
            ) from error


def _line(entries: Mapping[str, Any]) -> Line:
    line = Line(**entries)
    for number in (line.value, line.relative or 0.0):
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            raise ValueError(f"{number!r} is no figure")
    return line


def _markdown_table(lines: Sequence[Line]) -> str:
    rows = [
        [
            line.what,
            f"{figure(line.value)} {line.unit}".rstrip(),
            f"{line.target} {VERDICTS[line.met]}".strip(),
        ]
        for line in lines
    ]
    return _markdown_rows([["what", "figure", "target"], *rows])


def _markdown_rows(rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:]))


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
