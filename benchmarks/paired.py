"""Compares two checkouts in one run: how many times as long the older one takes.

    git worktree add ../before REVISION
    python -m benchmarks.paired ../before

One process for each checkout imports `creative_envs` from there and stays; both are timed by the
code of this checkout, in turn, round after round. A ratio is the median over rounds of the older
one's processor time over this one's, so that 2 is twice as fast; its least and most stand beside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tqdm import tqdm

from agents.command_line import USER_ERROR, command
from benchmarks.effort import FULL
from benchmarks.timing import Subject, Timing, time_once

PROGRAM: Final = "python -m benchmarks.paired"
ROOT: Final = Path(__file__).parent.parent
WORKER: Final = "--worker"
WORKS: Final = 128
SCALAR_STEPS: Final = 2000
VECTOR: Final = 64
Timer = Callable[[str], float]


def subjects_here() -> dict[str, Subject]:
    """What is timed of the `creative_envs` that this process imports."""
    import gymnasium as gym

    from benchmarks import subjects
    from benchmarks.domains import DOMAINS, Works
    from benchmarks.replay import scalar_replay
    from benchmarks.steps import IDS, short

    found = {}
    for domain in DOMAINS:
        works = {
            domain.makers: Works(*domain.task.reference_works(WORKS)),
            "random": subjects.random_works(domain, WORKS),
        }
        for scoring in domain.scorings:
            for kind, some in works.items():
                what = f"{domain.name}: {scoring.what}, {kind} work"
                found[what] = subjects.scoring(scoring, domain.task, some, 2, True)
    by_chance = subjects.alone(subjects.random_legal())
    for domain, ids in IDS:
        for env_id in ids:
            env, vector = gym.make(env_id), gym.make_vec(env_id, num_envs=VECTOR)
            steps = domain.steps[VECTOR] // 2
            found[f"scalar, {short(env_id)}"] = scalar_replay(env, by_chance, SCALAR_STEPS)
            found[f"vector of {VECTOR}, {short(env_id)}"] = subjects.vector_replay(
                vector, subjects.random_legal(), steps
            )
    return found


def work(checkout: Path, make: Callable[[], Mapping[str, Subject]] = subjects_here) -> None:
    """Tells the subjects' names, then the CPU-seconds of each one whose name is read."""
    sys.path.insert(0, str(checkout))
    subjects = make()
    print(json.dumps(list(subjects)), flush=True)
    for line in sys.stdin:
        print(time_once(subjects[line.rstrip("\n")]), flush=True)


@contextmanager
def worker(checkout: Path) -> Iterator[tuple[list[str], Timer]]:
    """A process that has the subjects of a checkout ready: their names, and what times one."""
    command_line = [sys.executable, "-m", "benchmarks.paired", WORKER, str(checkout.resolve())]
    with subprocess.Popen(
        command_line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asking, telling = process.stdin, process.stdout
        assert asking is not None and telling is not None

        def read() -> str:
            line = telling.readline()
            if not line:
                raise OSError(f"what is timed of {checkout} failed: see above")
            return line

        def time(name: str) -> float:
            print(name, file=asking, flush=True)
            return float(read())

        yield json.loads(read()), time
        asking.close()


def measure(before: Path, rounds: int) -> dict[str, tuple[Timing, Timing]]:
    """Times what both checkouts have, in turn: of each the older one's times, and this one's."""
    with ExitStack() as stack:
        (old_names, old), (new_names, new) = [
            stack.enter_context(worker(checkout)) for checkout in (before, ROOT)
        ]
        names = [name for name in new_names if name in old_names]
        return pair(names, old, new, rounds)


def pair(
    names: Sequence[str], old: Timer, new: Timer, rounds: int
) -> dict[str, tuple[Timing, Timing]]:
    """Times in turn; after a round that warms up, who begins changes from round to round."""
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
    with tqdm(total=(rounds + 1) * len(names), unit="pair", leave=False, disable=None) as bar:
        for number in range(rounds + 1):
            for name in names:
                bar.set_description(name)
                first, second = (old, new) if number % 2 == 0 else (new, old)
                took = [first(name), second(name)]
                if number > 0:
                    for seconds, value in zip(
                        found[name], took if number % 2 == 0 else took[::-1], strict=True
                    ):
                        seconds.append(value)
                bar.update()
    return {name: (Timing(tuple(a)), Timing(tuple(b))) for name, (a, b) in found.items()}


def table(found: Mapping[str, tuple[Timing, Timing]]) -> str:
    """Markdown: both times, and the ratio with its least and most."""
    rows = [
        "| what | before, us | now, us | times as fast | least | most |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, (old, new) in found.items():
        ratios = [a / b for a, b in zip(old.seconds, new.seconds, strict=True)]
        rows.append(
            f"| {name} | {old.median * 1e6:.2f} | {new.median * 1e6:.2f} | "
            f"**{new.rate_over(old):.2f}** | {min(ratios):.2f} | {max(ratios):.2f} |"
        )
    return "\n".join(rows)


@command(PROGRAM, "Stopped.")
def main(arguments: Sequence[str] | None = None) -> int:
    """Prints how many times as long things take in the other checkout; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", type=Path, help="another checkout, of an older revision")
    parser.add_argument("--rounds", type=int, default=FULL.rounds, help="paired repeats")
    parser.add_argument(WORKER, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if not (chosen.before / "creative_envs").is_dir():
        parser.error(f"{chosen.before} is no checkout: it has no creative_envs")
    if chosen.worker:
        work(chosen.before)
        return 0
    try:
        print(table(measure(chosen.before, max(1, chosen.rounds))))
    except OSError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return USER_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
