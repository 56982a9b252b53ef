"""Prints how fast agents learn and sample, as ratios measured in this one run.

    python -m benchmarks.training [--rounds N] [--sizes nano small]

Networks of equal parameters are compared on melodies of human length: Stable-Baselines3's PPO,
which encodes every observation by itself, and `CausalPPO`, which encodes a work once and remembers
it while sampling. There are two per-step encoders. "Plain" is what one writes first: a causal pass
over all places of every observation, of which one state is read. "Grouped" is `AttentionFeatures`,
which encodes observations of like length together, each up to its length, and only reads the state
that is wanted in its last block.

Every figure is processor time on one thread. Subjects take turns, round after round; a ratio is the
median over rounds of the ratio within a round. Settings are those of the preset, but the learning
rate is 0, so that every round does the same work, and the per-step way, whose cost of a transition
does not depend on it, gets rollouts of one minibatch.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.utils import obs_as_tensor
from torch import Tensor

from agents.attention.moments import written
from agents.config import DEFAULT_ENV, RunConfig, preset
from agents.features import AttentionFeatures, Observation
from agents.policy import CausalAttentionPolicy, MaskedPolicy
from agents.ppo.algorithm import CausalPPO, chosen
from agents.ppo.works import WorkLayout
from agents.training import policy_settings
from agents.vec_env import SB3VecEnv
from benchmarks.lines import Line, at_least, rate, table
from benchmarks.others import CARTPOLE, yardstick
from benchmarks.timing import Subject, Timing, take_turns
from creative_envs.melody.actions import N_DURATIONS
from creative_envs.melody.task import MelodyTask

ROUNDS: Final = 3
SIZES: Final = ("nano", "small", "base")
HUMAN_WORKS: Final = 512
SETTLING_ROLLOUTS: Final = 4
"""Rollouts played before anything is timed, until environments are at all stages of their works."""
SAMPLED_STEPS: Final = 32
SAMPLED_AT_ONCE: Final = 64
BOUND: Final = "bound"
CPU: Final = torch.device("cpu")


class PlainFeatures(AttentionFeatures):
    """The same trunk, applied as a straightforward features extractor would."""

    def forward(self, observations: Observation) -> Tensor:
        """Encodes all L places of every observation; reads the state after the last token."""
        tokens = observations["tokens"]
        states = self.trunk(observations)
        return states[torch.arange(len(tokens)), written(tokens)]


class PlainPolicy(MaskedPolicy):
    """`CausalAttentionPolicy` without a thought for speed."""

    features_type = PlainFeatures


@dataclass(frozen=True)
class Contestant:
    """A way to train, and to sample."""

    name: str
    algorithm: type[PPO]
    policy: type[MaskedPolicy]
    cached: bool = False


CAUSAL: Final = Contestant("CausalPPO", CausalPPO, CausalAttentionPolicy, cached=True)
PER_STEP: Final = (
    Contestant("plain", PPO, PlainPolicy),
    Contestant("grouped", PPO, CausalAttentionPolicy),
)
CONTESTANTS: Final = (CAUSAL, *PER_STEP)


@dataclass(frozen=True)
class Stage:
    """A moment of play that every learner starts from.

    Attributes:
        state: Of the environments.
        observation: What they show.
        episode_starts: Where an episode begins.
    """

    state: dict[str, Any]
    observation: dict[str, NDArray[Any]]
    episode_starts: NDArray[Any]

    @classmethod
    def of(cls, model: PPO) -> Stage:
        """Where a learner's environments stand."""
        seen = copy.deepcopy(model._last_obs)
        return cls(model.env.get_state(), seen, model._last_episode_starts.copy())

    def enter(self, model: PPO) -> None:
        """Puts a learner there, with the random numbers of all the others."""
        model.env.set_state(self.state)
        model._last_obs = copy.deepcopy(self.observation)
        model._last_episode_starts = self.episode_starts.copy()
        torch.manual_seed(0)


def settings_of(size: str, env_id: str = DEFAULT_ENV) -> RunConfig:
    """The preset's, for a network of this size."""
    tuned = preset(env_id, "attention", size)
    return RunConfig.from_settings({**tuned, "size": size, "env": env_id})


def steps_of_a_minibatch(config: RunConfig) -> int:
    """Steps after which all environments together have played a minibatch."""
    return config.batch_size // config.n_envs


