"""Works made from a finished or unfinished run: files in all media, scores, and a page."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from PIL import Image

import agents
from agents.agent import Agent
from agents.callbacks import Work
from agents.config import RunConfig
from agents.environments import check_env_id, make_test_envs
from agents.errors import ConfigError, RunError
from agents.evaluation import Sample, audit, format_table
from agents.gallery import Exhibit, exhibit
from agents.ideation.development import check_candidates, develop
from agents.kernels import announce_compiling
from agents.page import write_samples_page
from agents.pretrained import locate
from agents.provenance import provenances
from agents.runs import DEFAULT_PARENT, RunFolder
from creative_envs.core.errors import CreativeEnvsError, InvalidArgument, InvalidBrief
from creative_envs.core.files import write_atomically
from creative_envs.core.task import Task

PAGE: Final = "index.html"
SHEET: Final = "sheet.png"
MOST_SHOWN: Final = 64
"""Works on the page, which holds every picture and sound within itself."""


def write_samples(
    run: str | Path,
    count: int,
    seed: int = 0,
    brief: Any = None,
    out: str | Path | None = None,
    which: Literal["best", "last"] = "best",
    device: str = "auto",
    brainstorm: int | None = None,
    focus: int = 0,
) -> Path:
    """Makes works by a run's agent or a shipped model, and writes and prints what they are worth.

    ``work-01`` is the best by reward. Every work is written in all media of its domain, and as
    JSON (``work-01.info.json`` where a domain has a JSON format of its own): ``info["work"]`` with
    its brief in words, its audit percentile and where it comes from (`agents.provenance`).

    Args:
        run: Its folder, or the id of an environment that a model is shipped for.
        count: How many works.
        seed: Decides briefs and actions; the same seed makes the same works.
        brief: One for all works, as `Task.parse_brief` reads it; by default each gets one that
            training never used.
        out: A new folder; by default ``samples-<k>`` in the run's.
        which: Of the run's policies, as in `agents.load`.
        device: Where to sample, as there.
        brainstorm: Candidates for every brief. Of those for one brief the good ones that are
            farthest apart are kept; of those for a brief each, the best. None for works as they
            are sampled.
        focus: Steps in which every work is refined.

    Returns:
        The page.

    Raises:
        ConfigError: The brief is none of this environment, there are fewer candidates than works
            to be kept, or several are to be chosen in a domain that compares none.
        RunError: There is no such run, its environment cannot be made any more, or the folder of
            the works exists or cannot be written.
        CheckpointError: The run has no policy yet, or a damaged one.
    """
    announce_compiling()
    task = _task(RunFolder.open(locate(run), to_write=False)[1], brief)
    check_candidates(task, count, brief, brainstorm)
    agent = agents.load(run, which, device)
    folder = _make_folder(Path(run), agent, out)
    try:
        works = _make_works(agent, count, seed, brief, brainstorm, focus)
    except BaseException:
        folder.rmdir()  # nothing is in it yet
        raise
    works.sort(key=lambda work: -work["reward"])
    sample = Sample("trained", works, audit(task, works))
    table = _table(sample)
    try:
        further = {"brainstorm": brainstorm, "focus": focus or None}
        told = [origin | further for origin in provenances(agent, works, seed)]
        exhibits = _write_works(task, sample, told, folder)
        _write_sheet(task, sample, folder)
        lead = _lead(len(works), seed, brief, brainstorm, focus)
        write_samples_page(folder / PAGE, task.name, lead, table, exhibits[:MOST_SHOWN])
    except OSError as error:
        raise RunError(f"Cannot write the works to {folder}: {error.strerror or error}") from error
    print(f"{format_table(table)}\n\n{len(works)} works, the best first, in {folder}")
    if len(works) < count:
        print(
            f"Fewer than the {count} asked for: of the candidates no more came near the best and "
            "differed from those kept. A higher --brainstorm finds more."
        )
    print(f"Their page: {(folder / PAGE).resolve()}")
    return folder / PAGE


def _lead(count: int, seed: int, brief: Any, brainstorm: int | None, focus: int) -> str:
    """What the page says of how its works were made."""
    for_whom = "briefs it never saw" if brief is None else "one brief"
    lead = f"{count} works, sampled for {for_whom} with seed {seed}"
    if brainstorm is not None:
        lead += f", out of {brainstorm} candidates" + (" for every brief" if brief is None else "")
    if focus:
        lead += f", refined in {focus} steps"
    lead += "; the best by reward first."
    return lead + (f" The {MOST_SHOWN} best are shown." if count > MOST_SHOWN else "")


def _make_works(
    agent: Agent, count: int, seed: int, brief: Any, candidates: int | None, steps: int
) -> list[Work]:
    """Works as they are sampled, or from a divergent and a convergent phase for each brief."""
    if candidates is None and not steps:
        return agent.sample(count, seed=seed, brief=brief)
    return develop(agent, count, seed=seed, brief=brief, candidates=candidates, steps=steps)


def _task(config: RunConfig, brief: Any) -> Task:
    """The run's domain, after a look at the brief."""
    check_env_id(config.env)
    try:
        task = make_test_envs(config.env, config.env_kwargs, 1).task
    except (CreativeEnvsError, TypeError) as error:
        raise RunError(f"Cannot make the run's environment {config.env}: {error}") from error
    if brief is not None:
        try:
            task.parse_brief(brief)
        except (InvalidBrief, InvalidArgument) as error:
            raise ConfigError(f"--brief: {error}") from error
    return task


