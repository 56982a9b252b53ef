"""The command line of ``train_agent.py``; what needs PyTorch is imported when it is needed."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any, Final, NoReturn, get_args

from agents.assignments import read_words
from agents.command_line import command
from agents.config import (
    DEFAULT_ENV,
    AlgorithmName,
    DeviceName,
    PolicyName,
    RunConfig,
    SizeName,
    TrackName,
    resolve,
)
from agents.errors import ConfigError

SETTINGS: Final = (
    "env",
    "policy",
    "size",
    "algorithm",
    "track",
    "timesteps",
    "seed",
    "n_envs",
    "device",
    "eval_works",
)
"""Settings that have flags of their own."""
RESUME_FLAGS: Final = frozenset({"resume", "device", "eval_works"})
"""What may change when a run is continued; everything else would make it another run."""
IDEATION: Final = ("brainstorm", "focus")
"""What may be done to make single works better than sampled ones."""
SAMPLE_FLAGS: Final = frozenset(
    {"sample", "count", "brief", *IDEATION, "which", "seed", "device", "out"}
)
"""What goes with sampling; all else is for training."""
DEFAULT_COUNT: Final = 16
USAGE: Final = """train_agent.py [what to train] [how] [--out FOLDER]
       train_agent.py --resume RUN [--device DEVICE] [--eval-works N]
       train_agent.py --sample RUN|ID [-n N] [--brief KEY=VALUE,...] [--brainstorm N]
                      [--focus N] [--which best|last] [--seed N] [--device DEVICE] [--out FOLDER]"""


class FlagParser(argparse.ArgumentParser):
    """A parser whose errors are one line, raised as `ConfigError`."""

    def error(self, message: str) -> NoReturn:
        """Raises `ConfigError`, with what an unknown flag was probably meant to be."""
        unknown = re.match(r"unrecognized arguments: (\S+)", message)
        if unknown:
            raise ConfigError(f"Unknown argument {unknown[1]!r}: {self._hint(unknown[1])}")
        raise ConfigError(message.removeprefix("argument "))

    def _hint(self, unknown: str) -> str:
        name = unknown.partition("=")[0]
        setting = name.lstrip("-").replace("-", "_")
        if setting in {field.name for field in dataclasses.fields(RunConfig)} - set(SETTINGS):
            return f"did you mean --set {setting}=VALUE?"
        flags = re.findall(r"--[a-z][a-z-]*", self.format_help())
        close = get_close_matches(name, flags, n=1, cutoff=0.7)
        return f"did you mean {close[0]}?" if close else "--help lists all flags"


def build_parser() -> FlagParser:
    """The parser of all flags. A help text ends with its default in parentheses, if it has one."""
    parser = FlagParser(
        prog="train_agent.py",
        usage=USAGE,
        description="Train an agent to make works, then show and play what it makes.",
        epilog="The environment's preset and the flags decide the settings of a run; every one can "
        "be given as --set key=value, and --dry-run lists them.",
        allow_abbrev=False,
    )
    add = parser.add_argument_group("what to train").add_argument
    add("--env", metavar="ID", help=f"id of the environment (default: {DEFAULT_ENV})")
    add("--policy", choices=get_args(PolicyName), help="kind of network (default: attention)")
    add("--size", choices=get_args(SizeName), help="of the network (default: preset)")
    add(
        "--algorithm",
        choices=get_args(AlgorithmName),
        help="causal-ppo encodes each work once, ppo is SB3's own (default: causal-ppo)",
    )
    add(
        "--track",
        choices=get_args(TrackName),
        help="with-reference first clones works by the makers of the references "
        "(default: from-scratch)",
    )
    add = parser.add_argument_group("how").add_argument
    add(
        "--timesteps",
        type=_whole_number,
        metavar="N",
        help="environment steps to train for (default: preset)",
    )
    add("--seed", type=_whole_number, metavar="N", help="decides everything random (default: 0)")
    add(
        "--n-envs",
        type=_whole_number,
        metavar="N",
        help="environments stepped together (default: preset)",
    )
    add(
        "--device",
        choices=get_args(DeviceName),
        help="auto takes CUDA where there is one (default: auto)",
    )
    add(
        "--eval-works",
        type=_whole_number,
        metavar="N",
        help="works sampled for the table at the end (default: 128)",
    )
    add("--config", type=_path, metavar="FILE", help="YAML file of settings")
    add("--set", metavar="KEY=VALUE", action="append", help="any setting, repeatable")
    add(
        "--dry-run",
        action="store_true",
        default=None,
        help="check and print the settings, and stop",
    )
    add = parser.add_argument_group("runs").add_argument
    add(
        "--out",
        type=_path,
        metavar="FOLDER",
        help="where the run or the works are kept (default: a new one in runs/ or in the run)",
    )
    add("--resume", type=_path, metavar="RUN", help="continue the run in this folder")
    add = parser.add_argument_group("works from a run").add_argument
    add(
        "--sample",
        type=_path,
        metavar="RUN|ID",
        help="make works, and a page of them, from the run in this folder or by the model shipped "
        "for this environment",
    )
    add(
        "-n",
        "--count",
        type=_whole_number,
        metavar="N",
        help=f"how many works (default: {DEFAULT_COUNT})",
    )
    add(
        "--brief",
        metavar="KEY=VALUE,...",
        help="what they should be, as metre=6/8,mode=dorian or YAML "
        "(default: briefs training never used)",
    )
    add(
        "--brainstorm",
        type=_whole_number,
        metavar="N",
        help="make so many candidates for every brief, and of good ones keep those farthest apart",
    )
    add(
        "--focus",
        type=_whole_number,
        metavar="N",
        help="refine every work in so many steps: parts are made anew, and kept where better",
    )
    add(
        "--which",
        choices=("best", "last"),
        help="policy of the run: best by sampled works, or last (default: best)",
    )
    return parser


def _whole_number(text: str) -> int:
    """Reads 1000, 1_000 and, as ``--set`` does, 1e3."""
    try:
        number = float(text)
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"wants a whole number, got {text!r}") from error
    return int(number)


def _path(text: str) -> str:
    """Refuses the empty text of an unset shell variable, which would be the working folder."""
    if not text:
        raise argparse.ArgumentTypeError("wants a path, got ''")
    return text


@command("train_agent.py", "Stopped.")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; as decorated, returns the exit code."""
    options = build_parser().parse_args(arguments)
    _run({name: value for name, value in vars(options).items() if value is not None})


