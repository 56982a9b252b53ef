"""The README names what exists; `tests.docs.test_blocks` runs its code and its commands."""

from __future__ import annotations

import re
from pathlib import Path

import gymnasium as gym

import creative_envs  # noqa: F401  registers the environments

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_two_commands_are_there() -> None:
    assert "make train " in README
    assert "make test " in README


def test_named_environments_are_registered() -> None:
    named_ids = set(re.findall(r"creative_envs/\w+-v\d+", README))
    assert named_ids == {name for name in gym.registry if name.startswith("creative_envs/")}


def test_links_lead_to_files() -> None:
    links = re.findall(r"\[[^]]*\]\((?!https?:)([^)#]+)\)", README)
    assert len(links) >= 3
    assert [link for link in links if not (ROOT / link).exists()] == []
