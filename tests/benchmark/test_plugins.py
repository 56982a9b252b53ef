from __future__ import annotations

import ast
import hashlib
import pickle
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from creative_envs.benchmark import plugins
from creative_envs.benchmark.errors import InvalidAgent, MissingPackage, UnknownName
from creative_envs.benchmark.plugins import find_agent, list_agents, slug

AGENT = '''"""A module."""
import beside_it


class Mine:
    """Does nothing, well.

    At length.
    """

    def train(self, context):
        return beside_it.POLICY
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    (tmp_path / "beside_it.py").write_text("POLICY = 'a policy'\n")
    (tmp_path / "mine.py").write_text(AGENT)
    return tmp_path


def write(folder: Path, name: str, content: str) -> str:
    (folder / name).write_text(content)
    return str(folder / name)


def failure(name: str) -> str:
    with pytest.raises(InvalidAgent) as caught:
        find_agent(name).load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_built_in_agents_are_listed_and_found() -> None:
    entries = {entry.name: entry for entry in list_agents() if entry.source == "built-in"}
    assert set(entries) >= {"random", "markov", "ppo-mlp", "ppo-attention", "reference"}
    assert all(entry.summary and entry.sha256 is None for entry in entries.values())
    assert find_agent("ppo-mlp") == entries["ppo-mlp"]


def test_listing_and_finding_import_no_library_of_learning() -> None:
    code = (
        "import sys; from creative_envs.benchmark.plugins import find_agent, list_agents;"
        "list_agents(); find_agent('ppo-mlp'); find_agent('torch:nn');"
        "assert not {'torch', 'stable_baselines3', 'numba', 'ribs'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(plugins.BUILT_IN))
def test_built_in_agents_are_where_and_what_the_table_says(name: str) -> None:
    home, summary = plugins.BUILT_IN[name]
    where, attribute = home.split(":")
    path = Path(plugins.__file__).parents[2] / f"{where.replace('.', '/')}.py"
    tree = ast.parse(path.read_text())
    (found,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == attribute]
    assert (ast.get_docstring(found) or "").partition("\n")[0] == summary


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'maskable-ppo'"):
        find_agent("maskable-pp")


def test_file_is_found_and_loaded(folder: Path) -> None:
    entry = find_agent(f"{folder}/mine.py:Mine")
    assert entry.summary == "Does nothing, well."
    assert entry.source == f"file {folder}/mine.py"
    assert entry.sha256 == hashlib.sha256(AGENT.encode()).hexdigest()
    agent: Any = entry.load()
    assert agent().train(None) == "a policy"
    assert find_agent(f"{folder}/mine.py:Mine").load() is agent


def test_finding_executes_nothing(folder: Path) -> None:
    name = write(folder, "bad.py", "class A:\n    def train(self, context): ...\n1 / 0\n")
    assert find_agent(f"{name}:A").name == f"{name}:A"


def test_classes_of_files_pickle_to_processes_without_the_file(folder: Path) -> None:
    agent = find_agent(f"{folder}/mine.py:Mine").load()
    assert pickle.loads(pickle.dumps(agent)) is agent
    write(folder, "sent.py", "class A:\n    def train(self, context): return 7\n")
    content = cloudpickle.dumps(find_agent(f"{folder}/sent.py:A").load())
    code = (
        "import pickle, sys; agent = pickle.load(sys.stdin.buffer);"
        "sys.exit(agent().train(None) != 7)"
    )
    subprocess.run([sys.executable, "-c", code], input=content, check=True)


def test_changed_file_is_loaded_anew(folder: Path) -> None:
    source = "class A:\n    {}\n    def train(self, context): ...\n"
    name = write(folder, "grows.py", source.format("version = 1"))
    assert find_agent(f"{name}:A").load().version == 1  # type: ignore[attr-defined]
    write(folder, "grows.py", source.format("version = 2"))
    assert find_agent(f"{name}:A").load().version == 2  # type: ignore[attr-defined]


def test_missing_file_suggests_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"No file .*mine2\.py.*did you mean .*mine\.py"):
        find_agent(f"{folder}/mine2.py:Mine")


def test_file_without_a_class_suggests_one(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"write .*mine\.py:Mine$"):
        find_agent(f"{folder}/mine.py")


def test_missing_class_suggests_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"No agent 'Mina' .* did you mean 'Mine'"):
        find_agent(f"{folder}/mine.py:Mina").load()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("class A: ...", r"A has no train\(self, context\)"),
        ("class A:\n    train = 3", r"A has no train\(self, context\)"),
        ("def A(): ...", "A is no class"),
        ("class A:\n    observation = 'rows'\n    def train(self, c): ...", "not 'rows'"),
        ("class A:\n    def __init__(self, n): ...\n    def train(self, c): ...", "asks for n"),
    ],
)
def test_what_is_no_agent_is_refused(folder: Path, source: str, message: str) -> None:
    name = write(folder, f"no{abs(hash(source))}.py", source)
    with pytest.raises(InvalidAgent, match=message):
        find_agent(f"{name}:A").load()


def test_errors_of_a_file_name_file_and_line(folder: Path) -> None:
    name = write(folder, "broken.py", "import json\n\n\njson.loads('{')\n")
    assert failure(f"{name}:A").startswith(f"{name}:4: JSONDecodeError: ")
    name = write(folder, "needs.py", "\nimport not_installed_anywhere\n")
    assert failure(f"{name}:A").startswith(f"{name}:2: ModuleNotFoundError: No module named")
    name = write(folder, "leaves.py", "raise SystemExit(3)\n")
    assert failure(f"{name}:A") == f"{name}:1: SystemExit: 3"
    name = write(folder, "syntax.py", "x = 1\nclass A(\n")
    assert failure(f"{name}:A").startswith(f"{name}:2: ")
    assert not [module for module in sys.modules if module.startswith("creative_envs_agent_broken")]


def test_module_of_this_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mine.py").rename(folder / "a_module_of_mine.py")
    monkeypatch.chdir(folder)
    assert find_agent("a_module_of_mine:Mine").load().__name__ == "Mine"


def test_module_that_is_not_there_says_where_it_was_sought() -> None:
    with pytest.raises(UnknownName, match=r"No module 'no_such_package'.*PYTHONPATH"):
        find_agent("no_such_package.module:Agent").load()


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plugins.BUILT_IN, "needy", ("needs_torch:A", "Needs torch."))
    monkeypatch.setitem(sys.modules, "needs_torch", None)

    def fail(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'torch'", name="torch.nn")

    monkeypatch.setattr("importlib.import_module", fail)
    with pytest.raises(MissingPackage, match=r"pip install 'creative-envs\[agents\]'"):
        find_agent("needy").load()


def test_installed_packages_offer_agents(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mine.py").rename(folder / "offered_here.py")
    sys.path.append(str(folder))
    points = [
        EntryPoint("offered", "offered_here:Mine", plugins.GROUP),
        EntryPoint("random", "offered_here:Mine", plugins.GROUP),
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: EntryPoints(points))
    entries = list_agents()
    assert [entry.source for entry in entries if entry.name == "random"] == ["built-in"]
    assert entries[-1].source == "package offered_here"
    assert find_agent("offered").load().__name__ == "Mine"


@pytest.mark.parametrize(
    ("name", "folder_name"),
    [
        ("ppo-mlp", "ppo-mlp"),
        ("some/where/file.py:Class", "file-Class"),
        ("package.module:Class", "package.module-Class"),
        ("../..", "agent"),
        ("a b/c", "a-b-c"),
    ],
)
def test_slugs_are_safe_folder_names(name: str, folder_name: str) -> None:
    assert slug(name) == folder_name


def test_agents_beside_the_package_are_importable() -> None:
    pytest.importorskip("agents", reason="an installed package has none beside it")
    plugins.require_project()
    assert str(Path(plugins.__file__).parents[2]) in sys.path


def test_installed_package_without_agents_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "site-packages" / "creative_envs" / "benchmark" / "plugins.py"
    monkeypatch.setattr(plugins, "__file__", str(home))
    with pytest.raises(InvalidAgent, match="only a checkout of the project has"):
        find_agent("agents.something:Agent").load()
