"""From ``info["work"]`` to the typed work."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass, replace
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec, load_env_creator
from numpy.typing import NDArray

from creative_envs.core.env import CreativeEnv
from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.task import (
    Artefact,
    Task,
    as_array,
    check_brief,
    keywords_of,
    refuse_unknown,
)


def task_type_of(env_id: str) -> type[Task]:
    """The task class behind an environment's id.

    Raises:
        InvalidArgument: The id is not one of this package's kind of environment.
        gymnasium.error.NameNotFound: There is no such id (the message suggests the nearest).
    """
    return _task_type(gym.spec(env_id))


def _task_type(spec: EnvSpec) -> type[Task]:
    creator: Any = spec.entry_point
    if isinstance(creator, str):
        creator = load_env_creator(creator)
    task_type = getattr(creator, "task_type", None)
    if task_type is None:
        raise InvalidArgument(f"{spec.id} makes no works: its class has no task_type")
    return task_type  # type: ignore[no-any-return]


def artefact(env_id: str, work: Mapping[str, Any], **arguments: Any) -> Artefact:
    """Turns a work into its domain's type (a Melody, say), which can ``save`` itself.

    Args:
        env_id: Id of the environment the work was made in.
        work: ``info["work"]``, or what a log keeps of it: ``tokens`` (L, F), ``length`` and
            ``brief`` (B,); scores are kept as provenance where given.
        **arguments: Keywords the environment was made with, such as the library of a picture.
            Those it was registered with need not be repeated, and those that change no work
            (``render_mode``, ``works``) may be left out.

    Raises:
        InvalidArgument: The environment takes no such keyword.
        InvalidWork: It is no work of this domain.
        InvalidBrief: Its brief is none.
    """
    spec = gym.spec(env_id)
    task_type = _task_type(spec)
    of_task = keywords_of(task_type.__init__)
    refuse_unknown(task_type.name, arguments, [*keywords_of(CreativeEnv.__init__), *of_task])
    given = {**spec.kwargs, **arguments}
    return task_type.artefact(work, **{k: given[k] for k in given if k in of_task})


def titled(artefact: Artefact, title: str) -> Artefact:
    """The same work under another title, where works of its domain have one."""
    if is_dataclass(artefact) and hasattr(artefact, "title"):
        return replace(artefact, title=title)
    return artefact


def read_work(
    work: Mapping[str, Any], token_sizes: Sequence[int], brief_size: int
) -> tuple[NDArray[np.int16], int, NDArray[np.float32]]:
    """Reads what any artefact is made of, trusting nothing: works may come from files.

    Args:
        work: With ``tokens``, ``length`` and ``brief``.
        token_sizes: Number of values each token column may take, F of them.
        brief_size: B.

    Returns:
        Tokens (L, F), of which the first ``length`` are written, that length, and the brief (B,).

    Raises:
        InvalidWork: A part is missing or does not fit the others; the message names it.
        InvalidBrief: The brief has the wrong size, is not finite or leaves [0, 1].
    """
    missing = {"tokens", "length", "brief"} - set(work)
    if missing:
        raise InvalidWork(f"A work needs tokens, length and brief; without {sorted(missing)}.")
    tokens = as_array(work["tokens"])
    columns = len(token_sizes)
    if tokens.dtype.kind not in "iu" or tokens.ndim != 2 or tokens.shape[1] != columns:
        raise InvalidWork(
            f"Tokens are whole numbers of shape (L, {columns}), got {tokens.dtype}{tokens.shape}."
        )
    try:
        length = operator.index(work["length"])
    except TypeError:
        raise InvalidWork(f"Length is a whole number, got {work['length']!r}.") from None
    if not 0 <= length <= len(tokens):
        raise InvalidWork(f"Length is {length}, but there are {len(tokens)} rows of tokens.")
    written = tokens[:length]
    if ((written < 0) | (written >= np.array(token_sizes))).any():
        raise InvalidWork(f"A token lies outside 0 .. size - 1 of its column: {token_sizes}.")
    return tokens.astype(np.int16), length, check_brief([work["brief"]], brief_size)[0]
