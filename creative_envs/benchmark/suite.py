"""Suites: what is measured, under which budget, against which yardstick. Frozen as data files.

A suite never changes: what would change results is a new version under a new name.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from creative_envs.benchmark.errors import InvalidSuite, UnknownName

if TYPE_CHECKING:  # whoever only lists suites need not wait for the environments
    import gymnasium as gym
    from gymnasium.vector import AutoresetMode

    from creative_envs.core.vector import CreativeVectorEnv

FOLDER: Final = "suites"


@dataclass(frozen=True)
class Yardstick:
    """What held-out reference works come to, so that 1.00 means as they do.

    `creative_envs.benchmark.calibration` measures all of it.

    Attributes:
        known_kin: Distance by kinship to the nearest known work up to which a work is not new
            (tau); nine in ten reference works are farther. In [0, 1].
        known_likeness: The same by novelty's own view, or half way to a new work if that is less.
        kin_quantiles: Quantiles 0, 5, ... 100 % of the reference works' distances by kinship.
        creative_yield: Of as many reference works as the suite samples; the interquartile mean
            over several drawings of them.
        point_yield: The same of as many as a point of a learning curve has.
    """

    known_kin: float
    known_likeness: float
    kin_quantiles: tuple[float, ...]
    creative_yield: float
    point_yield: float


@dataclass(frozen=True)
class Environment:
    """An environment of a suite.

    Attributes:
        id: As registered.
        reference_sha256: Of the reference data its rewards are made of.
        yardstick: Of its scores.
        grid: Two descriptors and their ranges: the axes of coverage and QD-score.
        arguments: Keywords of its constructor.
        held_out: Those that replace them where works are sampled and scored.
        agents: Names of the only agents it is meant for; empty if it is for all.
    """

    id: str
    reference_sha256: str
    yardstick: Yardstick
    grid: Mapping[str, tuple[float, float]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    held_out: Mapping[str, Any] = field(default_factory=lambda: {"split": "test"})
    agents: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its id without namespace and version, such as "TacticDesign"."""
        return self.id.rpartition("/")[2].partition("-")[0]

    def make(self) -> gym.Env[Any, Any]:
        """A scalar environment to learn in."""
        import gymnasium as gym

        _register()
        return gym.make(self.id, **self.arguments)

    def make_vec(self, count: int, autoreset_mode: AutoresetMode) -> CreativeVectorEnv:
        """A native vector environment to learn in."""
        return self._vector(count, autoreset_mode, self.arguments)

    def make_held_out(self, count: int) -> CreativeVectorEnv:
        """Environments with held-out briefs, opponents and maps; they renew in the next step."""
        from gymnasium.vector import AutoresetMode

        keywords = {**self.arguments, **self.held_out}
        return self._vector(count, AutoresetMode.NEXT_STEP, keywords)

    def check_references(self) -> None:
        """Raises `InvalidSuite` if the environment has other reference data than the suite's."""
        found = self.make_held_out(1).task.reference_sha256()
        if found != self.reference_sha256:
            raise InvalidSuite(
                f"{self.id} measures against other references (SHA-256 {found[:12]}...) than this "
                f"suite ({self.reference_sha256[:12]}...): results would not compare. Use the "
                "version of creative_envs that the suite came with, or a suite of this version."
            )

    def _vector(
        self, count: int, mode: AutoresetMode, keywords: Mapping[str, Any]
    ) -> CreativeVectorEnv:
        import gymnasium as gym

        from creative_envs.core.vector import CreativeVectorEnv

        _register()
        vector = gym.make_vec(self.id, num_envs=count, autoreset_mode=mode, **keywords).unwrapped
        assert isinstance(vector, CreativeVectorEnv)
        return vector


@dataclass(frozen=True)
class Suite:
    """Environments, budget and sample sizes.

    Attributes:
        name: As ``--suite`` takes it, such as "quick-v1".
        title: What it is for, in a line.
        budget: Environment steps of each run.
        seeds: How many runs of each agent: seeds 0 .. seeds - 1.
        works: Works sampled of each trained policy (N); diversity depends on it.
        points: Points of a learning curve.
        point_works: Works made in training that a point is computed from, at most.
        environments: What agents are run on.
    """

    name: str
    title: str
    budget: int
    seeds: int
    works: int
    points: int
    point_works: int
    environments: tuple[Environment, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of everything above but the title."""
        content = {name: value for name, value in asdict(self).items() if name != "title"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def environment(self, name: str) -> Environment:
        """The environment of this id or short name.

        Raises:
            UnknownName: There is none.
        """
        for environment in self.environments:
            if name in (environment.id, environment.name):
                return environment
        names = [environment.name for environment in self.environments]
        raise unknown("environment", name, names, f"suite {self.name}")


def shipped_suites() -> list[str]:
    """Names of the suites that come with the package."""
    folder = files("creative_envs.benchmark") / FOLDER
    return sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name[-5:] == ".toml")


def load_suite(name: str) -> Suite:
    """Loads a suite by name, "quick" meaning its newest version, or from a TOML file.

    Raises:
        UnknownName: There is none of this name.
        InvalidSuite: The file cannot be read as a suite.
    """
    if name.endswith(".toml"):
        return _read(Path(name).stem, _text(Path(name)))
    known = shipped_suites()
    versions = [one for one in known if one == name or one.rpartition("-v")[0] == name]
    if not versions:
        raise unknown("suite", name, known, "creative_envs; a file of your own ends in .toml")
    newest = max(versions, key=lambda one: int(one.rpartition("-v")[2]))
    return _read(newest, (files("creative_envs.benchmark") / FOLDER / f"{newest}.toml").read_text())


def unknown(kind: str, name: str, known: list[str], where: str) -> UnknownName:
    """The error for a name that does not exist, with the nearest known one."""
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return UnknownName(f"No {kind} {name!r} in {where}: {hint}known: {', '.join(known)}")


def _register() -> None:
    import gymnasium as gym

    import creative_envs

    gym.register_envs(creative_envs)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSuite(f"{path} cannot be read: {error}") from error


def _read(name: str, text: str) -> Suite:
    try:
        content = tomllib.loads(text)
        entries = content.pop("environments")
        environments = tuple(_environment(dict(entry)) for entry in entries)
        suite = Suite(name=name, environments=environments, **content)
        _check(suite)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InvalidSuite(f"Suite {name} cannot be read: {error!r}") from error
    return suite


def _environment(entry: dict[str, Any]) -> Environment:
    measured = entry.pop("yardstick")
    measured["kin_quantiles"] = tuple(measured["kin_quantiles"])
    grid = {name: (float(low), float(high)) for name, (low, high) in entry.pop("grid").items()}
    agents = tuple(entry.pop("agents", ()))
    return Environment(yardstick=Yardstick(**measured), grid=grid, agents=agents, **entry)


def _check(suite: Suite) -> None:
    for entry in fields(suite):
        value = getattr(suite, entry.name)
        if entry.type == "int" and (type(value) is not int or value < 1):
            raise ValueError(f"{entry.name} is a whole number of at least 1, got {value!r}")
    if not suite.environments:
        raise ValueError("it names no environments")
