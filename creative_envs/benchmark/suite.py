"""Suites: what is measured, under which budget, against which yardstick. Frozen as data files.

A suite never changes: what would change results is a new version under a new name.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from creative_envs.benchmark.errors import InvalidSuite, UnknownName
from creative_envs.benchmark.shapes import LARGEST, check_text, is_number, is_text, list_of
from creative_envs.core.errors import reason_of
from creative_envs.core.reading import GARBLED, read_plain

if TYPE_CHECKING:  # whoever only lists suites need not wait for the environments
    import gymnasium as gym
    from gymnasium.vector import AutoresetMode

    from creative_envs.core.vector import CreativeVectorEnv

FOLDER: Final = "suites"
UNMEASURED: Final[Mapping[str, Any]] = {
    "known_kin": 0.0,
    "known_likeness": 0.0,
    "kin_quantiles": (0.0, 1.0),
    "creative_yield": 1.0,
    "point_yield": 1.0,
}
"""A yardstick's numbers before it has been calibrated."""


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

        self._register()
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
        """Raises `InvalidSuite` if the environment has other reference data than the suite's.

        Or if it cannot be made, or makes no works.
        """
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

        self._register()
        try:
            made = gym.make_vec(self.id, num_envs=count, autoreset_mode=mode, **keywords)
        except (ImportError, TypeError, gym.error.Error) as error:
            raise InvalidSuite(f"{self.id} cannot be made: {reason_of(error)}") from error
        vector = made.unwrapped
        if not isinstance(vector, CreativeVectorEnv):
            raise InvalidSuite(f"{self.id} makes no works: a suite holds creative environments")
        return vector

    def _register(self) -> None:
        import gymnasium as gym

        import creative_envs

        gym.register_envs(creative_envs)
        if ":" in self.id:  # "module:id", whose module may lie in the working folder
            extend_path(Path.cwd())


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


def load_suite(name: str, *, measured: bool = True) -> Suite:
    """Loads a suite by name, "quick" meaning its newest version, or from a TOML file.

    Args:
        name: Of the suite, or the path of a file that ends in ``.toml``.
        measured: Whether its environments must have yardsticks and hashes already.

    Raises:
        UnknownName: There is none of this name.
        InvalidSuite: The file cannot be read as a suite.
    """
    if name.endswith(".toml"):
        return _read(Path(name).stem, _text(Path(name)), measured)
    known = shipped_suites()
    versions = [one for one in known if one == name or one.rpartition("-v")[0] == name]
    if not versions:
        raise unknown("suite", name, known, "creative_envs; a file of your own ends in .toml")
    newest = max(versions, key=lambda one: int(one.rpartition("-v")[2]))
    text = (files("creative_envs.benchmark") / FOLDER / f"{newest}.toml").read_text()
    return _read(newest, text, measured)


def unknown(kind: str, name: str, known: list[str], where: str) -> UnknownName:
    """The error for a name that does not exist, with the nearest known one."""
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return UnknownName(f"No {kind} {name!r} in {where}: {hint}known: {', '.join(known)}")


def extend_path(folder: Path) -> None:
    """Lets modules in a folder be imported, after all others."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _text(path: Path) -> str:
    try:
        return read_plain(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSuite(f"{path} cannot be read: {error}") from error


def _read(name: str, text: str, measured: bool) -> Suite:
    try:
        content = tomllib.loads(text)
        entries = content.pop("environments")
        environments = tuple(_environment(dict(entry), measured) for entry in entries)
        suite = Suite(name=name, environments=environments, **content)
        _check(suite)
    except InvalidSuite:
        raise
    except GARBLED as error:
        raise InvalidSuite(f"Suite {name} cannot be read: {reason_of(repr(error))}") from error
    return suite


def _environment(entry: dict[str, Any], measured: bool) -> Environment:
    if not measured:
        entry = {"reference_sha256": "", "yardstick": UNMEASURED, **entry}
    if missing := {"reference_sha256", "yardstick"} - set(entry):
        raise InvalidSuite(
            f"{reason_of(entry.get('id'))} has no {' and no '.join(sorted(missing))} in its suite: "
            "python -m creative_envs.benchmark.calibration FILE prints them"
        )
    yardstick = dict(entry.pop("yardstick"))
    yardstick["kin_quantiles"] = tuple(yardstick["kin_quantiles"])
    grid = {name: (float(low), float(high)) for name, (low, high) in entry.pop("grid").items()}
    agents = entry.pop("agents", ())
    if not list_of(is_text)(agents):
        raise TypeError(f"agents is a list of names, got {agents!r}")
    return Environment(yardstick=Yardstick(**yardstick), grid=grid, agents=tuple(agents), **entry)


def _check(suite: Suite) -> None:
    for entry in fields(suite):
        value = getattr(suite, entry.name)
        if entry.type == "int" and (type(value) is not int or not 1 <= value <= LARGEST):
            raise ValueError(f"{entry.name} is a whole number of at least 1, got {value!r}")
    if not is_text(suite.title):
        raise TypeError(f"title is text, got {suite.title!r}")
    if not suite.environments:
        raise ValueError("it names no environments")
    for environment in suite.environments:
        _check_environment(environment)
    names = [environment.name for environment in suite.environments]
    if len(set(names)) < len(names):
        raise ValueError(f"its environments have the same short names: {names}")
    check_text(asdict(suite))


def _check_environment(environment: Environment) -> None:
    for name in ("id", "reference_sha256"):
        value = getattr(environment, name)
        if not (is_text(value) and value.isprintable()):
            raise TypeError(f"{name} is a line of text, got {value!r}")
    for name in ("arguments", "held_out"):
        if not isinstance(getattr(environment, name), dict):
            raise TypeError(f"{name} is a table, got {getattr(environment, name)!r}")
    for name, value in vars(environment.yardstick).items():
        if not (list_of(is_number)(value) if name == "kin_quantiles" else is_number(value)):
            raise TypeError(f"{name} of a yardstick is in numbers, got {value!r}")
    for name, (low, high) in environment.grid.items():
        if not (is_number(low) and is_number(high) and low < high):
            raise ValueError(f"the grid's {name} is two numbers, the lower first")
