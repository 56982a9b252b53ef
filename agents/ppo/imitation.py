"""Cloning: before any reward, a policy learns to act as the makers of the references did.

Their works are played through `Task.begin` and `Task.advance`, which gives the legal actions at
every step, and laid out like a rollout, so that a policy reads each work in one causal pass. What
it has learned is where PPO starts, and the prior it may be kept close to.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from torch import Tensor, nn
from tqdm import tqdm

from agents.checkpoint import POLICY, load_policy, policy_tensors
from agents.config import RunConfig
from agents.environments import VALIDATION, has_splits, make_test_envs
from agents.errors import CheckpointError, ConfigError
from agents.evaluation import earlier_works, sample_works, stack
from agents.policy import ADAM_EPSILON, MaskedPolicy, parameter_groups
from agents.ppo.algorithm import CausalPPO, chosen
from agents.ppo.demonstrations import Demonstrations, whole_works
from agents.ppo.works import WorkBatch, WorkLayout
from agents.runs import RunFolder
from agents.sealed import Sealed, newest
from agents.vec_env import SB3VecEnv

HELD_OUT_SHARE: Final = 0.1
"""Of the demonstrations, where the task has no splits."""
BATCH_SIZE: Final = 2048
RATE_TIMES_WIDTH: Final = 0.48
"""Learning rate of cloning times the width of the policy's states: 0.01 for 48."""
MAX_GRAD_NORM: Final = 1.0
CRITIC_WORKS: Final = 256
"""Works of the cloned policy that its critic is fitted to, about."""
CRITIC_SEED: Final = 3_000_003
"""Added to a run's seed for the sampling of those works."""
RIDGE: Final = 1e-2
"""Penalty on the critic's squared weights, for each transition."""
WEIGHT_STREAM: Final = 20_260_101
"""Added to a run's seed for the novelty weights of demonstrations."""


def clone(
    policy: MaskedPolicy,
    works: WorkLayout,
    held_out: WorkLayout,
    *,
    epochs: int,
    seed: int,
    epoch: int | None = None,
    batch_size: int = BATCH_SIZE,
    learning_rate: float | None = None,
    weight_decay: float = 0.01,
) -> list[float]:
    """Behaviour cloning: AdamW on the cross-entropy of the actions taken, among the legal ones.

    The learning rate falls to 0 in a straight line. The policy ends with the parameters that were
    best on the held-out works. Draws nothing from global generators; leaves the policy's own
    optimiser alone.

    Args:
        policy: Changed in place; its critic is not.
        works: Learned from.
        held_out: Judged by.
        epochs: After each the policy is judged.
        seed: Of the order of the works.
        epoch: Actions of an epoch; all of the works' by default, a pass over them.
        batch_size: Actions in a minibatch, about.
        learning_rate: The highest; by default the less, the wider the policy is.
        weight_decay: AdamW's.

    Returns:
        Mean nats per action on the held-out works, before and after every epoch.
    """
    highest = learning_rate or RATE_TIMES_WIDTH / policy.features_dim
    optimiser = torch.optim.AdamW(
        parameter_groups(policy.modules(), weight_decay),
        lr=highest,
        eps=ADAM_EPSILON,
        fused=True,
    )
    rng = np.random.default_rng(seed)
    nats = [cross_entropy(policy, held_out, batch_size)]
    best = copy.deepcopy(policy.state_dict())
    epoch = epoch or len(works)
    total, seen = epochs * epoch, 0
    bar = tqdm(
        total=total,
        unit=" actions",
        desc="cloning",
        mininterval=0.5 if sys.stderr.isatty() else 10.0,
        dynamic_ncols=True,
    )
    with bar:
        batches = _endless(works, batch_size, rng)
        for judged in range(1, epochs + 1):
            policy.set_training_mode(True)
            while seen < judged * epoch:
                batch = next(batches)
                for group in optimiser.param_groups:
                    group["lr"] = highest * (1 - seen / total)
                optimiser.zero_grad()
                nats_of(policy, batch).mean().backward()
                nn.utils.clip_grad_norm_(policy.parameters(), MAX_GRAD_NORM)
                optimiser.step()
                seen += len(batch.rows)
                bar.update(len(batch.rows))
            nats.append(cross_entropy(policy, held_out, batch_size))
            bar.set_postfix({"held-out nats": f"{nats[-1]:.3f}"})
            if nats[-1] == min(nats):
                best = copy.deepcopy(policy.state_dict())
    policy.load_state_dict(best)
    return nats


