"""The table of training flags has what the parser has."""

from __future__ import annotations

import re

import pytest

from agents.commands import build_parser
from tests.docs.guides import ROOT, text_of

FLAGS = {option: action for action in build_parser()._actions for option in action.option_strings}
SECTION = text_of("docs/training.md").partition("## Training flags\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (`.*?) \| (.*?) \|(.*?)\|$", SECTION, flags=re.MULTILINE)


def test_the_table_has_exactly_the_flags_of_the_parser() -> None:
    named = [flag for flags, _, _ in ROWS for flag in re.findall(r"`(-[-\w]+)", flags)]
    assert sorted(named) == sorted(FLAGS)


def test_the_table_and_the_help_name_the_same_values_and_defaults() -> None:
    for flags, does, default in ROWS:
        action = FLAGS[re.findall(r"`(-[-\w]+)", flags)[-1]]
        assert {f"`{choice}`" for choice in action.choices or ()} <= set(
            re.findall(r"`[^`]+`", does)
        )
        if default.strip().startswith("`") or default.strip() == "preset":
            assert f"(default: {default.strip(' `')})" in action.help


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag != "-h"])
def test_every_flag_is_given_to_a_test_of_the_command_line(flag: str) -> None:
    source = (ROOT / "tests" / "test_train_agent.py").read_text(encoding="utf-8")
    assert f'"{flag}"' in source


def test_torch_is_the_pinned_one() -> None:
    (shown,) = re.findall(r"torch==([\d.]+)", text_of("docs/training.md"))
    assert f"torch=={shown}" in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
