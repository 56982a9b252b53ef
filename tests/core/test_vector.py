"""The native vector environment on the toy domain: resets, seeds, autoreset modes, misuse."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from creative_envs.core.errors import InvalidAction, InvalidArgument, ResetNeeded
from tests.conftest import TOY_ID
from tests.playing import assert_same
from tests.toy_domain import BEADS, COLOURS, NecklaceEnv, NecklaceVectorEnv

WORK = np.array([0, 1, 2, 3, 4, 0])


def play_work(env, beads=WORK):
    for bead in beads:
        result = env.step(np.full(env.num_envs, bead))
    return result


class TestReset:
    def test_seed_s_gives_row_i_the_seed_s_plus_i(self):
        together, _ = NecklaceVectorEnv(4, novelty_weight=(0, 1)).reset(seed=10)
        listed, _ = NecklaceVectorEnv(4, novelty_weight=(0, 1)).reset(seed=[10, 11, 12, 13])
        assert_same(together, listed)
        assert len({float(weight) for weight in together["brief"][:, 0]}) == 4

    def test_a_mask_resets_those_rows_alone(self):
        env = NecklaceVectorEnv(3, novelty_weight=(0, 1))
        env.reset(seed=0)
        before = env.step(np.array([1, 2, 3]))[0]
        mask = np.array([False, True, False])
        after, info = env.reset(options={"reset_mask": mask})
        assert info == {} and mask.tolist() == [False, True, False]
        for row in (0, 2):
            for key in before:
                np.testing.assert_array_equal(before[key][row], after[key][row])
        assert (after["tokens"][1] == -1).all()
        assert after["brief"][1, 0] != before["brief"][1, 0]

    def test_a_mask_with_a_seed_reseeds_those_rows_alone(self):
        env, twin = NecklaceVectorEnv(2, novelty_weight=(0, 1)), NecklaceVectorEnv(2)
        twin.reset(seed=0)
        env.reset(seed=0)
        after, _ = env.reset(seed=50, options={"reset_mask": np.array([False, True])})
        expected, _ = NecklaceEnv(novelty_weight=(0, 1)).reset(seed=51)
        np.testing.assert_array_equal(after["brief"][1], expected["brief"])

    def test_one_brief_for_all_or_one_for_each(self):
        env = NecklaceVectorEnv(2)
        for brief in ([0.5, 0.25], [[0.5, 0.25], [0.25, 1.0]]):
            observation, _ = env.reset(seed=0, options={"brief": brief})
            np.testing.assert_array_equal(
                observation["brief"], np.broadcast_to(np.array(brief, np.float32), (2, 2))
            )

    def test_briefs_go_to_the_rows_of_the_mask(self):
        env = NecklaceVectorEnv(3)
        env.reset(seed=0)
        briefs = np.array([[0.1, 0.0], [0.2, 0.25], [0.3, 0.5]], np.float32)
        mask = np.array([True, False, True])
        observation, _ = env.reset(options={"brief": briefs, "reset_mask": mask})
        np.testing.assert_array_equal(observation["brief"][mask], briefs[mask])
        assert observation["brief"][1, 0] == 0.5

    @pytest.mark.parametrize(
        "options",
        [{"reset_mask": [True, False]}, {"reset_mask": np.array([1, 0])},
         {"reset_mask": np.array([True])}, {"reset_mask": np.zeros(2, bool)}, {"mask": 1},
         {"brief": np.full((3, 2), 0.5)}],
        ids=repr,
    )  # fmt: skip
    def test_bad_options_are_refused(self, options):
        env = NecklaceVectorEnv(2)
        env.reset(seed=0)
        with pytest.raises(InvalidArgument):
            env.reset(options=options)

    def test_seeds_of_the_wrong_number_are_refused(self):
        with pytest.raises(InvalidArgument, match="3 seeds for 2"):
            NecklaceVectorEnv(2).reset(seed=[1, 2, 3])

    def test_without_a_seed_episodes_go_on_differing(self):
        env = NecklaceVectorEnv(1, novelty_weight=(0, 1))
        env.reset(seed=0)
        weights = {float(env.reset()[0]["brief"][0, 0]) for _ in range(10)}
        assert len(weights) == 10


class TestAutoreset:
    def test_next_step_ignores_one_action_and_pays_nothing(self):
        env = NecklaceVectorEnv(2)
        env.reset(seed=0)
        observation, _, ended, _, info = play_work(env)
        assert ended.all() and "work" in info
        assert (observation["tokens"][:, :, 0] == WORK).all()
        observation, reward, ended, _, info = env.step(np.array([1, 1]))
        assert (observation["tokens"] == -1).all() and not ended.any()
        assert reward.tolist() == [0, 0] and info == {}

    def test_same_step_moves_the_end_to_final(self):
        env = NecklaceVectorEnv(2, autoreset_mode="SAME_STEP")
        env.reset(seed=0)
        observation, _, ended, _, info = play_work(env)
        assert ended.all() and (observation["tokens"] == -1).all()
        assert "work" not in info and info["_final_obs"].all()
        for row in range(2):
            assert info["final_obs"][row]["tokens"][:, 0].tolist() == WORK.tolist()
        assert info["final_info"]["work"]["tokens"].shape == (2, BEADS, 1)
        assert info["final_info"]["work"]["length"].tolist() == [BEADS, BEADS]

    def test_disabled_needs_reset(self):
        env = NecklaceVectorEnv(2, autoreset_mode=AutoresetMode.DISABLED)
        env.reset(seed=0)
        play_work(env)
        with pytest.raises(ResetNeeded):
            env.step(np.array([0, 0]))
        env.reset(options={"reset_mask": np.array([True, False])})
        with pytest.raises(ResetNeeded):
            env.step(np.array([0, 0]))

    def test_works_that_do_not_end_the_episode_are_told_in_every_mode(self):
        for mode in AutoresetMode:
            env = NecklaceVectorEnv(2, works=2, autoreset_mode=mode)
            env.reset(seed=0)
            _, _, ended, _, info = play_work(env)
            assert not ended.any() and info["_work"].all()

    @pytest.mark.parametrize("name", [mode.name for mode in AutoresetMode])
    def test_a_mode_may_be_given_by_name(self, name):
        mode = AutoresetMode[name]
        assert NecklaceVectorEnv(1, autoreset_mode=name).metadata["autoreset_mode"] is mode
        assert NecklaceVectorEnv(1, autoreset_mode=mode.value).autoreset_mode is mode

    @pytest.mark.parametrize("mode", ["sometimes", None, 1, []])
    def test_unknown_modes_are_refused(self, mode):
        with pytest.raises(InvalidArgument, match="NEXT_STEP"):
            NecklaceVectorEnv(1, autoreset_mode=mode)


class TestMisuse:
    @pytest.mark.parametrize(
        "actions",
        [[0], [0, 0, 0], [[0, 0]], [0.0, 0.0], [True, False], [0, -1], [0, COLOURS], None, "00", 0,
         [None, 0], [0, np.nan], [[0], [0, 0]], np.zeros((2, 1), int), [0, 2**63], {}],
        ids=repr,
    )  # fmt: skip
    def test_what_are_no_actions_is_refused_and_changes_nothing(self, actions):
        env = NecklaceVectorEnv(2)
        env.reset(seed=0)
        before = env.get_state()
        with pytest.raises(InvalidAction):
            env.step(actions)
        assert_same(env.get_state(), before)

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, ">i4"])
    def test_every_whole_number_type_is_taken(self, dtype):
        env = NecklaceVectorEnv(2)
        env.reset(seed=0)
        info = env.step(np.array([1, 3], dtype))[4]
        assert info["executed_action"].tolist() == [1, 3]
        assert info["executed_action"].dtype == np.int64

    def test_reset_is_needed_first(self):
        with pytest.raises(ResetNeeded):
            NecklaceVectorEnv(2).step(np.array([0, 0]))

    @pytest.mark.parametrize("count", [0, -1, 1.5, "2", None])
    def test_bad_numbers_of_environments_are_refused(self, count):
        with pytest.raises(InvalidArgument, match="num_envs"):
            NecklaceVectorEnv(count)


def test_making_a_vector_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mode in AutoresetMode:
            env = gym.make_vec(TOY_ID, num_envs=2, autoreset_mode=mode)
            env.reset(seed=0)
            env.step(env.action_space.sample())
            env.close()


def test_masks_are_those_observed():
    env = NecklaceVectorEnv(3)
    observation, _ = env.reset(seed=0)
    for _ in range(BEADS):
        masks = env.action_masks()
        assert masks.dtype == bool and masks.shape == (3, COLOURS)
        np.testing.assert_array_equal(masks, observation["action_mask"] != 0)
        observation, *_ = env.step(np.array([0, 1, 2]))