def _run(given: dict[str, Any]) -> None:
    if "sample" in given:
        _refuse(given, SAMPLE_FLAGS, "--sample makes works with the run's own settings")
        _sample(given)
    elif "resume" in given:
        _refuse(given, RESUME_FLAGS, "A run continues with its own settings")
        _resume(given)
    else:
        training = given.keys() - {"count", "brief", "which", *IDEATION}
        _refuse(given, training, "Only --sample RUN makes works from a run")
        _train(given)


def _refuse(given: Collection[str], allowed: Collection[str], reason: str) -> None:
    """Raises `ConfigError` where flags contradict each other."""
    refused = [name for name in given if name not in allowed]
    if refused:
        words = ", ".join(f"--{name.replace('_', '-')}" for name in refused)
        raise ConfigError(f"{reason}: leave out {words}.")


def _train(given: dict[str, Any]) -> None:
    flags = {name: given[name] for name in SETTINGS if name in given}
    config = resolve(flags, given.get("config"), given.get("set", ()))

    from agents import runner
    from agents.environments import check_env_id, make_training_envs

    if "dry_run" in given:
        check_env_id(config.env)
        make_training_envs(config.env, config.env_kwargs, n_envs=1).close()
        print(describe(config))
    else:
        runner.start(config, given.get("out"))


def _resume(given: dict[str, Any]) -> None:
    from agents import runner

    changes = {name: given[name] for name in SETTINGS if name in given}
    runner.resume(given["resume"], changes)


def _sample(given: dict[str, Any]) -> None:
    count, seed = given.get("count", DEFAULT_COUNT), given.get("seed", 0)
    if count < 1:
        raise ConfigError(f"-n, --count must be at least 1, got {count}")
    for name in IDEATION:
        if given.get(name, 1) < 1:
            raise ConfigError(f"--{name} must be at least 1, got {given[name]}")
    RunConfig.from_settings({"seed": seed})  # refuses one out of range
    brief = read_words(given["brief"], "--brief") if "brief" in given else None

    from agents.samples import write_samples

    choice = {name: given[name] for name in (*IDEATION, "which", "device") if name in given}
    write_samples(given["sample"], count, seed, brief, given.get("out"), **choice)


def describe(config: RunConfig) -> str:
    """The settings as YAML, with what follows from them."""
    updates = config.total_timesteps // config.rollout
    return (
        f"{config.to_yaml()}# {config.total_timesteps:,} steps in {updates:,} rollouts of "
        f"{config.rollout:,}, {config.n_epochs} x {-(-config.rollout // config.batch_size)} "
        "minibatches each"
    )
