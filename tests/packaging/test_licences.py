"""The table of dependencies says what each one's metadata says."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TESTED = {
    name.lower().replace("_", "-"): number
    for name, number in re.findall(r"(?m)^([\w.-]+)==(.+)$", (ROOT / "constraints.txt").read_text())
}
COPYLEFT = re.compile(r"GPL|MPL|EUPL|CDDL|EPL|SA-\d")
MARK = " (weak copyleft)"


def asked_for() -> dict[str, str]:
    """Each dependency's name, with the extra it belongs to."""
    extras = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    named = {re.split(r"[\[<>=!~; ]", one)[0]: extra for extra, all_ in extras.items()
             for one in all_}  # fmt: skip
    named.pop(PROJECT["name"], None)
    return named


def table() -> dict[str, tuple[str, str]]:
    """Extra and licence of each package in the guide."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 4 and row[0] in asked_for()}


def licence_of(name: str) -> str:
    """As a package's metadata says it, in the newest field it has."""
    told = metadata(name)
    classified = [entry.rpartition(" :: ")[2] for entry in told.get_all("Classifier") or []
                  if entry.startswith("License ::")]  # fmt: skip
    old = (told.get("License") or "").partition("\n")[0]
    return told.get("License-Expression") or old or " AND ".join(classified)


def test_every_dependency_is_told_of() -> None:
    assert {name: extra for name, (extra, _) in table().items()} == asked_for()
    assert len(asked_for()) > 20


@pytest.mark.parametrize("name", asked_for())
def test_licences_are_those_of_the_metadata(name: str) -> None:
    try:
        if version(name).partition("+")[0] != TESTED.get(name.lower()):
            pytest.skip(f"{name} is of another version than constraints.txt has")
        licence = licence_of(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert table()[name][1] == licence + MARK * bool(COPYLEFT.search(licence))
