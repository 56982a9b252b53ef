"""Whatever is passed is either taken, and what comes back lies in its space, or refused in a line.

Nothing else is ever raised, and what is refused changes nothing.
"""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import InvalidAction, InvalidArgument, InvalidBrief
from creative_envs.registration import SINGLE_WORK
from tests.playing import assert_same
from tests.sweep.values import MISFITS, anything, told

N = 2
ARGUMENTS = {"creative_envs/PatchComposition-v0": {"library": ["procedural", "builtin"]}}
every_domain = pytest.mark.parametrize("env_id", SINGLE_WORK)
some = settings(max_examples=50)
unknown_or_bad = (InvalidBrief, InvalidArgument)


def made(env_id, kept={}):  # noqa: B006  one environment of each serves all examples
    """A scalar and a vector environment, reset."""
    if env_id not in kept:
        arguments = ARGUMENTS.get(env_id, {})
        kept[env_id] = (
            gym.make(env_id, **arguments).unwrapped,
            gym.make_vec(env_id, num_envs=N, **arguments).unwrapped,
        )
    for env in kept[env_id]:
        env.reset(seed=0)
    return kept[env_id]


def tried(env, call, refusals):
    """Whether a call was taken; if it was refused, nothing may have changed."""
    before = env.get_state()
    try:
        observation, *_ = call()
    except refusals as error:
        told(error)
        assert_same(env.get_state(), before)
        return False
    assert env.observation_space.contains(observation)
    return True


@every_domain
class TestActions:
    @some
    @given(action=anything)
    def test_of_one(self, env_id, action):
        env, _ = made(env_id)
        taken = tried(env, lambda: env.step(action), InvalidAction)
        array = np.asarray(action) if isinstance(action, (int, np.ndarray, np.generic)) else None
        whole = array is not None and array.shape == () and array.dtype.kind in "iu"
        assert taken == (whole and 0 <= int(action) < env.action_space.n)

    @some
    @given(actions=st.one_of(anything, st.lists(anything, min_size=N, max_size=N)))
    def test_of_a_vector(self, env_id, actions):
        _, env = made(env_id)
        if tried(env, lambda: env.step(actions), InvalidAction):
            array = np.asarray(actions)
            assert array.dtype.kind in "iu" and array.shape == (N,)
            assert array.min() >= 0 and array.max() < env.single_action_space.n


@every_domain
class TestBriefs:
    @settings(max_examples=100)
    @given(data=st.data())
    def test_in_words(self, env_id, data):
        env, vector = made(env_id)
        known = env.task.describe_brief(env.task.draw_briefs(np.arange(1, dtype=np.uint64))[0])
        said = st.one_of(anything, st.sampled_from(list(known.values())))
        unknown = st.one_of(st.sampled_from(list(known)), st.text(max_size=9), st.integers())
        brief = data.draw(
            st.one_of(
                st.dictionaries(st.sampled_from(list(known)), said, max_size=3),
                st.dictionaries(unknown, said, max_size=2),
            )
        )
        taken = {
            tried(one, lambda: one.reset(options={"brief": brief}), unknown_or_bad)  # noqa: B023
            for one in (env, vector)
        }
        assert len(taken) == 1

    @pytest.mark.parametrize("number", range(len(MISFITS)))
    def test_every_word_with_every_misfit(self, env_id, number):
        env, _ = made(env_id)
        for word in env.task.describe_brief(env.task.draw_briefs(np.zeros(1, np.uint64))[0]):
            brief = {word: MISFITS[number]}
            tried(env, lambda: env.reset(options={"brief": brief}), unknown_or_bad)  # noqa: B023

    @some
    @given(data=st.data())
    def test_in_numbers(self, env_id, data):
        env, vector = made(env_id)
        size = env.task.brief_size
        number = st.one_of(st.floats(0, 1), st.floats(), st.integers(0, 1), st.integers())
        row = st.lists(number, min_size=size - 1, max_size=size + 1)
        brief = data.draw(st.one_of(anything, row, st.lists(row, min_size=1, max_size=3)))
        tried(env, lambda: env.reset(options={"brief": brief}), unknown_or_bad)
        tried(vector, lambda: vector.reset(options={"brief": brief}), unknown_or_bad)


@every_domain
class TestResets:
    @pytest.mark.parametrize("number", range(len(MISFITS)))
    def test_every_misfit_everywhere(self, env_id, number):
        value = MISFITS[number]
        for env in made(env_id):
            assert not tried(env, lambda: env.step(value), InvalidAction)  # noqa: B023
            env.reset(seed=0)
            for options in (value, {"brief": value}, {"reset_mask": value}):
                if options is not None:
                    call = lambda: env.reset(options=options)  # noqa: B023, E731
                    tried(env, call, unknown_or_bad)
            for seed in (value, [value] * N):
                tried(env, lambda: env.reset(seed=seed), InvalidArgument)  # noqa: B023

    @some
    @given(options=anything, mask=anything)
    def test_options(self, env_id, options, mask):
        env, vector = made(env_id)
        for given_options in (options, {"reset_mask": mask}):
            for one in (env, vector):
                call = lambda: one.reset(options=given_options)  # noqa: B023, E731
                if tried(one, call, unknown_or_bad):
                    assert given_options in (None, {}) or one is vector

    @some
    @given(seed=anything)
    def test_seeds(self, env_id, seed):
        env, vector = made(env_id)
        taken = tried(env, lambda: env.reset(seed=seed), InvalidArgument)
        whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool | np.timedelta64)
        assert taken == (seed is None or (whole and seed >= 0))
        if taken:
            assert tried(vector, lambda: vector.reset(seed=seed), InvalidArgument)
        tried(vector, lambda: vector.reset(seed=[seed, 1]), InvalidArgument)


SHARED = ("works", "novelty_weight", "reward", "brief_per", "briefs", "render_mode")
OWN = {
    "creative_envs/MelodyComposition-v0": ("bars", "chromatic", "corpus", "split"),
    "creative_envs/PatchComposition-v0": (
        "size", "library", "patches", "split", "observe_picture",
    ),
    "creative_envs/TacticDesign-v0": ("split", "maps", "units"),
}  # fmt: skip
FLAGS = ("chromatic", "observe_picture")
PATHS = ("corpus", "library", "maps", "units")
"""Their messages name the path rather than the argument."""
OPTIONAL = ("briefs", "render_mode", "maps")
"""None is a value of theirs."""


@pytest.mark.parametrize(
    ("env_id", "name"), [(i, a) for i in SINGLE_WORK for a in (*SHARED, *OWN[i])]
)
def test_arguments_refuse_all_misfits(env_id, name):
    """In one line that names the argument."""
    for one in (env.__class__ for env in made(env_id)):
        for value in MISFITS:
            fits = isinstance(value, bool | np.bool_) and name in FLAGS
            if fits or (value is None and name in OPTIONAL):
                continue
            with pytest.raises(InvalidArgument if name not in PATHS else ValueError) as refused:
                one(**{name: value})
            assert name in told(refused.value) or name in PATHS


@pytest.mark.parametrize("name", ["num_envs", "autoreset_mode"])
def test_arguments_of_vectors_refuse_all_misfits(name):
    make = type(made(next(iter(SINGLE_WORK)))[1])
    for value in MISFITS:
        with pytest.raises(InvalidArgument, match=name) as refused:
            make(**{name: value})
        told(refused.value)
