"""Where attention policies look: weights of attention, and how they add up over blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from agents.attention.moments import Context
from agents.explain.decisions import Decisions
from agents.features import AttentionFeatures
from agents.policy import MaskedPolicy

TOGETHER: Final = 64
"""Decisions whose weights are held at a time."""

Floats = NDArray[np.float64]


def deciding_rows(policy: MaskedPolicy, decisions: Decisions) -> list[Floats]:
    """Where the deciding element of each decision looks: see `Decision.attention`."""
    return [weights[:, :, -1].copy() for weights in _by_decision(policy, decisions)]


def rolled_out(policy: MaskedPolicy, decisions: Decisions) -> list[Floats]:
    """Attention rollout (Abnar and Zuidema 2020) from each deciding element.

    Heads are averaged, half of every element is taken to stay where it is (the residual stream),
    and the blocks' matrices are multiplied.

    Returns:
        For each decision shares of the elements up to the deciding one, shape (prefix + step,),
        which sum to 1; empty ones for a policy without attention.
    """
    found = []
    for weights in _by_decision(policy, decisions):
        share = np.zeros(weights.shape[3])
        share[-1:] = 1
        for block in weights[::-1].mean(axis=1):
            share = (share + share @ block) / 2
        found.append(share)
    return found


def context_weights(policy: MaskedPolicy, context: Context) -> NDArray[np.float32]:
    """All weights over n works, shape (n, blocks, heads, T, T), T being prefix and tokens.

    Raises:
        AttributeError: The policy has no attention.
    """
    trunk = policy.features_extractor.trunk
    with torch.no_grad():
        return np.asarray(trunk.weights(trunk.embed(context)).cpu().numpy())


def _by_decision(policy: MaskedPolicy, decisions: Decisions) -> Iterator[Floats]:
    """Weights (blocks, heads, T, T) of each decision, T being its prefix + step."""
    encoder = policy.features_extractor
    if not isinstance(encoder, AttentionFeatures):
        yield from (np.zeros((0, 0, 1, 0)) for _ in range(len(decisions)))
        return
    for first in range(0, len(decisions), TOGETHER):
        part = decisions.chosen(np.arange(first, min(first + TOGETHER, len(decisions))))
        weights = context_weights(policy, part.context)
        for row, step in enumerate(part.step.tolist()):
            total = encoder.trunk.prefix + step
            yield weights[row, :, :, :total, :total].astype(np.float64)
