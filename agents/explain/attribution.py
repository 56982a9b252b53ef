"""Attributions of decisions: integrated gradients of log-probabilities over presences.

Integrated gradients (Sundararajan et al. 2017) divide what a function gains between a baseline and
the observation among its inputs. Here the function is the log-probability of the chosen action
among the legal ones, the inputs are presences, and in the baseline nothing is present: so tokens,
entries of a brief and rows of a terrain are measured in one currency, nats, and sum to the gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import NDArray

from agents.callbacks import Work
from agents.errors import ConfigError
from agents.explain.decisions import Decisions, decisions_of
from agents.explain.explanation import Decision, Explanation
from agents.explain.presence import Neutral, PresentPolicy, neutral_context
from agents.explain.weights import deciding_rows
from agents.policy import MaskedPolicy
from creative_envs.core.task import Task

if TYPE_CHECKING:
    from agents.agent import Agent

TOLERANCE: Final = 5e-3
"""Completeness error, in nats, from which on the path is sampled no more finely."""
FEWEST_NODES: Final = 16
MOST_NODES: Final = 512
"""Nodes of the quadrature: doubled between these until the error is small enough."""
TOGETHER: Final = 32
"""Decisions attributed at a time, those after equally many tokens together."""
EVALUATIONS: Final = 256
"""Points of paths evaluated at a time."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Attributions:
    """Attributions of n decisions, in nats.

    Attributes:
        groups: Of "tokens" (n, T), 0 for those not yet written, of "brief" (n, B), and of each
            static entry (n, M).
        log_prob: Of the actions chosen, shape (n,).
        absent: What it would be with nothing present, shape (n,).
    """

    groups: dict[str, Floats]
    log_prob: Floats
    absent: Floats

    @property
    def error(self) -> Floats:
        """Completeness errors (n,): how far the sums are from the gains they divide."""
        total = sum(values.sum(axis=1) for values in self.groups.values())
        return np.asarray(np.abs(total - (self.log_prob - self.absent)))

    def amounts(self) -> dict[str, Floats]:
        """How much each group matters, whichever way: sums of absolute values, each (n,)."""
        return {name: np.abs(values).sum(axis=1) for name, values in self.groups.items()}


def attribute(policy: MaskedPolicy, decisions: Decisions, neutral: Neutral) -> Attributions:
    """Attributes decisions of a policy.

    Args:
        policy: Ours, with attention or an MLP.
        decisions: n of them.
        neutral: What deleted numbers are taken for; see `neutral_context`.
    """
    count = len(decisions)
    sizes = {"tokens": decisions.context["tokens"].shape[1]}
    sizes |= {name: len(values) for name, values in neutral.items()}
    groups = {name: np.zeros((count, size)) for name, size in sizes.items()}
    ends = np.zeros((2, count))
    order = np.argsort(decisions.step.cpu().numpy(), kind="stable")
    for first in range(0, count, TOGETHER):
        rows = order[first : first + TOGETHER]
        present = PresentPolicy(policy, decisions.chosen(rows), neutral)
        values, ends[:, rows] = _integrated(present)
        for name, place in present.groups.items():
            groups[name][rows, : place.stop - place.start] = values[:, place]
    return Attributions(groups, log_prob=ends[1], absent=ends[0])


def explain(
    agent: Agent,
    work: Work,
    steps: Iterable[int] | None = None,
    before: Sequence[Work] = (),
    task: Task | None = None,
) -> Explanation:
    """Explains how an agent would decide as it made a work, be it its own or anybody's.

    Args:
        agent: From `agents.load`.
        work: As in ``info["work"]``; its tokens, length and brief are read.
        steps: Which of its decisions, by the number of tokens before them; all if None.
        before: Works made earlier in the same episode, for agents of portfolios.
        task: What the work was made with; the agent's own, for unseen briefs, if None.

    Raises:
        ConfigError: A step the work does not have, or more works before it than an episode has.
        InvalidWork: The rules cannot make the work.
    """
    if len(before) >= agent.works_per_episode:
        raise ConfigError(
            f"before: {len(before)} works, but episodes of this run have "
            f"{agent.works_per_episode}, the one to explain among them"
        )
    task, policy = task or agent.task, agent.policy
    decisions = decisions_of(task, [*before, work], agent.works_per_episode, policy.device)
    own = np.flatnonzero(decisions.work == len(before))
    if steps is not None:
        wanted = list(steps)
        if not all(0 <= step < len(own) for step in wanted):
            raise ConfigError(f"steps: the work has decisions 0..{len(own) - 1}, got {wanted}")
        own = own[np.array(wanted, np.int64)]
    if not len(own):
        return Explanation(work, ())
    decisions = decisions.chosen(own)
    found = attribute(policy, decisions, neutral_context(agent.config, policy))
    return Explanation(work, tuple(described(policy, decisions, found)))


def described(policy: MaskedPolicy, decisions: Decisions, found: Attributions) -> list[Decision]:
    """Decisions with their attributions, one by one."""
    attention, error = deciding_rows(policy, decisions), found.error
    described = []
    for row, step in enumerate(decisions.step.tolist()):
        shares = {name: values[row].copy() for name, values in found.groups.items()}
        described.append(
            Decision(
                step=step,
                action=int(decisions.action[row]),
                probability=float(np.exp(found.log_prob[row])),
                tokens=shares.pop("tokens")[:step],
                brief=shares.pop("brief"),
                rows=shares,
                attention=attention[row],
                error=float(error[row]),
            )
        )
    return described


def _integrated(present: PresentPolicy) -> tuple[Floats, Floats]:
    """Attributions (n, K), and the log-probabilities (2, n) at both ends of the path."""
    count, device = len(present.decisions), present.policy.device
    ones = torch.ones(count, present.size, device=device)
    which = torch.arange(count, device=device)
    with torch.no_grad():
        found = torch.stack([present(end, which) for end in (torch.zeros_like(ones), ones)])
    ends = found.double().cpu().numpy()
    values = np.zeros((count, present.size))
    coarse, nodes = np.arange(count), FEWEST_NODES
    method = IntegratedGradients(present)
    while len(coarse) and nodes <= MOST_NODES:
        chosen = which[torch.as_tensor(coarse, device=device)]
        found = method.attribute(
            ones[: len(coarse)],
            additional_forward_args=(chosen,),
            n_steps=nodes,
            method="gausslegendre",
            internal_batch_size=EVALUATIONS,
        )
        values[coarse] = found.detach().double().cpu().numpy()
        error = np.abs(values.sum(axis=1) - (ends[1] - ends[0]))
        coarse, nodes = np.flatnonzero(error > TOLERANCE), 2 * nodes
    return values, ends
