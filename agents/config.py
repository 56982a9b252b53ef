"""The settings of a training run: frozen, typed, and readable from YAML files and flags.

Later sources win: defaults of `RunConfig`, the environment's preset (for every policy, for this
one, for its size, for the track), a file of the user's, the command line's own flags, ``--set``.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import yaml

from agents.errors import ConfigError
from agents.yaml_text import read_yaml, write_yaml

PRESET_KEYS: Final = ("env", "policy", "size", "track")
"""Settings that choose a preset."""
PRESETS: Final = Path(__file__).parent / "presets"
MOST_ENVS: Final = 65_536
DEFAULT_ENV: Final = "creative_envs/MelodyComposition-v0"
COUNTS: Final = (
    "timesteps",
    "threads",
    "cloning_epochs",
    "n_envs",
    "n_steps",
    "n_epochs",
    "checkpoint_every",
)

PolicyName = Literal["attention", "mlp"]
SizeName = Literal["nano", "small", "base"]
DeviceName = Literal["auto", "cpu", "cuda"]
AlgorithmName = Literal["causal-ppo", "ppo"]
HeadName = Literal["flat", "pointer"]
TrackName = Literal["from-scratch", "with-reference"]
PrecisionName = Literal["float32", "bfloat16"]
CreditName = Literal["episode", "work", "shared"]


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides how a run trains, and so, on one machine and thread, its result.

    With two threads, long runs of the same settings have been seen to differ in the end.

    Attributes:
        env: Id of a registered creative environment.
        env_kwargs: Its keyword arguments, as ``{"novelty_weight": 0.3}``.
        policy: "attention" or "mlp".
        size: Of the policy's network.
        head: "flat", or "pointer" where the environment tells what actions have in common.
        algorithm: "causal-ppo" encodes each work once; "ppo" is SB3's own, step by step.
        precision: Of updates with causal-ppo; "bfloat16" is meant for GPUs.
        timesteps: Environment steps to train for; rounded up to whole rollouts.
        seed: Of everything random.
        device: "auto" takes CUDA where there is one.
        threads: CPU threads of PyTorch, at most as many as there are cores.
        start: Folder of a run, whose best policy training starts from; ``{seed}`` in it stands for
            this run's seed. None starts from a new policy.
        track: "from-scratch", or "with-reference": first clones works the references come from.
        cloning_epochs: Passes over those works, with-reference.
        augment: with-reference: clones what symmetry makes of the works as well, in the same
            number of steps.
        prior_coef: Weight of the divergence from the cloned policy in the loss, with-reference.
        n_envs: Environments stepped together.
        n_steps: Steps of each of them in a rollout.
        batch_size: Transitions in a minibatch.
        n_epochs: Passes over a rollout.
        learning_rate: The highest of the run.
        warmup: Share of the run in which the learning rate rises from 0.
        final_learning_rate: What it falls to in the end, as a share of the highest.
        ent_coef: Weight of the entropy bonus at the start.
        final_ent_coef: The same in the end, with a straight line between.
        clip_range: PPO's.
        gamma: Discount; 1, as a work is judged as a whole.
        gae_lambda: Of generalised advantage estimation.
        credit: What an action answers for in a portfolio: "episode", all works from its own on;
            "work", its own; "shared", its own and what that costs the others.
        target_kl: An update stops beyond 1.5 times this divergence; None never stops it.
        max_grad_norm: Gradients are clipped to this norm.
        vf_coef: Weight of the critic's loss.
        weight_decay: AdamW's.
        reward_scale: Factor on rewards as the learner sees them.
        checkpoint_every: Rollouts between checkpoints.
        select_every: Rollouts between samples for briefs of the validation split, by whose reward
            the best policy of the run is kept; 0 keeps the last.
        select_works: Works in each of those samples.
        media_every: Rollouts between pictures and sounds in TensorBoard; 0 for none.
        eval_works: Works sampled for the table at the end.
    """

    env: str = DEFAULT_ENV
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    policy: PolicyName = "attention"
    size: SizeName = "nano"
    head: HeadName = "flat"
    algorithm: AlgorithmName = "causal-ppo"
    precision: PrecisionName = "float32"
    timesteps: int = 200_000
    seed: int = 0
    device: DeviceName = "auto"
    threads: int = 2
    start: str | None = None
    track: TrackName = "from-scratch"
    cloning_epochs: int = 10
    augment: bool = False
    prior_coef: float = 0.0
    n_envs: int = 64
    n_steps: int = 64
    batch_size: int = 512
    n_epochs: int = 3
    learning_rate: float = 1e-3
    warmup: float = 0.03
    final_learning_rate: float = 0.05
    ent_coef: float = 0.01
    final_ent_coef: float = 0.001
    clip_range: float = 0.2
    gamma: float = 1.0
    gae_lambda: float = 0.95
    credit: CreditName = "episode"
    target_kl: float | None = None
    max_grad_norm: float = 0.5
    vf_coef: float = 0.5
    weight_decay: float = 0.01
    reward_scale: float = 4.0
    checkpoint_every: int = 1
    select_every: int = 20
    select_works: int = 128
    media_every: int = 10
    eval_works: int = 128

    def __post_init__(self) -> None:
        """Raises `ConfigError` for a number out of its range."""
        for name in (
            "timesteps",
            "n_envs",
            "n_steps",
            "n_epochs",
            "threads",
            "checkpoint_every",
            "cloning_epochs",
        ):
            _require(name, getattr(self, name), getattr(self, name) >= 1, "at least 1")
        _require("n_envs", self.n_envs, self.n_envs <= MOST_ENVS, f"at most {MOST_ENVS}")
        _require("n_envs x n_steps", self.rollout, self.rollout >= 2, "at least 2")
        _require("batch_size", self.batch_size, self.batch_size >= 2, "at least 2")
        _require("eval_works", self.eval_works, self.eval_works >= 4, "at least 4")
        _require("select_works", self.select_works, self.select_works >= 4, "at least 4")
        for name in ("media_every", "select_every"):
            _require(name, getattr(self, name), getattr(self, name) >= 0, "at least 0")
        _require("seed", self.seed, 0 <= self.seed < 2**32, "in 0 .. 2^32 - 1")
        for name in ("learning_rate", "clip_range", "reward_scale", "max_grad_norm"):
            _require(name, getattr(self, name), getattr(self, name) > 0, "above 0")
        for name in ("warmup", "final_learning_rate", "gamma", "gae_lambda"):
            _require(name, getattr(self, name), 0 <= getattr(self, name) <= 1, "in [0, 1]")
        for name in ("ent_coef", "final_ent_coef", "vf_coef", "weight_decay", "prior_coef"):
            _require(name, getattr(self, name), getattr(self, name) >= 0, "at least 0")
        if self.augment and self.track != "with-reference":
            raise ConfigError("augment=true is for runs that clone: set track=with-reference")
        if self.target_kl is not None:
            _require("target_kl", self.target_kl, self.target_kl > 0, "above 0, or null")

    @property
    def rollout(self) -> int:
        """Environment steps in a rollout."""
        return self.n_envs * self.n_steps

    @property
    def total_timesteps(self) -> int:
        """Environment steps of the whole run: ``timesteps`` rounded up to whole rollouts."""
        return math.ceil(self.timesteps / self.rollout) * self.rollout

    def to_yaml(self) -> str:
        """All settings as YAML, which `read_settings` and ``--config`` read back."""
        settings = dataclasses.asdict(self) | {"env_kwargs": dict(self.env_kwargs)}
        return write_yaml(settings)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> RunConfig:
        """Makes a config of named settings, each checked against its type.

        Raises:
            ConfigError: An unknown name, or a value of the wrong type or out of range.
        """
        return cls(**{name: _typed(name, value) for name, value in settings.items()})


