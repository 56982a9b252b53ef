"""Cells on Ray Core, for when one machine is not enough.

Addresses: none starts Ray on this machine, for the run; "auto" or "host:port" is a running cluster
that this machine is a node of; "ray://host:10001" is one it is not (``pip install 'ray[client]'``,
and RAY_AUTH_MODE=token where the cluster asks for one, as Ray from 2.59 may: see its manual).

Nodes share no disk. What travels:

* Jobs as plain data, with the text of the suite. An agent given as ``file.py:Class`` travels as the
  text of that file: unlike a working directory sent by Ray it needs no upload, leaves nothing on
  the nodes and is exactly what the results' SHA-256 says. What the file imports from beside it does
  not travel: make such an agent an installed package.
* The packages creative_envs and, from a checkout, agents, as Ray's working directory (7 MB, once a
  node): all nodes run the code of this machine, whatever they have installed. Kernels are compiled
  anew for it, once a node, which takes a minute or three before the first cells get going. A driver
  submitted with ``ray job submit`` brings its own directory.

Nodes need this machine's versions of Python and Ray, and the libraries that the packages depend on.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from creative_envs.benchmark.errors import ClusterUnavailable, MissingPackage, UnknownName
from creative_envs.benchmark.runners import Job, Outcome, Progress, Write

Run = Callable[[Job], Outcome]

ATTEMPTS: Final = 3
"""How often a cell is begun whose worker or node dies."""
GPU_SHARE: Final = 0.25
"""Of a GPU for each cell on "cuda": networks here are small, so four keep it busier than one."""
SPARE: Final = 2
"""Cells sent to a cluster beyond what it has room for, which tells an autoscaler of the demand."""
STORE_BYTES: Final = 128 * 2**20
"""Shared memory of a Ray of our own; results are under a megabyte each."""
TICK: Final = 0.25
"""Seconds between looks at the cluster."""
CONNECT_SECONDS: Final = 10.0
CLIENT_PORT: Final = 10001
"""Of ray://, unless it says otherwise."""
THREADS: Final = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB")
}
"""A cell has one core. Set before its process starts: libraries read them when they load."""


def run_ray(
    jobs: list[Job],
    write: Write,
    address: str | None,
    progress: Progress,
    *,
    workers: int | None = None,
    run: Run | None = None,
) -> None:
    """Runs jobs on a Ray cluster, each in a fresh process of one core.

    A cell whose worker or node dies is begun again, elsewhere if need be; after three times it is
    recorded as failed. If interrupted, cells that run are stopped; what is written stays.

    Args:
        jobs: In the order they are begun.
        write: Called with each outcome, in this process.
        address: Of a running cluster; None starts Ray on this machine.
        progress: Told how it goes; a job counts as started when it is sent.
        workers: How many at a time on this machine; None is one a core. A cluster is used whole.
        run: What runs a job on the worker; None is `run_cell`.

    Raises:
        MissingPackage: Ray is not installed.
        ClusterUnavailable: The cluster does not answer, has no room or was lost.
        UnknownName: The file of an agent cannot be read.
    """
    parcels = [_packed(job) for job in jobs]
    ray = _import_ray()
    needs: dict[str, float] = {"CPU": 1}
    if any(parcel["device"] == "cuda" for parcel in parcels):
        needs["GPU"] = GPU_SHARE
    with _connected(ray, address, workers):
        cluster = _Cluster(ray, needs, run, spare=SPARE if address else 0)
        _check_room(cluster, needs, address, progress)
        _map(cluster, jobs, parcels, write, progress)


class _Cluster:
    """Tasks on the cluster connected to."""

    def __init__(self, ray: Any, needs: dict[str, float], run: Run | None, spare: int) -> None:
        self.ray = ray
        self._needs = needs
        self._run = run
        self._spare = spare
        # A process is used once, so that none inherits another's memory, threads or modules.
        # Ray's own retries have no bound where memory runs out: ours do, and are told.
        self._task = ray.remote(
            num_cpus=needs["CPU"], num_gpus=needs.get("GPU", 0), max_calls=1, max_retries=0
        )(_run_parcel)

    @property
    def room(self) -> int:
        """How many tasks run side by side on the nodes there are now."""
        with self._there():
            total = self.ray.cluster_resources()
        return int(min(total.get(name, 0) / share for name, share in self._needs.items()))

    @property
    def limit(self) -> int:
        """How many tasks to have there at most; nodes come and go."""
        return max(self.room + self._spare, 1)

    def start(self, parcel: Job) -> Any:
        """Sends a job; returns a reference to its outcome."""
        with self._there():
            return self._task.remote(parcel, self._run)

    def done(self, references: list[Any]) -> list[Any]:
        """Those of these that are done; waits a moment if none is."""
        with self._there():
            done, _ = self.ray.wait(references, num_returns=len(references), timeout=0)
        if not done:
            time.sleep(TICK)  # not in Ray, which makes a Ctrl-C of any signal that comes there
        return list(done)

    def outcome(self, reference: Any, job: Job, attempt: int) -> Outcome | str:
        """The outcome of a task that is done, or how its worker died if it is to begin again."""
        from creative_envs.benchmark.cell import failure

        errors = self.ray.exceptions
        try:
            outcome: Outcome = self.ray.get(reference)
        except errors.RuntimeEnvSetupError as error:
            raise ClusterUnavailable(
                f"Nodes of the cluster cannot receive this code: {_first_line(error)}"
            ) from error
        except errors.RayTaskError as error:  # an error of the cell's own: it would come again
            return failure(job, _first_line(error.cause), str(error))
        except errors.RayError as error:
            how = f"{type(error).__name__}: {_first_line(error)}"
            if attempt < ATTEMPTS:
                return how
            return failure(job, f"its worker died {ATTEMPTS} times ({how})", str(error))
        return outcome

    def stop(self, references: list[Any]) -> None:
        """Ends tasks at once."""
        with suppress(ConnectionError, self.ray.exceptions.RayError):  # all is over anyway
            for reference in references:
                self.ray.cancel(reference, force=True)

    @contextmanager
    def _there(self) -> Iterator[None]:
        try:
            yield
        except (ConnectionError, self.ray.exceptions.RaySystemError) as error:
            raise ClusterUnavailable(
                f"The Ray cluster was lost ({_first_line(error)}); the same command continues"
            ) from error


