"""The notebooks run from top to bottom, show and play works, and are stored without outputs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

FOLDER = Path(__file__).parents[2] / "notebooks"
QUICK: dict[str, dict[str, Any]] = {
    "explore": {"TRIES": 60},
    "train_and_benchmark": {"STEPS": 6_000, "WORKS": 12, "SEEDS": 1, "AGENTS": "random"},
}
"""What a notebook's parameters are set to, so that it ends soon."""


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def tagged(notebook: Any, tag: str) -> Any:
    (cell,) = (c for c in notebook.cells if tag in c.metadata.get("tags", ()))
    return cell


def test_all_notebooks_are_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_stored_without_outputs(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", QUICK)
def test_the_parameters_are_those_set_here(name: str) -> None:
    assigned = re.findall(r"^(\w+) = ", tagged(read(name), "parameters").source, re.MULTILINE)
    assert assigned == list(QUICK[name])


def test_setting_up_is_the_same_in_all() -> None:
    assert len({tagged(read(name), "setup").source for name in QUICK}) == 1


@pytest.fixture(scope="module", params=list(QUICK))
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """All outputs of a notebook, run with small parameters from its own folder."""
    notebook = read(request.param)
    cell = tagged(notebook, "parameters")
    cell.source = "\n".join(f"{name} = {value!r}" for name, value in QUICK[request.param].items())
    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    # Raises at the first cell that fails. What notebooks write goes to temporary folders.
    client.execute(env=os.environ | {"TMPDIR": str(tmp_path_factory.mktemp("notebook"))})
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def test_works_are_seen_and_heard(outputs: list[Any]) -> None:
    shown = [output.data for output in outputs if "data" in output]
    pages = "".join(data.get("text/html", "") for data in shown)
    assert "data:image/png" in pages
    assert "<audio" in pages and "data:audio/wav" in pages
    assert any("image/png" in data for data in shown)  # a plot


def test_nothing_is_complained_of(outputs: list[Any]) -> None:
    said = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")
    assert "Warning" not in said
    assert not [output for output in outputs if output.output_type == "error"]
