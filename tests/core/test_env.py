"""The scalar environment on the toy domain: rewards, illegal actions, portfolios, misuse."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.core.errors import (
    InvalidAction,
    InvalidArgument,
    InvalidBrief,
    ResetNeeded,
)
from tests.conftest import TOY_ID
from tests.playing import assert_same, play_episode, trajectory
from tests.toy_domain import BEADS, COLOURS, Necklace, NecklaceEnv, NecklaceVectorEnv


def finish(env, beads, **reset):
    env.reset(seed=0, **reset)
    for bead in beads:
        result = env.step(bead)
    return result


def brief_asking(colour, weight=0.5):
    return {"options": {"brief": [weight, colour / (COLOURS - 1)]}}


class TestRewards:
    def test_hand_computed_work(self):
        env = NecklaceEnv()
        _, reward, terminated, truncated, info = finish(env, [0, 1, 0, 1, 0, 1], **brief_asking(2))
        work = info["work"]
        assert terminated and not truncated
        assert work["craft"] == pytest.approx(2 / 5)
        assert work["adherence"] == pytest.approx(1 / 2)
        assert work["quality"] == pytest.approx(1 / 5)
        assert work["novelty"] == 1.0
        assert reward == work["reward"] == pytest.approx(1 / 5)
        assert work["terms"] == pytest.approx({"evenness": 0.4, "first_bead": 0.5})
        assert work["descriptor"].tolist() == pytest.approx([0.1])
        assert work["tokens"][:, 0].tolist() == [0, 1, 0, 1, 0, 1]
        assert work["length"] == BEADS and work["valid"] is True

    @pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
    def test_formula_with_novelty_below_one(self, weight):
        env = NecklaceEnv(works=2, novelty_weight=weight)
        env.reset(seed=1)
        works = []
        for beads in ([0, 1, 2, 3, 4, 0], [0, 1, 2, 3, 4, 3]):
            for bead in beads:
                _, reward, _, _, info = env.step(bead)
            works.append((reward, info["work"]))
        reward, work = works[1]
        assert work["novelty"] == pytest.approx(1 / 6)
        assert work["brief"][0] == np.float32(weight)
        assert reward == pytest.approx(work["quality"] * (1 - weight + weight / 6), abs=1e-7)

    def test_all_but_the_last_step_of_a_work_pay_nothing(self):
        env = NecklaceEnv()
        env.reset(seed=0)
        assert [env.step(bead)[1] for bead in (0, 1, 0, 1, 0)] == [0.0] * 5

    @pytest.mark.parametrize("works", [1, 3])
    def test_shaped_return_is_the_terminal_return(self, works):
        for seed in range(10):
            returns = [
                play_episode(NecklaceEnv(reward=kind, works=works), seed=seed, legal=False)[0]
                for kind in ("terminal", "shaped")
            ]
            assert returns[0] == pytest.approx(returns[1], abs=1e-12)

    def test_shaped_rewards_come_in_advance(self):
        env = NecklaceEnv(reward="shaped")
        env.reset(seed=0)
        assert [env.step(bead)[1] for bead in (0, 1, 0, 2)] == pytest.approx([0.1, 0.1, 0.0, 0.1])


class TestIllegalActions:
    @pytest.mark.parametrize(("bead", "executed"), [(1, 2), (COLOURS - 1, 0)])
    def test_are_executed_as_the_next_legal_index_cyclically(self, bead, executed):
        env = NecklaceEnv()
        env.reset(seed=0)
        env.step(bead)
        observation, reward, _, _, info = env.step(bead)
        assert info == {"illegal": True, "executed_action": executed}
        assert observation["tokens"][:2, 0].tolist() == [bead, executed]
        assert reward == pytest.approx(-0.01)

    def test_legal_actions_cost_nothing(self):
        env = NecklaceEnv()
        env.reset(seed=0)
        _, reward, _, _, info = env.step(3)
        assert info == {"illegal": False, "executed_action": 3} and reward == 0.0

    def test_cost_is_taken_at_the_last_step_as_well(self):
        env = NecklaceEnv()
        _, reward, _, _, info = finish(env, [0, 1, 2, 3, 4, 4], **brief_asking(0))
        assert info["illegal"] and info["executed_action"] == 0
        assert reward == pytest.approx(info["work"]["reward"] - 0.01)

    def test_works_of_an_agent_blind_to_masks_are_finished(self):
        costs = []
        for seed in range(5):
            env = NecklaceEnv(works=3)
            total, works, illegal, _ = play_episode(env, seed=seed, legal=False)
            costs.append(0.01 * illegal)
            assert len(works) == 3
            assert total == pytest.approx(sum(w["reward"] for w in works) - costs[-1])
        assert sum(costs) > 0


class TestPortfolios:
    def test_earlier_works_are_observed(self):
        env = NecklaceEnv(works=3)
        observation, _ = env.reset(seed=0)
        assert observation["works"].shape == (2, 1 + BEADS)
        assert not observation["works"].any()
        for bead in [0, 1, 2, 3, 4, 0]:
            observation, _, terminated, _, info = env.step(bead)
        assert not terminated and "work" in info
        assert (observation["tokens"] == -1).all() and observation["action_mask"].all()
        expected = [1, *(np.array([1, 2, 3, 4, 5, 1]) / COLOURS)]
        np.testing.assert_allclose(observation["works"][0], expected, rtol=1e-6)
        assert not observation["works"][1].any()

    def test_repeating_a_work_loses_all_novelty(self):
        env = NecklaceEnv(works=3)
        env.reset(seed=0)
        novelties = []
        for _ in range(3):
            for bead in [0, 1, 2, 3, 4, 0]:
                _, _, terminated, _, info = env.step(bead)
            novelties.append(info["work"]["novelty"])
        assert terminated and novelties == [1.0, 0.0, 0.0]

    def test_nothing_survives_reset(self):
        env = NecklaceEnv(works=2)
        first = play_episode(env, seed=3)
        for _ in range(3):
            play_episode(env)
        assert_same(play_episode(env, seed=3), first)

    def test_brief_lasts_an_episode_or_a_work(self):
        kept = play_episode(NecklaceEnv(works=8), seed=1)[1]
        assert len({work["brief"].tobytes() for work in kept}) == 1
        anew = play_episode(NecklaceEnv(works=8, brief_per="work"), seed=1)[1]
        assert len({float(work["brief"][1]) for work in anew}) > 1
        assert len({float(work["brief"][0]) for work in anew}) == 1

    @pytest.mark.parametrize("works", [1, 3])
    def test_briefs_may_be_few(self, works):
        env = NecklaceVectorEnv(num_envs=64, beads=40, briefs=3, novelty_weight=(0, 1), works=works)
        seen = {env.reset(seed=seed)[0]["brief"].tobytes() for seed in range(3)}
        briefs = np.concatenate([env.reset(seed=seed)[0]["brief"] for seed in range(3)])
        assert len(seen) == 3
        assert len(np.unique(briefs, axis=0)) == 3
        assert len(np.unique(briefs[:, 0])) == 3
        free = NecklaceVectorEnv(num_envs=64, novelty_weight=(0, 1), works=works)
        assert len(np.unique(free.reset(seed=0)[0]["brief"], axis=0)) == 64

    def test_later_works_are_scored_by_what_was_observed(self):
        """The reward is a function of the last observation and the action."""
        env = NecklaceEnv(works=2)
        env.reset(seed=5)
        for bead in [0, 1, 2, 3, 4, 0, 3, 2, 1, 0, 4]:
            observation, *_ = env.step(bead)
        tokens = observation["tokens"].copy()
        tokens[-1, 0] = 2
        _, _, _, _, info = env.step(2)
        scores = env.task.score(
            tokens[None],
            np.array([BEADS], np.int32),
            observation["brief"][None],
            observation["works"][None],
        )
        assert info["work"]["novelty"] == scores.novelty[0]
        assert info["work"]["quality"] == scores.quality[0]


class TestNoveltyWeight:
    def test_number_is_observed_as_first_entry_of_the_brief(self):
        observation, _ = NecklaceEnv(novelty_weight=0.25).reset(seed=0)
        assert observation["brief"][0] == 0.25

    def test_pair_is_drawn_anew_each_episode(self):
        env = NecklaceEnv(novelty_weight=(0.2, 0.6))
        env.reset(seed=0)
        weights = np.array([env.reset()[0]["brief"][0] for _ in range(300)])
        assert weights.min() >= np.float32(0.2) and weights.max() <= np.float32(0.6)
        assert weights.min() < 0.22 and weights.max() > 0.58
        assert abs(weights.mean() - 0.4) < 0.03

    def test_given_brief_sets_it(self):
        observation, _ = NecklaceEnv(novelty_weight=0.25).reset(**brief_asking(1, weight=0.75))
        assert observation["brief"].tolist() == [0.75, 0.25]

    @pytest.mark.parametrize("weight", [0.3, (0.2, 0.4), np.float32(0.3), 1, [0, 1]])
    def test_every_kind_of_number_is_taken(self, weight):
        assert NecklaceEnv(novelty_weight=weight).reset(seed=0)


class TestMisuse:
    @pytest.mark.parametrize(
        "action",
        [-1, COLOURS, 2**63, 0.0, 1.5, np.nan, np.inf, True, False, None, "1", b"1", [1], (1,),
         np.array([1]), np.array([[1]]), np.array([1, 2]), np.array([]), np.array(1.0),
         np.float32(1), np.bool_(True), np.int64(-1), {"action": 1}, 1j],
        ids=repr,
    )  # fmt: skip
    def test_what_is_no_action_is_refused_and_changes_nothing(self, action):
        env = NecklaceEnv()
        env.reset(seed=0)
        env.step(1)
        before = env.get_state()
        with pytest.raises(InvalidAction, match=r"whole number in 0\.\.4"):
            env.step(action)
        assert_same(env.get_state(), before)

    @pytest.mark.parametrize("action", [2, np.int64(2), np.int8(2), np.uint64(2), np.array(2)])
    def test_every_whole_number_type_is_an_action(self, action):
        env = NecklaceEnv()
        env.reset(seed=0)
        assert env.step(action)[4]["executed_action"] == 2

    def test_reset_is_needed_before_the_first_step(self):
        with pytest.raises(ResetNeeded, match=r"reset\(\)"):
            NecklaceEnv().step(0)

    def test_reset_is_needed_after_the_end(self):
        env = NecklaceEnv()
        finish(env, [0, 1, 2, 3, 4, 0])
        for _ in range(2):
            with pytest.raises(ResetNeeded):
                env.step(0)
        env.reset()
        env.step(0)

    def test_gymnasiums_own_errors_catch_them_too(self):
        env = NecklaceEnv()
        with pytest.raises(gym.error.ResetNeeded):
            env.step(0)
        env.reset(seed=0)
        with pytest.raises(gym.error.InvalidAction):
            env.step(-1)

    @pytest.mark.parametrize(
        "brief",
        [[0.5, np.nan], [np.inf, 0.5], [0.5, -0.01], [1.01, 0.5], [0.5], [0.5] * 3, [], 0.5, None,
         "half", ["a", "b"], [None, 0.5], {"colour": 1}, {}, [[0.5, 0.5], [0.5, 0.5]],
         [[[0.5, 0.5]]], [[0.5], [0.5, 0.5]], np.zeros((0, 2)), [0.5 + 0j, 0.5], {0.5, 0.4}],
        ids=repr,
    )  # fmt: skip
    def test_bad_briefs_are_refused(self, brief):
        for env in (NecklaceEnv(), NecklaceVectorEnv(3)):
            with pytest.raises((InvalidBrief, InvalidArgument)):
                env.reset(seed=0, options={"brief": brief})

    @pytest.mark.parametrize(
        "arguments",
        [{"works": 0}, {"works": -1}, {"works": 1.0}, {"works": "2"}, {"works": None},
         {"works": True}, {"briefs": 0}, {"briefs": 2.5},
         {"novelty_weight": 1.1}, {"novelty_weight": -0.1},
         {"novelty_weight": (0.6, 0.4)}, {"novelty_weight": np.nan}, {"novelty_weight": "0.5"},
         {"novelty_weight": None}, {"novelty_weight": (0.1, 0.2, 0.3)}, {"novelty_weight": "01"},
         {"reward": "dense"}, {"reward": None}, {"brief_per": "step"},
         {"render_mode": "rgb_array"}, {"render_mode": 1}],
        ids=repr,
    )  # fmt: skip
    def test_bad_arguments_are_refused(self, arguments):
        for make in (NecklaceEnv, NecklaceVectorEnv):
            with pytest.raises(InvalidArgument):
                make(**arguments)

    @pytest.mark.parametrize(
        ("mistyped", "meant"),
        [("novelty_wieght", "novelty_weight"), ("beeds", "beads"), ("rewards", "reward"),
         ("split_", "split"), ("work", "works")],
    )  # fmt: skip
    def test_mistyped_keywords_suggest_the_nearest(self, mistyped, meant):
        for make in (NecklaceEnv, NecklaceVectorEnv):
            with pytest.raises(InvalidArgument, match=f"did you mean '{meant}'"):
                make(**{mistyped: 1})
        with pytest.raises(InvalidArgument, match=f"did you mean '{meant}'"):
            gym.make(TOY_ID, **{mistyped: 1})

    def test_mistyped_option_is_refused(self):
        with pytest.raises(InvalidArgument, match="breif"):
            NecklaceEnv().reset(options={"breif": [0.5, 0.5]})

    def test_shaped_needs_a_potential(self, monkeypatch):
        monkeypatch.setattr(NecklaceEnv.task_type, "has_potential", False)
        with pytest.raises(InvalidArgument, match="terminal"):
            NecklaceEnv(reward="shaped")

    def test_rendering_before_reset_says_what_to_do(self):
        with pytest.raises(ResetNeeded, match=r"reset\(\)"):
            NecklaceEnv(render_mode="ansi").render()


class TestSeeding:
    def test_same_seed_same_trajectory_to_the_last_bit(self):
        first, second = (trajectory(NecklaceEnv(works=2), seed=4, steps=60) for _ in range(2))
        assert_same(first, second)

    def test_different_seed_differs(self):
        briefs = {
            tuple(NecklaceEnv(novelty_weight=(0, 1)).reset(seed=s)[0]["brief"].tolist())
            for s in range(20)
        }
        assert len(briefs) == 20

    def test_only_np_random_is_used(self):
        np.random.seed(0)  # noqa: NPY002  the global generator is what must stay untouched
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        first = trajectory(NecklaceEnv(works=2, brief_per="work"), seed=4, steps=30)
        np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
        np.random.seed(1)  # noqa: NPY002
        second = trajectory(NecklaceEnv(works=2, brief_per="work"), seed=4, steps=30)
        assert_same(first, second)

    def test_an_episode_draws_one_word_from_np_random(self):
        env = NecklaceEnv(works=3, brief_per="work", novelty_weight=(0, 1))
        play_episode(env, seed=11)
        expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(11)))
        expected.bit_generator.random_raw()
        assert env.np_random.bit_generator.state == expected.bit_generator.state


class TestRendering:
    def test_consumes_no_randomness_and_changes_nothing(self):
        env = NecklaceEnv(render_mode="ansi", works=2)
        env.reset(seed=0)
        env.step(1)
        before = env.get_state()
        assert env.render() == "1" == env.render()
        assert_same(env.get_state(), before)

    def test_shows_the_work_just_finished_then_the_next(self):
        env = NecklaceEnv(render_mode="ansi", works=2)
        _, _, terminated, _, _ = finish(env, [0, 1, 2, 3, 4, 0])
        assert not terminated and env.render() == "0-1-2-3-4-0"
        env.step(3)
        assert env.render() == "3"

    def test_artefact_is_typed_and_saves_itself(self, tmp_path):
        env = NecklaceEnv()
        finish(env, [0, 1, 2, 3, 4, 0])
        assert env.artefact() == Necklace((0, 1, 2, 3, 4, 0))
        assert env.artefact().save(tmp_path / "work.txt").read_text() == "0 1 2 3 4 0"

    def test_without_a_mode_warns(self):
        env = NecklaceEnv()
        env.reset(seed=0)
        with pytest.warns(UserWarning, match="render_mode"):
            assert env.render() is None

    def test_vector_draws_every_work(self):
        env = NecklaceVectorEnv(2, render_mode="ansi")
        env.reset(seed=0)
        env.step(np.array([1, 2]))
        assert env.render() == ("1", "2")
        assert env.artefacts() == (Necklace((1,)), Necklace((2,)))
        assert NecklaceVectorEnv(2).render() is None
