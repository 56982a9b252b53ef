"""Fits and hardens the shipped models: ``python -m creative_envs.melody.calibrate``.

The audit judge comes first, and takes no part in what follows. Craft is then fitted and hardened
in rounds: many genetic searches optimise it, from a few hundred to thousands of evaluations, over
all kinds of works; what they find joins the works that the discriminators must tell from human
ones; and craft is fitted again. Everything is seeded, so the same tunes give the same files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.adversaries.search import search
from creative_envs.melody.audit import judge
from creative_envs.melody.corpus.tunes import TRAIN, load_default
from creative_envs.melody.corpus.windows import Windows
from creative_envs.melody.craft.fitting import CraftFitter
from creative_envs.melody.craft.kernel import TERM_NAMES
from creative_envs.melody.craft.model import FILE_NAME, SHIPPED_BARS, CraftModel, human_windows
from creative_envs.melody.events import Events
from creative_envs.melody.fitted import fingerprints
from creative_envs.melody.fitted.stored import data_path, write_arrays

Float32 = NDArray[np.float32]

ROUNDS: Final = 10
SEARCHES: Final = 64
"""Searches of each length in a round, each for the metre and mode of a random human window."""
EVALUATIONS: Final = (1000, 5000)
"""Lengths of the searches for craft: half and fully optimised works."""
DECEPTIONS: Final = 400
"""Length of the searches for the discriminators' approval alone: works that only deceive them."""
POPULATION: Final = 40
RANKS: Final = (0, 8, 24)
"""Which of each last population, best first, become elites."""
_DISCRIMINATOR: Final = TERM_NAMES.index("discriminator")


def attack(model: CraftModel, human: Windows, seed: int) -> Events:
    """Optimises works for craft; returns the elites."""
    rng = np.random.default_rng(seed)

    def craft(works: Events) -> Float32:
        return model.score(*works)[0]

    def approval(works: Events) -> Float32:
        return model.score(*works)[1][:, _DISCRIMINATOR]

    found = []
    for objective, evaluations in (*((craft, n) for n in EVALUATIONS), (approval, DECEPTIONS)):
        rows = rng.integers(0, len(human), SEARCHES)
        result = search(
            objective,
            human.metre[rows].tolist(),
            human.mode[rows].tolist(),
            bars=model.bars,
            evaluations=evaluations,
            population=POPULATION,
            seed=int(rng.integers(2**31)),
        )
        ranks = np.arange(SEARCHES)[:, None] * POPULATION + np.array(RANKS)
        found.append(result.population.take(ranks.ravel()))
    return Events.join(found)


def harden(rounds: int, seed: int, report: Callable[[str], None]) -> CraftModel:
    """Fits craft to the shipped training tunes, attacks it and fits it again, `rounds` times."""
    windows, family = human_windows(SHIPPED_BARS, TRAIN)
    fitter = CraftFitter(windows, family, seed=seed)
    model = CraftModel(fitter.arrays(), SHIPPED_BARS)
    found: list[Events] = []
    for done in range(rounds):
        found.append(attack(model, windows, seed + 1000 + done))
        elites = Events.join(found)
        model = CraftModel(fitter.arrays(elites), SHIPPED_BARS)
        report(f"round {done + 1}: {len(elites.length)} elites")
    return model


def _record(path: Path, hashes: dict[str, str]) -> None:
    """Writes the hashes where `stored.read_arrays` looks them up."""
    text = path.read_text()
    head = text[: text.index("SHA256: Final")]
    body = "".join(f'    "{name}": "{value}",\n' for name, value in sorted(hashes.items()))
    path.write_text(f"{head}SHA256: Final[dict[str, str]] = {{\n{body}}}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="creative_envs.melody.calibrate", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of hardening")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("judge", "craft"), help="fit one of the two")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    hashes = dict(fingerprints.SHA256)

    def report(what: str) -> None:
        print(f"{time.monotonic() - start:5.0f} s  {what}", flush=True)

    if options.only != "craft":
        referee = judge.Judge.fit(load_default(), options.seed)
        hashes[judge.FILE_NAME] = write_arrays(data_path(judge.FILE_NAME), referee.to_arrays())
        report("judge taught")
    if options.only != "judge":
        model = harden(options.rounds, options.seed, report)
        hashes[FILE_NAME] = write_arrays(data_path(FILE_NAME), model.to_arrays())
    _record(Path(fingerprints.__file__), hashes)
    for name, value in sorted(hashes.items()):
        print(f"{name}  sha256 {value}")


if __name__ == "__main__":
    main()
