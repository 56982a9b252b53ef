"""A Ray cluster of two node processes, one of which is killed while it works."""

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from creative_envs.benchmark.cell import Cell
from creative_envs.benchmark.errors import ClusterUnavailable, MissingPackage, UnknownName
from creative_envs.benchmark.runners import Job, Outcome
from creative_envs.benchmark.runners.ray_runner import ATTEMPTS, run_ray
from creative_envs.benchmark.suite import load_suite

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: the extra `ray`"
)
STORE = 80 * 2**20
NOTICE_DEATH_QUICKLY = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 2,
}


@dataclass
class Watching:
    """A progress that remembers, and does something now and then."""

    then: Callable[[], None] = lambda: None
    notes: list[str] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def started(self, job: Job) -> None:
        self.begun.append(job["seed"])

    def finished(self, job: Job, outcome: Outcome) -> None:
        self.ended.append(job["seed"])

    def note(self, text: str) -> None:
        self.notes.append(text)

    def tick(self) -> None:
        self.then()


class Written(dict[int, Outcome]):
    """Outcomes by seed."""

    def __call__(self, job: Job, outcome: Outcome) -> None:
        assert job["seed"] not in self
        self[job["seed"]] = outcome


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that runs nothing and two nodes of one core."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "_system_config": NOTICE_DEATH_QUICKLY}
    cluster = Cluster(initialize_head=True, head_node_args={**head, "object_store_memory": STORE})
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=STORE, wait=False)
    cluster.wait_for_nodes()
    yield cluster
    cluster.shutdown()


def jobs(count: int, agent: str = "random") -> list[Job]:
    suite = load_suite("quick")
    toml = (files("creative_envs.benchmark") / "suites" / f"{suite.name}.toml").read_text()
    cells = [Cell(suite, suite.environments[0], agent, seed) for seed in range(count)]
    return [cell.job(toml, device="cpu", scratch=None, keep_policy=False) for cell in cells]


def toy(notes: Path, held: int | None = None) -> Callable[[Job], Outcome]:
    """A job that notes where it began. Defined in here so that it travels by value.

    Args:
        notes: File of the notes.
        held: Seed of the job that ends only once there is a file "gate" beside it.
    """
    gate = notes.with_name("gate")

    def run(job: Job) -> Outcome:
        import ray

        node = ray.get_runtime_context().get_node_id() if ray.is_initialized() else "here"
        with notes.open("a") as file:
            file.write(f"{job['seed']} {node} {os.getpid()}\n")
        patience = time.monotonic() + 60
        while job["seed"] == held and not gate.exists() and time.monotonic() < patience:
            time.sleep(0.05)
        name, _, what = job["agent"].partition(":")
        if what == "Dies":
            os._exit(1)
        if what == "Raises":
            raise ValueError("no such luck")
        text = Path(name).read_text() if what else f"{job['seed'] ** 7 % 1009}\n" * 50_000
        cell = {"agent": job["agent"], "threads": os.environ["MKL_NUM_THREADS"]}
        return {"run": {"cell": cell, "status": "ok"}, "files": {"works.jsonl": text}}

    return run


def begun(notes: Path) -> list[list[str]]:
    """Seed, node and process of every time that a job began."""
    return [line.split() for line in notes.read_text().splitlines()] if notes.exists() else []


def alive(process: str) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@needs_ray
def test_all_cells_finish_although_a_node_dies(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "1")  # as nodes have it, whatever is set here
    notes, killed = tmp_path / "notes", list[Any]()

    def kill_the_node_at_work() -> None:
        names = [node for seed, node, _ in begun(notes) if seed == "1"]
        if watching.ended and names and not killed:
            killed.extend(node for node in cluster.worker_nodes if node.node_id == names[0])
            cluster.remove_node(killed[0], allow_graceful=False)
            notes.with_name("gate").touch()

    watching, written = Watching(kill_the_node_at_work), Written()
    run_ray(jobs(5), written, cluster.address, watching, run=toy(notes, held=1))
    starts = begun(notes)
    first, second = [node for seed, node, _ in starts if seed == "1"]
    assert first == killed[0].node_id != second
    assert any("begins again" in note for note in watching.notes)
    assert len({process for *_, process in starts}) == len(starts)  # a process for each
    assert written == {job["seed"]: toy(notes)(job) for job in jobs(5)}


@needs_ray
def test_errors_and_deaths_are_recorded_and_agents_travel_as_text(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("class Mine: ...\n")
    monkeypatch.chdir(tmp_path)  # nodes are elsewhere: a relative path means nothing to them
    agents = ["mine.py:Mine", "mine.py:Dies", "mine.py:Raises"]
    all_jobs = [{**jobs(1, agent)[0], "seed": seed} for seed, agent in enumerate(agents)]
    written, watching = Written(), Watching()
    run_ray(all_jobs, written, cluster.address, watching, run=toy(tmp_path / "notes"))
    statuses = [written[seed]["run"]["status"] for seed in range(3)]
    assert statuses == ["ok", "failed", "failed"]
    assert written[0]["files"]["works.jsonl"] == "class Mine: ...\n"
    assert [written[seed]["run"]["cell"]["agent"] for seed in range(3)] == agents
    assert "no such luck" in written[2]["run"]["error"]
    assert f"died {ATTEMPTS} times" in written[1]["run"]["error"]
    seeds = [seed for seed, *_ in begun(tmp_path / "notes")]
    assert [seeds.count(seed) for seed in "012"] == [1, ATTEMPTS, 1]


@needs_ray
def test_an_interrupt_stops_what_runs_and_keeps_what_is_written(
    cluster: Any, tmp_path: Path
) -> None:
    import ray

    notes, written = tmp_path / "notes", Written()

    def interrupt() -> None:
        if written and "1" in [seed for seed, *_ in begun(notes)]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_ray(jobs(2), written, cluster.address, Watching(interrupt), run=toy(notes, held=1))
    assert list(written) == [0]
    assert not ray.is_initialized()
    [process] = [process for seed, _, process in begun(notes) if seed == "1"]
    deadline = time.monotonic() + 10
    while alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@needs_ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"])
def test_a_cluster_that_is_not_there_is_told_at_once(address: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ClusterUnavailable, match="ray start --head"):
        run_ray(jobs(1), Written(), address, Watching())
    assert time.monotonic() - begun < 5


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"creative-envs\[ray\]"):
        run_ray(jobs(1), Written(), None, Watching())


def test_an_agent_whose_file_is_gone_is_told_before_anything_starts() -> None:
    with pytest.raises(UnknownName, match=r"gone\.py"):
        run_ray(jobs(1, "gone.py:Agent"), Written(), None, Watching())
