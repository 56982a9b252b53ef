"""What a model's works score, and whether that is still what its card says."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from agents.agent import Agent, load
from agents.errors import CheckpointError
from agents.evaluation import Sample, audit, quality_when_dealt, sample_works
from agents.pretrained.card import README, Card
from agents.pretrained.readme import format_score, readme
from agents.provenance import memorised_share
from agents.sealed import require_reference

WORKS: Final = 256
SEED: Final = 4_000_003
"""Decides the works of a card: not those a run was chosen or evaluated by."""
TOLERANCE: Final = 0.02
"""On one platform scores are the same to the last digit. Other processors round differently, and a
number drawn near the boundary of two actions then makes another work. Seen in a policy of tactics:
noise of 1 in 10,000 on its weights, far above rounding, changed none of 256 works, noise of 1 in
100 one in seven and the mean reward by .001, noise of 1 in 10 nearly all and the mean by .004."""
TOLERANCES: Final = {"audit": 2.0}
"""Of scores on another scale: percentiles, 0 .. 100."""


@dataclass(frozen=True)
class Comparison:
    """A model's scores as its card tells them, and as sampled now.

    Attributes:
        card: By name.
        now: The same of works just sampled.
    """

    card: dict[str, float]
    now: dict[str, float]

    @property
    def deviating(self) -> tuple[str, ...]:
        """Names of scores that differ by more than their tolerance, or that only one has."""
        return tuple(name for name in (self.card | self.now) if not self._agrees(name))

    def __str__(self) -> str:
        lines = [f"{'':12}{'card':>9}{'now':>9}{'difference':>12}"]
        for name in self.card | self.now:
            told, now = (scores.get(name, math.nan) for scores in (self.card, self.now))
            cells = "".join(f"{format_score(name, value):>9}" for value in (told, now))
            lines.append(f"{name:<12}{cells}{now - told:>+12.6f}")
        return "\n".join(lines)

    def _agrees(self, name: str) -> bool:
        gap = self.now.get(name, math.nan) - self.card.get(name, math.nan)
        return abs(gap) <= TOLERANCES.get(name, TOLERANCE)


def verify(folder: Path) -> Comparison:
    """Checks a model's files and card, and samples the card's works again.

    Raises:
        CheckpointError: A file is missing, damaged or not the one the card tells of, or the
            environment's reference data are others.
    """
    card = Card.read(folder)
    card.require_files(folder)
    try:
        told = (folder / README).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        told = ""
    if told != readme(card):
        raise CheckpointError(
            f"{folder / README} does not tell what the card does: write it anew with "
            "python -m agents.pretrained --readmes."
        )
    agent = load(folder, device="cpu")
    require_reference(card.reference_sha256, agent.task.reference_sha256(), str(folder))
    return Comparison(dict(card.scores), measure(agent, card.scored_works, card.scoring_seed))


def measure(agent: Agent, works: int = WORKS, seed: int = SEED) -> dict[str, float]:
    """Scores of works for held-out briefs: those of `Sample.measures`, and the share memorised.

    Args:
        agent: On the CPU, where its arithmetic is the most alike everywhere.
        works: How many.
        seed: Decides briefs and actions.
    """
    with one_thread():
        made = sample_works(agent.config, agent.policy, works, seed)
        each = agent.works_per_episode
        dealt = quality_when_dealt(agent.task, made, each)
        measures = Sample("trained", made, audit(agent.task, made), each, dealt).measures()
    with contextlib.suppress(NotImplementedError):  # a domain that knows no references by name
        measures["memorised"] = memorised_share(agent.task, made)
    return measures


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread of PyTorch's: sums over several depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
