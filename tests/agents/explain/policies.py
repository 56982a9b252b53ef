"""Policies that have learned nothing, none of whose parameters is 0, and works to explain."""

from __future__ import annotations

import torch

from agents.agent import Agent
from agents.config import RunConfig
from agents.environments import make_test_envs
from agents.evaluation import sample_works
from agents.explain.decisions import Decisions, decisions_of
from agents.policy import POLICIES
from agents.runs import RunFolder
from agents.training import policy_settings
from tests.agents.ppo.streams import scramble

MELODY = {"env": "creative_envs/MelodyComposition-v0", "head": "pointer"}
PATCHES = {"env": "creative_envs/PatchComposition-v0", "head": "pointer"}
PATCHES["env_kwargs"] = {"size": 6}
TACTICS = {"env": "creative_envs/TacticDesign-v0", "head": "flat"}
PORTFOLIO = {"env": "creative_envs/TacticDesign-v0", "head": "flat", "env_kwargs": {"works": 3}}
MOSAICS = {"env": "tests.agents.mosaics:toy/Mosaics-v0", "head": "pointer"}
FIELDS = {"env": "tests.agents.fields:toy/Fields-v0", "head": "flat"}


def make_agent(tmp_path, policy="attention", **settings) -> Agent:
    config = RunConfig(policy=policy, **settings)
    env = make_test_envs(config.env, config.env_kwargs, 1)
    spaces = env.single_observation_space, env.single_action_space
    torch.manual_seed(0)
    made = POLICIES[policy](*spaces, lambda _: 1e-2, **policy_settings(config, env.task))
    scramble(made)
    made.set_training_mode(False)
    return Agent(made, config, RunFolder(tmp_path), env.task, env.settings.works)


def met(agent: Agent, count=3, seed=0) -> Decisions:
    """All decisions of randomly made works."""
    works = sample_works(agent.config, None, count, seed)
    return decisions_of(agent.task, works, agent.works_per_episode)