def _endless(works: WorkLayout, batch_size: int, rng: np.random.Generator) -> Iterator[WorkBatch]:
    """Minibatches of one pass over the works after another."""
    while True:
        yield from works.minibatches(batch_size, rng)


@torch.no_grad()
def cross_entropy(policy: MaskedPolicy, works: WorkLayout, batch_size: int = BATCH_SIZE) -> float:
    """Mean nats a policy needs for an action of these works."""
    policy.set_training_mode(False)
    total = sum(nats_of(policy, batch).sum().item() for batch in works.in_order(batch_size))
    return total / len(works)


def nats_of(policy: MaskedPolicy, batch: WorkBatch) -> Tensor:
    """Nats each action of a batch (M,) costs the policy."""
    _, log_probs = policy.evaluate_works(batch)
    return -chosen(log_probs, batch.actions)


def warm_start(config: RunConfig, env: SB3VecEnv, model: PPO, folder: RunFolder) -> None:
    """Lets a run with reference start from the cloned policy, and keeps that as its prior.

    The cloned policy is stored in the run's folder; where it is already there, it is loaded. Call
    this before a checkpoint is restored. Does nothing for runs from scratch.

    Args:
        config: The run's settings.
        env: Its environments.
        model: Just made. Its policy's parameters are set; with a ``prior_coef``, its prior.
        folder: The run's.

    Raises:
        ConfigError: There is nothing to clone, or no prior in the algorithm.
        CheckpointError: The cloned policy could not be stored, or the stored one is damaged, or
            missing from a run that has begun.
    """
    if config.track != "with-reference":
        return
    if config.prior_coef and not isinstance(model, CausalPPO):
        raise ConfigError(
            f"algorithm={config.algorithm} knows no prior: set prior_coef=0 or algorithm=causal-ppo"
        )
    reference = env.env.task.reference_sha256()
    stored = newest(folder.prior)
    if stored is not None:
        load_policy(model.policy, stored, reference)
    elif newest(folder.checkpoints) is not None:
        raise CheckpointError(f"{folder.prior} is missing: restore it, or begin a new run.")
    else:
        clone_references(config, env, model.policy)
        fit_critic(config, env, model.policy)
        contents = {POLICY: safetensors.torch.save(policy_tensors(model.policy))}
        Sealed(contents, reference).write(folder.prior, timesteps=0, keep=1)
    if config.prior_coef:
        model.prior, model.prior_coef = frozen(model.policy), config.prior_coef


def gather(config: RunConfig, env: SB3VecEnv) -> tuple[Demonstrations, Demonstrations]:
    """The demonstrations to learn from, and those of the validation split, or a share, to judge by.

    Raises:
        ConfigError: There are none, or too few.
    """
    task, settings = env.env.task, env.env.settings
    rng = np.random.default_rng([config.seed, WEIGHT_STREAM])
    try:
        works = Demonstrations.of(task, settings, rng)
        if has_splits(type(task)) and config.env_kwargs.get("split") != VALIDATION:
            other = make_test_envs(config.env, config.env_kwargs, 1, VALIDATION).task
            held_out = Demonstrations.of(other, settings, rng)
            if len(works) and len(held_out):
                return works, held_out
    except NotImplementedError:
        raise ConfigError(f"{config.env} has no works to clone: use track=from-scratch") from None
    cut = len(works) - max(1, round(HELD_OUT_SHARE * len(works)))
    if cut < 1:
        raise ConfigError(f"{config.env} has too few works to clone: use track=from-scratch")
    return works[:cut], works[cut:]


