"""A whole run: training, the table at the end, and the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.config import RunConfig
from agents.environments import check_env_id, make_test_envs, make_training_envs
from agents.errors import Interrupted, RunError
from agents.evaluation import Evaluation, evaluate
from agents.gallery import write_gallery
from agents.kernels import announce_compiling
from agents.page import write_page
from agents.runs import RunFolder
from agents.training import Trained, choose_device, train
from creative_envs.core.errors import CorruptData


def start(config: RunConfig, out: str | Path | None = None) -> Evaluation:
    """Begins a new run and finishes it.

    Raises:
        AgentError: A user's mistake, a full disk, or Ctrl-C; see `agents.errors`.
    """
    check_env_id(config.env)
    choose_device(config.device)
    announce_compiling()
    print("Preparing the environment ...")
    make_training_envs(config.env, config.env_kwargs, n_envs=1).close()
    return finish(config, RunFolder.create(config, out))


def resume(run: str | Path, changes: Mapping[str, Any] | None = None) -> Evaluation:
    """Continues a run from its last checkpoint and finishes it.

    Args:
        run: Its folder.
        changes: Settings that do not change what is learned, as ``{"device": "cpu"}``.
    """
    folder, config = RunFolder.open(run)
    config = dataclasses.replace(config, **(changes or {}))
    announce_compiling()
    check_env_id(config.env)
    return finish(config, folder)


def finish(config: RunConfig, folder: RunFolder) -> Evaluation:
    """Trains whatever is left of a run, evaluates it, and writes its page."""
    with folder.locked():
        return _finish(config, folder)


def _finish(config: RunConfig, folder: RunFolder) -> Evaluation:
    device = choose_device(config.device)
    print(f"Training {config.policy} ({config.size}) on {config.env}, device {device}.")
    print(f"Run: {folder.path}")
    trained = train(config, folder)
    try:
        return _present(config, folder, trained)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Stopped; training is complete. Make the table and the page with: "
            f"python train_agent.py --resume {folder.path}",
            exit_code=130,
        ) from None
    except OSError as error:
        raise RunError(
            f"Cannot write the results to {folder.path} ({error.strerror}). Training is saved: "
            f"make room, then python train_agent.py --resume {folder.path}"
        ) from error
    except CorruptData as error:
        raise RunError(
            f"{error}. Training is saved: then python train_agent.py --resume {folder.path}"
        ) from error


def _present(config: RunConfig, folder: RunFolder, trained: Trained) -> Evaluation:
    if trained.timesteps < config.total_timesteps:
        print(f"The policy of step {trained.timesteps:,} made the best works for held-out briefs.")
    print(f"Sampling {config.eval_works} works for briefs the agent never saw ...")
    evaluation = evaluate(config, trained.policy)
    evaluation.save(folder.evaluation)
    task = make_test_envs(config.env, config.env_kwargs, 1).task
    exhibits = write_gallery(task, evaluation, folder.works, config.seed)
    write_page(folder.page, config, task.name, evaluation, exhibits, trained.history)
    print(f"\n{evaluation}\n\nIts page: {folder.page.resolve()}")
    return evaluation
