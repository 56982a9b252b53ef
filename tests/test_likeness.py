"""What works are like, in all domains: laws, agreement with novelty, names, and time."""

from __future__ import annotations

import time

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.core.sampling import sample_legal
from creative_envs.tactics.novelty import EVEN_FIGHT

TWO = {"size": 6, "library": ["procedural:seed=1", "procedural:seed=2"]}
CASES = {
    "melody": ("MelodyComposition", {}),
    "patches": ("PatchComposition", {"size": 6}),
    "patches of two libraries": ("PatchComposition", TWO),
    "tactics": ("TacticDesign", {}),
}
SECONDS = {"melody": 2, "patches": 2, "patches of two libraries": 2, "tactics": 20}
"""For 256 works on a slow machine; those of tactics are spent on battles."""


def random_works(task, count, seed=0):
    """Works of legal actions drawn evenly: tokens (n, L, F), lengths (n,), briefs (n, B)."""
    rng = np.random.default_rng(seed)
    brief = task.draw_briefs(rng.integers(2**40, size=count, dtype=np.uint64))
    tokens = np.full((count, task.max_length, len(task.token_sizes)), -1, np.int16)
    length, finished = np.zeros(count, np.int32), np.zeros(count, np.bool_)
    mask = np.zeros((count, task.n_actions), np.int8)
    scratch = np.zeros((count, task.scratch_size), np.int32)
    task.begin(np.arange(count), brief, mask, scratch)
    while not finished.all():
        actions = sample_legal(mask, rng)
        task.advance(actions, ~finished, tokens, length, brief, mask, scratch, finished)
    return tokens, length, brief


def joined(*batches):
    return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))


def of_episode(task, works):
    """Every work with every work as the one made before it: scores of n x n works."""
    count = len(works[0])
    one, other = np.divmod(np.arange(count**2), count)
    earlier = np.ones((count**2, 1, 1 + task.memory_size), np.float32)
    earlier[:, 0, 1:] = task.memory(*works)[other]
    return task.score(*(part[one] for part in works), earlier)


@pytest.fixture(scope="module", params=CASES)
def case(request):
    name, keywords = CASES[request.param]
    return request.param, gym.make(f"creative_envs/{name}-v0", **keywords).unwrapped.task


@pytest.fixture(scope="module")
def task(case):
    return case[1]


@pytest.fixture(scope="module")
def works(task):
    """Random works, references, and some of each again."""
    made = joined(random_works(task, 6), task.reference_works(8))
    return joined(made, tuple(part[::3] for part in made))


def test_unlikeness_is_symmetric_and_of_no_work_to_itself(task, works):
    found = task.unlikeness(*works)
    count = len(works[0])
    assert found.shape == (count, count) and found.dtype == np.float64
    assert (found == found.T).all() and (found >= 0).all() and (found <= 1).all()
    copies = np.arange(14)[::3]
    assert not np.diagonal(found).any() and not found[copies, 14 + np.arange(len(copies))].any()
    assert found[:14, :14].max() > 0.5


def test_unlikeness_does_not_depend_on_the_other_works(task, works):
    found = task.unlikeness(*works)
    chosen = np.array([5, 0, 9])
    again = task.unlikeness(*(part[chosen] for part in works))
    np.testing.assert_allclose(again, found[np.ix_(chosen, chosen)], atol=1e-6)
    assert task.unlikeness(*(part[:1] for part in works)).tolist() == [[0.0]]


def test_unlikeness_is_what_novelty_makes_of_earlier_works(case, works):
    name, task = case
    count = len(works[0])
    alone = task.score(*works, np.zeros((count, 0, 1 + task.memory_size), np.float32))
    novelty = of_episode(task, works).novelty.reshape(count, count)
    factor = np.ones(count)  # what novelty multiplies the distance by
    if name == "melody":
        factor = alone.terms[:, task.term_names.index("originality")]
    elif name == "tactics":
        factor = np.minimum(alone.craft / EVEN_FIGHT, 1)
    found = task.unlikeness(*works)
    expected = np.minimum(alone.novelty[:, None], found * factor[:, None])
    library = task.describe_brief  # which names the library, where there are several
    same = np.array([str(library(row).get("library")) for row in works[2]])
    pairs = same[:, None] == same
    np.testing.assert_allclose(novelty[pairs], expected[pairs], atol=2e-4)
    # Of two libraries each has its own scale, and unlikeness is the smaller.
    assert (expected <= novelty + 2e-4).all()
    assert (np.minimum(novelty, alone.novelty[:, None]) > expected - 2e-4).all()


def test_nearest_references_are_named_and_on_the_scale_of_novelty(case, works):
    name, task = case
    found = task.nearest_references(*works)
    assert len(found) == len(works[0])
    assert all(type(one.name) is str and one.name.strip() for one in found)
    assert all(type(one.distance) is float and 0 <= one.distance <= 1 for one in found)
    assert task.nearest_references(*(part[3:4] for part in works)) == found[3:4]
    alone = task.score(*works, np.zeros((len(found), 0, 1 + task.memory_size), np.float32))
    distance = np.array([one.distance for one in found])
    if name == "tactics":  # novelty is gated
        distance *= np.minimum(alone.craft / EVEN_FIGHT, 1)
    np.testing.assert_allclose(distance, alone.novelty, atol=1e-5)
    assert distance.max() > 0


def test_is_quick(case):
    name, task = case
    works = random_works(task, 256)
    task.unlikeness(*(part[:2] for part in works))  # compiles
    for compare in (task.unlikeness, task.nearest_references):
        start = time.perf_counter()
        compare(*works)
        assert time.perf_counter() - start < SECONDS[name]
