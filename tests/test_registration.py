"""Ids, imports, specs and worker processes."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AsyncVectorEnv

import creative_envs
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK

IDS = [*SINGLE_WORK, *PORTFOLIOS]
DOMAINS = ("melody", "patches", "tactics")


def run_python(code):
    """Runs code in a fresh interpreter where every warning is an error; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_ids_exist_after_import():
    works = {"MelodyComposition", "PatchComposition", "TacticDesign"}
    portfolios = {"MelodyPortfolio", "PatchPortfolio", "TacticPortfolio"}
    assert {f"creative_envs/{name}-v0" for name in works | portfolios} == set(IDS)
    for env_id in IDS:
        assert env_id in gym.registry
        assert gym.spec(env_id).max_episode_steps is None
        assert gym.spec(env_id).vector_entry_point is not None


def test_importing_loads_neither_kernels_nor_domains_nor_torch():
    heavy = ("numba", "torch", "stable_baselines3", "PIL", "mido", "creative_envs.melody",
             "creative_envs.patches", "creative_envs.tactics", "creative_envs.core")  # fmt: skip
    loaded = run_python(
        f"import sys, creative_envs; print([m for m in {heavy!r} if m in sys.modules])"
    )
    assert loaded == "[]"


@pytest.mark.parametrize("domain", DOMAINS)
def test_domains_load_neither_torch_nor_agents_nor_each_other(domain):
    others = (f"creative_envs.{other}" for other in DOMAINS if other != domain)
    foreign = ("torch", "agents", "stable_baselines3", *others)
    code = (
        f"import sys, pkgutil, importlib, creative_envs.{domain} as domain\n"
        "names = [m.name for m in pkgutil.walk_packages(domain.__path__, domain.__name__ + '.')]\n"
        "for name in names: importlib.import_module(name)\n"
        f"print(len(names) > 20, [m for m in {foreign!r} if m in sys.modules])"
    )
    assert run_python(code) == "True []"


def test_importing_and_registering_twice_warns_of_nothing():
    code = (
        "import importlib, gymnasium as gym, creative_envs, creative_envs as again\n"
        "from creative_envs.registration import register_environments\n"
        "register_environments(); gym.register_envs(creative_envs)\n"
        "importlib.reload(creative_envs)\n"
        "print(sum('creative_envs/' in name for name in gym.registry))"
    )
    assert run_python(code) == str(len(IDS))


def test_unknown_ids_suggest_the_nearest():
    with pytest.raises(gym.error.NameNotFound, match="MelodyComposition"):
        gym.spec("creative_envs/MelodyCompositon-v0")


def test_every_public_name_resolves():
    for name in creative_envs.__all__:
        assert callable(getattr(creative_envs, name))
    with pytest.raises(AttributeError, match="no attribute 'melodies'"):
        _ = creative_envs.melodies
    assert creative_envs.__version__.count(".") == 2


@pytest.mark.parametrize("env_id", IDS)
class TestEveryEnvironment:
    def test_spec_survives_json_and_makes_the_same(self, env_id):
        env = gym.make(env_id, novelty_weight=0.25, brief_per="work")
        text = env.spec.to_json()
        json.loads(text)
        twin = gym.make(EnvSpec.from_json(text))
        first, second = (e.reset(seed=3)[0] for e in (env, twin))
        assert all(np.array_equal(first[key], second[key]) for key in first)
        assert twin.unwrapped.settings == env.unwrapped.settings

    def test_spawned_workers_equal_the_native_vector(self, env_id):
        """Workers inherit nothing: the id's module prefix imports the package there."""
        worker_id = f"creative_envs:{env_id}"
        workers = AsyncVectorEnv([lambda: gym.make(worker_id)] * 2, context="spawn")
        try:
            native = gym.make_vec(env_id, num_envs=2)
            seen, expected = workers.reset(seed=1)[0], native.reset(seed=1)[0]
            for _ in range(3):
                assert all(np.array_equal(seen[key], expected[key]) for key in expected)
                actions = expected["action_mask"].argmax(axis=1)
                seen, expected = workers.step(actions)[0], native.step(actions)[0]
        finally:
            workers.close()

    def test_making_warns_of_nothing(self, env_id):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gym.make(env_id).close()
            gym.make_vec(env_id, num_envs=2).close()
