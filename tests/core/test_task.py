"""The task protocol itself: what a third party's domain may rely on."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import creative_envs
from creative_envs.core.artefacts import artefact
from creative_envs.core.errors import InvalidArgument, InvalidBrief
from creative_envs.core.reward import work_reward
from creative_envs.core.task import Artefact, check_brief
from tests.conftest import TOY_ID
from tests.playing import play_episode, play_together
from tests.toy_domain import BEADS, Necklace, NecklaceEnv, NecklaceTask, NecklaceVectorEnv


class WordedTask(NecklaceTask):
    """A domain that reads briefs in words, and shows its briefs' colours as static context."""

    def parse_brief(self, brief):
        if isinstance(brief, dict):
            return np.array([brief.get("novelty_weight", 0.5), brief["colour"] / 4], np.float32)
        return super().parse_brief(brief)

    def context_spaces(self):
        return {"palette": spaces.Box(0.0, 1.0, (3,), np.float32)}

    def context(self, brief):
        return {"palette": np.repeat(brief[:, 1:], 3, axis=1)}


class WordedEnv(NecklaceEnv):
    task_type = WordedTask


class WordedVectorEnv(NecklaceVectorEnv):
    task_type = WordedTask


class TestWordedBriefs:
    def test_unsaid_novelty_weight_is_the_environments(self):
        env = WordedEnv(novelty_weight=0.25)
        observation, _ = env.reset(options={"brief": {"colour": 2}})
        assert observation["brief"].tolist() == [0.25, 0.5]

    def test_said_novelty_weight_counts(self):
        env = WordedEnv(novelty_weight=0.25)
        observation, _ = env.reset(options={"brief": {"colour": 2, "novelty_weight": 0.75}})
        assert observation["brief"].tolist() == [0.75, 0.5]

    def test_unsaid_weight_of_a_range_is_drawn(self):
        env = WordedEnv(novelty_weight=(0.25, 0.5))
        env.reset(seed=0)
        weights = [
            float(env.reset(options={"brief": {"colour": 1}})[0]["brief"][0]) for _ in range(20)
        ]
        assert len(set(weights)) == 20 and min(weights) >= 0.25 and max(weights) <= 0.5

    def test_one_in_words_goes_to_every_row(self):
        env = WordedVectorEnv(3, novelty_weight=(0.25, 0.5))
        observation, _ = env.reset(seed=0, options={"brief": {"colour": 4}})
        assert (observation["brief"][:, 1] == 1).all()
        assert len(set(observation["brief"][:, 0].tolist())) == 3


@dataclass(frozen=True)
class StrungNecklace(Necklace):
    string: str = "hemp"


class StrungTask(NecklaceTask):
    """A domain whose works are made of more than their tokens: of an argument as well."""

    def __init__(self, beads: int = BEADS, string: str = "hemp") -> None:
        super().__init__(beads)

    @classmethod
    def artefact(cls, work, *, string="hemp", **arguments):
        return StrungNecklace(super().artefact(work).beads, string)


class StrungEnv(NecklaceEnv):
    task_type = StrungTask


class StrungVectorEnv(NecklaceVectorEnv):
    task_type = StrungTask


STRUNG_ID = "toy/StrungNecklace-v0"
gym.register(STRUNG_ID, entry_point=StrungEnv, kwargs={"works": 1, "string": "silk"})


def test_context_is_observed_in_every_form():
    sync = SyncVectorEnv([WordedEnv] * 3, autoreset_mode=AutoresetMode.SAME_STEP)
    native = WordedVectorEnv(3, autoreset_mode=AutoresetMode.SAME_STEP)
    play_together(native, sync, seed=1, steps=20)
    observation, _ = native.reset(seed=2)
    assert native.observation_space.contains(observation)
    np.testing.assert_array_equal(observation["palette"][:, 2], observation["brief"][:, 1])


