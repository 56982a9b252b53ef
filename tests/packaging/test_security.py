"""What the code never does: execute what it reads, or talk to other machines."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import creative_envs

ROOT = Path(__file__).parents[2]
PACKAGE = Path(creative_envs.__file__).parent
OTHERS = ("agents", "benchmarks", "examples")
"""Packages that come with a checkout alone."""
PICKLES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
NETWORK = {"socket", "socketserver", "ssl", "http", "urllib", "urllib3", "requests", "httpx",
           "aiohttp", "ftplib", "smtplib", "xmlrpc", "telnetlib", "webbrowser"}  # fmt: skip
CALLS = {"eval", "exec", "os.system", "os.popen", "tempfile.mktemp", "yaml.load",
         "yaml.unsafe_load", "yaml.full_load", "pty.spawn", "os.execv"}  # fmt: skip
KNOWN = {
    "creative_envs/core/checks.py: pickle.loads",
    "creative_envs/benchmark/runners/ray_runner.py: import socket",
}
"""Exceptions; docs/security.md says why of each file."""
FORBIDDEN = [
    "eval('1')", "exec('1')", "import os\nos.system('ls')", "import os as o\no.popen('ls')",
    "from tempfile import mktemp\nmktemp()", "import yaml\nyaml.load(text)",
    "import pickle\npickle.loads(b'')", "from pickle import loads as l\nl(b'')",
    "import pickle\npickle.Unpickler(f).load()", "import marshal\nmarshal.load(f)",
    "import torch\ntorch.load('p')", "import torch\ntorch.load('p', weights_only=False)",
    "import numpy as np\nnp.load('p', allow_pickle=True)", "import pandas\npandas.read_pickle('p')",
    "import subprocess\nsubprocess.run('ls', shell=True)", "import socket",
    "from urllib.request import urlopen", "import http.client", "def f():\n    import requests",
    "import importlib\nimportlib.import_module('socket')", "__import__('pickle').loads(b'')",
]  # fmt: skip
ALLOWED = [
    "import torch\ntorch.load('p', weights_only=True)", "import numpy as np\nnp.load('p')",
    "import numpy as np\nnp.load('p', allow_pickle=False)", "import pickle\npickle.dumps(1)",
    "import subprocess\nsubprocess.run(['ls'])", "import yaml\nyaml.safe_load('1')",
    "import json\njson.loads('1')", "model.eval()",
]  # fmt: skip


def sources() -> list[Path]:
    """Every module the project ships or runs."""
    found = [*PACKAGE.rglob("*.py"), *ROOT.glob("*.py")]
    return found + [path for name in OTHERS for path in (ROOT / name).rglob("*.py")]


def findings(tree: ast.AST) -> Iterator[str]:
    """What a module does that could execute what it reads, or talk to somebody."""
    names = dict(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _of_network(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from _of_network([node.module or ""])
        elif isinstance(node, ast.Call):
            yield from _of_call(node, _dotted(node.func, names))


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What names stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _of_network(modules: Iterator[str] | list[str]) -> Iterator[str]:
    for module in modules:
        top = module.partition(".")[0]
        if top in NETWORK and module != "urllib.parse":
            yield f"import {top}"


def _of_call(call: ast.Call, called: str) -> Iterator[str]:
    top, _, rest = called.partition(".")
    keywords = {word.arg: ast.unparse(word.value) for word in call.keywords}
    unpickles = top in PICKLES and rest.startswith(("load", "Unpickler", "open"))
    loads_weights = called == "torch.load" and keywords.get("weights_only") != "True"
    if called in CALLS or unpickles or called.endswith("read_pickle") or loads_weights:
        yield called
    if keywords.get("allow_pickle", "False") != "False" or keywords.get("shell") == "True":
        yield f"{called} with allow_pickle or a shell"
    if called in ("importlib.import_module", "__import__") and call.args:
        named = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
        if str(named).partition(".")[0] in NETWORK | PICKLES - {"cloudpickle"}:
            yield f"import {named}"


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, names)}.{node.attr}"
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


@pytest.mark.parametrize("code", FORBIDDEN)
def test_the_search_finds(code: str) -> None:
    assert list(findings(ast.parse(code)))


@pytest.mark.parametrize("code", ALLOWED)
def test_the_search_lets_pass(code: str) -> None:
    assert not list(findings(ast.parse(code)))


def test_nothing_read_is_executed_and_nobody_is_talked_to() -> None:
    found = set()
    for path in sources():
        base = PACKAGE.parent if path.is_relative_to(PACKAGE) else ROOT
        name = path.relative_to(base).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {f"{name}: {finding}" for finding in findings(tree)}
    assert len(sources()) > 200
    assert found == KNOWN


def test_exceptions_are_told() -> None:
    told = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert all(known.partition(":")[0] in told for known in KNOWN)


OFFLINE = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.")):
        # Libraries ask for the machine's own name, and make sockets they never connect.
        assert event in ("socket.gethostname", "socket.__new__"), (event, arguments)

sys.addaudithook(refuse)
import socket

try:
    socket.create_connection(("127.0.0.1", 9))
except AssertionError:
    print("guarded")
{}
print("done")
"""
PLAYED = """
import gymnasium as gym, numpy as np, creative_envs
rng = np.random.default_rng(0)
for env_id in ("MelodyComposition", "PatchComposition", "TacticDesign"):
    env = gym.make(f"creative_envs/{env_id}-v0", novelty_weight=0.5)
    observation, ended = env.reset(seed=0)[0], False
    while not ended:
        action = creative_envs.sample_legal(observation["action_mask"], rng)
        observation, _, ended, _, info = env.step(action)
    assert env.unwrapped.artefact() is not None
"""
SAMPLED = """
import agents
made = agents.load("creative_envs/MelodyComposition-v0").sample(1)
assert len(made) == 1
"""


def offline(code: str) -> None:
    """Runs code where every attempt to talk to somebody raises."""
    command = [sys.executable, "-c", OFFLINE.format(code)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.split() == ["guarded", "done"], done.stderr


def test_environments_need_no_network() -> None:
    offline(PLAYED)


def test_shipped_models_need_no_network() -> None:
    pytest.importorskip("torch")
    offline(SAMPLED)
