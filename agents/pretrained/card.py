"""A model's card: what it is, how it came about, what it scores, and the hashes of its files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

from agents.errors import CheckpointError
from agents.runs import RunFolder
from agents.sealed import newest
from creative_envs.core.errors import reason_of
from creative_envs.core.files import write_atomically

LICENCE: Final = "MIT"
README: Final = "README.md"


@dataclass(frozen=True)
class Card:
    """What is known of a model, as ``card.json`` tells it to programs.

    Attributes:
        env: Id of the environment.
        env_kwargs: The keywords it was trained with.
        reference_sha256: Of the reference data rewards are computed from; "" where there are none.
        provenance: File of the repository that says where those data come from; "" likewise.
        policy: Kind of network: "attention" or "mlp".
        size: Of the network.
        parameters: How many numbers were learned.
        start: What its policy started from, the id of a shipped model or a run; "" for nothing.
        track: "from-scratch" or "with-reference".
        timesteps: Environment steps of the whole training.
        chosen_at: Environment steps after which the policy shipped was the run's.
        cpu_seconds: What the training took.
        seed: Of the training.
        candidates: By seed, the mean reward of each run's best policy for briefs of the validation
            split; the highest was taken.
        candidate_works: Works behind each of those means.
        command: Trains it again, from the root of the repository.
        scores: Means of works for briefs of the test split, as `Sample.measures` gives them, and
            the "memorised" share where the domain names the references works are like.
        scored_works: Works behind the scores.
        scoring_seed: Decides their briefs and actions.
        sha256: Of each file, by its path in the folder.
        versions: Of what it was trained with.
        licence: SPDX identifier.
    """

    env: str
    env_kwargs: Mapping[str, Any]
    reference_sha256: str
    provenance: str
    policy: str
    size: str
    parameters: int
    start: str
    track: str
    timesteps: int
    chosen_at: int
    cpu_seconds: float
    seed: int
    candidates: Mapping[str, float]
    candidate_works: int
    command: str
    scores: Mapping[str, float]
    scored_works: int
    scoring_seed: int
    sha256: Mapping[str, str]
    versions: Mapping[str, str]
    licence: str = LICENCE

    def to_json(self) -> str:
        """The text of ``card.json``."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def write(self, folder: Path) -> None:
        """Writes the card, for programs and for people."""
        from agents.pretrained.readme import readme

        write_atomically(RunFolder(folder).card, self.to_json().encode())
        write_atomically(folder / README, readme(self).encode())

    @classmethod
    def read(cls, folder: Path) -> Card:
        """Reads the card of a model.

        Raises:
            CheckpointError: It is missing or damaged.
        """
        path = RunFolder(folder).card
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(told, dict) or told.keys() != _TYPES.keys():
                raise ValueError("other entries than a card's")
            for name, value in told.items():
                _require_type(name, value, _TYPES[name])
            json.dumps(told, ensure_ascii=False, allow_nan=False).encode()  # all of it is text
        except (OSError, ValueError, RecursionError) as error:
            raise CheckpointError(
                f"{path} is missing or damaged ({reason_of(error)}). {remedy(folder)}"
            ) from error
        return cls(**told)

    def require_files(self, folder: Path) -> None:
        """Raises `CheckpointError` unless the model's files and settings are those told of."""
        files = files_of(folder)
        if self.sha256.keys() != {file.relative_to(folder).as_posix() for file in files}:
            raise CheckpointError(
                f"{folder} holds other files than {RunFolder(folder).card.name} tells of. "
                f"{remedy(folder)}"
            )
        for file in files:
            if sha256_of(file) != self.sha256[file.relative_to(folder).as_posix()]:
                raise CheckpointError(
                    f"{file} is not the one {RunFolder(folder).card.name} tells of (its SHA-256 "
                    f"differs). {remedy(folder)}"
                )
        config = RunFolder.open(folder, to_write=False)[1]
        for name in ("env", "env_kwargs", "policy", "size", "track", "seed"):
            if getattr(self, name) != getattr(config, name):
                raise CheckpointError(
                    f"{RunFolder(folder).card} tells of another {name} than the model's settings. "
                    f"{remedy(folder)}"
                )


_TYPES: Final = get_type_hints(Card)


def files_of(folder: Path) -> list[Path]:
    """The files a model is loaded from: its settings, and those of its newest best policy."""
    run = RunFolder(folder)
    best = newest(run.best)
    return [run.config, *sorted(best.iterdir() if best else ())]


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes; "" where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def remedy(folder: Path) -> str:
    """What to do about a damaged model."""
    return f"Restore it with git checkout -- {folder}, or train it anew and --add the run."


def _require_type(name: str, value: Any, kind: Any) -> None:
    """Raises `ValueError` unless a value read from JSON is of a field's type."""
    if get_origin(kind) is not None:  # a mapping of names
        fits = isinstance(value, dict)
        each = get_args(kind)[1]
        if fits and each is not Any:
            for key, item in value.items():
                _require_type(f"{name}/{key}", item, each)
    else:
        accepted = (int, float) if kind is float else (kind,)
        fits = isinstance(value, accepted) and not isinstance(value, bool)
    if not fits:
        raise ValueError(f"{name} is of another type")
