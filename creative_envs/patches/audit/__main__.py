"""Audits the score of compositions: ``python -m creative_envs.patches.audit [--sheet FILE]``.

How well craft tells real pictures, cut to cells in libraries of their own, from controls; whether
anything that is no composition comes near them; what searches of more and more effort find on the
default library, for craft alone and for briefs, and what the independent judge thinks of it; and a
sheet of the optima to look at. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.ranking import area_under_curve, percentiles
from creative_envs.patches.adversaries.controls import CONTROLS, HACKS, Control
from creative_envs.patches.adversaries.search import Found, Rules, anneal, best_of, greedy
from creative_envs.patches.artefact import Composition
from creative_envs.patches.audit.judge import audit_percentile
from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft.fitting import fit_profile, own_cells, picture_tables
from creative_envs.patches.craft.measures import measure_all
from creative_envs.patches.craft.profile import TERM_NAMES, UNBOUNDED, craft_of_pictures, profile
from creative_envs.patches.craft.tables import TileTables
from creative_envs.patches.framings import framings
from creative_envs.patches.geometry import DEFAULT_SIZE
from creative_envs.patches.library.builtin import builtin_pictures
from creative_envs.patches.projection import budget
from creative_envs.patches.quality import judge_all
from creative_envs.patches.reference import TEXTURES
from creative_envs.patches.render import contact_sheet
from creative_envs.patches.task import PatchTask

Float64 = NDArray[np.float64]

WANTED: Final = 0.98
"""The least area under the curve asked of craft against every control ..."""
WANTED_SORTED: Final = 0.95
"""... but this one against sorted cells."""
FRAMINGS: Final = 16
"""Details of each picture."""
EACH: Final = 8
"""Controls of a kind made of each detail."""
HACK_TRIES: Final = 200
"""Canvases of a family among which the best hack of the default library is looked for."""
SHOWN: Final = 6
SEARCHES: Final = 32
EFFORTS: Final = (1_000, 5_000, 60_000)
KINDS: Final[Mapping[str, Control]] = {**CONTROLS, **HACKS}
_SEED: Final = 7


class Picture:
    """The framings of one picture in their own libraries, and the controls made of them.

    Attributes:
        real: Measures of the framings, shape (n, 22).
        controls: Measures of canvases by kind, each (n x EACH, 22).
    """

    def __init__(
        self, pixels: NDArray[np.uint8], rng: np.random.Generator, details: int = FRAMINGS
    ) -> None:
        size = DEFAULT_SIZE
        real: list[Float64] = []
        made: dict[str, list[Float64]] = {name: [] for name in KINDS}
        for detail in framings([pixels], details, size).pixels:
            tables = picture_tables(detail)
            cells = own_cells(size).astype(np.int64).reshape(size, size)
            real.append(_measure(cells[None], tables))
            for name, control in KINDS.items():
                canvases = np.array([control(cells, tables, rng) for _ in range(EACH)])
                made[name].append(_measure(canvases, tables))
        self.real = np.concatenate(real)
        self.controls = {name: np.concatenate(parts) for name, parts in made.items()}


def _measure(canvases: NDArray[np.int64], tables: TileTables) -> Float64:
    cells = canvases.reshape(len(canvases), -1).astype(np.int16)
    return measure_all(cells, canvases.shape[1], np.zeros(len(cells), np.int64), tables)


def audit_pictures(pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """Areas under the curve, every picture judged by bands fitted to the others."""
    real: list[Float64] = []
    controls: dict[str, list[Float64]] = {}
    for name, picture in pictures.items():
        others = np.concatenate([p.real for other, p in pictures.items() if other != name])
        bands = fit_profile(others)
        real.append(craft_of_pictures(picture.real, bands))
        for kind, measures in picture.controls.items():
            controls.setdefault(kind, []).append(craft_of_pictures(measures, bands))
    human = np.concatenate(real)
    low = float(np.quantile(human, 0.05))
    print(
        f"{len(human)} details of {len(pictures)} pictures ({', '.join(pictures)}), each judged by "
        f"bands fitted to the other pictures:\ncraft median {np.median(human):.3f}, 5th percentile "
        f"{low:.3f}\n\n{'control':22}{'AUC':>8}{'wanted':>8}{'median':>9}{'95 %':>8}{'best':>8}"
    )
    report: dict[str, Any] = {"human": human.tolist(), "controls": {}}
    for kind, parts in controls.items():
        scores = np.concatenate(parts)
        area = area_under_curve(human, scores)
        wanted = WANTED_SORTED if kind == "luminance-sorted" else WANTED
        short = "  below what is wanted" if area < wanted else ""
        ends = np.quantile(scores, (0.5, 0.95, 1))
        print(f"{kind:22}{area:8.3f}{wanted:8.2f}{ends[0]:9.3f}{ends[1]:8.3f}{ends[2]:8.3f}{short}")
        report["controls"][kind] = {"auc": area, "median": ends[0], "p95": ends[1]}
    return report


def print_bands(pictures: Mapping[str, Picture]) -> None:
    """Bands fitted to all pictures beside those that are shipped."""
    fitted = fit_profile(np.concatenate([picture.real for picture in pictures.values()]))
    print(f"\n{'band':18}{'fitted to all pictures':>26}{'shipped: pictures':>24}{'drawings':>20}")
    for name, *rows in zip(TERM_NAMES, fitted, profile(True), profile(False), strict=True):
        words = [f"{_bound(row[0])} .. {_bound(row[1])}" for row in rows]
        print(f"{name:18}{words[0]:>26}{words[1]:>24}{words[2]:>20}")


def _bound(value: float) -> str:
    return "" if abs(value) >= UNBOUNDED else f"{value:.2f}"


def audit_hacks(task: PatchTask, floor: float) -> dict[str, float]:
    """The best of many members of each family of hacks, on the task's library, legal or not."""
    rng = np.random.default_rng(_SEED)
    tables = task.reference.scale.tables
    tiles = np.flatnonzero(task.reference.distinct[0])
    found = {}
    print(f"\nbest craft of {HACK_TRIES} hacks of a kind on {task.libraries[0].name!r}")
    for name, hack in HACKS.items():
        cells = np.array([_hack(hack, tiles, tables, task.size, rng) for _ in range(HACK_TRIES)])
        made = judge_all(cells, task.size, free_briefs(len(cells)), task.reference.scale)[0]
        found[name] = float(made.max())
        word = "below" if found[name] < floor else "NOT below"
        print(f"{name:22}{found[name]:8.3f}  {word} the 5th percentile of pictures")
    return found


