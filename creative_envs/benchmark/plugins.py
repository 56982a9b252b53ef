"""Agents by name: built in, installed by other packages, from any module, or from a file.

Listing them imports none of them.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from creative_envs.benchmark.errors import (
    BenchmarkError,
    InvalidAgent,
    MissingPackage,
    UnknownName,
)
from creative_envs.benchmark.suite import extend_path, unknown

if TYPE_CHECKING:
    from creative_envs.benchmark.protocol import Agent

GROUP: Final = "creative_envs.agents"
"""Entry-point group in which other packages offer agents: ``name = "package.module:Class"``."""

_BASELINES: Final = "creative_envs.benchmark.baselines"
_ADAPTERS: Final = "creative_envs.benchmark.adapters"

BUILT_IN: Final = {
    "random": (f"{_BASELINES}.uniform:Uniform", "Legal actions drawn uniformly."),
    "markov": (
        f"{_BASELINES}.markov:Markov",
        "An order-3 model of the references' actions, with escapes to lower orders.",
    ),
    "memoriser": (
        f"{_BASELINES}.memoriser:Memoriser",
        "Writes the training reference whose brief is nearest the one asked for.",
    ),
    "elite": (
        f"{_BASELINES}.elites:Elite",
        "One elite: the work of the best mean reward over briefs, repeated for every brief.",
    ),
    "elite-noise": (
        f"{_BASELINES}.elites:EliteWithNoise",
        "One elite as half of the works, the other half uniform noise.",
    ),
    "ga": (
        f"{_BASELINES}.genetic:Genetic",
        "Genetic search with an archive of elites by brief; no search once trained.",
    ),
    "map-elites": (
        f"{_BASELINES}.map_elites:MapElites",
        "MAP-Elites by pyribs, over the domain's descriptors; no search once trained.",
    ),
    "reference": (
        f"{_BASELINES}.reference:Reference",
        "Held-out reference works, for the briefs extracted from them: what 1.00 means.",
    ),
    "ppo-mlp": (
        f"{_ADAPTERS}.sb3:PPOMlp",
        "PPO with a multi-layer perceptron over one-hot tokens, without masks.",
    ),
    "maskable-ppo": (
        f"{_ADAPTERS}.sb3:MaskablePPOMlp",
        "PPO with a multi-layer perceptron that proposes legal actions alone.",
    ),
    "a2c": (
        f"{_ADAPTERS}.sb3:A2CMlp",
        "Advantage actor-critic (A2C) with a multi-layer perceptron over one-hot tokens.",
    ),
    "dqn": (
        f"{_ADAPTERS}.sb3:DQNMlp",
        "Deep Q-learning (DQN) with a multi-layer perceptron; explores one action in twenty.",
    ),
    "recurrent-ppo": (
        f"{_ADAPTERS}.sb3:RecurrentPPOMlp",
        "PPO with an LSTM over what a multi-layer perceptron makes of each observation.",
    ),
    "ppo-attention": (
        f"{_ADAPTERS}.attention:PPOAttention",
        "PPO with this project's attention: its presets, from scratch, schedules over the budget.",
    ),
}
"""Name to home and summary. Written out, so that listing agents imports none."""

_EXTRAS: Final = {
    "torch": "agents",
    "stable_baselines3": "agents",
    "sb3_contrib": "agents",
}
"""Packages agents may need, each with the extra of creative-envs that brings it."""


@dataclass(frozen=True)
class AgentEntry:
    """An agent that can be loaded.

    Attributes:
        name: As users write it.
        source: Where it comes from, in words.
        summary: What it is, in a line; empty where only loading it would tell.
        sha256: Of its file, where it is named by one.
        home: Module or file, and the class in it.
    """

    name: str
    source: str
    summary: str
    home: tuple[str, str] = field(repr=False)
    sha256: str | None = None

    def load(self) -> type[Agent]:
        """Imports the class.

        Raises:
            UnknownName: There is no such module, or no such class in it.
            InvalidAgent: The import fails, or the class is no agent.
            MissingPackage: It needs a package that is not installed.
        """
        where, attribute = self.home
        if self.sha256 is not None:
            module = _import(where, lambda: _execute(Path(where), str(self.sha256)))
        else:
            package = where.partition(".")[0]
            if package == "agents":
                require_project()
            elif package != "creative_envs":
                extend_path(Path.cwd())
            module = _import(where, lambda: importlib.import_module(where))
        return _agent_in(module, attribute, where)


def list_agents() -> list[AgentEntry]:
    """The built-in agents, and those that installed packages offer."""
    built_in = [
        AgentEntry(name, "built-in", summary, _split(home))
        for name, (home, summary) in BUILT_IN.items()
    ]
    offered = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return built_in + [_offered(point) for point in offered if point.name not in BUILT_IN]


def find_agent(name: str) -> AgentEntry:
    """Finds an agent by name; imports nothing.

    Args:
        name: Of a built-in or an installed agent, or ``package.module:Class``, or
            ``path/file.py:Class``.

    Raises:
        UnknownName: There is none of this name, or no such file or class in the file.
        InvalidAgent: The file is not Python.
    """
    where, colon, attribute = name.rpartition(":")
    if name.endswith(".py"):
        classes = _classes(Path(name), _read(Path(name)))
        example = next(iter(classes), "MyAgent")
        raise UnknownName(f"{name} names a file, not the agent in it: write {name}:{example}")
    if colon and where.endswith(".py"):
        return _in_file(name, Path(where), attribute)
    if colon:
        return AgentEntry(name, f"module {where}", "", (where, attribute))
    entries = {entry.name: entry for entry in list_agents()}
    if name not in entries:
        where = (
            "creative_envs or installed; one of your own is file.py:Class or package.module:Class"
        )
        raise unknown("agent", name, list(entries), where)
    return entries[name]


def slug(name: str) -> str:
    """A folder's name for an agent: ``path/file.py:Class`` becomes "file-Class"."""
    where, colon, attribute = name.rpartition(":")
    short = f"{Path(where).stem if where.endswith('.py') else where}-{attribute}" if colon else name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", short).strip(".-") or "agent"


