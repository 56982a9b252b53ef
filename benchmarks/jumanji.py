"""Jumanji, beside CartPole, in an environment of its own: ``.venv-jumanji``, made once.

JAX would change what is installed beside ours, and Jumanji's CartPole does not exist: so its Snake
takes turns with Gymnasium's CartPole in one process there, and CartPole is what both are over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.effort import Effort
from benchmarks.lines import Line
from benchmarks.timing import Timing

ROOT: Final = Path(__file__).parent.parent
PLACE: Final = ROOT / ".venv-jumanji"
VERSIONS: Final = Path(__file__).with_name("jumanji.txt")
PACKAGES: Final = ("jumanji", "gymnasium", "numpy", "tqdm")
TURNS: Final = "benchmarks.jumanji_turns"
OWNER: Final = "Jumanji's "
STEPS: Final = {64: 200, 1024: 50}
"""Sizes of vectors, and how many steps of each are timed."""
CARTPOLE: Final = "CartPole-v1"


class Unavailable(Exception):
    """Jumanji cannot be run here; the message says why, in a line."""


def measure(effort: Effort) -> tuple[list[Line], dict[str, str]]:
    """Snake's steps over CartPole's, and the versions that were used.

    Raises:
        Unavailable: Jumanji cannot be installed, or does not run.
    """
    python = environment()
    sizes = [f"{size}:{steps}" for size, steps in STEPS.items()]
    told = _run([str(python), "-m", TURNS, str(effort.rounds), *sizes], "does not run")
    document = json.loads(told.splitlines()[-1])
    return lines(document["found"]), document["versions"]


def environment(place: Path = PLACE) -> Path:
    """Python of the environment, which is made if it is not there in these versions.

    Raises:
        Unavailable: It cannot be made.
    """
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    mark, wanted = place / VERSIONS.name, VERSIONS.read_text(encoding="utf-8")
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return python
    print(f"Installing Jumanji into {place.name} (once; about a minute) ...", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", str(place)], "has no environment")
    (place / ".gitignore").write_text("*\n", encoding="utf-8")
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    _run([str(python), *install, "--constraint", str(VERSIONS), *PACKAGES], "cannot be installed")
    mark.write_text(wanted, encoding="utf-8")
    return python


def _run(command: Sequence[str], failure: str) -> str:
    """What a command prints; its progress goes to this terminal."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=_own(), stdout=subprocess.PIPE, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"Jumanji {failure} ({error}): its lines are left out.") from error
    return done.stdout


def _own() -> dict[str, str]:
    """Variables of this process, but for what would lead Python to another one's packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def lines(found: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """Lines of what `benchmarks.jumanji_turns` printed."""
    ratios, compiled = [], []
    for how, turns in found.items():
        timings = {name: Timing(tuple(seconds)) for name, seconds in turns["seconds"].items()}
        cartpole = timings.pop(CARTPOLE)
        for name, timing in timings.items():
            what = f"{how}, {OWNER}{name}: steps a second over {CARTPOLE}"
            ratios.append(Line(what, timing.rate_over(cartpole)))
        compiled += [
            Line(f"{how}, {OWNER}{name}: compiling it", seconds, "s")
            for name, seconds in turns["compiling"].items()
        ]
    return [*ratios, *compiled]
