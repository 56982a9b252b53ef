"""The command line of ``python -m agents.joint``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import agents.joint
from agents.command_line import command
from agents.errors import RunError
from agents.joint.curriculum import ARMS

if TYPE_CHECKING:
    from agents.joint.plan import PlannedArm

DOMAINS: Final = (
    "creative_envs/MelodyComposition-v0",
    "creative_envs/PatchComposition-v0",
    "creative_envs/TacticDesign-v0",
)
REPORT, RESULTS = "report.txt", "results.json"


def build_parser() -> argparse.ArgumentParser:
    """The parser of all flags."""
    parser = argparse.ArgumentParser(
        prog="python -m agents.joint",
        description=agents.joint.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--out", required=True, metavar="FOLDER", help="folder of the study")
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 .. N - 1 (default: 5)")
    add(
        "--scale",
        type=float,
        default=0.3,
        metavar="X",
        help="environment steps of each domain, as a share of its preset's (default: 0.3)",
    )
    add("--arm", choices=ARMS, action="append", default=[], help="repeatable (default: all)")
    add(
        "--env",
        action="append",
        default=[],
        help="ids of environments in the order of stages, repeatable (default: melodies, patches, "
        "tactics)",
    )
    add(
        "--rehearsal",
        type=float,
        default=0.2,
        metavar="X",
        help="share of each later stage for the domains before, with rehearsal (default: 0.2)",
    )
    add("--works", type=int, default=128, metavar="N", help="works an evaluation (default: 128)")
    add("--jobs", type=int, default=1, metavar="N", help="arms trained at once (default: 1)")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, repeatable")
    return parser


@command("joint", "Stopped; the same command continues.")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    options = build_parser().parse_args(arguments)
    folder = Path(options.out)
    from agents.joint.execution import execute
    from agents.joint.plan import plan_study

    arms = plan_study(
        folder,
        options.env or DOMAINS,
        options.seeds,
        options.arm,
        options.scale,
        options.works,
        options.rehearsal,
        options.set,
    )
    execute(arms, options.jobs)
    print("\n" + write_report(arms, folder))


def write_report(arms: Sequence[PlannedArm], folder: Path) -> str:
    """Writes tables and their numbers into the study's folder; returns the tables.

    Args:
        arms: All finished.
        folder: Of the study.

    Raises:
        RunError: The folder cannot be written, or an outcome is damaged.
    """
    from agents.joint.records import Outcome
    from agents.joint.report import make_reports

    outcomes: dict[str, list[Outcome]] = {}
    for arm in arms:
        outcome = arm.outcome()
        assert outcome is not None
        outcomes.setdefault(arm.arm, []).append(outcome)
    reports = make_reports(outcomes)
    text = "\n\n\n".join(map(str, reports))
    settings = {arm.arm: arm.settings for arm in arms if arm.seed == 0}
    results = {"settings": settings, "reports": [report.as_json() for report in reports]}
    try:
        (folder / REPORT).write_text(text + "\n", encoding="utf-8")
        (folder / RESULTS).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"Cannot write to {folder} ({error.strerror or error})") from error
    return f"{text}\n\nWritten: {folder / REPORT}, {folder / RESULTS}"


if __name__ == "__main__":
    sys.exit(main())
