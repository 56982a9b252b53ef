"""One trunk for several policies: the same transformer blocks between each domain's own ends.

What is shared knows nothing of a domain: how an element attends, and what is made of what it found.
Embeddings of tokens, brief and static rows, the bias of distances (sequences have other lengths and
prefixes) and the heads of actor and critic stay each domain's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import nn

from agents.attention.blocks import Block
from agents.attention.cache import SamplingCache
from agents.attention.trunk import CausalTrunk
from agents.errors import ConfigError
from agents.features import AttentionFeatures
from agents.policy import MaskedPolicy, parameter_groups

SHARED_IN_BLOCKS: Final = (
    "attention_norm",
    "query_key_value",
    "output",
    "feed_forward_norm",
    "feed_forward",
)
"""Modules of every block that policies share; the relative bias is not among them."""


def share_trunk(policies: Sequence[MaskedPolicy]) -> None:
    """Makes the blocks and the final norm of all policies those of the first.

    Every policy gets a new optimiser, with moments of its own for what is shared as well: a
    gradient of one domain is scaled by what that domain's gradients were. A step of any of them
    empties the sampling caches of all.

    Args:
        policies: `CausalAttentionPolicy`, one a domain, of one size and before they learn: moments
            of optimisers are dropped.

    Raises:
        ConfigError: A policy has no transformer, or one of another size.
    """
    features = [_attention_of(policy) for policy in policies]
    first = features[0].trunk
    for other in features[1:]:
        _require_same_size(first, other.trunk)
        for block, shared in zip(other.trunk.blocks, first.blocks, strict=True):
            for name in SHARED_IN_BLOCKS:
                setattr(block, name, getattr(shared, name))
        other.trunk.norm = first.norm
    for own in features:
        own.cache = SamplingCache(own.trunk)  # it lists the parameters it watches when made
    for policy in policies:
        policy.optimizer = _new_optimiser(policy, features)


def shared_modules(policy: MaskedPolicy) -> list[nn.Module]:
    """The modules `share_trunk` makes the same, in the order of the blocks.

    Raises:
        ConfigError: The policy has no transformer.
    """
    trunk = _attention_of(policy).trunk
    modules = [getattr(block, name) for block in trunk.blocks for name in SHARED_IN_BLOCKS]
    return [*modules, trunk.norm]


def count_parameters(policies: Sequence[MaskedPolicy]) -> int:
    """Numbers all policies learn together; shared ones count once."""
    distinct = {id(p): p.numel() for policy in policies for p in policy.parameters()}
    return sum(distinct.values())


def _attention_of(policy: MaskedPolicy) -> AttentionFeatures:
    features = policy.features_extractor
    if not isinstance(features, AttentionFeatures):
        raise ConfigError("Only policies with a transformer share one: use policy=attention")
    return features


def _require_same_size(first: CausalTrunk, other: CausalTrunk) -> None:
    sizes = [(trunk.width, len(trunk.blocks), _heads(trunk)) for trunk in (first, other)]
    if sizes[0] != sizes[1]:
        raise ConfigError(
            "Policies that share a trunk need one size; (width, blocks, heads) are "
            f"{sizes[0]} and {sizes[1]}: give all the same size=..."
        )


def _heads(trunk: CausalTrunk) -> int:
    block = trunk.blocks[0]
    assert isinstance(block, Block)
    return block.heads


def _new_optimiser(
    policy: MaskedPolicy, features: Sequence[AttentionFeatures]
) -> torch.optim.Optimizer:
    """As `MaskedPolicy` makes it, over the parameters that are the policy's now."""
    make: Callable[..., torch.optim.Optimizer] = policy.optimizer_class
    optimiser = make(
        parameter_groups(policy.modules(), policy.weight_decay),
        lr=policy.optimizer.param_groups[0]["lr"],
        **policy.optimizer_kwargs,
    )

    def forget(*_: Any) -> None:
        for each in features:
            each.forget()

    optimiser.register_step_post_hook(forget)
    return optimiser
