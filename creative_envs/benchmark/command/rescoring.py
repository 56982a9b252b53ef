"""``creative-bench score``: scores stored works again, each made anew in its environment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from creative_envs.benchmark.cell import SCORE, TRAINING, WORKS, Cell, Job, Outcome, by_window
from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.provenance import cores
from creative_envs.benchmark.results import MOST_BYTES, Results
from creative_envs.benchmark.runners.local import run_local
from creative_envs.benchmark.runners.progress import make_progress
from creative_envs.core.reading import read_plain


def rescore(results: Results, workers: int | None) -> int:
    """Replaces the scores of all cells that have works.

    Args:
        results: Where.
        workers: How many at a time; None for one a core.

    Returns:
        0, or 1 if some could not be scored.

    Raises:
        InvalidResults: Works have been changed since they were sampled.
        OSError: The scores could not be written.
    """
    jobs, failed = _jobs(results), []

    def write(job: Job, outcome: Outcome) -> None:
        if outcome["run"]["status"] == "failed":
            failed.append(job)
        else:
            results.rescore(Cell.of(job), json.loads(outcome["files"][SCORE]))

    progress = make_progress(len(jobs))
    try:
        run_local(jobs, write, workers or cores(), progress, run=score_job)
    finally:
        progress.close()
    print(f"{len(jobs) - len(failed)} of {len(jobs)} cells scored")
    return 1 if failed else 0


def score_job(job: Job) -> Outcome:
    """Scores the works of a cell; run by workers."""
    from creative_envs.benchmark.scoring import score_cell

    results, cell = Results(Path(job["folder"])), Cell.of(job)
    windows = by_window(cell.suite, results.training(cell))
    scores = score_cell(cell.suite, cell.environment, results.works(cell), windows)
    return {"run": results.run(cell), "files": {SCORE: json.dumps(scores)}}


def _jobs(results: Results) -> list[Job]:
    jobs = []
    for cell in results.cells():
        run = results.run(cell)
        if run is not None and run["status"] in ("ok", "uncounted"):
            _check_unchanged(results, cell, run)
            toml = results.suite_file(cell.suite).read_text(encoding="utf-8")
            job = cell.job(toml, device="cpu", scratch=None, keep_policy=False)
            jobs.append({**job, "folder": str(results.folder)})
    return jobs


def _check_unchanged(results: Results, cell: Cell, run: dict[str, Any]) -> None:
    for name, key in ((WORKS, "works"), (TRAINING, "training")):
        path = results.path(cell) / name
        if hashlib.sha256(read_plain(path, MOST_BYTES)).hexdigest() != run["sha256"].get(key):
            raise InvalidResults(
                f"{path} is not what was sampled, by the SHA-256 in run.json: delete the folder "
                "and run the cell again"
            )
