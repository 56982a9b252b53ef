"""Recorded trajectories: what environments did when their version was made.

    python -m tests.golden.trajectories --generate [NAME ...]

records them anew, all or those named. Do so only for a change that is meant, and raise the
environment's version if it may change learning results.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import gymnasium as gym
import numpy as np

import creative_envs  # noqa: F401  registers the environments
from tests.playing import choose

FOLDER = Path(__file__).parent
SEEDS = (0, 1)
STEPS = 150
RECORDED = {
    "melody_composition": ("creative_envs/MelodyComposition-v0", {}),
    "melody_composition_chromatic": ("creative_envs/MelodyComposition-v0", {"chromatic": True}),
    "melody_portfolio": ("creative_envs/MelodyPortfolio-v0", {"novelty_weight": [0.2, 0.8]}),
    "patch_composition": ("creative_envs/PatchComposition-v0", {}),
    "patch_composition_shaped": (
        "creative_envs/PatchComposition-v0",
        {"reward": "shaped", "library": ["procedural:seed=1", "procedural:seed=2"], "size": 6},
    ),
    "patch_portfolio": (
        "creative_envs/PatchPortfolio-v0",
        {"novelty_weight": [0.2, 0.8], "reward": "terminal"},
    ),
    "tactic_design": ("creative_envs/TacticDesign-v0", {}),
    "tactic_design_held_out": (
        "creative_envs/TacticDesign-v0",
        {"split": "test", "maps": ["open-5", "river-5", "pass-5"]},
    ),
    "tactic_portfolio": (
        "creative_envs/TacticPortfolio-v0",
        {"novelty_weight": [0.2, 0.8], "brief_per": "work"},
    ),
}


def record(name):
    """Plays a recorded configuration: legal actions in even steps, any in odd ones."""
    env_id, arguments = RECORDED[name]
    env = gym.make(env_id, **arguments)
    return {
        "id": env_id,
        "arguments": arguments,
        "trajectories": [_trajectory(env, seed) for seed in SEEDS],
    }


def _trajectory(env, seed):
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    digest, rewards, works = hashlib.sha256(), [], []
    for step in range(STEPS):
        _feed(digest, observation)
        action = int(choose(observation["action_mask"], rng, legal=step % 2 == 0))
        observation, reward, terminated, _, info = env.step(action)
        rewards.append(round(reward, 6))
        if "work" in info:
            works.append({k: round(v, 6) for k, v in info["work"]["terms"].items()})
        if terminated:
            observation, _ = env.reset()
    _feed(digest, observation)
    return {"seed": seed, "observations": digest.hexdigest(), "rewards": rewards, "works": works}


def _feed(digest, observation):
    for key in sorted(observation):
        array = observation[key]
        digest.update(f"{key}{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())


def path_of(name):
    return FOLDER / f"{name}.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generate", action="store_true", required=True, help="record anew")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(RECORDED)} (all)")
    for name in parser.parse_args().names or RECORDED:
        path_of(name).write_text(json.dumps(record(name), indent=1) + "\n")
        print(f"wrote {path_of(name)}")


if __name__ == "__main__":
    main()
