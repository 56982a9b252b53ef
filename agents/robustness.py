"""How agents do for unusual and hostile briefs: ``python -m agents.robustness RUN ...``.

Training has seen none of them. There are four kinds: briefs held out; *crossed* ones, every entry
of which is of one of two held-out briefs; *any* numbers in [0, 1]; and *hostile* ones, found by an
evolutionary search for briefs, crossed from held-out ones, that the agent does worst for. These are
judged by other works than the search saw. What brainstorming and focus make for them tells hard
briefs from a weak policy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.command_line import command
from agents.errors import ConfigError

if TYPE_CHECKING:
    from agents.agent import Agent
    from agents.ideation.workbench import Workbench

Briefs = NDArray[np.float32]

KINDS: Final = ("held out", "crossed", "any", "hostile")
ROUNDS: Final = 10
"""Of the search for hostile briefs."""
SAMPLES: Final = 4
"""Works by which a brief is judged in a round."""
CANDIDATES: Final = 16
"""Works of a brainstorm for one brief."""
STEPS: Final = 16
"""Rounds in which the best of them is refined."""
RANDOM: Final = 1e6
"""A temperature at which all legal actions are alike."""
MEASURES: Final = ("quality", "developed", "random")


@command("robustness")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.robustness", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of finished runs, a seed each")
    add("--briefs", type=int, default=32, metavar="N", help="of every kind (default: 32)")
    options = parser.parse_args(arguments)
    if options.briefs < 2:
        raise ConfigError(f"--briefs must be at least 2, got {options.briefs}")
    print(report([Path(run) for run in options.runs], options.briefs))


def report(runs: Sequence[Path], count: int) -> str:
    """A table of mean quality for each kind of briefs.

    Args:
        runs: Folders of finished runs of one setting, a seed each.
        count: Briefs of every kind.

    Raises:
        ConfigError: The runs are of several environments.
    """
    from tqdm import tqdm

    import agents
    from agents.tables import format_estimates

    loaded = [agents.load(run, device="cpu") for run in runs]
    if len({agent.config.env for agent in loaded}) > 1:
        raise ConfigError("the runs are of several environments: name those of one")
    rows: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with tqdm(loaded, unit=" runs", leave=False) as bar:
        for agent in bar:
            for kind, measures in measure(agent, count).items():
                rows[kind].append(measures)
    return (
        f"Mean quality for {count} briefs of each kind; interquartile mean over {len(runs)} runs "
        f"[95 % bootstrap interval]\n{format_estimates(rows, MEASURES)}\n\n"
        f"quality: of sampled works. developed: of the best of {CANDIDATES} candidates, refined in "
        f"{STEPS} steps. random: of random\nlegal actions."
    )


def measure(agent: Agent, count: int) -> dict[str, dict[str, float]]:
    """Mean quality of an agent's works for each kind of briefs; see `report`."""
    from agents.evaluation import SAMPLE_SEED
    from agents.ideation.workbench import Workbench

    bench = Workbench(agent.config, agent.policy)
    seed = agent.config.seed + SAMPLE_SEED
    rng = np.random.default_rng(seed)
    known = bench.briefs(count, seed)
    briefs = {
        "held out": known,
        "crossed": crossed(known, count, rng),
        "any": _weighted(rng.random(known.shape).astype(np.float32), known),
        "hostile": hostile(bench, bench.briefs(4 * count, seed + 1), count, rng),
    }
    return {kind: _judge(bench, asked, rng) for kind, asked in briefs.items()}


def crossed(known: Briefs, count: int, rng: np.random.Generator) -> Briefs:
    """Briefs every entry of which is of one of two known ones (n, B): shape (count, B)."""
    pairs = rng.integers(len(known), size=(2, count))
    first = rng.random((count, known.shape[1])) < rng.random((count, 1))
    return np.where(first, known[pairs[0]], known[pairs[1]])


def hostile(bench: Workbench, known: Briefs, count: int, rng: np.random.Generator) -> Briefs:
    """The ``count`` briefs found that a policy does worst for.

    A (mu + lambda) evolution: in every round as many briefs again are crossed from the worst half
    and known ones, all are tried with new works, and the worst on average stay.

    Args:
        bench: Makes the works.
        known: Briefs to begin with, shape (n, B), at least ``count``.
        count: How many.
        rng: Decides everything drawn.
    """
    briefs, total, tries = known, np.zeros(len(known)), np.zeros(len(known))
    for _ in range(ROUNDS):
        total += _qualities(bench, briefs, rng)
        tries += 1
        order = (total / tries).argsort()[: len(known) // 2]
        briefs, total, tries = briefs[order], total[order], tries[order]
        parents = np.concatenate([briefs, known[rng.integers(len(known), size=len(briefs))]])
        children = _weighted(crossed(parents, len(known) - len(briefs), rng), known)
        briefs = np.concatenate([briefs, children])
        total, tries = (np.pad(kept, (0, len(children))) for kept in (total, tries))
    total += _qualities(bench, briefs, rng)
    return briefs[(total / (tries + 1)).argsort()[:count]]


def _qualities(
    bench: Workbench, briefs: Briefs, rng: np.random.Generator, temperature: float = 1.0
) -> NDArray[Any]:
    """Mean quality of `SAMPLES` works for each brief, shape (n,)."""
    made = bench.make(np.repeat(briefs, SAMPLES, axis=0), rng, temperature=temperature)
    return made.finished.scores.quality.reshape(-1, SAMPLES).mean(axis=1)


def _weighted(briefs: Briefs, known: Briefs) -> Briefs:
    """Briefs with the novelty weights of known ones: those are not what is hostile."""
    weighted = briefs.copy()
    weighted[:, 0] = np.resize(known[:, 0], len(briefs))
    return weighted


def _judge(bench: Workbench, briefs: Briefs, rng: np.random.Generator) -> dict[str, float]:
    from agents.ideation.brainstorm import plan
    from agents.ideation.focus import Habit, Refining

    heat, shown = plan(bench, briefs, CANDIDATES)
    made = bench.make(np.repeat(briefs, CANDIDATES, axis=0), rng, temperature=heat, weight=shown)
    quality = made.finished.scores.quality.reshape(-1, CANDIDATES)
    best = quality.argmax(axis=1) + np.arange(len(briefs)) * CANDIDATES
    refining = Refining(bench, bench.replay(briefs, made.actions[best]), Habit(by="quality"))
    for _ in range(STEPS):
        refining.step(rng)
    return {
        "quality": float(_qualities(bench, briefs, rng).mean()),
        "developed": float(refining.value.mean()),
        "random": float(_qualities(bench, briefs, rng, RANDOM).mean()),
    }


if __name__ == "__main__":
    sys.exit(main())
