"""The checker passes what keeps the contract, and catches every saboteur."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.core.checks import ContractBroken, check_creative_env, same
from tests.conftest import TOY_ID
from tests.toy_domain import NecklaceEnv, NecklaceTask


def environment(task):
    """An environment of a task, in this module so that it pickles."""
    name = f"{task.__name__}Env"
    globals()[name] = type(name, (NecklaceEnv,), {"task_type": task, "__module__": __name__})
    return globals()[name]


class RewritesTokens(NecklaceTask):
    """The first bead changes when the fourth is written."""

    def advance(self, actions, active, tokens, length, *rest):
        super().advance(actions, active, tokens, length, *rest)
        tokens[active & (length == 4), 0, 0] = 0


class SkipsRows(NecklaceTask):
    def advance(self, actions, active, tokens, length, *rest):
        super().advance(actions, active, tokens, length, *rest)
        tokens[active & (length == 3), 2, 0] = -1


class WritesAhead(NecklaceTask):
    def advance(self, actions, active, tokens, length, *rest):
        super().advance(actions, active, tokens, length, *rest)
        tokens[active & (length == 2), 4, 0] = 1


class LeavesTheSpace(NecklaceTask):
    """Only in the fifth step: where other checkers no longer look."""

    def advance(self, actions, active, tokens, length, *rest):
        super().advance(actions, active, tokens, length, *rest)
        tokens[active & (length == 5), 4, 0] = 99


class MasksEverything(NecklaceTask):
    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        super().advance(actions, active, tokens, length, brief, mask, scratch, finished)
        mask[active & (length == 3)] = 0


class NeverEnds(NecklaceTask):
    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        length[active & (length == self.max_length)] -= 1
        super().advance(actions, active, tokens, length, brief, mask, scratch, finished)
        finished[:] = False


class ChangesTheBrief(NecklaceTask):
    def advance(self, actions, active, tokens, length, brief, *rest):
        super().advance(actions, active, tokens, length, brief, *rest)
        brief[active & (length == 3), 1] = 0.123


class DrawsBadBriefs(NecklaceTask):
    def draw_briefs(self, keys):
        return super().draw_briefs(keys) + 0.5


class DrawsNonFiniteBriefs(NecklaceTask):
    def draw_briefs(self, keys):
        return np.where(super().draw_briefs(keys) > 0.5, np.nan, 0).astype(np.float32)


class DrawsBriefsAnyhow(NecklaceTask):
    """Not a function of the key."""

    count = itertools.count()

    def draw_briefs(self, keys):
        return np.full((len(keys), 2), 1 / (2 + next(self.count)), np.float32)


class DrawsOneBrief(NecklaceTask):
    def draw_briefs(self, keys):
        return np.zeros((len(keys), 2), np.float32)


class ScoresAboveOne(NecklaceTask):
    def score(self, *work):
        scores = super().score(*work)
        return replace(scores, novelty=scores.novelty * 1.5)


class HasNonFiniteTerms(NecklaceTask):
    def score(self, *work):
        scores = super().score(*work)
        return replace(scores, terms=np.where(scores.terms < 0.5, np.nan, scores.terms))


class RemembersEpisodes(NecklaceTask):
    """A reward that is no function of what is observed."""

    def __init__(self, beads=6):
        super().__init__(beads)
        self.scored = 0

    def score(self, *work):
        self.scored += 1
        scores = super().score(*work)
        return replace(scores, novelty=scores.novelty / self.scored)


class PeeksAtOtherRows(NecklaceTask):
    def score(self, *work):
        scores = super().score(*work)
        return replace(scores, craft=scores.craft / len(scores.craft))


class IgnoresActive(NecklaceTask):
    def advance(self, actions, active, *rest):
        super().advance(actions, np.ones_like(active), *rest)


class HasAWrongDescriptor(NecklaceTask):
    descriptor_names = ("mean_colour", "spread")


SABOTEUR_TASKS = {
    RewritesTokens: "a written token changed",
    SkipsRows: "no token row was appended",
    WritesAhead: "rows beyond the work are written",
    LeavesTheSpace: "step 5: observation\\['tokens'\\] leaves its space",
    MasksEverything: "no action is legal",
    NeverEnds: "a written token changed",
    ChangesTheBrief: "the brief changed",
    DrawsBadBriefs: "observation\\['brief'\\] leaves its space",
    DrawsNonFiniteBriefs: "observation\\['brief'\\] leaves its space",
    DrawsBriefsAnyhow: "same seed and actions gave two different",
    DrawsOneBrief: "different seeds gave the same",
    ScoresAboveOne: "novelty is 1.5",
    HasNonFiniteTerms: "term or descriptor is not finite",
    RemembersEpisodes: "same seed and actions gave two different",
    PeeksAtOtherRows: "rewards depend on other rows",
    IgnoresActive: "rows are not independent",
    HasAWrongDescriptor: "descriptor differs from descriptor_names",
}


class PaysTooMuch(NecklaceEnv):
    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, reward + 0.001, *rest


class ReportsAnotherReward(NecklaceEnv):
    def step(self, action):
        *rest, info = super().step(action)
        if "work" in info:
            info["work"]["reward"] *= 0.9
        return *rest, info


class AcceptsAnything(NecklaceEnv):
    def step(self, action):
        return super().step(action if isinstance(action, (int, np.integer)) else 0)


class HidesIllegality(NecklaceEnv):
    def step(self, action):
        *rest, info = super().step(action)
        return *rest, {**info, "illegal": False}


class Truncates(NecklaceEnv):
    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, bool(self._batch.length[0] == 4), info


class SharesTheTokens(NecklaceEnv):
    def _observe(self):
        return {**super()._observe(), "tokens": self._batch.tokens[0]}


class ForgetsTheGenerator(NecklaceEnv):
    def set_state(self, state):
        self._batch.set_state(state["batch"])


class RendersAtRandom(NecklaceEnv):
    def render(self):
        self.np_random.random()
        return super().render()


class StepsOnAfterTheEnd(NecklaceEnv):
    def step(self, action):
        if self._finished is not None:
            return self._observe(), 0.0, True, False, {}
        return super().step(action)


class DoesNotPickle(NecklaceEnv):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.callback = lambda: None


SABOTEUR_ENVIRONMENTS = {
    PaysTooMuch: "return 0.606.*, paid 0.6",
    ReportsAnotherReward: "reward is not its formula",
    AcceptsAnything: "must raise InvalidAction",
    HidesIllegality: r"info\['illegal'\] is wrong",
    Truncates: "nothing is ever truncated",
    SharesTheTokens: "a written token changed|a returned array changed|no token row",
    ForgetsTheGenerator: "does not continue the same way",
    RendersAtRandom: "changed the state",
    StepsOnAfterTheEnd: "must raise ResetNeeded",
    DoesNotPickle: "does not pickle",
}


@pytest.mark.parametrize(
    "arguments",
    [{}, {"works": 3}, {"works": 3, "brief_per": "work"}, {"reward": "shaped", "works": 2},
     {"novelty_weight": (0, 1)}, {"beads": 12}, {"briefs": 1}],
    ids=repr,
)  # fmt: skip
def test_passes_the_toy_domain_without_a_warning(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_creative_env(gym.make(TOY_ID, render_mode="ansi", **arguments))


@pytest.mark.parametrize("task", SABOTEUR_TASKS, ids=lambda task: task.__name__)
def test_catches_sabotaged_tasks(task):
    with pytest.raises(ContractBroken, match=SABOTEUR_TASKS[task]):
        check_creative_env(environment(task)(works=2))


@pytest.mark.parametrize("saboteur", SABOTEUR_ENVIRONMENTS, ids=lambda env: env.__name__)
def test_catches_sabotaged_environments(saboteur):
    with pytest.raises(ContractBroken, match=SABOTEUR_ENVIRONMENTS[saboteur]):
        check_creative_env(saboteur(works=1, render_mode="ansi"))


def test_refuses_environments_of_another_kind():
    with pytest.raises(ContractBroken, match="not a CreativeEnv"):
        check_creative_env(gym.make("CartPole-v1"))


def test_leaves_the_environment_reset():
    env = gym.make(TOY_ID)
    check_creative_env(env)
    assert env.step(1)[0]["tokens"][:2, 0].tolist() == [1, -1]


def test_same_looks_into_everything():
    nested = {"a": [np.arange(3), {"b": (1, 2.0)}], "c": np.array([{"d": np.ones(2)}, None])}
    assert same(nested, {**nested})
    assert not same(nested, {**nested, "a": [np.arange(3), {"b": (1, 3.0)}]})
    assert not same(nested, {**nested, "c": np.array([{"d": np.zeros(2)}, None])})
    assert not same(nested, {"a": nested["a"]})
    assert not same([1, 2], [1])
