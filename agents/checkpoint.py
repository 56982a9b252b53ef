"""Checkpoints that can be trusted: written whole or not at all, read without executing anything.

A checkpoint is a sealed folder (see `agents.sealed`): the policy and the optimiser's tensors as
safetensors, arrays as npz without pickle, everything else as JSON. No reader of pickles is used.
The moment it captures is the start of a rollout, where nothing but this state decides what
follows: on the same CPU a resumed run equals an uninterrupted one bit for bit.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents.errors import CheckpointError
from agents.plausibility import (
    require,
    require_environment,
    require_generators,
    require_optimiser,
    require_progress,
    require_tensors,
)
from agents.policy import MaskedPolicy
from agents.sealed import REMEDY, Sealed, newest, require_reference, step_of
from agents.vec_env import SB3VecEnv
from creative_envs.core.errors import reason_of

KEPT: Final = 2
"""Checkpoints left in a run; the older ones are removed once a new one is safe."""
POLICY, OPTIMISER, ARRAYS, STATE = (
    "policy.safetensors",
    "optimiser.safetensors",
    "arrays.npz",
    "state.json",
)
FILES: Final = (POLICY, OPTIMISER, ARRAYS, STATE)
STATES: Final = frozenset(
    {
        "timesteps",
        "optimiser",
        "updates",
        "episodes",
        "python_random",
        "numpy_random",
        "tree",
        "history",
    }
)
"""Entries of the state."""

SHARED: Final = "features_extractor."
"""The names of parameters actor and critic share begin so."""
AGAIN: Final = ("pi_", "vf_")
"""SB3 lists those a second and third time, with this before their names."""

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Snapshot:
    """All that decides how training goes on, copied at the start of a rollout.

    Attributes:
        policy: Parameters by name.
        optimiser: The optimiser's tensors, by parameter and name.
        arrays: Observations, environment and PyTorch generator states, by path-like names.
        state: Everything else, ready for JSON.
        reference_sha256: Of the reference data rewards are computed from.
    """

    policy: Tensors
    optimiser: Tensors
    arrays: dict[str, NDArray[Any]]
    state: dict[str, Any]
    reference_sha256: str

    @property
    def timesteps(self) -> int:
        """Environment steps done."""
        return int(self.state["timesteps"])

    @classmethod
    def capture(
        cls, model: OnPolicyAlgorithm, env: SB3VecEnv, history: list[dict[str, float]]
    ) -> Snapshot:
        """Copies the state of a run.

        Args:
            model: The algorithm, about to collect a rollout.
            env: Its environments.
            history: What the run recorded of itself, one entry a rollout.
        """
        arrays: dict[str, NDArray[Any]] = {}
        tree = {
            "environment": env.get_state(),
            "observation": model._last_obs,
            "episode_starts": model._last_episode_starts,
            "torch": torch.get_rng_state().numpy().copy(),
        }
        if torch.cuda.is_available():
            tree["cuda"] = torch.cuda.get_rng_state().numpy().copy()
        optimiser, groups = _take_tensors(model.policy.optimizer.state_dict())
        state = {
            "timesteps": model.num_timesteps,
            "optimiser": groups,
            "updates": model._n_updates,
            "episodes": list(model.ep_info_buffer or ()),
            "python_random": random.getstate(),
            "numpy_random": _plain(np.random.get_state(legacy=False)),  # noqa: NPY002 - SB3 draws from it
            "tree": _take_arrays(tree, arrays),
            "history": [dict(entry) for entry in history],
        }
        reference = env.env.task.reference_sha256()
        return cls(policy_tensors(model.policy), optimiser, arrays, state, reference)

    def restore(self, model: OnPolicyAlgorithm, env: SB3VecEnv) -> None:
        """Puts a freshly made model and its environments into this state.

        Raises:
            CheckpointError: They were made with other settings, the environment has other
                reference data, or the checkpoint is forged.
        """
        require_reference(self.reference_sha256, env.env.task.reference_sha256(), "The checkpoint")
        try:
            self._restore(model, env)
        except Exception as error:  # whatever a forged state makes its user raise
            raise CheckpointError(
                f"The checkpoint of step {self.timesteps:,} does not fit this run's settings: "
                f"{reason_of(error)}. {REMEDY}"
            ) from error

    def write(self, folder: Path) -> Path:
        """Writes the snapshot as a checkpoint in ``folder`` and prunes older ones.

        Raises:
            CheckpointError: It could not be written; earlier checkpoints are untouched.
        """
        arrays = io.BytesIO()
        np.savez(arrays, **self.arrays)
        contents = {
            POLICY: safetensors.torch.save(self.policy),
            OPTIMISER: safetensors.torch.save(self.optimiser),
            ARRAYS: arrays.getvalue(),
            STATE: json.dumps(self.state).encode(),
        }
        return Sealed(contents, self.reference_sha256).write(folder, self.timesteps, KEPT)

    @classmethod
    def read(cls, path: Path) -> Snapshot:
        """Reads a checkpoint's folder.

        Raises:
            CheckpointError: A file is missing, damaged, forged, or written in another schema.
        """
        sealed = Sealed.read(path, FILES)
        contents = sealed.contents
        try:
            state = json.loads(contents[STATE], parse_constant=_refuse_constant)
            policy, optimiser = (safetensors.torch.load(contents[n]) for n in (POLICY, OPTIMISER))
            arrays = _read_arrays(contents[ARRAYS])
            require(type(state) is dict and state.keys() == STATES, f"{STATE} has other entries")
            require(
                type(state["timesteps"]) is int and state["timesteps"] == step_of(path),
                "it is of another step than its folder's name",
            )
        except Exception as error:  # whatever a forged file makes its reader raise
            raise CheckpointError(
                f"The checkpoint {path} cannot be read: {reason_of(error)}. {REMEDY}"
            ) from error
        return cls(policy, optimiser, arrays, state, sealed.reference_sha256)

    def _restore(self, model: OnPolicyAlgorithm, env: SB3VecEnv) -> None:
        tree = self._checked_tree(model, env)
        model.policy.load_state_dict(self.policy)
        model.policy.features_extractor.forget()
        model.policy.optimizer.load_state_dict(
            _put_tensors(self.optimiser, self.state["optimiser"])
        )
        env.set_state(tree["environment"])
        model._last_obs = tree["observation"]
        model._last_episode_starts = tree["episode_starts"]
        model.num_timesteps = self.timesteps
        model._n_updates = int(self.state["updates"])
        model.ep_info_buffer = deque(self.state["episodes"], maxlen=model._stats_window_size)
        model.ep_success_buffer = deque(maxlen=model._stats_window_size)
        random.setstate(_tuples(self.state["python_random"]))
        np.random.set_state(_numpy_state(self.state["numpy_random"]))  # noqa: NPY002 - as above
        torch.set_rng_state(torch.from_numpy(tree["torch"]))
        if torch.cuda.is_available() and "cuda" in tree:
            torch.cuda.set_rng_state(torch.from_numpy(tree["cuda"]))

    def _checked_tree(self, model: OnPolicyAlgorithm, env: SB3VecEnv) -> dict[str, Any]:
        """The tree of arrays; raises `ValueError` unless a run like this one wrote all of it."""
        tree = _put_arrays(self.state["tree"], self.arrays)
        arrays: dict[str, NDArray[Any]] = {}
        same = _take_arrays(tree, arrays) == self.state["tree"]
        require(same and arrays.keys() == self.arrays.keys(), "its arrays have other names")
        require_tensors(self.policy, model.policy.state_dict(), "the policy's")
        require_optimiser(self.optimiser, self.state["optimiser"], model.policy.optimizer)
        require_environment(tree, env)
        require_generators(self.state)
        self._try_generators(tree)
        require_progress(self.state, model.n_steps * model.n_envs)
        return tree

    def _try_generators(self, tree: Mapping[str, Any]) -> None:
        """Raises unless generators take the states stored of them; leaves the real ones alone."""
        random.Random().setstate(_tuples(self.state["python_random"]))
        np.random.RandomState().set_state(_numpy_state(self.state["numpy_random"]))
        torch.Generator().set_state(torch.from_numpy(tree["torch"]))
        for state in tree["environment"]["native"]["rng"]:
            np.random.PCG64().state = state


def latest(folder: Path) -> Path | None:
    """The newest complete checkpoint of a run's checkpoint folder, or None."""
    return newest(folder)


