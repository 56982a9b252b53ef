"""Where a work comes from: its maker, its brief, its scores, and the known work it is most like."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch

import creative_envs
from agents.agent import Agent
from agents.callbacks import Work
from agents.checkpoint import POLICY, once, policy_tensors
from agents.errors import CheckpointError
from agents.sealed import Sealed, newest, step_of
from creative_envs.core.documents import plain_mapping
from creative_envs.core.information import stack
from creative_envs.core.insight import Likeness
from creative_envs.core.task import Task

SCORES: Final = ("quality", "craft", "adherence", "novelty", "valid", "reward", "terms")
"""Entries of ``info["work"]`` that say what it is worth."""


def provenance(
    agent: Agent,
    task: Task,
    work: Work,
    likeness: Likeness | None,
    seed: int,
    model: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Tells of one work what its finder may want to know.

    Args:
        agent: Its maker.
        task: The domain the work is of.
        work: As in ``info["work"]``.
        likeness: What `Task.nearest_references` says of it; None in a domain without any.
        seed: That it was sampled with.
        model: What `model_record` gives, which takes a moment, if many works are told of.

    Returns:
        Values JSON can hold: "model" (see `model_record`), "seed", "brief" (in "words" and as a
        "vector"), "scores", "nearest_reference" ("name", and "distance" as in `Likeness`; None
        where unknown), "copied" (whether the distance is 0; None where unknown), "versions" and
        "made", the date and time in UTC.
    """
    record = {
        "model": model_record(agent, task) if model is None else model,
        "seed": seed,
        "brief": {"words": task.describe_brief(work["brief"]), "vector": work["brief"]},
        "scores": {name: work[name] for name in SCORES},
        "nearest_reference": asdict(likeness) if likeness else None,
        "copied": likeness.distance == 0 if likeness else None,
        "versions": {"creative_envs": creative_envs.__version__, "torch": str(torch.__version__)},
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    told: dict[str, Any] = json.loads(json.dumps(plain_mapping(record, "provenance")))
    return told


def provenances(agent: Agent, works: list[Work], seed: int) -> list[dict[str, Any]]:
    """The `provenance` of each of an agent's works.

    Args:
        agent: Their maker.
        works: As in ``info["work"]``.
        seed: That they were sampled with.
    """
    task, model = agent.task, model_record(agent, agent.task)
    likenesses: list[Likeness | None] = [None] * len(works)
    with contextlib.suppress(NotImplementedError):
        likenesses = [*task.nearest_references(*stack(works))]
    return [
        provenance(agent, task, work, likeness, seed, model)
        for work, likeness in zip(works, likenesses, strict=True)
    ]


def model_record(agent: Agent, task: Task) -> dict[str, Any]:
    """Tells which model an agent is: the part of `provenance` all its works have in common.

    Returns:
        "environment", "policy", "size", "run" (its folder's name), "parameters_sha256" (of the
        policy as it is saved, and so of that file), "timesteps" it was trained for (None if its
        run has saved others since) and "reference_sha256".
    """
    parameters, timesteps = _saved(agent)
    return {
        "environment": agent.config.env,
        "policy": agent.config.policy,
        "size": agent.config.size,
        "run": agent.folder.path.resolve().name,
        "parameters_sha256": hashlib.sha256(parameters).hexdigest(),
        "timesteps": timesteps,
        "reference_sha256": task.reference_sha256(),
    }


def memorised_share(task: Task, works: list[Work]) -> float:
    """Share of works that are copies of a reference, in [0, 1]; 0 of no works.

    Raises:
        NotImplementedError: The domain knows no references by name.
    """
    if not works:
        return 0.0
    return float(np.mean([found.distance == 0 for found in task.nearest_references(*stack(works))]))


def _saved(agent: Agent) -> tuple[bytes, int | None]:
    """An agent's policy as a file, and the timesteps it was trained for.

    That is the file its run has saved last, or as its best, if it is still this policy's; shipped
    models' files list no tensor twice. If it is not, timesteps are None.
    """
    tensors = policy_tensors(agent.policy)
    files = [safetensors.torch.save(layout) for layout in (tensors, once(tensors))]
    for saved in (newest(agent.folder.best), newest(agent.folder.checkpoints)):
        try:
            if saved and (content := Sealed.read(saved, (POLICY,)).contents[POLICY]) in files:
                return content, step_of(saved)
        except (CheckpointError, OSError):  # damaged, or gone, since the agent was loaded
            continue
    return files[0], None
