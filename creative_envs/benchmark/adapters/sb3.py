"""Algorithms of Stable-Baselines3 and its like as agents: five baselines, and a base for others.

A subclass of `SB3Agent` names an algorithm and its settings, and is ready to run::

    from sb3_contrib import TRPO

    class MyTRPO(SB3Agent):
        algorithm = TRPO
        settings = {"n_steps": 64, "gamma": 1.0, "gae_lambda": 0.98}

Rewards come when works are finished, some tens of steps after what earned them, and are small at
first (about 0.05): hence no discount, a long trace of advantages and rewards scaled by 8, as in
``agents/presets``. Learning rate and entropy bonus are those presets' as well; they fall with the
budget. Rollouts are many rather than long: of 60,000 steps, four times as many earned PPO .12, not
.08, on melodies and .37, not .05, on tactics (one seed). Deep Q-learning alone discounts.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.adapters.rollouts import rollout_steps, whole_rollouts
from creative_envs.benchmark.errors import MissingPackage

if TYPE_CHECKING:
    from creative_envs.benchmark.protocol import Context, ObservationKind

Observations = Mapping[str, NDArray[Any]]

GAE_LAMBDA: Final = {"MelodyComposition": 0.98, "PatchComposition": 0.9}
"""Where another than 0.95 has been chosen, see ``agents/presets``."""
ADAM_EPSILON: Final = 1e-5
FINAL_RATE: Final = 0.05
"""What learning rates fall to in the end, as a share."""


class SB3Agent:
    """Trains an algorithm with the interface of Stable-Baselines3 on a native vector environment.

    Attributes:
        algorithm: Its class, or "module:Class" to import it late.
        policy: As the algorithm takes it.
        settings: Keywords of the algorithm, beside policy, environment, seed and device.
        envs: Environments stepped together.
        width: Units of the first layer, over one-hot tokens; see `OneHotFeatures`.
        layers: Layers behind it, as SB3's ``net_arch``.
        reward_scale: Factor on rewards as the learner sees them.
        final_ent_coef: What ``ent_coef`` falls to in the end; None leaves it.
    """

    observation: ClassVar[ObservationKind] = "dict"
    deterministic: ClassVar[bool] = False
    algorithm: ClassVar[type[Any] | str]
    policy: ClassVar[str] = "MultiInputPolicy"
    settings: ClassVar[Mapping[str, Any]] = {}
    envs: ClassVar[int] = 32
    width: ClassVar[int] = 256
    layers: ClassVar[tuple[int, ...]] = (256,)
    reward_scale: ClassVar[float] = 8.0
    final_ent_coef: ClassVar[float | None] = None

    def train(self, context: Context) -> SB3Policy:
        """Learns until the budget is spent; steps after the last whole rollout teach nothing."""
        algorithm = _load(self.algorithm)
        import torch

        from creative_envs.benchmark.adapters.extractor import OneHotFeatures
        from creative_envs.benchmark.adapters.vectors import EntropyDecay, NativeVecEnv

        if context.device == "cpu":
            torch.set_num_threads(1)
        network = {
            "net_arch": list(self.layers),
            "features_extractor_class": OneHotFeatures,
            "features_extractor_kwargs": {"width": self.width},
            "optimizer_kwargs": {"fused": True, "eps": ADAM_EPSILON},
        }
        settings = self.tuned(context)
        network.update(settings.pop("policy_kwargs", {}))
        model = algorithm(
            self.policy,
            NativeVecEnv(context.make_vec_env(self.envs), self.reward_scale),
            policy_kwargs=network,
            seed=context.seed,
            device=context.device,
            **settings,
        )
        decay = None if self.final_ent_coef is None else EntropyDecay(self.final_ent_coef)
        with context.until_spent():
            model.learn(context.budget, callback=decay)
        return SB3Policy(model)

    def tuned(self, context: Context) -> dict[str, Any]:
        """The settings for this environment and budget."""
        return dict(self.settings)


class SB3Policy:
    """Samples from a trained model; draws nothing from PyTorch's global generator."""

    def __init__(self, model: Any) -> None:
        self.model = model
        model.policy.to("cpu")
        self._masked = "action_masks" in inspect.signature(model.predict).parameters
        # SB3's DQN and its like explore with all of a batch at once; here each row for itself.
        self._epsilon = float(getattr(model, "exploration_rate", 0.0))
        if self._epsilon:
            model.exploration_rate = 0.0

    def reset(self, seed: int, count: int) -> None:
        """Begins; what recurrent models remember is forgotten."""
        import torch

        self._rng = np.random.default_rng(seed)
        self._torch_rng = torch.Generator().manual_seed(seed % 2**63).get_state()
        self._state: Any = None

    def act(self, observation: Observations) -> NDArray[Any]:
        """Samples an action (n,) for each episode."""
        import torch

        masks = {"action_masks": observation["action_mask"] != 0} if self._masked else {}
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self._torch_rng)
            actions, self._state = self.model.predict(
                dict(observation),
                state=self._state,
                episode_start=begins(observation),
                deterministic=False,
                **masks,
            )
            self._torch_rng = torch.get_rng_state()
        if self._epsilon:
            explores = self._rng.random(len(actions)) < self._epsilon
            drawn = self._rng.integers(self.model.action_space.n, size=len(actions))
            actions = np.where(explores, drawn, actions)
        return np.asarray(actions)

    def save(self, folder: Path) -> None:
        """Writes the model as its library does."""
        self.model.save(folder / "model.zip")


