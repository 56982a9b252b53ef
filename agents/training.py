"""A training run from its settings to its last checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat

from agents.callbacks import (
    History,
    MediaLogger,
    Progress,
    RolloutStart,
    WorkMonitor,
    history_of,
)
from agents.checkpoint import Snapshot, latest, load_policy
from agents.config import RunConfig
from agents.environments import make_training_envs
from agents.errors import ConfigError, Interrupted, RunError
from agents.explain.entropy import AttentionEntropy
from agents.policy import POLICIES, MaskedPolicy
from agents.ppo.algorithm import CausalPPO
from agents.ppo.imitation import warm_start
from agents.ppo.start import start_from_run
from agents.runs import RunFolder
from agents.sealed import newest, step_of
from agents.selection import Selection
from agents.signals import StopRequested, StopSignals
from agents.vec_env import SB3VecEnv
from creative_envs.core.task import Task


@dataclass(frozen=True)
class Trained:
    """What training leaves.

    Attributes:
        policy: The run's best policy by sampled works, or its last where none were sampled.
        timesteps: Environment steps it had learned from.
        history: An entry for each rollout that finished works: timesteps, seconds, cpu_seconds,
            the mean scores of its works and, where works for held-out briefs were sampled after
            it, their mean reward as ``held_out``.
    """

    policy: MaskedPolicy
    timesteps: int
    history: History


def choose_device(name: str) -> torch.device:
    """The device a setting names; "auto" is CUDA where there is one.

    Raises:
        ConfigError: CUDA is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ConfigError("There is no CUDA device here: use --device cpu or auto.")
    return torch.device("cuda" if available and name != "cpu" else "cpu")


def learning_rate_schedule(config: RunConfig) -> Callable[[float], float]:
    """Linear warm-up, then a straight line down, as a function of the remaining progress."""

    def rate(remaining: float) -> float:
        done = 1 - remaining
        if done < config.warmup:
            return config.learning_rate * done / config.warmup
        decay = (done - config.warmup) / (1 - config.warmup) if config.warmup < 1 else 0.0
        return config.learning_rate * (1 + (config.final_learning_rate - 1) * decay)

    return rate


def policy_settings(config: RunConfig, task: Task) -> dict[str, Any]:
    """The keywords of this run's policy beyond spaces and learning rate.

    Raises:
        ConfigError: A pointer head is asked for, and the environment's actions share nothing.
    """
    actions = task.action_table() if config.head == "pointer" else None
    if config.head == "pointer" and actions is None:
        raise ConfigError(f"{config.env} tells nothing of its actions: use head=flat")
    return {
        "size": config.size,
        "weight_decay": config.weight_decay,
        "actions": actions,
        "static": task.prefix_entries,
        "cached": config.algorithm == "causal-ppo",
    }


def make_model(config: RunConfig, env: SB3VecEnv, device: torch.device) -> PPO:
    """A new learner with this run's policy; seeds every generator.

    Raises:
        ConfigError: A pointer head is asked for, and the environment's actions share nothing.
    """
    causal = config.algorithm == "causal-ppo"
    make = partial(CausalPPO, precision=config.precision) if causal else PPO
    return make(
        POLICIES[config.policy],
        env,
        learning_rate=learning_rate_schedule(config),
        n_steps=config.n_steps,
        batch_size=min(config.batch_size, config.rollout),
        n_epochs=config.n_epochs,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.ent_coef,
        vf_coef=config.vf_coef,
        max_grad_norm=config.max_grad_norm,
        target_kl=config.target_kl,
        policy_kwargs=policy_settings(config, env.env.task),
        seed=config.seed,
        device=device,
    )


def train(config: RunConfig, folder: RunFolder) -> Trained:
    """Trains to the end of the run, from its last checkpoint where it has one.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; a checkpoint has been saved.
        CheckpointError: The last checkpoint is damaged, or a new one could not be written.
        RunError: The run's logs could not be written.
        ConfigError: The environment refuses its keywords, or the device is missing.
    """
    device = choose_device(config.device)
    torch.set_num_threads(min(config.threads, os.cpu_count() or 1))
    with StopSignals() as signals:
        saved = None
        try:
            path = latest(folder.checkpoints)
            snapshot = Snapshot.read(path) if path else None
            env = make_training_envs(
                config.env,
                config.env_kwargs,
                config.n_envs,
                config.reward_scale,
                config.credit,
            )
            reference = env.env.task.reference_sha256()
            if snapshot is None:
                _describe(folder, reference)
            model = make_model(config, env, device)
            count = sum(parameter.numel() for parameter in model.policy.parameters())
            print(f"The policy has {count:,} parameters.")
            history = history_of(snapshot) if snapshot else []
            monitor = WorkMonitor(history)  # its clocks count the warm start
            start_from_run(config, model.policy, folder)
            warm_start(config, env, model, folder)
            boundary = RolloutStart(config, env, history, folder.checkpoints)
            if snapshot:
                snapshot.restore(model, env)
            saved = boundary
            _learn(model, config, boundary, monitor, folder)
        except StopRequested:
            raise Interrupted(_farewell(saved, folder), signals.exit_code) from None
    best = newest(folder.best)
    if best is None:
        return Trained(model.policy, model.num_timesteps, history)
    load_policy(model.policy, best, reference)
    return Trained(model.policy, step_of(best), history)


def _describe(folder: RunFolder, reference_sha256: str) -> None:
    try:
        folder.describe(reference_sha256)
    except OSError as error:
        raise RunError(f"Cannot write to {folder.path}: {error}") from error


def _learn(
    model: PPO,
    config: RunConfig,
    boundary: RolloutStart,
    monitor: WorkMonitor,
    folder: RunFolder,
) -> None:
    remaining = config.total_timesteps - model.num_timesteps
    if remaining <= 0:
        return
    fresh = model._last_obs is None
    progress = Progress(monitor, config.total_timesteps)
    callbacks: list[BaseCallback] = [boundary, monitor, progress]
    if config.select_every:
        reference = boundary.env.env.task.reference_sha256()
        callbacks.insert(0, Selection(config, boundary.history, folder.best, reference))
    if config.media_every:
        callbacks.append(MediaLogger(monitor, boundary.env, config))
        if config.policy == "attention":
            callbacks.append(AttentionEntropy(config))
    try:
        output = TensorBoardOutputFormat(str(folder.tensorboard))
        model.set_logger(Logger(str(folder.tensorboard), [output]))
        try:
            model.learn(remaining, CallbackList(callbacks), reset_num_timesteps=fresh)
        finally:
            progress.close()
            model.logger.close()  # writes what is left, and so can fail as well
    except OSError as error:
        raise RunError(
            f"Cannot write to {folder.path} ({error.strerror or error}). Its last checkpoint is "
            f"untouched: make room, then python train_agent.py --resume {folder.path}"
        ) from error


def _farewell(boundary: RolloutStart | None, folder: RunFolder) -> str:
    path = boundary.save() if boundary else None
    done = f"saved as {path}" if path else "there was nothing to save yet"
    return f"Stopped; {done}. Continue with: python train_agent.py --resume {folder.path}"
