"""The command line of ``python -m agents.study``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import agents.study
from agents.command_line import command
from agents.config import PolicyName

if TYPE_CHECKING:
    from agents.study.plan import PlannedRun

REPORT, RESULTS, CURVES = "report.txt", "results.json", "curves.svg"


def build_parser() -> argparse.ArgumentParser:
    """The parser of all flags."""
    parser = argparse.ArgumentParser(
        prog="python -m agents.study",
        description=agents.study.__doc__,
        epilog="Settings are those of train_agent.py. Every run has one thread unless "
        "--set threads=N says otherwise.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--out", required=True, metavar="FOLDER", help="folder of the study")
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 .. N - 1 (default: 5)")
    add(
        "--variant",
        metavar="NAME:KEY=VALUE,...",
        action="append",
        default=[],
        help="settings to compare, repeatable; others are compared with the first",
    )
    add("--jobs", type=int, default=1, metavar="N", help="runs trained at once (default: 1)")
    add("--env", help="id of the environment")
    add("--policy", choices=get_args(PolicyName), help="kind of network")
    add("--timesteps", type=int, help="environment steps of each run")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, repeatable")
    return parser


@command("study", "Stopped; the same command continues.")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    options = build_parser().parse_args(arguments)
    flags = {name: getattr(options, name) for name in ("env", "policy", "timesteps")}
    folder = Path(options.out)
    from agents.study.execution import execute
    from agents.study.plan import plan_study

    runs = plan_study(folder, options.seeds, flags, options.set, options.variant)
    execute(runs, options.jobs)
    print("\n" + write_report(runs, folder))


def write_report(runs: Sequence[PlannedRun], folder: Path) -> str:
    """Writes tables, their numbers and the curves into the study's folder; returns the tables."""
    from agents.study.chart import study_chart
    from agents.study.records import RunRecord
    from agents.study.report import make_report

    records: dict[str, list[RunRecord]] = {}
    settings = {}
    for run in runs:
        records.setdefault(run.variant, []).append(RunRecord.read(run))
        settings.setdefault(run.variant, dataclasses.asdict(run.config))
    report = make_report(records)
    results = {"settings": settings, **report.as_json()}
    (folder / REPORT).write_text(f"{report}\n", encoding="utf-8")
    (folder / RESULTS).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    written = [REPORT, RESULTS]
    chart = study_chart(records)
    if chart:
        (folder / CURVES).write_text(chart, encoding="utf-8")
        written.append(CURVES)
    return f"{report}\n\nWritten: {', '.join(str(folder / name) for name in written)}"


if __name__ == "__main__":
    sys.exit(main())
