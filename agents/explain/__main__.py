"""Explains what trained agents do: ``python -m agents.explain RUN ...``, runs of one setting.

Prints what the explanations are worth: how exactly attributions add up, whether deleting the tokens
they point at lowers the probability of choices more than deleting others, and how much choices rest
on the brief, on earlier tokens and on the rest. Draws some works of the first run, with the parts
that mattered, on a page.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.command_line import command
from agents.errors import ConfigError, RunError

if TYPE_CHECKING:
    from agents.agent import Agent
    from agents.callbacks import Work

PAGE: Final = "index.html"
EXPLAINED: Final = 16
"""Decisions explained of each work that is drawn, spread over it."""


@command("explain")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.explain", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", type=Path, help="folders of finished runs, a seed each")
    add("-n", "--works", type=int, default=4, help="works of the first run to draw (default: 4)")
    add("--seed", type=int, default=0, help="decides works and what is measured (default: 0)")
    add(
        "--out", type=Path, help="a new folder for the page (default: explain-<k> in the first run)"
    )
    add("--decisions", type=int, default=64, help="decisions to measure of each run (default: 64)")
    options = parser.parse_args(arguments)
    for name in ("works", "decisions"):
        if getattr(options, name) < 1:
            raise ConfigError(f"--{name} must be at least 1, got {getattr(options, name)}")
    explain_runs(options.runs, options.works, options.seed, options.decisions, options.out)


def explain_runs(
    runs: Sequence[Path], works: int, seed: int, decisions: int, out: Path | None
) -> Path | None:
    """Measures and prints; draws works of the first run.

    Returns:
        The page; None where the domain draws no pictures.
    """
    import agents
    from agents.explain.measurement import facts_of, measure, tables

    loaded = [agents.load(run, device="cpu") for run in runs]
    folder = _new_folder(runs[0], out)
    parts = [measure(agent, decisions, seed) for agent in loaded]
    facts = facts_of(parts)
    for name, value in facts.items():
        print(f"{name}: {value}")
    print(f"\n{tables(runs, parts)}", flush=True)
    try:
        return _write_page(folder, loaded[0], works, seed, facts)
    except OSError as error:
        raise RunError(
            f"Cannot write to {folder} ({error.strerror or error}): name another with --out."
        ) from error


def _write_page(
    folder: Path, agent: Agent, count: int, seed: int, facts: Mapping[str, str]
) -> Path | None:
    from PIL import Image

    from agents.explain.attribution import explain
    from agents.explain.page import draw_section, spread_over, write_page

    made = agent.sample(count, seed)
    sections = []
    for index, work in enumerate(made):
        steps = spread_over(work["length"], EXPLAINED)
        explanation = explain(agent, work, steps, _before(made, index, agent.works_per_episode))
        worst = max(decision.error for decision in explanation.decisions)
        about = {"quality": f"{work['quality']:.3f}", "completeness error": f"{worst:.1e} nats"}
        try:
            section = draw_section(agent.task, explanation, f"Work {index + 1}", facts=about)
        except NotImplementedError as error:
            print(f"\nNo page: {error}")
            return None
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(section.importance).save(folder / f"work-{index + 1:02}.png")
        sections.append(section)
    title = f"Why: decisions of {agent.folder.path.name}"
    write_page(folder / PAGE, title, facts, sections)
    print(f"\nThe page: {(folder / PAGE).resolve()}")
    return folder / PAGE


def _before(made: Sequence[Work], index: int, per_episode: int) -> Sequence[Work]:
    """Works of the same episode made before this one."""
    return made[index - index % per_episode : index]


def _new_folder(run: Path, out: Path | None) -> Path:
    """Where no earlier page would be overwritten; it is made when there is something to write."""
    numbered = (run / f"explain-{number}" for number in itertools.count(1))
    folder = out if out is not None else next(path for path in numbered if not path.exists())
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise RunError(f"{folder} exists already: name a new folder with --out.")
    return folder


if __name__ == "__main__":
    sys.exit(main())
