"""Is learning real? Trains several seeds and prints means with 95 % intervals.

``python -m agents.study --seeds 5 --out studies/melody`` takes the settings of ``train_agent.py``
(``--set``); every seed is a run of its own in a folder of the study, and finished ones are not
trained again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from agents.config import PolicyName, RunConfig, resolve
from agents.errors import AgentError, ConfigError
from agents.runs import RunFolder

MEASURES: Final = ("reward", "quality", "craft", "adherence", "novelty", "audit", "unique")
T_QUANTILES: Final = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""97.5 % quantiles of Student's t with 1 to 10 degrees of freedom."""

Tables = list[dict[str, dict[str, float]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m agents.study", description=__doc__)
    add = parser.add_argument
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 .. N - 1 (default: 5)")
    add("--out", required=True, metavar="FOLDER", help="folder of the study")
    add("--env", help="id of the environment")
    add("--policy", choices=get_args(PolicyName), help="kind of network")
    add("--timesteps", type=int, help="environment steps of each run")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, repeatable")
    options = parser.parse_args(arguments)
    flags = {name: getattr(options, name) for name in ("env", "policy", "timesteps")}
    try:
        if options.seeds < 2:
            raise ConfigError("--seeds must be at least 2: one seed has no interval")
        configs = [
            resolve({**flags, "seed": seed}, None, options.set) for seed in range(options.seeds)
        ]
        tables = [run_seed(config, Path(options.out)) for config in configs]
    except AgentError as error:
        print(f"study: {error}", file=sys.stderr)
        return 2
    print(report(tables))
    return 0


def run_seed(config: RunConfig, study: Path) -> dict[str, dict[str, float]]:
    """The table of one seed's run, which is made or continued unless it is finished.

    Raises:
        ConfigError: The folder holds a run with other settings.
    """
    from agents import runner

    path = study / f"{config.policy}-seed{config.seed}"
    folder = RunFolder(path)
    if not folder.config.exists():
        return runner.start(config, path).table()
    _, found = RunFolder.open(path)
    if found != config:
        raise ConfigError(f"{path} holds a run with other settings: name another --out")
    if not folder.evaluation.exists():
        return runner.resume(path).table()
    return json.loads(folder.evaluation.read_text(encoding="utf-8"))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean of a sample and the half-width of its 95 % interval (Student's t).

    Beyond 11 values the interval is a little too wide.
    """
    freedom = len(values) - 1
    quantile = T_QUANTILES[min(freedom, len(T_QUANTILES)) - 1]
    return statistics.mean(values), quantile * statistics.stdev(values) / len(values) ** 0.5


def report(tables: Tables) -> str:
    """Aligned text: a row for each maker, each measure's mean over seeds and its interval."""
    columns = [name for name in MEASURES if any(name in row for row in tables[0].values())]
    lines = [" " * 9 + "".join(f"{name:>18}" for name in columns)]
    for maker in tables[0]:
        cells = []
        for name in columns:
            values = [table[maker][name] for table in tables if name in table[maker]]
            mean, half = interval(values)
            cells.append(f"{mean:.3f} ± {half:.3f}")
        lines.append(f"{maker:<9}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
