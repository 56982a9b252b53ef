"""What an arm of a seed leaves: scores after every stage, kept as one JSON file."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.errors import RunError

START: Final = "start"
"""Name of the evaluation before anything is learned."""

Measures = Mapping[str, float]
"""Of sampled works: "reward", "quality" and more."""


@dataclass(frozen=True)
class Evaluated:
    """All domains at one moment of an arm.

    Attributes:
        stage: The stage that has just ended, or `START`.
        domains: Measures of each domain's works.
    """

    stage: str
    domains: Mapping[str, Measures]


@dataclass(frozen=True)
class Outcome:
    """One seed of one arm.

    Attributes:
        arm: Its name.
        seed: Of all its learners.
        parameters: Numbers learned; shared ones count once.
        cpu_seconds: Of learning, without evaluations.
        steps: Environment steps of each domain, in the order of the study.
        evaluated: Before the first stage and after each.
        curves: Of each domain, a point a rollout: timesteps and scores of works in training.
    """

    arm: str
    seed: int
    parameters: int
    cpu_seconds: float
    steps: Mapping[str, int]
    evaluated: Sequence[Evaluated]
    curves: Mapping[str, Sequence[Mapping[str, float]]] = dataclasses.field(default_factory=dict)

    def score(self, domain: str, measure: str = "reward", stage: str | None = None) -> float:
        """A domain's measure after a stage; at the end unless told otherwise."""
        moments = [e for e in self.evaluated if stage in (None, e.stage)]
        return moments[-1].domains[domain][measure]

    def write(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Writes the file whole or not at all.

        Args:
            path: Where; folders are made.
            settings: What the arm was trained with, kept beside.

        Raises:
            RunError: It cannot be written.
        """
        text = json.dumps({"settings": settings, "outcome": dataclasses.asdict(self)})
        beside = path.with_suffix(".tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise RunError(
                f"Cannot write {path} ({error.strerror or error}): make room, or name another --out"
            ) from error


def read_outcome(path: Path) -> tuple[Outcome, Any]:
    """Reads an outcome, and the settings it was trained with.

    Raises:
        RunError: The file is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        fields = dict(found["outcome"])
        fields["evaluated"] = tuple(Evaluated(**moment) for moment in fields["evaluated"])
        outcome = Outcome(**fields)
        for moment in outcome.evaluated:
            for domain in outcome.steps:
                float(moment.domains[domain]["reward"])
        return outcome, found["settings"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(
            f"{path} is damaged ({type(error).__name__}: {error}): remove it, and the same "
            "command trains that arm again"
        ) from error
