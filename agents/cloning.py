"""What cloning alone makes of a policy: ``python -m agents.cloning --env ID --seeds N --out FILE``.

Policies clone the works an environment's references come from, without any reward, in variants:
*plain*, and *augmented* by what symmetry makes of those works, in the same number of gradient
steps. They are judged by works held out, which no variant changes, and by works sampled for briefs
nobody has seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agents.command_line import command
from agents.config import RunConfig, resolve
from agents.errors import ConfigError, RunError

VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {"augment": False},
    "augmented": {"augment": True},
}
MEASURES: Final = ("nats", "reward", "quality", "craft", "adherence", "novelty", "unique")
Results = dict[str, list[dict[str, float]]]


@command("cloning")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.cloning", description=__doc__)
    add = parser.add_argument
    add("--env", required=True, metavar="ID", help="environment")
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 .. N - 1 (default: 5)")
    add("--out", required=True, type=Path, metavar="FILE", help="where to write measures, as JSON")
    add(
        "--variant",
        action="append",
        choices=tuple(VARIANTS),
        help="what to compare, the flag again for each (default: all)",
    )
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting of a run")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        raise ConfigError(f"--seeds must be at least 1, got {options.seeds}")
    flags = {"env": options.env, "track": "with-reference", "threads": 1}
    config = resolve(flags, None, options.set)
    print(compare(config, options.seeds, options.variant or tuple(VARIANTS), options.out))


def compare(config: RunConfig, seeds: int, variants: Sequence[str], out: Path) -> str:
    """Clones in every variant with every seed; returns a table, and writes measures as it goes.

    Args:
        config: Settings of a run with-reference.
        seeds: How many.
        variants: Names of `VARIANTS`.
        out: A file for the measures of each seed, by variant.

    Raises:
        ConfigError: There is nothing to clone, or there are no symmetries.
        RunError: The file cannot be written.
    """
    from tqdm import tqdm

    from agents.environments import check_env_id
    from agents.tables import format_estimates, paired_differences

    check_env_id(config.env)
    rows: Results = {variant: [] for variant in dict.fromkeys(variants)}
    _write(out, rows)
    runs = [(seed, variant) for seed in range(seeds) for variant in rows]
    for seed, variant in tqdm(runs, unit=" policies", desc="cloned", leave=False):
        settings = dataclasses.replace(config, seed=seed, **VARIANTS[variant])
        rows[variant].append(measure(settings))
        _write(out, rows)
    if len(rows) == len(VARIANTS):
        plain, other = (rows[variant] for variant in VARIANTS)
        rows["gain"] = paired_differences(other, plain, list(plain[0]))
    return (
        f"{config.env}: {config.cloning_epochs} epochs of cloning; interquartile mean over {seeds} "
        f"seeds [95 % bootstrap interval]\n{format_estimates(rows, MEASURES)}\n\n"
        f"nats: per action of works held out. The others: of {config.eval_works} works sampled for "
        "briefs nobody has seen."
    )


def measure(config: RunConfig) -> dict[str, float]:
    """Clones one policy; nats per action of works held out, and means over works of its own."""
    import torch

    from agents.environments import make_training_envs
    from agents.evaluation import SAMPLE_SEED, Sample, sample_works
    from agents.ppo.imitation import clone_references
    from agents.training import choose_device, make_model

    torch.set_num_threads(config.threads)
    env = make_training_envs(config.env, config.env_kwargs, 1)
    policy = make_model(config, env, choose_device(config.device)).policy
    nats = clone_references(config, env, policy)
    works = sample_works(config, policy, config.eval_works, config.seed + SAMPLE_SEED)
    return {"nats": nats} | Sample("cloned", works, None, env.env.settings.works).measures()


def _write(path: Path, rows: Results) -> None:
    try:
        path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"Cannot write {path} ({error.strerror}): give --out another path"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