def _make_folder(run: Path, agent: Agent, out: str | Path | None) -> Path:
    """A new folder, so that no earlier works are overwritten."""
    stem = run / "samples"
    if not run.is_dir():  # a shipped model's id
        stem = DEFAULT_PARENT / f"samples-{agent.config.env.rpartition('/')[2].lower()}"
    numbered = (stem.with_name(f"{stem.name}-{number}") for number in itertools.count(1))
    folder = Path(out) if out is not None else next(path for path in numbered if not path.exists())
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise RunError(f"{folder} exists already: name a new folder with --out.")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"Cannot write to {folder} ({error.strerror}): name another folder with --out."
        ) from error
    return folder


def _table(sample: Sample) -> dict[str, dict[str, float]]:
    """Measures of all works, and the scores of the best, which is the first."""
    measures = sample.measures()
    best = {name: sample.works[0][name] for name in measures if name in sample.works[0]}
    if sample.audit is not None:
        best["audit"] = float(sample.audit[0])
    return {"mean": measures, "best": best}


def _write_works(
    task: Task, sample: Sample, told: list[dict[str, Any]], folder: Path
) -> list[Exhibit]:
    """Writes works and, beside each, what is ``told`` of where it comes from."""
    exhibits = []
    digits = max(2, len(str(len(sample.works))))
    for index, (work, origin) in enumerate(zip(sample.works, told, strict=True)):
        name = f"work-{index + 1:0{digits}}"
        shown = exhibit(task, sample, name.replace("-", " "), index, folder / name)
        record = _plain(work) | {"brief_in_words": _plain(shown.brief), "audit": shown.audit}
        text = json.dumps(record | {"provenance": origin})
        beside = folder / f"{name}.json"
        if beside in shown.files:  # the work itself is one of its domain's media
            beside = folder / f"{name}.info.json"
        write_atomically(beside, f"{text}\n".encode())
        exhibits.append(shown)
    return exhibits


def _write_sheet(task: Task, sample: Sample, folder: Path) -> None:
    """All works in one picture, where the domain sets them side by side."""
    try:
        sheet = task.contact_sheet(sample.works[:MOST_SHOWN])
    except NotImplementedError:
        return
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format="png")
    write_atomically(folder / SHEET, buffer.getvalue())


def _plain(value: Any) -> Any:
    """Arrays and NumPy's numbers as what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