def make_learner(contestant: Contestant, config: RunConfig, usage: Tensor | None = None) -> PPO:
    """A new learner, one that uses durations and pitches as often as people do if told so.

    A fresh policy writes the shortest works there are; these are about as long as human ones.

    Args:
        contestant: How it learns.
        config: The preset.
        usage: Log-probability of each action in human works, shape (A,).
    """
    torch.manual_seed(0)
    env = SB3VecEnv.make(config.env, config.n_envs, reward_scale=config.reward_scale)
    model = contestant.algorithm(
        contestant.policy,
        env,
        learning_rate=0.0,
        n_steps=config.n_steps if contestant is CAUSAL else steps_of_a_minibatch(config),
        batch_size=config.batch_size,
        n_epochs=config.n_epochs,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        policy_kwargs={**policy_settings(config, env.env.task), "cached": contestant.cached},
        seed=0,
        device=CPU,
    )
    model.set_logger(Logger(None, []))
    if usage is not None:
        with torch.no_grad():
            model.policy.action_net.bias.copy_(usage)
    return model


def human_usage(task: MelodyTask) -> tuple[Tensor, float]:
    """Log-probability of each action in human works, and how many tokens precede one there."""
    tokens, length, _ = task.reference_works(HUMAN_WORKS)
    actions = tokens[:, :, 0].astype(np.int64) * N_DURATIONS + tokens[:, :, 1]
    counts = 1 + np.bincount(actions[tokens[:, :, 0] >= 0], minlength=task.n_actions)
    prefix = (length * (length - 1) / 2).sum() / length.sum()
    return torch.as_tensor(np.log(counts / counts.sum()), dtype=torch.float32), float(prefix)


def learn(model: PPO) -> int:
    """Collects a rollout and learns from it; returns its frames."""
    frames = model.n_steps * model.n_envs
    model.learn(frames, reset_num_timesteps=False)
    return frames


def learning(model: PPO, stage: Stage) -> Subject:
    """Sampling and learning, end to end; a unit is a frame."""
    return Subject(lambda: stage.enter(model), lambda: learn(model))


def updating(model: PPO, rollout: Any) -> Subject:
    """One epoch of updates from the last steps of a rollout; a unit is a transition."""
    buffer = model.rollout_buffer
    buffer.reset()
    for name, values in buffer.observations.items():
        values[:] = rollout.observations[name][-model.n_steps :]
    for name in ("actions", "values", "log_probs", "advantages", "returns", "episode_starts"):
        getattr(buffer, name)[:] = getattr(rollout, name)[-model.n_steps :]
    buffer.full = True

    def prepare() -> None:
        model.n_epochs = 1

    def run() -> int:
        model.train()
        return buffer.buffer_size * buffer.n_envs

    return Subject(prepare, run)


def sampling(policy: MaskedPolicy, stream: Sequence[Observation]) -> Subject:
    """Choosing actions for observations that follow one another; a unit is a frame."""

    def prepare() -> None:
        policy.set_training_mode(False)
        policy.features_extractor.forget()

    def run() -> int:
        with torch.no_grad():
            for observation in stream:
                policy(observation)
        return sum(len(observation["brief"]) for observation in stream)

    return Subject(prepare, run)


def bound(model: PPO, rollout: Any) -> Subject:
    """What no trainer of this policy saves: every state computed once, and learned from.

    One forward pass to sample, and in each epoch a forward and a backward pass, all of them causal
    passes over whole works with everything laid out beforehand; a unit is a frame.
    """
    layout = WorkLayout.of_rollout(rollout, CPU)
    once = list(layout.in_order(model.batch_size))
    epochs = [list(layout.minibatches(model.batch_size)) for _ in range(model.n_epochs)]

    def run() -> int:
        with torch.no_grad():
            for batch in once:
                model.policy.evaluate_works(batch)
        for batch in [batch for epoch in epochs for batch in epoch]:
            values, log_probs = model.policy.evaluate_works(batch)
            model.policy.zero_grad()
            (values.mean() + chosen(log_probs, batch.actions).mean()).backward()
        return len(layout)

    return Subject(lambda: None, run)


def recorded(model: PPO, stage: Stage, steps: int) -> list[Observation]:
    """What the first environments show while the learner plays on."""
    stage.enter(model)
    stream, shown = [], stage.observation
    for _ in range(steps):
        first = {name: values[:SAMPLED_AT_ONCE].copy() for name, values in shown.items()}
        stream.append(obs_as_tensor(first, CPU))
        actions, _ = model.predict(shown)
        shown, *_ = model.env.step(actions)
    return stream


