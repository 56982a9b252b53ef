"""Settings of runs: YAML files, --set and --brief; refused in a line before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.assignments import read_words
from agents.config import RunConfig, assign, read_settings, resolve
from agents.errors import AgentError, ConfigError
from agents.runs import RunFolder
from tests.agents.necklaces import tiny_config
from tests.faults.mutations import JUNK, NESTED, damaged_bytes, damaged_document, examples, on_disk
from tests.test_bad_input import refusal

SETTINGS = tiny_config().to_yaml()
SCALARS = (
    "2001-99-99",
    "0b_",
    "0x_",
    "1" * 5000,
    "1e400",
    "-.inf",
    ".nan",
    "!!python/object/apply:os.system [id]",
    "&a [*a]",
    "[" * 400,
    "? [a]\n: b",
    "<<: 5",
    "!!binary x",
    "!!int x",
    "!!float ''",
    "!!timestamp x",
    "12:30:45",
    "\N{SNOWMAN}",
    "'a\x01b'",
    "*none",
)
BOMB = "\n".join(
    ["env_kwargs:", "  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    + [f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    + ["n_envs: *a9"]
)
"""A few hundred letters that name ten thousand million numbers."""


def assert_line(error: Exception) -> None:
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 2000


def check(content: bytes) -> None:
    with on_disk("settings.yaml", content) as path:
        try:
            config = resolve({}, path)
        except ConfigError as error:
            assert_line(error)
            return
        path.write_text(config.to_yaml())
        assert RunConfig.from_settings(read_settings(path)) == config


@given(damaged_bytes(SETTINGS.encode()))
@examples(40)
def test_files_with_damaged_bytes(content: bytes) -> None:
    check(content)


@given(damaged_document(yaml.safe_load(SETTINGS)))
@examples(60)
def test_files_with_values_of_other_kinds(document: Any) -> None:
    check(yaml.safe_dump(document).replace(NESTED, "[" * 400).encode())


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: repr(scalar[:20]))
def test_values_yaml_chokes_on(scalar: str, tmp_path: Path) -> None:
    check(f"n_envs: {scalar}\n".encode())
    check(f"env_kwargs: {{a: {scalar}}}\n".encode())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text(f"{SETTINGS}n_envs: {scalar}\n")
    try:
        RunFolder.open(tmp_path / "run")
    except AgentError as error:
        assert "config.yaml" in str(error)
        assert_line(error)
    for name in ("n_envs", "env", "device", "env_kwargs.a"):
        settings: dict[str, Any] = {}
        try:
            assign(settings, f"{name}={scalar}")
        except ConfigError as refused:
            assert_line(refused)
    for text in (f"metre={scalar}", scalar, f"a={scalar},b={scalar}"):
        try:
            read_words(text, "--brief")
        except ConfigError as refused:
            assert "--brief" in str(refused)
            assert_line(refused)


def test_a_bomb_is_refused_in_a_line() -> None:
    check(BOMB.encode())


@given(st.sampled_from([*RunConfig.__dataclass_fields__, "x"]), st.sampled_from(JUNK))
@examples(100)
def test_settings_given_by_programs(name: str, value: Any) -> None:
    try:
        RunConfig.from_settings({name: value})
    except ConfigError as error:
        assert name in str(error)
        assert_line(error)


@pytest.mark.parametrize(
    "env",
    ["", "x" * 5000, "a\0b", "a\nb", "/", "..", "no.such.module:x/Y-v0", "json:x/Y-v0", ":", "x:"],
    ids=lambda name: repr(name[:12]),
)
def test_names_of_environments(
    env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "--env", env, "--out", str(tmp_path / "run"))
    assert line.startswith("train_agent.py: ")
    assert len(line) < 2000
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("out", ["x" * 300, "a/" * 3000, "file", "file/run", "file/run/deeper"])
def test_places_that_cannot_be_folders(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    assert "--out" in refusal(capsys, "--config", "settings.yaml", "--out", out)
    for flag in ("--resume", "--sample"):
        assert "run" in refusal(capsys, flag, out)
