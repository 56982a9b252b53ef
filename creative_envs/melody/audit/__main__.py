"""Audits the craft score: ``python -m creative_envs.melody.audit [--json FILE]``.

How well craft tells held-out human windows from controls and degenerate works, where random and
human works lie on its scale, and what genetic searches find when they optimise it - before
hardening and after - in the opinion of the independent audit judge. Takes a minute or two.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.ranking import area_under_curve
from creative_envs.melody.adversaries import controls
from creative_envs.melody.adversaries.search import EVALUATIONS, search
from creative_envs.melody.audit import judge
from creative_envs.melody.corpus.tunes import TEST, TRAIN
from creative_envs.melody.craft.fitting import CraftFitter
from creative_envs.melody.craft.model import (
    SHIPPED_BARS,
    CraftModel,
    human_windows,
    load_default,
)
from creative_envs.melody.events import Events
from creative_envs.melody.spelling import Key
from creative_envs.melody.statistics import format_table, rl_tuner_statistics
from creative_envs.melody.vocabulary import BAR_LENGTHS, METRES, MODES, REST

Float = NDArray[np.floating[Any]]

WANTED: Final[Mapping[str, float]] = {
    "random legal": 0.98,
    "random diatonic": 0.90,
    "shuffled notes": 0.90,
    "shuffled pitches": 0.90,
    "Markov, order 1": 0.95,
    "Markov, order 3": 0.95,
}
"""The least area under the curve asked of craft; WANTED_DEGENERATE for every other control."""
WANTED_DEGENERATE: Final = 0.98
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
SEARCHES: Final = 50
LISTED: Final = 10
"""Optima printed; the medians of these and of all are given."""
HUMAN_FLOOR: Final = 5.0
"""The human range begins at this audit percentile."""
_SEED: Final = 20


def make_controls(human: Events, train: Events, rng: np.random.Generator) -> dict[str, Events]:
    """Controls by name, each as many as the human windows and in their metres and modes."""
    bars = SHIPPED_BARS
    return {
        "random legal": controls.random_legal(human.metre, human.mode, bars, rng),
        "random diatonic": controls.random_diatonic(human, bars, rng),
        "shuffled notes": controls.shuffled_notes(human, bars, rng),
        "shuffled pitches": controls.shuffled_pitches(human, bars, rng),
        "Markov, order 1": controls.markov(train, human, 1, bars, rng),
        "Markov, order 3": controls.markov(train, human, 3, bars, rng),
        **controls.degenerates(human, bars, rng),
    }


def spell(work: Events) -> str:
    """A work as note names (in C) with their sixteenths, bar by bar."""
    key = Key(0, MODES[int(work.mode[0])])
    bar = BAR_LENGTHS[int(work.metre[0])]
    words, time = [], 0
    for pitch, duration in controls.unpack(work)[0]:
        if time and time % bar == 0:
            words.append("|")
        name = "z" if pitch == REST else key.spell(60 + pitch).name
        words.append(f"{name}:{duration}")
        time += duration
    return " ".join(words)


def quantiles(scores: Float) -> dict[str, float]:
    """The QUANTILES of scores, by name."""
    return {f"{q:.0%}": round(float(np.quantile(scores, q)), 3) for q in QUANTILES}


def audit_controls(model: CraftModel, human: Events, made: Mapping[str, Events]) -> dict[str, Any]:
    """Areas under the curve of craft, with the judge's beside them, and the published scale."""
    craft = model.score(*human)[0]
    opinion = judge.load_default().opinion(human)
    report: dict[str, Any] = {"human": quantiles(craft), "controls": {}}
    print(f"{len(craft)} held-out human windows against controls: area under the ROC curve")
    print(f"{'':22}{'craft':>8}{'wanted':>8}{'judge':>8}{'median craft':>14}")
    for name, works in made.items():
        scores = model.score(*works)[0]
        row = {
            "craft": round(area_under_curve(craft, scores), 4),
            "wanted": WANTED.get(name, WANTED_DEGENERATE),
            "judge": round(area_under_curve(opinion, judge.load_default().opinion(works)), 4),
            "median": round(float(np.median(scores)), 3),
        }
        report["controls"][name] = row
        short = "  below what is wanted" if row["craft"] < row["wanted"] else ""
        print(
            f"{name:22}{row['craft']:8.3f}{row['wanted']:8.2f}{row['judge']:8.3f}"
            f"{row['median']:14.3f}{short}",
            flush=True,
        )
    report["random"] = quantiles(model.score(*made["random legal"])[0])
    for name in ("random", "human"):
        print(f"craft of {name:7}" + "".join(f"{k:>6} {v:.3f}" for k, v in report[name].items()))
    return report


def audit_optima(name: str, model: CraftModel, searches: int, evaluations: int) -> dict[str, Any]:
    """What genetic searches find when they maximise a model, in the judge's opinion."""
    human, _ = human_windows(SHIPPED_BARS, TEST)
    chosen = np.random.default_rng(_SEED).integers(0, len(human), searches)
    result = search(
        lambda works: model.score(*works)[0],
        human.metre[chosen].tolist(),
        human.mode[chosen].tolist(),
        evaluations=evaluations,
        seed=_SEED,
    )
    percentile = judge.audit_percentile(result.best)
    print(f"\n{searches} searches of {evaluations} evaluations, craft {name}; {LISTED} of them:")
    optima = []
    for k in range(searches):
        work = result.best.take(slice(k, k + 1))
        kind = f"{METRES[int(work.metre[0])]} {MODES[int(work.mode[0])]}"
        optimum = {
            "kind": kind,
            "quality": round(float(result.score[k]), 3),
            "audit_percentile": round(float(percentile[k]), 1),
            "notes": spell(work),
        }
        optima.append(optimum)
        if k >= LISTED:
            continue
        print(
            f"{kind:15} quality {result.score[k]:.3f}  audit percentile {percentile[k]:5.1f}  "
            f"{optimum['notes']}",
            flush=True,
        )
    report: dict[str, Any] = {"optima": optima}
    for key, rows in (("median of those listed", slice(LISTED)), ("median of all", slice(None))):
        report[key] = {
            "quality": round(float(np.median(result.score[rows])), 3),
            "audit_percentile": round(float(np.median(percentile[rows])), 1),
        }
        inside = "inside" if report[key]["audit_percentile"] >= HUMAN_FLOOR else "below"
        print(
            f"{key}: quality {report[key]['quality']:.3f}, audit percentile "
            f"{report[key]['audit_percentile']:.1f} ({inside} the human range)"
        )
    return report


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="creative_envs.melody.audit", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--evaluations", type=int, default=EVALUATIONS)
    parser.add_argument("--windows", type=int, help="held-out windows to use (default: all)")
    options = parser.parse_args(arguments)
    windows, family = human_windows(SHIPPED_BARS, TRAIN)
    train, human = Events.of(windows), Events.of(human_windows(SHIPPED_BARS, TEST)[0])
    human = human.take(slice(options.windows))
    hardened = load_default()
    made = make_controls(human, train, np.random.default_rng(_SEED))
    report = audit_controls(hardened, human, made)
    plain = CraftModel(CraftFitter(windows, family).arrays(discriminate=False), SHIPPED_BARS)
    for name, model in (("before hardening", plain), ("after hardening", hardened)):
        report[name] = audit_optima(name, model, options.searches, options.evaluations)
    report["RL Tuner statistics"] = {
        "human": rl_tuner_statistics(*human),
        "random": rl_tuner_statistics(*made["random legal"]),
    }
    print("\nRL Tuner's statistics\n" + format_table(report["RL Tuner statistics"]))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
