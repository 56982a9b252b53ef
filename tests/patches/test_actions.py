"""The rules of the canvas, against an independent reading of them."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.patches.actions import advance_works, begin_works, cells_of, tokens_of
from creative_envs.patches.env import PatchEnv
from creative_envs.patches.geometry import N_TRANSFORMS
from tests.patches.canvases import TWO, library_from, task_of

BUDGET = {6: 5, 8: 8, 12: 18}
"""An eighth of the cells, rounded up."""


def looks(library):
    """The pixels of every tile, as bytes."""
    return [tile.tobytes() for tile in library.tiles]


def legal_by_the_rules(looks, placed, size):
    """Tiles that are the first of their look, of patches that are not used up."""
    used = np.bincount([tile // N_TRANSFORMS for tile in placed], minlength=len(looks))
    return {
        tile
        for tile, look in enumerate(looks)
        if looks.index(look) == tile and used[tile // N_TRANSFORMS] < BUDGET[size]
    }


def legal(observation):
    return set(observation["action_mask"].nonzero()[0].tolist())


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([6, 6, 8]), greedy=st.booleans())
def test_masks_are_exactly_the_rules_and_works_end_full(seed, size, greedy):
    """Greedy agents use up a patch before they take another."""
    env = PatchEnv(size=size)
    observation, _ = env.reset(seed=seed)
    rng, placed, terminated = np.random.default_rng(seed), [], False
    of_tiles = looks(env.task.libraries[0])
    while not terminated:
        expected = legal_by_the_rules(of_tiles, placed, size)
        assert legal(observation) == expected
        if greedy and placed and placed[-1] in expected:
            action = placed[-1]
        else:
            action = int(rng.choice(sorted(expected)))
        observation, _, terminated, _, info = env.step(action)
        placed.append(action)
        assert not info["illegal"] and len(placed) <= size**2
    assert len(placed) == info["work"]["length"] == size**2
    np.testing.assert_array_equal(cells_of(info["work"]["tokens"][None])[0], placed)


def test_a_masked_tile_becomes_the_next_legal_one():
    env = PatchEnv(size=6)
    observation, _ = env.reset(seed=0)
    of_tiles = looks(env.task.libraries[0])
    repeated = next(t for t in range(192) if of_tiles.index(of_tiles[t]) != t)
    later = min(t for t in legal(observation) if t > repeated)
    observation, reward, _, _, info = env.step(repeated)
    assert info["illegal"] and info["executed_action"] == later and reward == -0.01
    assert observation["tokens"][0].tolist() == list(divmod(later, N_TRANSFORMS))


def test_a_patch_used_up_is_masked_under_every_transform():
    env = PatchEnv(size=6)
    observation, _ = env.reset(seed=0)
    patch = min(legal(observation)) // N_TRANSFORMS
    tiles = {patch * N_TRANSFORMS + t for t in range(N_TRANSFORMS)}
    for _ in range(BUDGET[6]):
        assert legal(observation) & tiles
        observation, *_ = env.step(min(legal(observation) & tiles))
    assert not legal(observation) & tiles and legal(observation)


def test_the_mask_is_that_of_the_library_the_brief_names():
    env = gym.make("creative_envs/PatchComposition-v0", library=TWO)
    masks = set()
    for seed in range(8):
        observation, _ = env.reset(seed=seed)
        task = env.unwrapped.task
        library = task._library_of(observation["brief"][None])[0]
        np.testing.assert_array_equal(observation["action_mask"], task.reference.distinct[library])
        masks.add(observation["action_mask"].tobytes())
    assert len(masks) == 2


def test_the_fewest_patches_that_differ_suffice():
    """Twelve patches of one colour each, of 24: one tile each, and every work still ends."""
    shades = np.zeros((24, 8, 8, 3))
    shades += (np.arange(24) % 12 * 20)[:, None, None, None]
    for size in (6, 12):
        env = PatchEnv(size=size, library=library_from(shades))
        observation, _ = env.reset(seed=0)
        assert legal(observation) == set(range(0, 96, N_TRANSFORMS))
        terminated, steps = False, 0
        while not terminated:
            observation, _, terminated, _, info = env.step(min(legal(observation)))
            steps += 1
        assert steps == size**2 and info["work"]["terms"]["reuse"] > 0


def test_rows_that_are_not_active_are_left_untouched():
    distinct = np.ones((1, 96), np.bool_)
    mask, uses = np.zeros((2, 96), np.int8), np.zeros((2, 12), np.int32)
    tokens, length = np.full((2, 36, 2), -1, np.int16), np.zeros(2, np.int32)
    finished = np.zeros(2, np.bool_)
    begin_works(np.arange(2), np.zeros(2, np.int64), distinct, mask, uses)
    active = np.array([True, False])
    before = [array[1].copy() for array in (tokens, length, mask, uses)]
    for _ in range(2):
        advance_works(np.array([9, 9]), active, 2, tokens, length, mask, uses, finished)
    assert length.tolist() == [2, 0] and tokens[0, 1].tolist() == [1, 1]
    assert not mask[0, 8:16].any() and mask[0].sum() == 88 and uses[0, 1] == 2
    for array, old in zip((tokens, length, mask, uses), before, strict=True):
        np.testing.assert_array_equal(array[1], old)


def test_beginning_touches_the_named_rows_alone():
    distinct = np.array([[True] * 96, [False] * 88 + [True] * 8])
    mask, uses = np.zeros((3, 96), np.int8), np.full((3, 12), 7, np.int32)
    begin_works(np.array([2, 0]), np.array([1, 0]), distinct, mask, uses)
    assert mask.sum(axis=1).tolist() == [96, 0, 8]
    assert uses[:, 0].tolist() == [0, 7, 0]


@given(st.integers(0, 2**32 - 1))
def test_cells_and_tokens_are_inverse(seed):
    cells = np.random.default_rng(seed).integers(0, 384, (3, 36)).astype(np.int16)
    tokens = tokens_of(cells)
    assert tokens.shape == (3, 36, 2) and tokens.dtype == np.int16
    np.testing.assert_array_equal(cells_of(tokens), cells)
    tokens[:, 20:] = -1
    growing = cells_of(tokens)
    np.testing.assert_array_equal(growing[:, :20], cells[:, :20])
    assert (growing[:, 20:] == -1).all()


@pytest.mark.parametrize("library", ["procedural", "builtin"])
def test_distinct_tiles_look_different_and_every_look_is_there(library):
    task = task_of(8, library)
    every = looks(task.libraries[0])
    chosen = [every[tile] for tile in np.flatnonzero(task.reference.distinct[0])]
    assert len(set(chosen)) == len(chosen) and set(chosen) == set(every)
