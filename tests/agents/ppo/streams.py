"""Made-up observations of works in progress, and learners on the toy domain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import DictRolloutBuffer
from stable_baselines3.common.callbacks import CallbackList

from agents.policy import POLICIES, MaskedPolicy
from agents.ppo.algorithm import CausalPPO
from creative_envs.core.action_table import ActionTable
from tests.agents.necklaces import necklace_envs

ACTIONS, BRIEF, MEMORY, FEATURES, VALUES, MAP = 7, 3, 4, 5, 4, 6


@dataclass(frozen=True)
class Stream:
    """Observations, step by step, of rows that write works of random lengths.

    Rows begin in the middle of a work, end theirs at different times, and keep their brief while
    an episode of several works lasts; so with their map, of so many rows as ``static`` says.
    """

    seed: int = 0
    rows: int = 4
    steps: int = 12
    max_length: int = 5
    columns: int = 2
    earlier: int = 0
    static: int = 0
    observations: list[dict[str, np.ndarray]] = field(default_factory=list)
    starts: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        played = [list(self._play(rng)) for _ in range(self.rows)]
        for moment in zip(*played, strict=True):
            seen = [observation for observation, _ in moment]
            self.observations.append({k: np.stack([o[k] for o in seen]) for k in seen[0]})
            self.starts.append(np.array([start for _, start in moment], np.float32))

    @property
    def space(self) -> spaces.Dict:
        shapes = {
            "tokens": spaces.Box(-1, VALUES - 1, (self.max_length, self.columns), np.int16),
            "brief": spaces.Box(0, 1, (BRIEF,), np.float32),
            "action_mask": spaces.Box(0, 1, (ACTIONS,), np.int8),
        }
        if self.earlier:
            shapes["works"] = spaces.Box(0, 1, (self.earlier, 1 + MEMORY), np.float32)
        if self.static:
            shapes["map"] = spaces.Box(0, 1, (self.static, MAP), np.float32)
        return spaces.Dict(shapes)

    def buffer(self) -> DictRolloutBuffer:
        """A rollout of these observations; actions are legal, all else is noise."""
        rng = np.random.default_rng(self.seed + 1)
        made = DictRolloutBuffer(
            self.steps, self.space, spaces.Discrete(ACTIONS), n_envs=self.rows, device="cpu"
        )
        for step, observation in enumerate(self.observations):
            for name, values in observation.items():
                made.observations[name][step] = values
            made.actions[step, :, 0] = observation["action_mask"].argmax(axis=1)
        made.episode_starts[:] = self.starts
        for name in ("values", "log_probs", "advantages", "returns"):
            getattr(made, name)[:] = rng.normal(size=(self.steps, self.rows))
        made.pos, made.full = self.steps, True
        return made

    def _play(self, rng: np.random.Generator) -> Any:
        skipped = int(rng.integers(0, 2 * self.max_length))
        shown = self._episode(rng)
        for step in range(skipped + self.steps):
            observation, start = next(shown)
            if step >= skipped:
                yield observation, start or step == skipped

    def _episode(self, rng: np.random.Generator) -> Any:
        while True:
            brief, start = rng.random(BRIEF).astype(np.float32), True
            works = np.zeros((self.earlier, 1 + MEMORY), np.float32)
            terrain = rng.random((self.static, MAP)).astype(np.float32)
            for number in range(self.earlier + 1):
                tokens = np.full((self.max_length, self.columns), -1, np.int16)
                for length in range(int(rng.integers(1, self.max_length + 1))):
                    mask = (rng.random(ACTIONS) < 0.5).astype(np.int8)
                    mask[rng.integers(ACTIONS)] = 1
                    shown = {"tokens": tokens, "brief": brief, "action_mask": mask}
                    shown |= {"works": works} if self.earlier else {}
                    shown |= {"map": terrain} if self.static else {}
                    yield {name: values.copy() for name, values in shown.items()}, start
                    tokens[length] = rng.integers(0, VALUES, self.columns)
                    start = False
                if number < self.earlier:
                    works[number] = [1, *rng.random(MEMORY)]


def make_policy(
    stream: Stream, policy: str = "attention", head: str = "flat", **keywords: Any
) -> MaskedPolicy:
    """A policy for a stream, none of whose parameters is still what it was made."""
    torch.manual_seed(stream.seed)
    rng = np.random.default_rng(stream.seed)
    table = ActionTable(
        features=rng.normal(size=(ACTIONS, FEATURES)).astype(np.float32),
        value=rng.integers(0, VALUES, ACTIONS),
        relation=rng.integers(0, 6, (VALUES + 1, VALUES)),
    )
    made = POLICIES[policy](
        stream.space,
        spaces.Discrete(ACTIONS),
        lambda _: 1e-2,
        actions=table if head == "pointer" else None,
        static=("map",) if stream.static else (),
        **keywords,
    )
    scramble(made)
    made.set_training_mode(False)
    return made


@torch.no_grad()
def scramble(policy: MaskedPolicy) -> None:
    """Adds noise to every parameter, above all to the tables of relative positions.

    Temperatures rise: falling, they would make the rounding errors of logits larger.
    """
    for name, parameter in policy.named_parameters():
        deviation = 1.0 if "bias.table" in name else 0.5 * parameter.shape[-1] ** -0.5
        noise = torch.randn_like(parameter) * deviation
        parameter.add_(noise.abs() / 10 if "heat." in name else noise)


def tensors(observation: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(values.copy()) for name, values in observation.items()}


def make_learner(
    algorithm: type[PPO] = CausalPPO,
    policy: str = "attention",
    works: int = 1,
    num_envs: int = 4,
    **keywords: Any,
) -> PPO:
    """A learner on necklaces, whose rollouts of 20 steps cut works of 6."""
    settings = {"n_steps": 20, "batch_size": 40, "n_epochs": 2, "seed": 0, "device": "cpu"}
    env = necklace_envs(num_envs, works=works)
    return algorithm(POLICIES[policy], env, **(settings | keywords))


def collect(model: PPO) -> DictRolloutBuffer:
    """One rollout into the model's buffer, without an update."""
    frames = model.n_steps * model.n_envs
    _, callback = model._setup_learn(frames, CallbackList([]))
    callback.on_training_start(locals(), globals())
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    model._update_current_progress_remaining(0, frames)
    return model.rollout_buffer
