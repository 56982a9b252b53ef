"""What explanations of an agent's decisions are worth, in figures: one run, or several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.agent import Agent
from agents.errors import ConfigError
from agents.explain.attribution import Attributions, attribute
from agents.explain.decisions import decisions_of
from agents.explain.deletion import (
    DELETED,
    FEWEST_BEFORE,
    RANDOM,
    Deletions,
    delete,
    pooled,
    rankings,
)
from agents.explain.entropy import head_entropies
from agents.explain.presence import neutral_context
from agents.features import AttentionFeatures
from creative_envs.benchmark.statistics import Estimate

PER_WORK: Final = 2
"""Decisions measured of each work, in the mean."""
MOST_FOR_ENTROPY: Final = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """Of decisions of one run, each after `FEWEST_BEFORE` tokens or more.

    Attributes:
        attributions: Of all of them.
        deletions: Of tokens by every ranking.
        earlier_deletions: The same where none may delete the latest token, on which much rests
            that any ranking by place would find.
        entropies: Of each head in nats and as a share of the most it could be, each of shape
            (blocks, heads); None for a policy without attention.
    """

    attributions: Attributions
    deletions: Deletions
    earlier_deletions: Deletions
    entropies: tuple[Floats, Floats] | None


def measure(agent: Agent, decisions: int, seed: int) -> Measurement:
    """Samples works for unseen briefs, and measures some of the decisions in them.

    Args:
        agent: Whose.
        decisions: How many, from about half as many works.
        seed: Decides works, which of their decisions, and which tokens go at random.

    Raises:
        ConfigError: The works have too few decisions after enough tokens.
    """
    policy = agent.policy
    works = agent.sample(-(-decisions // PER_WORK), seed)
    met = decisions_of(agent.task, works, agent.works_per_episode, policy.device)
    late = np.flatnonzero(met.step.cpu().numpy() >= FEWEST_BEFORE)
    if len(late) < decisions:
        raise ConfigError(
            f"{agent.folder.path}: only {len(late)} decisions of {len(works)} works come after "
            f"{FEWEST_BEFORE} tokens or more: ask for fewer than --decisions {decisions}"
        )
    rng = np.random.default_rng(seed)
    last = met.chosen(np.flatnonzero(np.diff(met.work, append=-1))[:MOST_FOR_ENTROPY])
    met = met.chosen(np.sort(rng.choice(late, decisions, replace=False)))
    neutral = neutral_context(agent.config, policy)
    found = attribute(policy, met, neutral)
    scores = rankings(policy, met, found)
    deleted = [delete(policy, met, neutral, scores, seed, spared) for spared in (0, 1)]
    entropies = None
    if isinstance(policy.features_extractor, AttentionFeatures):
        seen = {name: values.cpu().numpy() for name, values in last.context.items()}
        entropies = head_entropies(policy, seen), head_entropies(policy, seen, relative=True)
    return Measurement(found, *deleted, entropies)


def facts_of(parts: Sequence[Measurement]) -> dict[str, str]:
    """The figures of several runs in words, by name."""
    error = np.concatenate([part.attributions.error for part in parts])
    gain = np.concatenate([part.attributions.log_prob - part.attributions.absent for part in parts])
    facts = {
        "decisions": f"{len(error)} of {len(parts)} run{'s' * (len(parts) > 1)}",
        "completeness error": f"{error.mean():.1e} nats in the mean, {error.max():.1e} at most",
        "gained by all that is seen": f"{gain.mean():.2f} nats in the mean",
        "share of |attribution|": ", ".join(
            f"{name} {share:.0%}" for name, share in shares(parts).items()
        ),
    }
    every, earlier = _deletions(parts)
    for deleted, apart in ((every, ""), (earlier, ", the latest spared")):
        for place, count in enumerate(DELETED):
            ratios = {name: deleted.ratio(name, "drop", place) for name in deleted.drop}
            told = (f"{name} {_ratio(r)}" for name, r in ratios.items() if name != RANDOM)
            tokens = "1 token" if count == 1 else f"{count} tokens"
            facts[f"drop over random, {tokens} deleted{apart}"] = ", ".join(told)
    return facts


def shares(parts: Sequence[Measurement]) -> dict[str, float]:
    """Mean share of each group in the absolute attributions of a decision."""
    amounts = [part.attributions.amounts() for part in parts]
    by_name = {name: np.concatenate([found[name] for found in amounts]) for name in amounts[0]}
    total = np.maximum(sum(by_name.values()), np.finfo(float).tiny)
    return {name: float((values / total).mean()) for name, values in by_name.items()}


def tables(runs: Sequence[Path], parts: Sequence[Measurement]) -> str:
    """Deletions by ranking over all runs, each run's figures, and the entropies of heads."""
    every, earlier = map(_deletion_table, _deletions(parts))
    lines = [
        "Earlier tokens deleted: how many nats the log-probability of the choice falls (drop) or",
        "moves either way (change), and that over random [95 % over works]",
        every,
        "The same with the latest token spared",
        earlier,
        "",
    ]
    for run, part in zip(runs, parts, strict=True):
        ratios = (f"{k} over random {part.deletions.ratio(k).value:.1f}" for k in ("ig", "latest"))
        split = ", ".join(f"{name} {share:.0%}" for name, share in shares([part]).items())
        lines.append(f"{run}: {', '.join(ratios)}; {split}")
        if part.entropies is not None:
            lines += [
                f"  block {number}: entropy of heads "
                + ", ".join(f"{n:.2f} ({r:.0%})" for n, r in zip(nats, relative, strict=True))
                for number, (nats, relative) in enumerate(zip(*part.entropies, strict=True), 1)
            ]
    if any(part.entropies is not None for part in parts):
        lines.append("Entropies are in nats and, in brackets, of the most they could be.")
    return "\n".join(lines)


def _deletions(parts: Sequence[Measurement]) -> tuple[Deletions, Deletions]:
    every = pooled([part.deletions for part in parts])
    return every, pooled([part.earlier_deletions for part in parts])


def _deletion_table(deleted: Deletions) -> str:
    columns = [f"{m} of {k}" for m in ("drop", "change") for k in DELETED]
    lines = [
        " " * 10 + "".join(f"{column:>27}" for column in columns),
    ]
    for name in deleted.drop:
        cells = [
            f"{values[name][:, place].mean():.3f}"
            + (f" = {_ratio(deleted.ratio(name, measure, place))}" if name != RANDOM else "")
            for measure, values in (("drop", deleted.drop), ("change", deleted.change))
            for place in range(len(DELETED))
        ]
        lines.append(f"{name:<10}" + "".join(f"{cell:>27}" for cell in cells))
    return "\n".join(lines)


def _ratio(found: Estimate) -> str:
    return f"{found.value:.1f}x [{found.low:.1f}, {found.high:.1f}]"
