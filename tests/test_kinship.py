"""Kinship, in every domain: the second view by which the benchmark tells works apart."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import creative_envs
from creative_envs.core.task import Task

gym.register_envs(creative_envs)
IDS = (
    "creative_envs/MelodyComposition-v0",
    "creative_envs/PatchComposition-v0",
    "creative_envs/TacticDesign-v0",
)


def demonstrated(task: Task, env_id: str, count: int):
    """Demonstrations written in the environment: tokens, lengths and briefs."""
    actions, length, brief = task.demonstrations(count)
    env = gym.make_vec(env_id, num_envs=len(length), autoreset_mode="NEXT_STEP")
    env.reset(seed=0, options={"brief": brief})
    works: dict[int, dict] = {}
    for column in np.maximum(actions, 0).T:
        info = env.step(column)[4]
        for row in np.flatnonzero(info.get("_work", [])):
            works.setdefault(int(row), {key: info["work"][key][row] for key in ("tokens", "brief")})
    tokens = np.stack([works[row]["tokens"] for row in range(len(length))])
    return tokens, length, np.stack([works[row]["brief"] for row in range(len(length))])


@pytest.mark.parametrize("env_id", IDS)
def test_kinship_is_a_similarity_with_copies_at_one(env_id):
    task = gym.make(env_id, split="test").unwrapped.task
    tokens, length, brief = (np.concatenate([part, part[:3]]) for part in task.reference_works(8))
    alike = task.kinship(tokens, length, brief)
    assert alike.shape == (11, 11)
    np.testing.assert_allclose(alike, alike.T, atol=1e-9)
    np.testing.assert_allclose(np.diagonal(alike), 1, atol=1e-9)
    assert alike.min() >= 0 and alike.max() <= 1 + 1e-9
    np.testing.assert_allclose(alike[[0, 1, 2], [8, 9, 10]], 1, atol=1e-5)
    others = alike[:8, :8][~np.eye(8, dtype=bool)]
    assert np.median(others) < 0.9


@pytest.mark.parametrize("env_id", IDS)
def test_what_training_may_have_seen_is_known_and_what_is_held_out_is_not(env_id):
    task = gym.make(env_id).unwrapped.task
    seen = task.kinship_to_references(*demonstrated(task, env_id, 12))
    assert np.median(seen) > 0.99
    held_out = gym.make(env_id, split="test").unwrapped.task
    unseen = held_out.kinship_to_references(*held_out.reference_works(12))
    assert unseen.shape == (12,) and unseen.min() >= 0
    assert np.median(unseen) < 0.8
