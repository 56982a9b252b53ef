"""Which runs a study is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.assignments import split_assignments
from agents.config import RunConfig, resolve
from agents.errors import ConfigError
from agents.runs import RunFolder

DEFAULT_THREADS: Final = "threads=1"
"""Of every run: exact repetition, and CPU seconds that count no waiting threads."""
_NAME: Final = re.compile(r"\w[\w.-]*", re.ASCII)


@dataclass(frozen=True)
class PlannedRun:
    """One seed of one variant.

    Attributes:
        variant: Its name.
        config: Its settings.
        path: The run's folder; settings and log of a subprocess lie beside it.
    """

    variant: str
    config: RunConfig
    path: Path

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.variant}/{self.path.name}"

    @property
    def begun(self) -> bool:
        """Whether the folder holds the run already; one with other settings is refused.

        Raises:
            ConfigError: It holds a run with other settings.
            RunError: What it holds is damaged.
        """
        if not RunFolder(self.path).config.exists():
            return False
        _, found = RunFolder.open(self.path)
        if found != self.config:
            raise ConfigError(f"{self.path} holds a run with other settings: name another --out")
        return True

    @property
    def finished(self) -> bool:
        """Whether its table is written."""
        return RunFolder(self.path).evaluation.exists()


def plan_study(
    folder: Path,
    seeds: int,
    flags: Mapping[str, Any],
    assignments: Sequence[str],
    variants: Sequence[str],
) -> list[PlannedRun]:
    """All runs of a study, the first seed of every variant first.

    Args:
        folder: Of the study.
        seeds: Every variant is trained with seeds 0 .. ``seeds`` - 1.
        flags: Settings of all variants given by flags of their own; None means not given.
        assignments: Settings of all variants as ``key=value``.
        variants: As ``name:key=value,key=value``; none means one, named after its policy.

    Raises:
        ConfigError: Whatever is wrong with any of them.
    """
    if seeds < 2:
        raise ConfigError("--seeds must be at least 2: one seed has no interval")
    common = [DEFAULT_THREADS, *assignments]
    if not variants:
        variants = [resolve(flags, None, common).policy]
    parts = [_read_variant(text) for text in variants]
    names = [name for name, _ in parts]
    if len(set(names)) < len(names):
        raise ConfigError("--variant: every variant needs a name of its own")
    runs = []
    for seed in range(seeds):
        for name, own in parts:
            config = resolve({**flags, "seed": seed}, None, [*common, *own])
            if config.seed != seed:
                raise ConfigError("A study sets the seed of every run itself: leave out seed=...")
            runs.append(PlannedRun(name, config, folder / name / f"seed{seed}"))
    if len({run.config.env for run in runs}) > 1:
        raise ConfigError("Variants of a study share their environment: give it as --env")
    return runs


def _read_variant(text: str) -> tuple[str, list[str]]:
    """Name and assignments of ``name:key=value,key=value``."""
    name, _, settings = text.partition(":")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"--variant wants name:key=value,key=value with a name of letters, digits, '-', '_' "
            f"and '.', got {text!r}"
        )
    return name, split_assignments(settings) if settings else []