class TestArguments:
    def test_positions_and_keywords(self):
        assert NecklaceTask(7).max_length == NecklaceTask(beads=7).max_length == 7

    def test_a_task_without_a_constructor_takes_none(self):
        plain = type("Plain", (NecklaceTask,), {"__init__": object.__init__, "name": "plain"})
        plain()
        with pytest.raises(InvalidArgument, match="plain: unknown argument 'beads'"):
            plain(beads=3)

    def test_nothing_near_suggests_nothing(self):
        with pytest.raises(InvalidArgument, match="known:") as refused:
            NecklaceTask(qqqqq=1)
        assert "did you mean" not in str(refused.value)

    def test_deep_copies_share_the_task(self):
        env = NecklaceEnv()
        assert copy.deepcopy(env).task is env.task


class TestArtefacts:
    def test_from_info_and_from_what_a_log_keeps(self, tmp_path):
        work = play_episode(gym.make(TOY_ID), seed=0)[1][0]
        typed = artefact(TOY_ID, work)
        assert isinstance(typed, Artefact) and isinstance(typed, Necklace)
        logged = {key: work[key] for key in ("tokens", "length", "brief")}
        assert creative_envs.artefact(TOY_ID, logged) == typed
        assert typed.save(tmp_path / "a.txt").exists()

    def test_arguments_reach_the_domain(self):
        """Registered ones, those given, and those the environment was made with; no others."""
        work = play_episode(gym.make(STRUNG_ID), seed=0)[1][0]
        assert artefact(STRUNG_ID, work).string == "silk"
        assert artefact(STRUNG_ID, work, string="wire", works=2).string == "wire"
        assert artefact(STRUNG_ID, work, beads=BEADS).string == "silk"
        env = gym.make(STRUNG_ID, string="wire").unwrapped
        env.reset(seed=0)
        assert env.artefact().string == "wire"
        (typed,) = StrungVectorEnv(1, string="twine").artefacts()
        assert typed.string == "twine"
        assert StrungTask(BEADS, string="hemp").artefact_of(work).string == "hemp"

    def test_mistyped_arguments_are_refused(self):
        with pytest.raises(InvalidArgument, match="did you mean 'beads'"):
            artefact(TOY_ID, {}, bead=3)

    def test_other_environments_make_no_works(self):
        with pytest.raises(InvalidArgument, match="CartPole-v1 makes no works"):
            artefact("CartPole-v1", {})

    def test_unknown_ids_name_the_nearest(self):
        with pytest.raises(gym.error.NameNotFound, match="Necklace"):
            artefact("toy/Necklac-v0", {})


class TestCheckBrief:
    def test_takes_one_and_several(self):
        for shape in ((3,), (2, 3), (0, 3)):
            brief = check_brief(np.full(shape, 0.5), 3)
            assert brief.shape == shape and brief.dtype == np.float32

    def test_takes_the_ends_of_the_range(self):
        assert check_brief([0, 1, 1], 3).tolist() == [0, 1, 1]

    @pytest.mark.parametrize(
        ("brief", "message"),
        [([0.5, 0.5], "vector of 3"), ([0, 0, np.nan], "finite"), ([0, 0, 1.001], "1.001"),
         ([0, 0, -1], "-1"), ([[0, 0, 0], [0]], "vector of 3"), ("abc", "vector of 3")],
    )  # fmt: skip
    def test_says_what_is_wrong(self, brief, message):
        with pytest.raises(InvalidBrief, match=message):
            check_brief(brief, 3)


def test_reward_formula_by_hand():
    quality = np.array([0.8, 0.8, 0.8, 0.0], np.float32)
    novelty = np.array([0.5, 0.5, 0.5, 1.0], np.float32)
    weight = np.array([0.0, 0.5, 1.0, 0.5], np.float32)
    reward = work_reward(quality, novelty, weight)
    assert reward.dtype == np.float64
    np.testing.assert_allclose(reward, [0.8, 0.6, 0.4, 0.0], rtol=1e-6)