def _map(
    cluster: _Cluster, jobs: list[Job], parcels: list[Job], write: Write, progress: Progress
) -> None:
    """Has every job run, as many at a time as there is room for."""
    waiting = deque((index, 1) for index in range(len(jobs)))
    running: dict[Any, tuple[int, int]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < cluster.limit:
                index, attempt = waiting.popleft()
                running[cluster.start(parcels[index])] = index, attempt
                progress.started(jobs[index])
            for reference in cluster.done(list(running)):
                index, attempt = running.pop(reference)
                outcome = cluster.outcome(reference, jobs[index], attempt)
                if isinstance(outcome, str):
                    progress.note(f"{_title(jobs[index])} begins again: {outcome}")
                    waiting.appendleft((index, attempt + 1))
                else:
                    write(jobs[index], outcome)
                    progress.finished(jobs[index], outcome)
            progress.tick()
    finally:
        cluster.stop(list(running))


def _packed(job: Job) -> Job:
    """A job as it travels: nothing in it is a path of this machine."""
    parcel = {**job, "scratch": None, "device": job["device"].partition(":")[0]}
    path, _, _ = job["agent"].rpartition(":")
    if path.endswith(".py"):
        try:
            parcel["agent_source"] = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnknownName(f"The agent's file {path} cannot be read: {error}") from error
    return parcel


def _run_parcel(parcel: Job, run: Run | None) -> Outcome:
    """Runs a job where it arrived; an agent that came as text is a file for as long."""
    from creative_envs.benchmark.cell import run_cell

    run = run or run_cell
    job = dict(parcel)
    source = job.pop("agent_source", None)
    if source is None:
        return run(job)
    path, _, name = job["agent"].rpartition(":")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / Path(path).name
        file.write_text(source, encoding="utf-8")
        outcome = run({**job, "agent": f"{file}:{name}"})
    outcome["run"]["cell"]["agent"] = job["agent"]
    return outcome


@contextmanager
def _connected(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    """Ray, started or connected to, for as long."""
    with ExitStack() as stack:
        environment: dict[str, Any] = {"env_vars": THREADS}
        settings: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
        if address is None:
            settings |= {"num_cpus": workers, "include_dashboard": False}
            settings |= {"object_store_memory": STORE_BYTES}
        elif "RAY_JOB_CONFIG_JSON_ENV_VAR" not in os.environ:
            environment["working_dir"] = str(stack.enter_context(_packages()))
        handler = signal.getsignal(signal.SIGTERM)
        stack.callback(ray.shutdown)
        try:
            _knock(address)
            ray.init(address or "local", runtime_env=environment, **settings)
        except (OSError, RuntimeError, ValueError) as error:
            raise ClusterUnavailable(_unreachable(address, error)) from error
        if callable(handler) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray has put its own in its place
        yield


@contextmanager
def _packages() -> Iterator[Path]:
    """A folder of the code that nodes are to run."""
    root = Path(__file__).parents[3]
    rubbish = shutil.ignore_patterns("__pycache__")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("creative_envs", "agents"):
            if (root / name / "__init__.py").exists():
                shutil.copytree(root / name, Path(folder) / name, ignore=rubbish)
        yield Path(folder)


def _check_room(
    cluster: _Cluster, needs: dict[str, float], address: str | None, progress: Progress
) -> None:
    if cluster.room:
        return
    wanted = " and ".join("a GPU" if name == "GPU" else "a free core" for name in needs)
    if address is None:
        raise ClusterUnavailable(f"This machine has not got {wanted}: try --device cpu")
    progress.note(f"No node of the cluster has {wanted} now: cells wait until one joins")


def _knock(address: str | None) -> None:
    """Raises an error where nobody answers: Ray itself would go on asking for minutes."""
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "auto")
    if address not in (None, "auto"):
        url = urlsplit(address if "://" in address else f"//{address}")
        port = url.port or (CLIENT_PORT if url.scheme == "ray" else None)
        if not url.hostname or port is None:
            raise ValueError("an address is auto, host:port or ray://host:port")
        socket.create_connection((url.hostname, port), timeout=CONNECT_SECONDS).close()


def _import_ray() -> Any:
    # Read when Ray starts. Nobody who runs a benchmark has been asked whether it may report home.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise MissingPackage(
            f"--runner ray needs Ray ({error}): pip install 'creative-envs[ray]'"
        ) from error


def _unreachable(address: str | None, error: Exception) -> str:
    if address is None:
        return f"Ray cannot start on this machine: {_first_line(error)}"
    token = " Does it ask for a token? Then set RAY_AUTH_MODE=token." if "://" in address else ""
    return (
        f"No Ray cluster at {address}: {_first_line(error)}.{token} Start one with "
        "`ray start --head` and give its address, or leave --address out to use this machine alone."
    )


def _first_line(error: BaseException | str) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _title(job: Job) -> str:
    return f"{job['agent']}, {job['environment']}, seed {job['seed']}"
