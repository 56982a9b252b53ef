"""A suite that takes seconds, and agents that go right and wrong in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from creative_envs.benchmark.cell import Cell, failure
from creative_envs.benchmark.runners import Job, Outcome
from creative_envs.benchmark.suite import FOLDER, Suite, load_suite

ENVIRONMENT = "MelodyComposition"
QUICK = load_suite("quick")
QUICK_TOML = (files("creative_envs.benchmark") / FOLDER / f"{QUICK.name}.toml").read_text()
MELODY = QUICK.environment(ENVIRONMENT)
WORKS = 6

TOML = f"""
title = "For tests."
budget = 600
seeds = 2
works = {WORKS}
points = 3
point_works = 4

[[environments]]
{next(block for block in QUICK_TOML.split("[[environments]]") if MELODY.id in block)}
"""

AGENTS = '''
import os, time
from pathlib import Path
import numpy as np

def pick(mask, rng):
    return (mask * rng.random(mask.shape)).argmax(-1)

class Legal:
    """Does whatever is legal."""
    def train(self, context):
        vector, rng = context.make_vec_env(4), np.random.default_rng(context.seed)
        vector.reset(seed=context.seed)
        with context.until_spent():
            while True:
                vector.step(pick(vector.action_masks(), rng))
        return Policy()

class Other(Legal):
    pass

class Policy:
    def reset(self, seed, count):
        self.rng, self.count = np.random.default_rng(seed), count
    def act(self, observation):
        return pick(observation["action_mask"] != 0, self.rng)
    def save(self, folder):
        (folder / "deeper").mkdir()
        (folder / "deeper" / "weights").write_bytes(bytes([1, 2]))

class Masked(Legal):
    deterministic = True
    def train(self, context):
        return Last()

class Last(Policy):
    def act(self, observation):
        return np.full(self.count, observation["action_mask"].shape[1] - 1)

class Flat(Legal):
    observation = "flat"
    def train(self, context):
        return Vectors()

class Vectors(Policy):
    def act(self, observation):
        assert observation.ndim == 2 and len(observation) == self.count
        return np.zeros(self.count, int)

class Floats(Legal):
    def train(self, context):
        return FloatPolicy()

class FloatPolicy(Policy):
    def act(self, observation):
        return np.zeros(self.count)

class TooHigh(Legal):
    def train(self, context):
        return HighPolicy()

class HighPolicy(Policy):
    def act(self, observation):
        return np.full(self.count, observation["action_mask"].shape[1])

class Nothing(Legal):
    def train(self, context):
        return None

class Overspends(Legal):
    def train(self, context):
        env = context.make_env()
        env.reset(seed=0)
        while True:
            if env.step(0)[2]:
                env.reset()

class Cheats(Legal):
    def train(self, context):
        env = context.environment.make()
        env.reset(seed=0)
        env.step(0)
        return Policy()

class Breaks(Legal):
    def train(self, context):
        raise ValueError("no such luck")

class Quits(Legal):
    def train(self, context):
        raise SystemExit(3)

class Endless(Legal):
    def train(self, context):
        Path(os.environ["PID_FILE"]).write_text(str(os.getpid()))
        time.sleep(600)

class Makes:
    """Makes its own briefs."""
    makes_own_briefs = True
    def episodes(self, environment, count, seed):
        from creative_envs.benchmark.sampling import sample_works
        policy = Policy()
        return sample_works(environment, policy, count, observation="dict",
                            briefs_seed=seed, policy_seed=seed).episodes
'''

SCORING = "creative_envs.benchmark.scoring"

STAND_IN = '''
def score_cell(suite, environment, works, training):
    """What it was given, counted: real scores take seconds."""
    taken = sum(int(work.actions.sum()) for work in works)
    curve = [{"steps": n, "works": len(window)} for n, window in enumerate(training, 1)]
    return {"metrics": {"works": len(works), "taken": taken}, "curve": curve, "shown": {}}
'''


def write_agents(folder: Path) -> Path:
    """Writes the agents, as agents.py."""
    path = folder / "agents.py"
    path.write_text(AGENTS)
    return path


def write_suite(folder: Path) -> Path:
    """Writes the suite, as tiny.toml."""
    path = folder / "tiny.toml"
    path.write_text(TOML)
    return path


def tiny(folder: Path) -> Suite:
    """The suite."""
    return load_suite(str(write_suite(folder)))


def make_job(folder: Path, agent: str = "random", seed: int = 0, **changes: Any) -> Job:
    """A job of one of the agents above if its name is capitalised, else of a built-in one."""
    name = f"{write_agents(folder)}:{agent}" if agent[0].isupper() else agent
    suite = tiny(folder)
    cell = Cell(suite, suite.environment(ENVIRONMENT), name, seed)
    return cell.job(TOML, device="cpu", scratch=None, keep_policy=False) | changes


def stand_in_for_scoring() -> ModuleType:
    """A module in the place of `creative_envs.benchmark.scoring`; see `STAND_IN`."""
    module = ModuleType(SCORING)
    exec(STAND_IN, module.__dict__)
    return module


def score_at_once(folder: Path) -> Path:
    """Makes a folder which, on PYTHONPATH, has the stand-in in all processes."""
    folder.mkdir()
    lines = [
        "import sys, types",
        f"module = sys.modules[{SCORING!r}] = types.ModuleType('stand_in')",
    ]
    (folder / "sitecustomize.py").write_text(
        "\n".join([*lines, f"exec({STAND_IN!r}, module.__dict__)"])
    )
    return folder


def is_alive(pid: int) -> bool:
    """Whether there is such a process, zombies apart."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: Any, seconds: float = 30) -> bool:
    """Waits until a condition holds; whether it did in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def run_named(job: Job) -> Outcome:
    """What workers of the tests run: the job's ``do`` says what."""
    folder = Path(job["where"])
    outcome = failure(job, "")
    outcome["run"].update(status="ok", pid=os.getpid(), threads=os.environ["OMP_NUM_THREADS"])
    tries = folder / f"tries-{job['seed']}"
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    do = job["do"]
    if do == "die" or (do == "die once" and tries.read_text() == "x"):
        print("last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if do == "leave a child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        outcome["run"]["child"] = child.pid
    if do == "sleep":
        (folder / "pid").write_text(str(os.getpid()))
        time.sleep(600)
    return outcome
