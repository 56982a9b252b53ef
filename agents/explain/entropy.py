"""How narrowly each head of attention looks: the entropy of its weights, watched while learning."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.buffers import DictRolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback

from agents.config import RunConfig
from agents.explain.weights import context_weights
from agents.features import AttentionFeatures
from agents.policy import MaskedPolicy

MOST_WORKS: Final = 32


class AttentionEntropy(BaseCallback):
    """Records the entropy of each head, ``attention/block1-head2``, every so many rollouts.

    In nats, the mean over the decisions of up to `MOST_WORKS` works of the rollout. Draws nothing
    at random and changes nothing.

    Args:
        config: Says how often: as pictures are shown.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = config

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        if self.num_timesteps // self.config.rollout % self.config.media_every:
            return
        observations = last_observations(self.model.rollout_buffer, MOST_WORKS)
        for block, heads in enumerate(head_entropies(self.model.policy, observations), 1):
            for head, value in enumerate(heads.tolist(), 1):
                self.logger.record(f"attention/block{block}-head{head}", value)


def last_observations(buffer: DictRolloutBuffer, most: int) -> dict[str, NDArray[Any]]:
    """What was observed before the last tokens of works that end in a full rollout.

    At most so many, spread evenly over the rollout; where no work ended, what it ends with.
    """
    length = (buffer.observations["tokens"][..., 0] >= 0).sum(axis=2)
    ends = (length[1:] <= length[:-1]) | (buffer.episode_starts[1:] > 0)
    step, environment = np.nonzero(ends)
    if not len(step):
        environment = np.arange(length.shape[1])
        step = np.full(len(environment), len(length) - 1)
    picked = np.unique(np.linspace(0, len(step) - 1, most).round().astype(np.int64))
    return {
        name: values[step[picked], environment[picked]]
        for name, values in buffer.observations.items()
    }


def head_entropies(
    policy: MaskedPolicy, observations: dict[str, NDArray[Any]], relative: bool = False
) -> NDArray[np.float64]:
    """Mean entropy of where deciding elements look: the brief's and those of all tokens written.

    Args:
        policy: With attention.
        observations: Of n works, each entry of shape (n, ...).
        relative: Of what it could be at most, the logarithm of how many elements are in sight,
            instead of nats; decisions with a single one in sight are left out.

    Returns:
        Shape (blocks, heads).
    """
    encoder = policy.features_extractor
    assert isinstance(encoder, AttentionFeatures)
    context = {
        name: torch.as_tensor(observations[name], device=policy.device)
        for name in encoder.trunk.entries
    }
    first = encoder.trunk.prefix - 1
    weights = context_weights(policy, context)[:, :, :, first:].astype(np.float64)
    surprise = np.zeros_like(weights)
    np.log(weights, out=surprise, where=weights > 0)
    entropy = -(weights * surprise).sum(axis=4)
    tokens = np.arange(entropy.shape[3])
    counts = tokens <= (observations["tokens"][:, :, 0] >= 0).sum(axis=1)[:, None]
    if relative:
        in_sight = first + 1 + tokens
        entropy = entropy / np.log(np.maximum(in_sight, 2))
        counts &= in_sight > 1
    total = (entropy * counts[:, None, None]).sum(axis=(0, 3))
    return np.asarray(total / max(1, counts.sum()))