def policy_tensors(policy: MaskedPolicy) -> Tensors:
    """A copy of a policy's parameters by name, on the CPU."""
    return {name: values.detach().cpu().clone() for name, values in policy.state_dict().items()}


def once(tensors: Mapping[str, torch.Tensor]) -> Tensors:
    """A policy's tensors without those listed again under other names; undone by loading."""
    again = tuple(prefix + SHARED for prefix in AGAIN)
    return {name: values for name, values in tensors.items() if not name.startswith(again)}


def load_policy(policy: MaskedPolicy, path: Path, reference_sha256: str) -> None:
    """Puts the policy stored in a checkpoint, or in a run's folder of the best, into ``policy``.

    Args:
        policy: Of the same shape; changed in place.
        path: A sealed folder.
        reference_sha256: Of the environment's reference data.

    Raises:
        CheckpointError: It is damaged, forged, of another schema, of other reference data, or does
            not fit.
    """
    sealed = Sealed.read(path, (POLICY,))
    require_reference(sealed.reference_sha256, reference_sha256, str(path))
    try:
        stored = _listed_again(safetensors.torch.load(sealed.contents[POLICY]))
        require_tensors(stored, policy.state_dict(), "the policy's")
        policy.load_state_dict(stored)
    except Exception as error:  # whatever a forged file makes its reader raise
        raise CheckpointError(
            f"The policy in {path} cannot be used: {reason_of(error)}. {REMEDY}"
        ) from error
    policy.features_extractor.forget()


