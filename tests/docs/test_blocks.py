"""The README and every page do what they say: their code runs, and so do their commands."""

from __future__ import annotations

import doctest
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents import commands
from agents.errors import ConfigError
from creative_envs.benchmark.errors import UnknownName
from tests.docs.guides import ROOT, blocks_of, commands_in, guides, mentioned, text_of
from tests.docs.shell import SMALL, Desk, check

PROSE_ONLY = {"text", "toml", "yaml", "json", "bibtex", ""}
"""Languages of blocks that are shown and not run."""
WITH_BLOCKS = [name for name in guides() if blocks_of(text_of(name))]
MENTIONED = sorted(
    {tuple(words) for name in guides() for words in mentioned(text_of(name))}, key=" ".join
)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives a small finished run, made at the first call."""
    run = tmp_path_factory.mktemp("guides") / "run"

    def made() -> Path:
        if not run.exists():
            assert commands.main(["--out", str(run), *SMALL]) == 0
        return run

    return made


def test_pages_and_blocks_are_found() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/how-to/domain.md"} <= set(WITH_BLOCKS)
    languages = [block.language for name in guides() for block in blocks_of(text_of(name))]
    assert languages.count("python") >= 20 and languages.count("sh") >= 20
    assert set(languages) <= PROSE_ONLY | {"python", "sh"}
    assert len(MENTIONED) >= 20


@pytest.mark.parametrize("guide", WITH_BLOCKS)
def test_the_blocks_of_a_page_run_in_order(
    guide: str,
    trained: Callable[[], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    desk, namespace = Desk(tmp_path, trained), {"__name__": "__main__"}
    for block in blocks_of(text_of(guide)):
        if block.language == "sh":
            for words in commands_in(block.content):
                desk.run(words)
        elif block.language == "python":
            run_python(block.content, f"{guide}, line {block.line}", namespace)
            for saved in re.findall(r'\.save\((?:Path\()?"([^"]+)"', block.content):
                assert (tmp_path / saved).stat().st_size > 0


def run_python(source: str, name: str, namespace: dict[str, object]) -> None:
    """Runs a block, or the examples of an interactive session in it."""
    if source.startswith(">>>"):
        session = doctest.DocTestParser().get_doctest(source, namespace, name, name, 0)
        assert doctest.DocTestRunner().run(session, clear_globs=False).failed == 0
    else:
        exec(compile(source, name, "exec"), namespace)


@pytest.mark.parametrize("words", MENTIONED, ids=" ".join)
def test_a_command_mentioned_is_understood(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    check(words, partly=True)


@pytest.mark.parametrize(
    "words",
    [
        ["rm", "-rf", "runs"],
        ["make", "trian"],
        ["python", "train_agent.py", "--timestep", "3"],
        ["python", "-m", "agents.steering"],
        ["creative-bench", "run", "--suite", "quick", "--agents", "ppo-mpl", "--out", "results"],
        ["pip", "install", "creative-envs[rya]"],
    ],
    ids=" ".join,
)
def test_a_command_that_would_fail_is_noticed(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(
        (AssertionError, ConfigError, UnknownName, SystemExit, pytest.fail.Exception)
    ):
        check(words)
