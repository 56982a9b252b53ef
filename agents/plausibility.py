"""Whether what a checkpoint holds is what the run that continues from it could have written.

A checkpoint's hashes tell damage, not intent: whoever forges a file can forge its hash. So nothing
of it is used before its names, types, shapes and ranges are known to be those of the run. What does
not pass raises `ValueError`, whose message says what is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from agents.vec_env import SB3VecEnv

MOMENTS: Final = ("exp_avg", "exp_avg_sq")
STEP: Final = "step"
MT19937_WORDS: Final = 624
EPISODE: Final = ("r", "l", "t")
"""What SB3 keeps of an ended episode: return, length, seconds."""


def require(fulfilled: bool, what: str) -> None:
    """Raises `ValueError`, saying what is wrong, unless a condition is fulfilled."""
    if not fulfilled:
        raise ValueError(what)


def require_alike(given: Any, own: Any, name: str) -> None:
    """Compares a tree with one of this run's: same keys, lengths, types and shapes, finite numbers.

    Args:
        given: Maps, lists and arrays within one another, and plain values.
        own: The same of this run; its numbers do not matter.
        name: Of the tree, for the message.
    """
    if isinstance(own, np.ndarray):
        require(isinstance(given, np.ndarray), f"{name} is no array")
        require(
            given.dtype == own.dtype and given.shape == own.shape,
            f"{name} is {given.dtype}{given.shape}, not {own.dtype}{own.shape}",
        )
        if own.dtype.kind == "f":
            require(bool(np.isfinite(given).all()), f"{name} holds numbers that are not finite")
        return
    require(type(given) is type(own), f"{name} is of another type than {type(own).__name__}")
    if isinstance(own, dict):
        require(given.keys() == own.keys(), f"{name} has other entries than {sorted(own)}")
        for key in own:
            require_alike(given[key], own[key], f"{name}/{key}")
    elif isinstance(own, list):
        require(len(given) == len(own), f"{name} has {len(given)} entries, not {len(own)}")
        for index, (mine, its) in enumerate(zip(own, given, strict=True)):
            require_alike(its, mine, f"{name}/{index}")
    elif isinstance(own, float):
        require(math.isfinite(given), f"{name} is not finite")


def require_tensors(
    given: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor], name: str
) -> None:
    """Compares tensors by name with this run's: same names, types and shapes, finite numbers."""
    missing, other = own.keys() - given.keys(), given.keys() - own.keys()
    require(not missing, f"{name} tensors lack {min(missing, default='')}")
    require(not other, f"{name} tensors hold an unknown {min(other, default='')}")
    for key, mine in own.items():
        its = given[key]
        require(
            its.dtype == mine.dtype and its.shape == mine.shape,
            f"{name} {key} is {its.dtype}{tuple(its.shape)}, not {mine.dtype}{tuple(mine.shape)}",
        )
        require(bool(its.isfinite().all()), f"{name} {key} holds numbers that are not finite")


def require_optimiser(
    tensors: Mapping[str, torch.Tensor], groups: Any, optimizer: torch.optim.Optimizer
) -> None:
    """Compares an AdamW's stored state with this run's, of which only the learning rate may differ.

    Args:
        tensors: By ``parameter/name``; parameters without gradients so far have none.
        groups: As JSON gives them.
        optimizer: This run's.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    learned = {key.partition("/")[0] for key in tensors}
    expected: dict[str, torch.Tensor] = {}
    for index, parameter in enumerate(parameters):
        if str(index) in learned:
            expected |= {f"{index}/{moment}": parameter for moment in MOMENTS}
            expected[f"{index}/{STEP}"] = torch.zeros(())
    require_tensors(tensors, expected, "the optimiser's")
    for key, values in tensors.items():
        if key.endswith((MOMENTS[1], STEP)):
            require(bool((values >= 0).all()), f"the optimiser's {key} is below 0")
    own = json.loads(json.dumps(optimizer.state_dict()["param_groups"]))
    require_alike(groups, own, "the optimiser's groups")
    for given, mine in zip(groups, own, strict=True):
        require(given["lr"] >= 0, "the learning rate is below 0")
        require(given | {"lr": 0} == mine | {"lr": 0}, "the optimiser has other settings")


def require_environment(tree: Mapping[str, Any], env: SB3VecEnv) -> None:
    """Checks the state of environments, and what their agents see of it.

    Args:
        tree: With "environment", "observation" and "episode_starts".
        env: This run's.
    """
    state, own = tree["environment"], env.get_state()
    own["native"]["rng"] = [np.random.PCG64(0).state for _ in range(env.num_envs)]
    require_alike(state, own, "the environment's state")
    require_alike(tree["episode_starts"], np.ones(env.num_envs, np.bool_), "episode_starts")
    batch = state["native"]["batch"]
    tokens, length, index = batch["tokens"], batch["length"], batch["work_index"]
    written = np.arange(tokens.shape[1]) < length[:, None]
    require(
        bool((length >= 0).all() and (length < tokens.shape[1]).all()),
        "a work in progress is longer than works may be",
    )
    require(
        bool(((tokens[:, :, 0] >= 0) == written).all()), "tokens are not as many as lengths say"
    )
    require(
        bool((index >= 0).all() and (index < env.env.settings.works).all()),
        "an episode has more works than it may",
    )
    require(bool(batch["mask"].any(axis=1).all()), "an environment has no legal action")
    require(bool(batch["ongoing"].all()), "an episode has not begun")
    _require_seen(tree["observation"], batch, env)


def require_generators(state: Mapping[str, Any]) -> None:
    """Checks what the setters of Python's and NumPy's generators do not."""
    own = np.random.get_state(legacy=False)  # noqa: NPY002 - SB3 draws from it
    plain = {**own, "state": {"key": own["state"]["key"].tolist(), "pos": 0}}
    require_alike(state["numpy_random"], plain, "NumPy's generator")
    position = state["numpy_random"]["state"]["pos"]
    require(0 <= position <= MT19937_WORDS, "NumPy's generator is beyond its end")
    gauss = state["python_random"][2]
    require(gauss is None or type(gauss) is float, "Python's generator is of another type")


def require_progress(state: Mapping[str, Any], rollout: int) -> None:
    """Checks counts, and what SB3 keeps of the latest episodes.

    Args:
        state: Of a checkpoint.
        rollout: Environment steps of a rollout; checkpoints lie between rollouts.
    """
    for name in ("timesteps", "updates"):
        count = state[name]
        require(type(count) is int and 0 <= count < 2**63, f"{name} is no count")
    require(state["timesteps"] % rollout == 0, "it does not lie between two rollouts")
    require(type(state["episodes"]) is list, "episodes are no list")
    for episode in state["episodes"]:
        require_numbers(episode, EPISODE, "an episode")


def require_numbers(entry: Any, names: Sequence[str], what: str) -> None:
    """Checks that an entry of a record has these names, with finite numbers."""
    require(type(entry) is dict and entry.keys() == set(names), f"{what} has other entries")
    for name in names:
        value = entry[name]
        require(
            type(value) in (int, float) and math.isfinite(value), f"{what}'s {name} is no number"
        )


def _require_seen(observation: Any, batch: Mapping[str, NDArray[Any]], env: SB3VecEnv) -> None:
    require(env.env.observation_space.contains(observation), "observations are out of their space")
    seen = {"tokens": "tokens", "brief": "brief", "action_mask": "mask", "works": "earlier"}
    for name in observation.keys() & seen.keys():
        own = batch[seen[name]]
        require(
            observation[name].dtype == own.dtype and np.array_equal(observation[name], own),
            f"the {name} seen are not the environment's",
        )
