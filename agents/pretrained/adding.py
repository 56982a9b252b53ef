"""From finished runs of an environment to the model shipped for it."""

from __future__ import annotations

import dataclasses
import importlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import safetensors.torch

from agents.agent import Agent, load
from agents.checkpoint import POLICY, Snapshot, latest, once, policy_tensors
from agents.config import RunConfig
from agents.errors import CheckpointError, ConfigError, RunError
from agents.pretrained import ENV_ID, ROOT
from agents.pretrained.card import Card, files_of, sha256_of
from agents.pretrained.scoring import SEED, WORKS, measure
from agents.runs import RunFolder
from agents.sealed import Sealed, newest, step_of
from creative_envs.core.task import Task

FREE: Final = ("seed", "device", "threads", "eval_works", "media_every", "checkpoint_every")
"""Settings in which the runs to choose from may differ."""


@dataclass(frozen=True)
class Candidate:
    """A finished run.

    Attributes:
        folder: The run's.
        config: Its settings.
        best: Where its best policy lies.
        reward: Of that policy's works for briefs of the validation split.
        cpu_seconds: What the training took.
        versions: Of what it was trained with.
    """

    folder: RunFolder
    config: RunConfig
    best: Path
    reward: float
    cpu_seconds: float
    versions: dict[str, str]

    @classmethod
    def read(cls, run: Path) -> Candidate:
        """Reads a run.

        Raises:
            RunError: There is no such run, it has not finished, or it kept no best policy.
            CheckpointError: Its last checkpoint is damaged.
        """
        folder, config = RunFolder.open(run, to_write=False)
        last, best = latest(folder.checkpoints), newest(folder.best)
        if last is None or step_of(last) < config.total_timesteps:
            raise RunError(f"{run} has not finished: python train_agent.py --resume {run}")
        history = Snapshot.read(last).state["history"]
        judged = {entry["timesteps"]: entry.get("held_out") for entry in history}
        reward = judged.get(step_of(best)) if best else None
        if best is None or reward is None:
            raise RunError(
                f"{run} kept no policy by works for briefs of the validation split: train with "
                "select_every above 0."
            )
        return cls(folder, config, best, reward, history[-1]["cpu_seconds"], _versions(folder))


def add(runs: Sequence[Path], root: Path = ROOT, works: int = WORKS) -> Card:
    """Makes or replaces the model of an environment from the best of several runs.

    Args:
        runs: Folders of finished runs with the same settings, a seed each. The one whose best
            policy made the best works for briefs of the validation split is taken.
        root: Where models lie.
        works: How many the card's scores are of.

    Raises:
        ConfigError: The runs differ in more than their seed, or in nothing, or have an environment
            of the form ``module:id``.
        RunError: One of them is no finished run, or the model cannot be written.
        CheckpointError: One of them is damaged, or was made with other reference data.
    """
    candidates = [Candidate.read(run) for run in runs]
    _require_comparable(candidates)
    chosen = max(candidates, key=lambda candidate: candidate.reward)
    agent = load(chosen.folder.path, device="cpu")
    folder = root / chosen.config.env.rpartition("/")[2]
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        _write_policy(chosen, agent, unfinished)
        scores = measure(load(unfinished, device="cpu"), works)
        card = _card(chosen, candidates, agent, unfinished, scores, works)
        card.write(unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.replace(folder)
    except OSError as error:
        raise RunError(f"Cannot write the model to {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return card


def _require_comparable(candidates: Sequence[Candidate]) -> None:
    first = candidates[0].config
    if not ENV_ID.fullmatch(first.env):
        raise ConfigError(f"{first.env} runs a module of its own: its models are not shipped")
    for candidate in candidates[1:]:
        free = {name: getattr(first, name) for name in FREE}
        if dataclasses.replace(candidate.config, **free) != first:
            raise ConfigError(
                f"{candidate.folder.path} has other settings than {candidates[0].folder.path}: "
                "give runs that differ in their seed alone"
            )
    if len({candidate.config.seed for candidate in candidates}) < len(candidates):
        raise ConfigError("Two of the runs have the same seed: give runs of a seed each")


def _write_policy(chosen: Candidate, agent: Agent, folder: Path) -> None:
    """The run's settings and best policy, as `agents.load` finds them in a run's folder."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    run.config.write_text(chosen.config.to_yaml(), encoding="utf-8")
    contents = {POLICY: safetensors.torch.save(once(policy_tensors(agent.policy)))}
    sealed = Sealed(contents, agent.task.reference_sha256())
    sealed.write(run.best, step_of(chosen.best), keep=1)


def _card(
    chosen: Candidate,
    candidates: Sequence[Candidate],
    agent: Agent,
    folder: Path,
    scores: dict[str, float],
    works: int,
) -> Card:
    config = chosen.config
    name = config.env.rpartition("/")[2]
    settings = RunFolder(Path(ROOT.parent.name, ROOT.name, name)).config
    ordered = sorted(candidates, key=lambda candidate: candidate.config.seed)
    return Card(
        env=config.env,
        env_kwargs=dict(config.env_kwargs),
        reference_sha256=agent.task.reference_sha256(),
        provenance=_provenance(agent.task),
        policy=config.policy,
        size=config.size,
        parameters=sum(values.numel() for values in agent.policy.parameters()),
        start=config.start or "",
        track=config.track,
        timesteps=config.total_timesteps,
        chosen_at=step_of(chosen.best),
        cpu_seconds=round(chosen.cpu_seconds, 1),
        seed=config.seed,
        candidates={str(each.config.seed): each.reward for each in ordered},
        candidate_works=config.select_works,
        command=f"python train_agent.py --config {settings.as_posix()}",
        scores=scores,
        scored_works=works,
        scoring_seed=SEED,
        sha256={file.relative_to(folder).as_posix(): sha256_of(file) for file in files_of(folder)},
        versions=chosen.versions,
    )


def _versions(folder: RunFolder) -> dict[str, str]:
    """Of the packages a run was begun with.

    Raises:
        CheckpointError: The run's record of them is missing or damaged.
    """
    try:
        told = json.loads(folder.rerun.read_text(encoding="utf-8"))["versions"]
        return {str(name): str(version) for name, version in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{folder.rerun} is missing or damaged: take another run, or train this one anew."
        ) from error


def _provenance(task: Task) -> str:
    """The file that says where a domain's data come from, from the repository's root."""
    package = type(task).__module__.rpartition(".")[0]
    if not package.startswith("creative_envs."):
        return ""
    file = Path(importlib.import_module(package).__path__[0], "data", "PROVENANCE.md")
    return file.relative_to(ROOT.parent.parent).as_posix() if file.is_file() else ""
