"""``info``: what a step tells beside the reward, for one environment and for a vector of them.

The vector form follows Gymnasium's: beside every key stands ``_key``, a mask of the environments
that have it. It equals, entry by entry, what `gymnasium.vector.SyncVectorEnv` makes of the
scalar form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.batch import FinishedWorks, StepResult
from creative_envs.core.task import Task


def work_info(task: Task, works: FinishedWorks, index: int) -> dict[str, Any]:
    """``info["work"]`` of one finished work: its tokens, brief and every score."""
    scores = works.scores
    return {
        "tokens": works.tokens[index].copy(),
        "length": int(works.length[index]),
        "brief": works.brief[index].copy(),
        "quality": float(scores.quality[index]),
        "craft": float(scores.craft[index]),
        "adherence": float(scores.adherence[index]),
        "novelty": float(scores.novelty[index]),
        "valid": bool(scores.valid[index]),
        "reward": float(works.reward[index]),
        "terms": dict(zip(task.term_names, scores.terms[index].tolist(), strict=True)),
        "descriptor": scores.descriptor[index].copy(),
    }


def stack(
    works: Sequence[Mapping[str, Any]],
) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
    """Tokens (n, L, F), lengths (n,) and briefs (n, B) of works as `work_info` gives them."""
    tokens = np.stack([work["tokens"] for work in works])
    length = np.array([work["length"] for work in works], np.int32)
    return tokens, length, np.stack([work["brief"] for work in works])


def step_info(task: Task, result: StepResult, row: int = 0) -> dict[str, Any]:
    """``info`` of a scalar environment's step."""
    info: dict[str, Any] = {
        "illegal": result.illegal.item(row),
        "executed_action": result.executed.item(row),
    }
    works = result.finished
    if works is not None:
        (index,) = (works.rows == row).nonzero()
        if index.size:
            info["work"] = work_info(task, works, int(index[0]))
    return info


def vector_info(task: Task, result: StepResult, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """``info`` of a vector step, restricted to the ``chosen`` environments, shape (N,).

    Masks are shared between the entries that have the same one.
    """
    if not chosen.any():
        return {}
    info: dict[str, Any] = {
        "illegal": result.illegal & chosen,
        "_illegal": chosen,
        "executed_action": result.executed * chosen,
        "_executed_action": chosen,
    }
    works = result.finished
    if works is None:
        return info
    told = chosen[works.rows]
    if told.any():
        info["work"], info["_work"] = _vector_work_info(task, works, told, len(chosen))
    return info


def _vector_work_info(
    task: Task, works: FinishedWorks, told: NDArray[np.bool_], size: int
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    rows = works.rows[told]
    present = np.zeros(size, np.bool_)
    present[rows] = True

    def spread(values: NDArray[Any], dtype: type | np.dtype[Any] | None = None) -> NDArray[Any]:
        array = np.zeros((size, *values.shape[1:]), dtype or values.dtype)
        array[rows] = values[told]
        return array

    scores = works.scores
    terms = spread(scores.terms, np.float64)
    entries: dict[str, Any] = {
        "tokens": spread(works.tokens),
        "length": spread(works.length, np.int64),
        "brief": spread(works.brief),
        "quality": spread(scores.quality, np.float64),
        "craft": spread(scores.craft, np.float64),
        "adherence": spread(scores.adherence, np.float64),
        "novelty": spread(scores.novelty, np.float64),
        "valid": spread(scores.valid),
        "reward": spread(works.reward),
        "terms": _with_masks(dict(zip(task.term_names, terms.T, strict=True)), present),
        "descriptor": spread(scores.descriptor),
    }
    return _with_masks(entries, present), present


def _with_masks(entries: dict[str, Any], present: NDArray[np.bool_]) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for key, value in entries.items():
        masked[key] = value
        masked[f"_{key}"] = present
    return masked