_TYPES: Final = get_type_hints(RunConfig)


def resolve(
    flags: Mapping[str, Any], config_file: str | Path | None = None, assignments: Sequence[str] = ()
) -> RunConfig:
    """Merges all sources of settings; see the module's head for which wins.

    Args:
        flags: Settings given by flags of their own; None means not given.
        config_file: A YAML file of settings.
        assignments: Texts ``key=value``; the key ``env_kwargs.name`` sets one keyword.

    Raises:
        ConfigError: Whatever is wrong with any of them.
    """
    chosen = read_settings(config_file) if config_file else {}
    chosen.update({name: value for name, value in flags.items() if value is not None})
    for assignment in assignments:
        assign(chosen, assignment)
    given = RunConfig.from_settings({k: chosen[k] for k in PRESET_KEYS if k in chosen})
    settings = preset(given.env, given.policy, given.size, given.track)
    keywords = {**settings.get("env_kwargs", {}), **chosen.get("env_kwargs", {})}
    return RunConfig.from_settings({**settings, **chosen, "env_kwargs": keywords})


def preset(
    env_id: str, policy: str, size: str = "nano", track: str = "from-scratch"
) -> dict[str, Any]:
    """The settings tuned for an environment, a policy, its size and the track, later ones winning.

    Empty where nobody tuned any.
    """
    tuned = {path.stem: path for path in PRESETS.glob("*.yaml")}
    path = tuned.get(env_id.rpartition("/")[2])
    if path is None:
        return {}
    parts = read_yaml(path.read_text(encoding="utf-8"))
    chosen = (
        parts.get("common", {}),
        parts.get(policy, {}),
        parts.get("sizes", {}).get(size, {}),
        parts.get("tracks", {}).get(track, {}),
    )
    return {name: value for part in chosen for name, value in part.items()}


