"""Checkpoints that can be trusted: written whole or not at all, read without executing anything.

A checkpoint is a folder: the policy as safetensors, the optimiser as tensors PyTorch loads with
``weights_only=True``, arrays as npz without pickle, counters and generator states as JSON, and a
manifest with the SHA-256 of each. It is written beside its final name and then renamed, so a
folder with a final name is complete. The moment it captures is the start of a rollout, where
nothing but this state decides what follows: on the same CPU a resumed run equals an uninterrupted
one bit for bit.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import random
import shutil
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents.errors import CheckpointError
from agents.vec_env import SB3VecEnv
from creative_envs.core.errors import InvalidArgument

SCHEMA: Final = 1
REMEDY: Final = "Remove its folder to resume from the checkpoint before it."
KEPT: Final = 2
"""Checkpoints left in a run; the older ones are removed once a new one is safe."""
POLICY, OPTIMISER, ARRAYS, STATE = "policy.safetensors", "optimiser.pt", "arrays.npz", "state.json"
FILES: Final = (POLICY, OPTIMISER, ARRAYS, STATE)
MANIFEST: Final = "manifest.json"
"""Names the schema and the SHA-256 of every other file."""
_UNFINISHED: Final = ".unfinished"


@dataclass(frozen=True)
class Snapshot:
    """All that decides how training goes on, copied at the start of a rollout.

    Attributes:
        policy: Parameters by name.
        optimiser: The optimiser's state dictionary.
        arrays: Observations, environment and PyTorch generator states, by path-like names.
        state: Everything else, ready for JSON.
    """

    policy: dict[str, torch.Tensor]
    optimiser: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    state: dict[str, Any]

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
        state = {
            "timesteps": model.num_timesteps,
            "updates": model._n_updates,
            "episodes": list(model.ep_info_buffer or ()),
            "python_random": random.getstate(),
            "numpy_random": _plain(np.random.get_state(legacy=False)),  # noqa: NPY002 - SB3 draws from it
            "tree": _take_arrays(tree, arrays),
            "history": history.copy(),
        }
        policy = {k: v.detach().cpu().clone() for k, v in model.policy.state_dict().items()}
        return cls(policy, copy.deepcopy(model.policy.optimizer.state_dict()), arrays, state)

    def restore(self, model: OnPolicyAlgorithm, env: SB3VecEnv) -> None:
        """Puts a freshly made model and its environments into this state.

        Raises:
            CheckpointError: They were made with other arguments.
        """
        try:
            tree = _put_arrays(self.state["tree"], self.arrays)
            model.policy.load_state_dict(self.policy)
            model.policy.optimizer.load_state_dict(self.optimiser)
            env.set_state(tree["environment"])
        except (RuntimeError, ValueError, KeyError, InvalidArgument) as error:
            raise CheckpointError(
                f"The checkpoint does not fit this run's settings: {' '.join(str(error).split())}"
            ) from error
        model._last_obs = tree["observation"]
        model._last_episode_starts = tree["episode_starts"]
        model.num_timesteps = self.timesteps
        model._n_updates = self.state["updates"]
        model.ep_info_buffer = deque(self.state["episodes"], maxlen=model._stats_window_size)
        model.ep_success_buffer = deque(maxlen=model._stats_window_size)
        random.setstate(_tuples(self.state["python_random"]))
        np.random.set_state(_numpy_state(self.state["numpy_random"]))  # noqa: NPY002 - as above
        torch.set_rng_state(torch.from_numpy(tree["torch"]))
        if torch.cuda.is_available() and "cuda" in tree:
            torch.cuda.set_rng_state(torch.from_numpy(tree["cuda"]))

    def write(self, folder: Path) -> Path:
        """Writes the snapshot as a checkpoint in ``folder`` and prunes older ones.

        Raises:
            CheckpointError: It could not be written; earlier checkpoints are untouched.
        """
        final = folder / f"step_{self.timesteps:012d}"
        if final.exists():
            return final
        unfinished = final.with_name(final.name + _UNFINISHED)
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            self._write_files(unfinished)
            _flush_folder(unfinished)
            unfinished.replace(final)
            _flush_folder(folder)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise CheckpointError(
                f"Cannot write the checkpoint {final}: {error.strerror or error}. "
                "Earlier checkpoints are untouched; make room and use --resume."
            ) from error
        for old in _complete(folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return final

    @classmethod
    def read(cls, path: Path) -> Snapshot:
        """Reads a checkpoint's folder.

        Raises:
            CheckpointError: A file is missing, damaged, or written by another schema.
        """
        hashes = _read_manifest(path / MANIFEST)
        contents = {name: _read_file(path / name, hashes[name]) for name in FILES}
        try:
            state = json.loads(contents[STATE])
            policy = safetensors.torch.load(contents[POLICY])
            optimiser = torch.load(
                io.BytesIO(contents[OPTIMISER]), map_location="cpu", weights_only=True
            )
            with np.load(io.BytesIO(contents[ARRAYS]), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except Exception as error:  # whatever a forged file makes its reader raise
            raise CheckpointError(f"The checkpoint {path} cannot be read: {error}") from error
        return cls(policy, optimiser, arrays, state)

    def _write_files(self, folder: Path) -> None:
        optimiser, arrays = io.BytesIO(), io.BytesIO()
        torch.save(self.optimiser, optimiser)
        np.savez(arrays, **self.arrays)
        contents = {
            POLICY: safetensors.torch.save(self.policy),
            OPTIMISER: optimiser.getvalue(),
            ARRAYS: arrays.getvalue(),
            STATE: json.dumps(self.state).encode(),
        }
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        contents[MANIFEST] = json.dumps({"schema": SCHEMA, "sha256": hashes}).encode()
        for name, data in contents.items():
            write_durably(folder / name, data)


def latest(folder: Path) -> Path | None:
    """The newest complete checkpoint of a run's checkpoint folder, or None."""
    checkpoints = _complete(folder)
    return checkpoints[-1] if checkpoints else None


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file and waits until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _complete(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("step_*") if not p.name.endswith(_UNFINISHED))


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_manifest(path: Path) -> dict[str, str]:
    """The hash of every other file of a checkpoint."""
    try:
        manifest = json.loads(path.read_bytes())
        schema, hashes = manifest["schema"], dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"The checkpoint file {path} is missing or damaged. {REMEDY}"
        ) from error
    if schema != SCHEMA or set(hashes) != set(FILES):
        raise CheckpointError(
            f"{path} was written by schema {schema!r}; this program reads schema {SCHEMA}."
        )
    return hashes


def _read_file(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"The checkpoint file {path} is missing. {REMEDY}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"The checkpoint file {path} is damaged (its hash differs). {REMEDY}")
    return data


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