def _listed_again(tensors: Tensors) -> Tensors:
    """Undoes `once`."""
    shared = {name: values for name, values in tensors.items() if name.startswith(SHARED)}
    return {prefix + name: shared[name] for prefix in AGAIN for name in shared} | tensors


def _read_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file as `numpy.savez` writes it, which can be no larger than the file.

    Raises:
        ValueError: It is compressed, or its entries overlap.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    size = sum(entry.file_size for entry in entries)
    require(stored and size <= len(data), "its arrays are larger than their file")
    require(len({entry.filename for entry in entries}) == len(entries), "it has an array twice")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _take_tensors(state: Mapping[str, Any]) -> tuple[Tensors, list[dict[str, Any]]]:
    """An optimiser's state as tensors by ``parameter/name``, and its groups, ready for JSON."""
    tensors = {
        f"{index}/{name}": values.detach().cpu().clone()
        for index, entries in state["state"].items()
        for name, values in entries.items()
    }
    return tensors, state["param_groups"]


def _put_tensors(tensors: Mapping[str, torch.Tensor], groups: list[Any]) -> dict[str, Any]:
    """Undoes `_take_tensors`."""
    state: dict[int, Tensors] = {}
    for key, values in tensors.items():
        index, _, name = key.partition("/")
        state.setdefault(int(index), {})[name] = values.clone()
    return {
        "state": state,
        "param_groups": [{**group, "betas": tuple(group["betas"])} for group in groups],
    }


def _take_arrays(value: Any, arrays: dict[str, NDArray[Any]], name: str = "") -> Any:
    """Moves the arrays of a tree into ``arrays``; the tree keeps their names."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Mapping):
        return {"map": {k: _take_arrays(v, arrays, f"{name}/{k}") for k, v in value.items()}}
    if isinstance(value, list):
        return {"list": [_take_arrays(v, arrays, f"{name}/{i}") for i, v in enumerate(value)]}
    return {"value": value}


def _put_arrays(tree: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Undoes `_take_arrays`."""
    ((kind, content),) = tree.items()
    if kind == "array":
        return arrays[content].copy()
    if kind == "map":
        return {key: _put_arrays(value, arrays) for key, value in content.items()}
    if kind == "list":
        return [_put_arrays(value, arrays) for value in content]
    return content


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """NumPy's legacy generator state with its array as a list."""
    inner = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in state["state"].items()}
    return {**state, "state": inner}


def _numpy_state(state: Mapping[str, Any]) -> dict[str, Any]:
    inner = {**state["state"], "key": np.array(state["state"]["key"], np.uint32)}
    return {**state, "state": inner}


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples Python's generator state is made of."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
