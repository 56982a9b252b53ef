"""Measures how fast the suite is, as ratios measured in this one run.

Every figure is processor time on one thread. Subjects take turns, round after round; a ratio is the
median over rounds of the ratio within a round, CartPole's steps being what most of them are over.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tqdm import tqdm

from agents.command_line import USER_ERROR, command
from benchmarks.effort import FULL, QUICK, Effort
from benchmarks.suite import SECTIONS

if TYPE_CHECKING:
    from benchmarks.report import Report

PROGRAM: Final = "python -m benchmarks.bench"
TITLE: Final = "Performance"
REGRESSED: Final = 1
OTHERS: Final = ("torch", "stable-baselines3", "envpool", "minigrid")
"""Packages whose versions are told beside our own."""

_EPILOG: Final = f"""\
for example:
  {PROGRAM} --quick
  {PROGRAM} --section scalar --section growth
  {PROGRAM} --json new.json --compare docs/results/performance/bench.json
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog=PROGRAM,
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument(
        "--section",
        action="append",
        choices=SECTIONS,
        metavar="NAME",
        help=f"measure this alone (can be repeated): {', '.join(SECTIONS)}",
    )
    found.add_argument("--quick", action="store_true", help="fewer rounds; a few minutes")
    found.add_argument("--rounds", type=_count, metavar="N", help="rounds of everything")
    found.add_argument("--json", type=Path, metavar="FILE", help="also write all figures here")
    found.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables here")
    found.add_argument(
        "--compare",
        type=Path,
        metavar="OLD.json",
        help="end with exit code 1 if a ratio is worse than in this file by --tolerance",
    )
    found.add_argument(
        "--tolerance", type=_factor, default=1.25, metavar="X", help="times worse (default 1.25)"
    )
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 1 <= factor < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 1")
    return factor


def effort_of(chosen: argparse.Namespace) -> Effort:
    """How much to measure."""
    effort = QUICK if chosen.quick else FULL
    if chosen.rounds is None:
        return effort
    return Effort(chosen.rounds, chosen.rounds, effort.quick)


@command(PROGRAM, "Stopped: nothing was written.")
def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, writes and compares what was asked for; returns the exit code."""
    chosen = parser().parse_args(arguments)
    from benchmarks.report import BadReport, Report  # not before --help

    try:
        before = Report.read(chosen.compare) if chosen.compare else None
        for path in filter(None, (chosen.json, chosen.markdown)):
            _require_folder(path)
        report = measure(chosen.section or list(SECTIONS), effort_of(chosen))
        print(report.text())
        if chosen.json:
            report.write_json(chosen.json)
        if chosen.markdown:
            report.write_markdown(chosen.markdown, TITLE)
    except (OSError, BadReport) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return USER_ERROR
    return 0 if before is None else compare(before, report, chosen.tolerance)


def _require_folder(path: Path) -> None:
    """Raises OSError now rather than after everything has been measured."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: create the folder first")


def measure(names: Sequence[str], effort: Effort) -> Report:
    """Measures sections, in the suite's order."""
    from benchmarks.others import missing
    from benchmarks.report import Report

    settings = {
        "rounds": effort.rounds,
        "training rounds": effort.training_rounds,
        "quick": effort.quick,
    }
    report = Report(machine(), settings, notes=missing())
    wanted = [section for name, section in SECTIONS.items() if name in names]
    with tqdm(wanted, unit="section", disable=None) as bar:
        for section in bar:
            bar.set_description(section.heading)
            lines = section.measure(effort, report)
            if lines:
                report.sections[section.heading] = lines
    return report


def machine() -> dict[str, str | int]:
    """The processor, and versions of what is measured."""
    from creative_envs.benchmark.provenance import hardware, versions

    found: dict[str, str | int] = {**hardware(), **versions()}
    for package in OTHERS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def compare(before: Report, after: Report, tolerance: float) -> int:
    """Prints what has become worse; returns the exit code."""
    from benchmarks import regressions

    comparison = regressions.compare(before, after, tolerance)
    for regression in comparison.regressions:
        print(regression, file=sys.stderr)
    worse = len(comparison.regressions)
    print(f"{comparison.compared} ratios compared: {worse} worse by more than {tolerance:g}.")
    return REGRESSED if worse else 0


if __name__ == "__main__":
    sys.exit(main())