def require_project() -> None:
    """Makes ``agents``, which lies beside creative_envs in a checkout, importable.

    Raises:
        InvalidAgent: This is an installed package, without it.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "agents" / "__init__.py").is_file():
        raise InvalidAgent(
            "This agent needs agents/, which only a checkout of the project has, not the "
            "installed package: clone the project and install it with pip install -e ."
        )
    extend_path(root)


def _in_file(name: str, path: Path, attribute: str) -> AgentEntry:
    content = _read(path)
    summary = _classes(path, content, attribute).get(attribute, "")
    digest = hashlib.sha256(content).hexdigest()
    home = (str(path.resolve()), attribute)
    return AgentEntry(name, f"file {path}", summary, home, digest)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        beside = [str(one) for one in path.parent.glob("*.py")]
        close = get_close_matches(str(path), beside, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UnknownName(f"No file {path} of an agent: {error.strerror}{hint}") from error


def _classes(path: Path, content: bytes, named: str = "") -> dict[str, str]:
    """Classes a file defines that have ``train``, with their summaries, without executing it.

    The one named is among them whatever it has: it may inherit ``train``.
    """
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        raise InvalidAgent(f"{path}:{getattr(error, 'lineno', None) or 1}: {error}") from error
    return {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and (node.name == named or any(_is_train(part) for part in node.body))
    }


def _is_train(part: ast.stmt) -> bool:
    return isinstance(part, ast.FunctionDef) and part.name == "train"


def _execute(path: Path, sha256: str) -> ModuleType:
    """Imports a file under a name that nothing else has, so that its classes pickle."""
    name = f"creative_envs_agent_{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{sha256[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    extend_path(path.parent)  # modules beside it, as for a script
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    _pickle_by_value(module)
    return module


def _pickle_by_value(module: ModuleType) -> None:
    """Subprocesses of vector environments are sent this module's classes: they cannot import it."""
    importlib.import_module("cloudpickle").register_pickle_by_value(module)


def _import(where: str, load: Callable[[], ModuleType]) -> ModuleType:
    """Runs an import; whatever fails in it becomes one line naming file and line."""
    try:
        return load()
    except BenchmarkError:
        raise
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if missing == where or where.startswith(f"{missing}."):
            raise UnknownName(
                f"No module {missing!r} for the agent {where}: is it installed, or in this folder "
                "or PYTHONPATH?"
            ) from error
        extra = _EXTRAS.get(missing.partition(".")[0])
        if extra is not None:
            raise MissingPackage(
                f"{where} needs {missing}: pip install 'creative-envs[{extra}]'"
            ) from error
        raise _import_failed(where, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(where, error) from error


def _import_failed(where: str, error: BaseException) -> InvalidAgent:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == where] or frames[-1:]
    place = f"{own[-1].filename}:{own[-1].lineno}"
    what = " ".join(str(error).split())
    return InvalidAgent(f"{place}: {type(error).__name__}: {what}")


def _agent_in(module: ModuleType, attribute: str, where: str) -> type[Agent]:
    found = getattr(module, attribute, None)
    if found is None:
        known = [name for name, value in vars(module).items() if hasattr(value, "train")]
        raise unknown("agent", attribute, known or ["none"], where)
    what = f"{where}:{attribute}"
    if not isinstance(found, type):
        raise InvalidAgent(f"{what} is no class: name a class that has train(self, context)")
    makes_own_briefs = getattr(found, "makes_own_briefs", False)
    if not callable(getattr(found, "episodes" if makes_own_briefs else "train", None)):
        raise InvalidAgent(f"{what} has no train(self, context): see creative_envs.benchmark.Agent")
    kind = getattr(found, "observation", "dict")
    if kind not in ("dict", "flat"):
        raise InvalidAgent(f'{what}.observation is "dict" or "flat", not {kind!r}')
    needed = [p.name for p in _parameters(found) if p.default is p.empty and p.kind not in _ANY]
    if needed:
        raise InvalidAgent(
            f"{what} is made without arguments, but asks for {', '.join(needed)}: give defaults"
        )
    return found


_ANY: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _parameters(found: type[Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(found).parameters.values())
    except (TypeError, ValueError):  # classes of extension modules may not tell
        return []


def _offered(point: EntryPoint) -> AgentEntry:
    package = point.dist.name if point.dist is not None else point.module
    return AgentEntry(point.name, f"package {package}", "", (point.module, point.attr))


def _split(home: str) -> tuple[str, str]:
    where, _, attribute = home.rpartition(":")
    return where, attribute