def measure_bound(size: str, rounds: int) -> list[Line]:
    """`CausalPPO` in melodies beside its bound alone, on one thread."""
    torch.set_num_threads(1)
    config = settings_of(size)
    usage, _ = human_usage(MelodyTask())
    causal = make_learner(CAUSAL, config, usage)
    rollout, stage = settled(causal)
    turns = {CAUSAL.name: learning(causal, stage), BOUND: bound(causal, rollout)}
    ends = take_turns(turns, rounds, f"{size}: training")
    return [over_bound(size, config, ends), *frames(size, ends)]


def settled(causal: PPO) -> tuple[Any, Stage]:
    """A rollout of environments at all stages of their works, and where they stand after it."""
    for _ in range(SETTLING_ROLLOUTS):
        learn(causal)
    return copy.deepcopy(causal.rollout_buffer), Stage.of(causal)


def over_bound(size: str, config: RunConfig, ends: dict[str, Timing]) -> Line:
    """How near `CausalPPO` comes to its bound."""
    what = f"{size}: CausalPPO over its bound (a forward, {config.n_epochs} x forward + backward)"
    return at_least(what, ends[CAUSAL.name].rate_over(ends[BOUND]), 0.6)


def frames(size: str, ends: dict[str, Timing]) -> list[Line]:
    """Frames a CPU-second that each way learns from."""
    return [
        Line(f"{size}: frames a CPU-second, {name}", 1 / timing.median, "/s")
        for name, timing in ends.items()
    ]


def measure(size: str, rounds: int) -> list[Line]:
    """Updates, sampling, and both together, for one size of network, on one thread."""
    torch.set_num_threads(1)
    config = settings_of(size)
    usage, human_prefix = human_usage(MelodyTask())
    models = {entry.name: make_learner(entry, config, usage) for entry in CONTESTANTS}
    causal = models[CAUSAL.name]
    rollout, stage = settled(causal)
    stream = recorded(causal, stage, SAMPLED_STEPS)
    learns = {name: learning(model, stage) for name, model in models.items()}
    ends = take_turns({**learns, BOUND: bound(causal, rollout)}, rounds, f"{size}: training")
    samples = take_turns(
        {name: sampling(model.policy, stream) for name, model in models.items()},
        rounds,
        f"{size}: sampling",
    )
    updates = take_turns(
        {name: updating(model, rollout) for name, model in models.items()},
        rounds,
        f"{size}: updates",
    )
    return [
        told(size, rollout, human_prefix),
        *ratios(f"{size}: one-pass update over per-step, a transition", updates, 15.0),
        *ratios(f"{size}: cached sampling over per-step, {SAMPLED_AT_ONCE} at once", samples, 4.0),
        *ratios(f"{size}: CausalPPO over SB3's PPO, frames end to end", ends, 10.0),
        over_bound(size, config, ends),
        *frames(size, ends),
    ]


def measure_frames(env_id: str, size: str, rounds: int) -> Line:
    """How many frames `CausalPPO` learns from in a CPU-second in another environment."""
    torch.set_num_threads(1)
    model = make_learner(CAUSAL, settings_of(size, env_id))
    learns = {CAUSAL.name: Subject(lambda: None, lambda: learn(model)), CARTPOLE: yardstick()}
    name = env_id.rpartition("/")[2]
    timings = take_turns(learns, rounds, f"{size}: training on {name}")
    what = f"{size}: frames a CPU-second, {CAUSAL.name} on {name}"
    return rate(what, timings[CAUSAL.name], timings[CARTPOLE])


def ratios(what: str, timings: dict[str, Timing], limit: float) -> list[Line]:
    """Lines of the causal way over the per-step ones; the target is on the plain encoder."""
    plain, grouped = (timings[CAUSAL.name].rate_over(timings[entry.name]) for entry in PER_STEP)
    return [at_least(f"{what} (plain)", plain, limit), Line(f"{what} (grouped)", grouped)]


def told(size: str, rollout: Any, human_prefix: float) -> Line:
    """How many tokens precede the actions all this is measured on, beside human works."""
    prefix = (rollout.observations["tokens"][..., 0] >= 0).sum(axis=2).mean()
    what = f"{size}: tokens before an action, in the mean ({human_prefix:.1f} in human works)"
    return Line(what, float(prefix), "")


def main() -> None:
    """Measures, prints, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="paired repeats")
    parser.add_argument(
        "--sizes",
        nargs="+",
        choices=SIZES,
        default=["nano"],
        help="of networks; the per-step way takes minutes a round beyond nano",
    )
    arguments = parser.parse_args()
    print(table([line for size in arguments.sizes for line in measure(size, arguments.rounds)]))


if __name__ == "__main__":
    main()
