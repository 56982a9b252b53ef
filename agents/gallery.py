"""Works chosen to be shown, and written in the formats people use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.callbacks import Work
from agents.evaluation import Evaluation, Sample
from creative_envs.core.artefacts import titled
from creative_envs.core.task import Task

PICKS: Final = {
    "trained": ("best", "median", "random"),
    "search": ("best", "median"),
    "human": ("median", "random"),
    "expert": ("median", "random"),
    "random": ("best", "median"),
}
"""Which works of each maker are shown."""


@dataclass(frozen=True)
class Exhibit:
    """A work on show.

    Attributes:
        maker: "trained", "search", "human", "expert" or "random".
        pick: Why this one: "best", "median" or "random"; or what else it is called.
        work: As in ``info["work"]``.
        audit: Its percentile among reference works, if the domain has a judge.
        brief: What was asked for, in words.
        files: The files it was written to, pictures first.
    """

    maker: str
    pick: str
    work: Work
    audit: float | None
    brief: dict[str, Any]
    files: tuple[Path, ...]


def write_gallery(task: Task, evaluation: Evaluation, folder: Path, seed: int) -> list[Exhibit]:
    """Chooses works of every maker and writes them into ``folder``.

    Args:
        task: The domain.
        evaluation: Whose samples are chosen from.
        folder: Made if need be.
        seed: Decides the random picks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exhibits = []
    for maker, picks in PICKS.items():
        sample = evaluation.sample(maker)
        if sample is None:
            continue
        for pick, index in choose(sample, picks, seed).items():
            stem = folder / f"{sample.name}-{pick}"
            exhibits.append(exhibit(task, sample, pick, index, stem))
    return exhibits


def choose(sample: Sample, picks: tuple[str, ...], seed: int) -> dict[str, int]:
    """Index of each named pick; the random one is none of the others."""
    ranking = sample.ranking().tolist()
    chosen = {"best": ranking[0], "median": ranking[len(ranking) // 2]}
    others = [index for index in ranking if index not in chosen.values()]
    chosen["random"] = int(np.random.default_rng(seed).choice(others))
    return {pick: chosen[pick] for pick in picks}


def exhibit(task: Task, sample: Sample, pick: str, index: int, stem: Path) -> Exhibit:
    """Writes a work in all its media.

    Args:
        task: The domain.
        sample: The work's.
        pick: Why it is shown, or what it is called.
        index: Of the work in the sample.
        stem: Path of the files without their suffixes.
    """
    work = sample.works[index]
    artefact = titled(task.artefact_of(work), title(sample.name, pick))
    files = tuple(artefact.save(stem.with_name(stem.name + suffix)) for suffix in artefact.media)
    audit = None if sample.audit is None else float(sample.audit[index])
    return Exhibit(sample.name, pick, work, audit, task.describe_brief(work["brief"]), files)


def title(maker: str, pick: str) -> str:
    """What a work on show is called."""
    makers = {
        "trained": "Trained agent",
        "search": "Search",
        "human": "Human",
        "expert": "Expert",
        "random": "Random agent",
    }
    picks = {"best": "its best", "median": "its median", "random": "by lot"}
    if maker in ("human", "expert"):
        picks = {"median": "the median", "random": "by lot"}
    return f"{makers[maker]}, {picks.get(pick, pick)}"