def augmented(config: RunConfig, env: SB3VecEnv, works: Demonstrations) -> Demonstrations:
    """Works and what symmetry makes of them.

    Raises:
        ConfigError: The environment has no symmetries.
    """
    rng = np.random.default_rng([config.seed, WEIGHT_STREAM, 1])
    try:
        return works.with_symmetric(env.env.task, env.env.settings, rng)
    except NotImplementedError:
        raise ConfigError(f"{config.env} has no symmetries: use augment=false") from None


def clone_references(config: RunConfig, env: SB3VecEnv, policy: MaskedPolicy) -> float:
    """Clones the works an environment's references come from, and tells how well.

    An epoch is as long with what symmetry makes of the works as without.

    Returns:
        Mean nats per action on the works held out, which are as they are in either case.

    Raises:
        ConfigError: It has none, or too few, or none of the symmetries asked for.
    """
    task, settings = env.env.task, env.env.settings
    works, held_out = gather(config, env)
    shown = augmented(config, env, works) if config.augment else works
    nats = clone(
        policy,
        shown.lay_out(task, settings, policy.device),
        held_out.lay_out(task, settings, policy.device),
        epochs=config.cloning_epochs,
        seed=config.seed,
        epoch=int(works.length.sum()),
        weight_decay=config.weight_decay,
    )
    print(f"Cloned {len(shown)} works: {min(nats):.3f} nats per action on {len(held_out)} others.")
    return min(nats)


@torch.no_grad()
def fit_critic(config: RunConfig, env: SB3VecEnv, policy: MaskedPolicy) -> None:
    """Sets the critic's last layer to what the policy's own works earn, by ridge regression.

    Cloning teaches no critic, and one that knows nothing would spoil a good policy with its first
    advantages. What is encoded stays as it is, and so does the policy. Returns are taken as not
    discounted, and as paid when works are finished.

    Args:
        config: The run's settings.
        env: Its environments.
        policy: Whose works are sampled; only its critic's last layer is changed.
    """
    task, works = env.env.task, env.env.settings.works
    count = -(-CRITIC_WORKS // works) * works
    split = config.env_kwargs.get("split", "train")
    sampled = sample_works(config, policy, count, config.seed + CRITIC_SEED, split)
    tokens, length, brief = stack(sampled)
    context: dict[str, NDArray[Any]] = {"tokens": tokens, "brief": brief} | task.context(brief)
    if works > 1:
        context["works"] = earlier_works(task, works, tokens, length, brief)
    reward = np.array([work["reward"] for work in sampled], np.float32).reshape(-1, works)
    to_come = reward[:, ::-1].cumsum(axis=1)[:, ::-1].ravel() * config.reward_scale
    returns = {"returns": np.repeat(to_come, length)}
    layout = whole_works(context, length, policy.device, fields=returns)
    batches = list(layout.in_order(BATCH_SIZE))
    states = torch.cat([policy.encode_works(batch) for batch in batches]).double()
    target = torch.cat([batch.fields["returns"] for batch in batches]).double()
    centred = states - states.mean(dim=0)
    ridge = (
        RIDGE * len(layout) * torch.eye(states.shape[1], dtype=states.dtype, device=states.device)
    )
    weight = torch.linalg.solve(centred.T @ centred + ridge, centred.T @ (target - target.mean()))
    policy.value_net.weight.copy_(weight[None])
    policy.value_net.bias.copy_(target.mean() - states.mean(dim=0) @ weight)


def frozen(policy: MaskedPolicy) -> MaskedPolicy:
    """A copy that is only read."""
    prior = copy.deepcopy(policy)
    prior.requires_grad_(False)
    prior.set_training_mode(False)
    return prior
