"""The command line of ``train_agent.py``; what needs PyTorch is imported when it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from agents.config import DEFAULT_ENV, DeviceName, PolicyName, RunConfig, resolve
from agents.errors import AgentError, ConfigError, Interrupted

OWN_FLAGS: Final = ("env", "policy", "timesteps", "seed", "device", "n_envs", "eval_works")
RESUME_FLAGS: Final = ("device", "eval_works")
"""What may change when a run is continued; everything else would make it another run."""
USER_ERROR: Final = 2


def build_parser() -> argparse.ArgumentParser:
    """The parser of all flags."""
    parser = argparse.ArgumentParser(
        prog="train_agent.py",
        description="Train an agent to make works, then show and play what it makes.",
        epilog="Every setting of a run can be given as --set key=value; --dry-run lists them.",
    )
    add = parser.add_argument
    add("--env", help=f"id of the environment (default: {DEFAULT_ENV})")
    add("--timesteps", type=int, help="environment steps to train for")
    add("--seed", type=int, help="decides everything random")
    add("--device", choices=get_args(DeviceName), help="auto takes CUDA where there is one")
    add("--n-envs", type=int, metavar="N", help="environments stepped together")
    add("--policy", choices=get_args(PolicyName), help="kind of network")
    add("--eval-works", type=int, metavar="N", help="works sampled for the table at the end")
    add("--out", metavar="FOLDER", help="where the run is kept (default: a new one in runs/)")
    add("--resume", metavar="RUN", help="continue the run in this folder")
    add("--config", metavar="FILE", help="YAML file of settings")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, repeatable")
    add("--dry-run", action="store_true", help="print the settings and stop")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code: 0, 2 for a user's mistake, 130 for Ctrl-C."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except Interrupted as interruption:
        print(interruption, file=sys.stderr)
        return interruption.exit_code
    except AgentError as error:
        print(f"train_agent.py: {error}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    flags = {name: getattr(options, name) for name in OWN_FLAGS}
    given = {name: value for name, value in flags.items() if value is not None}
    if options.resume:
        _check_resume(options, given)
    else:
        config = resolve(given, options.config, options.set)

    from agents import runner
    from agents.environments import check_env_id

    if options.resume:
        runner.resume(options.resume, given)
    elif options.dry_run:
        check_env_id(config.env)
        print(describe(config))
    else:
        runner.start(config, options.out)
    return 0


def _check_resume(options: argparse.Namespace, given: Mapping[str, Any]) -> None:
    """Raises `ConfigError` where a flag would make the continued run another one."""
    refused = [name for name in given if name not in RESUME_FLAGS]
    refused += [name for name in ("out", "config", "set", "dry_run") if getattr(options, name)]
    if refused:
        words = ", ".join(f"--{name.replace('_', '-')}" for name in refused)
        raise ConfigError(
            f"A run continues with its own settings: leave out {words}, or begin a new run."
        )


def describe(config: RunConfig) -> str:
    """The settings as YAML, with what follows from them."""
    updates = config.total_timesteps // config.rollout
    return (
        f"{config.to_yaml()}# {config.total_timesteps:,} steps in {updates:,} rollouts of "
        f"{config.rollout:,}, {config.n_epochs} x {-(-config.rollout // config.batch_size)} "
        "minibatches each"
    )
