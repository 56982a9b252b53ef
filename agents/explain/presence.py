"""A policy's log-probabilities as smooth functions of how much of what it sees is there.

Every written token, every entry of the brief and every row of a static entry has a *presence* in
[0, 1]: 1 as observed, 0 as if deleted. A deleted token is one that is not written (-1), at a place
that stays taken; a deleted number is what it is in the mean. Where presences are 0 or 1 the
function is the policy itself, given such a context; between, everything the policy reads of a token
fades with it: its embedding, its relations to the tokens beside it, features of neighbours.
Whatever it reads of two of them fades with the product.

What is legal does not change, nor do earlier works of an episode and the features of actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor

from agents.attention.embedding import TokenEmbedding
from agents.attention.heads import FlatHead, ObservedPointerHead, PointerHead
from agents.attention.moments import Context, Moments
from agents.attention.observed import ObservedEmbedding, distinct, grouped_product
from agents.attention.relations import Relations
from agents.attention.trunk import CausalTrunk
from agents.config import RunConfig
from agents.environments import make_test_envs
from agents.errors import ConfigError
from agents.explain.decisions import Decisions
from agents.features import AttentionFeatures, MlpFeatures
from agents.policy import MASKED_LOGIT, MaskedPolicy

NEUTRAL_BRIEFS: Final = 256
"""Briefs whose mean is what a deleted entry of a brief is taken for."""
NEUTRAL_SEED: Final = 0

Neutral = Mapping[str, Tensor]
"""What deleted numbers are taken for: "brief" (B,), and static entries, each (M, P)."""


def neutral_context(config: RunConfig, policy: MaskedPolicy) -> dict[str, Tensor]:
    """Means over briefs as the run drew them for training, and over what they come with."""
    split = config.env_kwargs.get("split", "train")
    env = make_test_envs(config.env, config.env_kwargs, NEUTRAL_BRIEFS, split)
    seen, _ = env.reset(seed=NEUTRAL_SEED)
    return {
        name: torch.as_tensor(seen[name].mean(axis=0, dtype=np.float64), dtype=torch.float32).to(
            policy.device
        )
        for name in ("brief", *policy.static)
    }


class PresentPolicy:
    """Log-probabilities of chosen actions as functions of presences; see the module's head.

    Args:
        policy: Attention or MLP, with any of our heads.
        decisions: Whose.
        neutral: What deleted numbers are taken for.

    Attributes:
        groups: Where in a vector of K presences those of "tokens" (T of them), "brief" and each
            static entry stand.
        size: K.

    Raises:
        ConfigError: The policy's encoder or head is none of ours.
    """

    def __init__(self, policy: MaskedPolicy, decisions: Decisions, neutral: Neutral) -> None:
        known = (AttentionFeatures, MlpFeatures), (FlatHead, PointerHead, ObservedPointerHead)
        for part, types in zip((policy.features_extractor, policy.action_net), known, strict=True):
            if not isinstance(part, types):
                raise ConfigError(
                    f"Explanations know what these read: {', '.join(t.__name__ for t in types)}; "
                    f"not {type(part).__name__}."
                )
        self.policy, self.decisions, self.neutral = policy, decisions, neutral
        counts = {"tokens": decisions.context["tokens"].shape[1]}
        counts |= {name: len(values) for name, values in neutral.items()}
        self.groups: dict[str, slice] = {}
        self.size = 0
        for name, count in counts.items():
            self.groups[name] = slice(self.size, self.size + count)
            self.size += count

    def __call__(self, presence: Tensor, which: Tensor) -> Tensor:
        """Log-probabilities of the actions chosen.

        Args:
            presence: Shape (m, K).
            which: Of which of the n decisions each is, shape (m,).

        Returns:
            Shape (m,).
        """
        present = {name: presence[:, place] for name, place in self.groups.items()}
        states = self._states(present, which)
        logits = self._tempered(self._logits(states, present["tokens"], which), present, which)
        logits = logits.masked_fill(~self.decisions.legal[which], MASKED_LOGIT)
        action = self.decisions.action[which]
        return logits.log_softmax(dim=1).gather(1, action[:, None])[:, 0]

    def _states(self, present: Mapping[str, Tensor], which: Tensor) -> Tensor:
        """States (m, d) that the heads read."""
        context = {name: self._faded(name, present, which) for name in self.neutral}
        if "works" in self.decisions.context:
            context["works"] = self.decisions.context["works"][which]
        encoder, tokens = self.policy.features_extractor, present["tokens"][..., None]
        if isinstance(encoder, AttentionFeatures):
            trunk = encoder.trunk
            states = trunk.arrange(self._written(trunk, tokens, which), context)
            return trunk.read_at(states, self.decisions.step[which] + trunk.prefix - 1)
        assert isinstance(encoder, MlpFeatures)
        sums = encoder.tokens.prefixes(self.decisions.context["tokens"])
        there = (sums.diff(dim=1)[which] * tokens).sum(dim=1)
        return encoder.hidden(sums[which, 0] + there + encoder.asked(context))

    def _tempered(self, logits: Tensor, present: Mapping[str, Tensor], which: Tensor) -> Tensor:
        """Logits (m, A) at the temperature that the novelty weight, as far as present, asks for."""
        if self.policy.heat is None:
            return logits
        works = self.decisions.context["works"][which]
        context = {"brief": self._faded("brief", present, which), "works": works}
        row = torch.arange(len(which), device=which.device)
        return self.policy.tempered(logits, Moments(context, row, self.decisions.step[which]))

    def _faded(self, name: str, present: Mapping[str, Tensor], which: Tensor) -> Tensor:
        """An entry (m, ...) on its way to what it is in the mean."""
        seen, neutral = self.decisions.context[name][which], self.neutral[name]
        amount = present[name] if neutral.ndim == 1 else present[name][..., None]
        return torch.lerp(neutral.expand_as(seen), seen, amount.expand_as(seen))

    def _written(self, trunk: CausalTrunk, tokens: Tensor, which: Tensor) -> Tensor:
        """Embedded tokens (m, T, d), of presences (m, T, 1)."""
        context = self.decisions.context
        if isinstance(trunk.token, ObservedEmbedding):
            written = _observed(trunk.token, context, tokens, which)
        else:
            written = _looked_up(trunk.token, context["tokens"], tokens, which)
        written = written + trunk.step[: tokens.shape[1]]
        if trunk.relations is not None:
            values = context["tokens"][:, :, 0]
            written = written + _related(trunk.relations, trunk.related, values, tokens, which)
        return written

    def _logits(self, states: Tensor, tokens: Tensor, which: Tensor) -> Tensor:
        """Logits (m, A) of states (m, d), with tokens of presences (m, T)."""
        head, step = self.policy.action_net, self.decisions.step[which]
        moments = Moments(self.decisions.context, which, step)
        if isinstance(head, FlatHead):
            return head(states, moments)
        last = tokens.gather(1, (step - 1).clamp(min=0)[:, None])
        if isinstance(head, PointerHead):
            query = head.query(states)
            related = _to_last(head.relations, query @ head.related.T, moments.last, last)
            return query @ head.embedding(head.features).T + head.bias + related[:, head.value]
        assert isinstance(head, ObservedPointerHead)
        related = _to_last(head.relations, head.related(states), moments.last, last)
        return _compared(head, states, moments, tokens) + related[:, head.value]


def _looked_up(token: TokenEmbedding, written: Tensor, presence: Tensor, which: Tensor) -> Tensor:
    """Embeddings of tokens (n, T, F) on their way to that of none, (m, T, d)."""
    gone = token(torch.full_like(written[:1, :1], -1))
    return gone + presence * (token(written) - gone)[which]


def _observed(
    token: ObservedEmbedding, context: Context, presence: Tensor, which: Tensor
) -> Tensor:
    """Tokens as their features and their next one's neighbours', each faded: (m, T, d)."""
    read, tokens = token.read, context["tokens"]
    row = torch.arange(len(tokens), device=tokens.device)[:, None]
    length = torch.arange(tokens.shape[1], device=tokens.device) + 1
    actions = read.actions(tokens)
    known = torch.cat([actions[..., None], read.neighbours_of(actions, row, length)], dim=-1)
    features = read(context[read.entry], row[..., None], known)
    weight = token.embedding.weight.unflatten(1, features.shape[2:])
    given = torch.einsum("ntrq,drq->ntrd", features, weight)
    place = torch.cat([length[:, None] - 1, read.neighbours[length]], dim=1)
    return (given[which] * presence[:, place.clamp(min=0)]).sum(dim=2)


def _related(
    relations: Relations, table: Tensor, values: Tensor, presence: Tensor, which: Tensor
) -> Tensor:
    """Embeddings of each token's relation to the one before it, as either is there: (m, T, d)."""
    before = torch.nn.functional.pad(values[:, :-1], (1, 0), value=-1)
    none = torch.full_like(values, -1)
    preceding = torch.nn.functional.pad(presence[:, :-1], (0, 0, 1, 0))

    def embedded(first: Tensor, second: Tensor) -> Tensor:
        return table[relations.between(first, second)][which]

    there = torch.lerp(embedded(none, values), embedded(before, values), preceding)
    gone = torch.lerp(embedded(none, none), embedded(before, none), preceding)
    return torch.lerp(gone, there, presence)


def _to_last(relations: Relations, scores: Tensor, last: Tensor, presence: Tensor) -> Tensor:
    """Scores (m, R) of relations as those of all V values to the last token's, (m, V)."""
    there = scores.gather(1, relations.to_all(last))
    gone = scores.gather(1, relations.to_all(torch.full_like(last, -1)))
    return torch.lerp(gone, there, presence)


def _compared(
    head: ObservedPointerHead, states: Tensor, moments: Moments, presence: Tensor
) -> Tensor:
    """What `ObservedPointerHead` makes of features, those of neighbours faded: (m, A)."""
    context, row, length = moments
    read, entry = head.read, context[head.read.entry]
    near = read.neighbours_of(read.actions(context["tokens"]), row, length)
    faded = presence.gather(1, read.neighbours[length].clamp(min=0)) * head.heed(states)
    beside = read(entry, row[:, None], near) * faded[:, :, None]
    query = head.query(states) + head.match(beside.flatten(1))
    entries = distinct(entry)
    return grouped_product(query, entries.which[row], read.all(entries.rows))