def read_settings(path: str | Path) -> dict[str, Any]:
    """Reads a YAML file of settings.

    Raises:
        ConfigError: The file cannot be read, or is not a mapping of known names to fitting values.
    """
    from creative_envs.core.errors import reason_of  # takes Gymnasium along: not before --help
    from creative_envs.core.reading import read_plain

    try:
        settings = read_yaml(read_plain(path).decode("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"Cannot read the settings in {path}: {reason_of(error)}") from error
    if not isinstance(settings, dict):
        raise ConfigError(f"{path} must hold lines of the form 'name: value'.")
    return {str(name): _typed(str(name), value) for name, value in settings.items()}


def assign(settings: dict[str, Any], assignment: str) -> None:
    """Applies one ``key=value`` text to settings; the value is read as YAML.

    Raises:
        ConfigError: Not of that form, or an unknown key.
    """
    key, equals, text = assignment.partition("=")
    if not equals or not key:
        raise ConfigError(f"--set wants key=value, got {shown(assignment)}")
    try:
        value = read_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}: cannot read the value {shown(text)}") from error
    name, _, keyword = key.partition(".")
    _check_name(name)
    if not keyword:
        settings[name] = _typed(name, value)
    elif name == "env_kwargs":
        settings["env_kwargs"] = {**settings.get("env_kwargs", {}), keyword: value}
    else:
        raise ConfigError(f"{name} has no parts; only env_kwargs.NAME=value sets a part")


def _check_name(name: str) -> None:
    if name not in _TYPES:
        raise ConfigError(f"Unknown setting {shown(name)}{suggestion(name, list(_TYPES))}")


def shown(value: Any) -> str:
    """A value as a message shows it: in a line, and not long."""
    from creative_envs.core.arguments import shown as in_a_line  # not before --help

    return in_a_line(value)


def suggestion(name: str, known: Sequence[str]) -> str:
    """Words that name the closest known name, or all of them where none is close."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f". Known: {', '.join(sorted(known))}"


def _typed(name: str, value: Any) -> Any:
    """Returns the value as the setting's type, or raises `ConfigError`."""
    _check_name(name)
    kind = _TYPES[name]
    if get_origin(kind) is Literal:
        _require(name, value, value in get_args(kind), f"one of {', '.join(get_args(kind))}")
        return value
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        (kind,) = set(get_args(kind)) - {types.NoneType}
    if kind is float:
        return _number(name, value)
    if kind is int:
        whole = _number(name, value)
        _require(name, value, whole == int(whole), "a whole number")
        return int(whole)
    if get_origin(kind) is Mapping:
        _require(name, value, isinstance(value, Mapping), "a mapping of names to values")
        return dict(value)
    _require(name, value, isinstance(value, kind), f"of type {kind.__name__}")
    return value


def _number(name: str, value: Any) -> float:
    """A finite number; YAML reads 1e-3 as text, so text is accepted."""
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    _require(name, value, math.isfinite(number), "a number")
    return number


def _require(name: str, value: Any, fulfilled: bool, words: str) -> None:
    if not fulfilled:
        raise ConfigError(f"{name} must be {words}, got {shown(value)}")