def _hack(
    hack: Control,
    tiles: NDArray[np.int64],
    tables: TileTables,
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.int16]:
    canvas = rng.choice(tiles, (size, size))
    return hack(canvas, tables, rng).ravel().astype(np.int16)


def free_briefs(count: int) -> Briefs:
    """Briefs of which craft reads only that they ask for no order."""
    zeros = np.zeros(count, np.float32)
    whole = np.zeros(count, np.int64)
    return Briefs(
        whole, whole, zeros, zeros, zeros, zeros, np.zeros((count, 2), np.float32), whole, zeros
    )


def audit_ladder(
    task: PatchTask, human: Float64, efforts: Sequence[int], searches: int = SEARCHES
) -> dict[str, Found]:
    """What more and more effort finds, for craft alone and for briefs of unseen pictures."""
    scale = task.reference.scale
    rules = Rules(task.size, task.reference.distinct, budget(task.size))
    keys = np.arange(searches, dtype=np.uint64) + np.uint64(_SEED << 32)
    briefs = {
        "craft": free_briefs(searches),
        "quality for a brief": Briefs.decode(task.draw_briefs(keys), scale.tables.inks),
    }
    found: dict[str, Found] = {}
    for objective, asked in briefs.items():
        with_brief = objective != "craft"
        steps = {
            "random": best_of(rules, asked, scale, 1, _SEED, with_brief),
            "best of 1000": best_of(rules, asked, scale, 1_000, _SEED, with_brief),
            "greedy": greedy(rules, asked, scale, _SEED, with_brief),
            **{
                f"annealing {effort:,}": anneal(rules, asked, scale, effort, _SEED, with_brief)
                for effort in efforts
            },
        }
        print(f"\n{objective}, {searches} searches each on {task.libraries[0].name!r}")
        print(f"{'':20}{'mean':>8}{'5 %':>8}{'95 %':>8}{'percentile of pictures':>26}{'judge':>8}")
        for name, step in steps.items():
            low, high = np.quantile(step.score, (0.05, 0.95))
            place = "" if with_brief else f"{np.median(percentiles(step.score, human)):.0f}"
            judged = np.median(audit_percentile(step.cells, task.size, task.libraries[0]))
            print(
                f"{name:20}{step.score.mean():8.3f}{low:8.3f}{high:8.3f}{place:>26}{judged:8.0f}",
                flush=True,
            )
            found[f"{objective}, {name}"] = step
    return found


