"""What brainstorming and focus give: ``python -m agents.ideation RUN [RUN ...]``.

For held-out briefs, three tables: how various the good works of a brainstorm are, beside those
sampled at temperature 1; how good and various the few are that it keeps; and how good a work
brainstorm and focus find with the forward passes that N plain samples take, beside the best of
these. Runs are of one setting, a seed each.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import agents
from agents.command_line import command
from agents.errors import ConfigError

if TYPE_CHECKING:
    from agents.ideation.comparison import Table, Trial

TITLES: Final = {
    "variety": "Different valid works above the floor, of N works",
    "kept": "Works chosen of the most: the best, and those a brainstorm keeps",
    "best": "The best work at the forward passes of N samples",
}
COLUMNS: Final = ("distinct", "vendi", "quality", "reward", "audit")


@command("ideation")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.ideation", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of finished runs, a seed each")
    add("--briefs", type=int, default=16, metavar="N", help="held-out briefs (default: 16)")
    add("--seed", type=int, default=0, help="decides briefs and works (default: 0)")
    add("--floor", type=float, default=0.8, help="share of the best quality (default: 0.8)")
    add("--by", default="reward", help="what the best are best by: reward (default) or quality")
    add("--most", type=int, default=128, metavar="N", help="largest budget (default: 128 works)")
    add("--json", type=Path, metavar="FILE", help="where to write every run's measures")
    options = parser.parse_args(arguments)
    _run(options)


def _run(options: argparse.Namespace) -> None:
    from agents.ideation.comparison import BUDGETS, Trial
    from agents.tables import format_estimates

    if options.seed < 0:
        raise ConfigError(f"--seed must be at least 0, got {options.seed}")
    budgets = [count for count in BUDGETS if count < options.most] + [options.most]
    trial = Trial(options.briefs, options.seed, options.floor, options.by, budgets)
    results = measure([Path(run) for run in options.runs], trial)
    print(f"Interquartile mean over {len(options.runs)} runs [95 % bootstrap interval]")
    for name, title in TITLES.items():
        rows = {maker: [result[name][maker] for result in results] for maker in results[0][name]}
        columns = [column for column in COLUMNS if any(column in run[0] for run in rows.values())]
        print(f"\n{title}\n{format_estimates(rows, columns)}")
    print(_costs(results, options.most))
    if options.json is not None:
        _write(options, results)


def _costs(results: Sequence[dict[str, Table]], most: int) -> str:
    """What the largest budget is, and how many works either way scores with it."""
    ways = (f"best of {most}", f"focus {most}")
    made = [{way: result["best"][way] for way in ways} for result in results]
    passes = sum(run[ways[0]]["passes"] for run in made) / len(made)
    scored = [sum(run[way]["scored"] for run in made) / len(made) for way in ways]
    return (
        f"{most} samples take {passes:,.0f} forward passes a brief; with as many, focus scores "
        f"{scored[1]:,.0f} works, not {scored[0]:,.0f}."
    )


def measure(runs: Sequence[Path], trial: Trial) -> list[dict[str, Table]]:
    """Measures every run, with a progress bar in works' worth of forward passes."""
    from tqdm import tqdm

    from agents.ideation.comparison import compare

    loaded = [agents.load(run, device="cpu") for run in runs]
    if len({agent.config.env for agent in loaded}) > 1:
        raise ConfigError("the runs are of several environments: name those of one")
    results = []
    form = "{l_bar}{bar}| {n:.0f}/{total:.0f} works [{elapsed}<{remaining}]"
    with tqdm(total=trial.works * len(loaded), bar_format=form, file=sys.stderr) as bar:
        for index, agent in enumerate(loaded, start=1):
            results.append(compare(agent, trial, bar.update))
            bar.update(index * trial.works - bar.n)
    return results


def _write(options: argparse.Namespace, results: Sequence[dict[str, Table]]) -> None:
    runs = dict(zip(options.runs, results, strict=True))
    settings = {name: getattr(options, name) for name in ("briefs", "seed", "floor", "by", "most")}
    try:
        text = json.dumps(settings | {"runs": runs}, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--json: cannot write {options.json}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
