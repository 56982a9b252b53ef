"""Works as they are kept: a brief and the actions taken, so that nobody's scores need be trusted.

What a work is worth is found by making it again in the environment: `replay`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.errors import InvalidResults, InvalidSuite

if TYPE_CHECKING:  # reading results need not wait for the environments
    from creative_envs.benchmark.suite import Environment
    from creative_envs.core.batch import Batch


@dataclass(frozen=True, eq=False)
class Episode:
    """An episode as it was executed: one work, or all works of a portfolio.

    Attributes:
        brief: As observed when the episode began, shape (B,), in [0, 1].
        actions: Those executed, in order, shape (T,); masked ones are already replaced.
        step: How many steps training had made when the episode ended; 0 for works sampled after.
    """

    brief: NDArray[np.float32]
    actions: NDArray[np.int64]
    step: int = 0


def write_episodes(episodes: Iterable[Episode]) -> str:
    """Writes episodes as JSON lines, the same text for the same episodes."""
    return "".join(f"{_line(episode)}\n" for episode in episodes)


def read_episodes(text: str, source: str) -> list[Episode]:
    """Reads what `write_episodes` wrote.

    Args:
        text: The lines.
        source: Name of the file, for messages.

    Raises:
        InvalidResults: A line is not an episode; names the file and the line.
    """
    episodes = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            episodes.append(_episode(json.loads(line)))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidResults(
                f"{source}, line {number}: no episode ({error}); delete the folder of this run "
                "and run it again"
            ) from error
    return episodes


def replay(
    environment: Environment, episodes: Sequence[Episode], *, held_out: bool = True
) -> list[list[dict[str, Any]]]:
    """Makes works again and scores them as the environment does.

    Args:
        environment: Whose works they are.
        episodes: What to execute.
        held_out: Whether in the arguments works are sampled in, or in those of training.

    Returns:
        ``info["work"]`` of every work, of every episode.

    Raises:
        InvalidResults: An action is not legal, or an episode does not end with its last action.
    """
    from creative_envs.core.information import work_info

    if not episodes:
        return []
    batch = _begin(environment, episodes, held_out)
    works: list[list[dict[str, Any]]] = [[] for _ in episodes]
    lengths = np.array([len(episode.actions) for episode in episodes])
    longest = batch.task.max_length * batch.settings.works
    _refuse(lengths > longest, longest, "goes on after its end")
    padded = np.zeros((len(episodes), lengths.max(initial=0)), np.int64)
    for row, episode in enumerate(episodes):
        padded[row, : lengths[row]] = episode.actions
    if padded.size and not 0 <= padded.min() <= padded.max() < batch.task.n_actions:
        raise InvalidResults(f"{environment.id} has no action {padded.min()}..{padded.max()}")
    for step, actions in enumerate(padded.T):
        active = step < lengths
        _refuse(active & ~batch.ongoing, step, "goes on after its end")
        result = batch.step(np.ascontiguousarray(actions), active)
        _refuse(result.illegal, step, f"takes an illegal action in {environment.id}")
        if result.finished is not None:
            for index, row in enumerate(result.finished.rows):
                works[row].append(work_info(batch.task, result.finished, index))
    _refuse(batch.ongoing, padded.shape[1], "stops before its end")
    return works


def _line(episode: Episode) -> str:
    # the shortest decimal that reads back as the same float32
    brief = [float(str(number)) for number in np.asarray(episode.brief, np.float32)]
    content: dict[str, Any] = {"brief": brief, "actions": np.asarray(episode.actions).tolist()}
    if episode.step:
        content["step"] = int(episode.step)
    return json.dumps(content, separators=(",", ":"))


def _episode(content: Any) -> Episode:
    brief, actions = np.array(content["brief"], np.float32), np.array(content["actions"])
    step = content.get("step", 0)
    if brief.ndim != 1 or not np.isfinite(brief).all():
        raise ValueError("the brief is not a list of numbers")
    if actions.ndim != 1 or not actions.size or actions.dtype.kind != "i":
        raise ValueError("the actions are not a list of whole numbers")
    if type(step) is not int or step < 0:
        raise ValueError(f"{step!r} is no number of steps")
    return Episode(brief, actions.astype(np.int64), step)


def _begin(environment: Environment, episodes: Sequence[Episode], held_out: bool) -> Batch:
    from gymnasium.vector import AutoresetMode

    from creative_envs.core.batch import Batch, check_briefs
    from creative_envs.core.errors import InvalidBrief

    if held_out:
        vector = environment.make_held_out(1)
    else:
        vector = environment.make_vec(1, AutoresetMode.NEXT_STEP)
    if vector.settings.brief_per == "work":
        raise InvalidSuite(
            f"{environment.id}: works of an episode with a brief each cannot be made again from "
            "the first; leave out brief_per"
        )
    batch = Batch(vector.task, len(episodes), vector.settings)
    try:
        briefs = check_briefs(vector.task, [one.brief for one in episodes], len(episodes))
    except (InvalidBrief, ValueError) as error:
        raise InvalidResults(f"A brief is not one of {environment.id}: {error}") from error
    rows = np.arange(len(episodes))
    batch.begin_episodes(rows, rows.astype(np.uint64), briefs)
    return batch


def _refuse(wrong: NDArray[np.bool_], step: int, what: str) -> None:
    if wrong.any():
        raise InvalidResults(f"Episode {int(wrong.argmax())} {what} (step {step})")