def begins(observation: Observations) -> NDArray[np.bool_]:
    """Which episodes (n,) stand at their beginning: no token of a first work is written."""
    fresh = observation["tokens"][:, 0, 0] < 0
    if "works" in observation:
        fresh &= observation["works"][:, 0, 0] == 0
    return np.asarray(fresh)


def falling(rate: float) -> Callable[[float], float]:
    """A learning rate that falls in a straight line, as a function of the remaining progress."""
    return lambda remaining: rate * (FINAL_RATE + (1 - FINAL_RATE) * max(remaining, 0.0))


class _OnPolicy(SB3Agent):
    """What PPO and its kin have in common."""

    rate: ClassVar[float] = 1e-3

    def tuned(self, context: Context) -> dict[str, Any]:
        return {
            **self.settings,
            "n_steps": rollout_steps(context.budget, self.envs),
            "learning_rate": falling(self.rate),
            "gae_lambda": GAE_LAMBDA.get(context.environment.name, 0.95),
        }


class _PPO(_OnPolicy):
    """Proximal policy optimisation: four passes over a rollout, in four minibatches each."""

    settings: ClassVar[Mapping[str, Any]] = {
        "n_epochs": 4,
        "gamma": 1.0,
        "ent_coef": 0.01,
        "clip_range": 0.2,
    }
    final_ent_coef = 0.001

    def tuned(self, context: Context) -> dict[str, Any]:
        settings = super().tuned(context)
        return {**settings, "batch_size": self.envs * settings["n_steps"] // 4}


class PPOMlp(_PPO):
    """PPO with a multi-layer perceptron over one-hot tokens, without masks."""

    algorithm = "stable_baselines3:PPO"


class MaskablePPOMlp(_PPO):
    """PPO with a multi-layer perceptron that proposes legal actions alone."""

    algorithm = "sb3_contrib:MaskablePPO"


class RecurrentPPOMlp(_PPO):
    """PPO with an LSTM over what a multi-layer perceptron makes of each observation."""

    algorithm = "sb3_contrib:RecurrentPPO"
    policy = "MultiInputLstmPolicy"
    settings: ClassVar[Mapping[str, Any]] = {
        **_PPO.settings,
        "policy_kwargs": {"lstm_hidden_size": 128},
    }


class A2CMlp(_OnPolicy):
    """Advantage actor-critic (A2C) with a multi-layer perceptron over one-hot tokens."""

    algorithm = "stable_baselines3:A2C"
    settings: ClassVar[Mapping[str, Any]] = {
        "gamma": 1.0,
        "ent_coef": 0.01,
        "normalize_advantage": True,
    }
    final_ent_coef = 0.001

    def tuned(self, context: Context) -> dict[str, Any]:
        """Rollouts are short whatever the budget, as each is learnt from once."""
        return {**super().tuned(context), "n_steps": whole_rollouts(context.budget, self.envs, 16)}


class DQNMlp(SB3Agent):
    """Deep Q-learning (DQN) with a multi-layer perceptron; explores one action in twenty."""

    algorithm = "stable_baselines3:DQN"
    envs = 16
    settings: ClassVar[Mapping[str, Any]] = {
        "buffer_size": 50_000,
        "batch_size": 256,
        "learning_rate": 1e-3,
        "gamma": 0.99,
        "train_freq": 8,
        "gradient_steps": 4,
        "exploration_final_eps": 0.05,
    }

    def tuned(self, context: Context) -> dict[str, Any]:
        """Learns from a twentieth of the budget on; explores for a third of it."""
        return {
            **self.settings,
            "learning_starts": math.ceil(context.budget / 20),
            "exploration_fraction": 1 / 3,
            "target_update_interval": max(self.envs, context.budget // 100),
        }


def _load(algorithm: type[Any] | str) -> type[Any]:
    if not isinstance(algorithm, str):
        return algorithm
    module, _, name = algorithm.partition(":")
    try:
        loaded: type[Any] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"{error.name} is not installed: pip install 'creative-envs[agents]'"
        ) from error
    return loaded