def print_reach(task: PatchTask, optima: Found) -> None:
    """How well the best works of the longest search for craft fill each band."""
    cells = optima.cells
    terms = judge_all(cells, task.size, free_briefs(len(cells)), task.reference.scale)[2]
    mean = terms[:, : len(TERM_NAMES)].mean(axis=0)
    words = ", ".join(f"{name} {value:.2f}" for name, value in zip(TERM_NAMES, mean, strict=True))
    print(f"\nterms of craft of the longest searches (1: the band is reached): {words}")


def save_sheet(task: PatchTask, found: Mapping[str, Found], path: Path) -> None:
    """A sheet of optima, a row for each search and objective."""
    shown, captions = [], []
    columns = min(SHOWN, *(len(step.cells) for step in found.values()))
    for name, step in found.items():
        short = name.replace("quality for a brief", "brief").replace("annealing", "sa")
        for cells, score in zip(step.cells[:columns], step.score[:columns], strict=True):
            shown.append(Composition(tuple(cells.tolist()), task.size, task.libraries[0]))
            captions.append(f"{short} {score:.2f}")
    Image.fromarray(contact_sheet(shown, columns, captions=captions)).save(path)
    print(f"\nSheet of optima: {path}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="creative_envs.patches.audit", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--sheet", type=Path, help="write the optima as a picture to this file")
    parser.add_argument("--library", default="procedural", help="on which searches are made")
    parser.add_argument("--details", type=int, default=FRAMINGS, help="of each picture")
    parser.add_argument("--searches", type=int, default=SEARCHES, help="of each kind")
    parser.add_argument("--most", type=int, default=max(EFFORTS), help="most evaluations")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(_SEED)
    everything = {
        name: Picture(pixels, rng, options.details) for name, pixels in builtin_pictures().items()
    }
    composed = {name: p for name, p in everything.items() if name not in TEXTURES}
    report = audit_pictures(composed)
    textures = np.concatenate([everything[name].real for name in TEXTURES])
    report["textures"] = craft_of_pictures(textures, profile(True)).tolist()
    print(
        f"\nTextures ({', '.join(TEXTURES)}) are no compositions: their craft is "
        f"{np.median(report['textures']):.3f} in the median"
    )
    print_bands(composed)
    task = PatchTask(library=options.library, split="test")
    human = np.array(report["human"])
    report["hacks"] = audit_hacks(task, float(np.quantile(human, 0.05)))
    efforts = [effort for effort in EFFORTS if effort <= options.most]
    found = audit_ladder(task, human, efforts, options.searches)
    print_reach(task, found[f"craft, annealing {efforts[-1]:,}"])
    report["ladder"] = {name: step.score.tolist() for name, step in found.items()}
    if options.sheet:
        save_sheet(task, found, options.sheet)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
