"""Libraries by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from creative_envs.core.errors import InvalidArgument, UnusablePictures
from creative_envs.patches.library import (
    DEFAULT_LIBRARY,
    builtin_pictures,
    from_folder,
    load_library,
    procedural,
)


def test_default() -> None:
    assert load_library(DEFAULT_LIBRARY).sha256 == procedural("mixed", "bauhaus", 0).sha256


@pytest.mark.parametrize(
    ("spec", "arguments"),
    [
        ("procedural:style=truchet", {"style": "truchet"}),
        ("procedural: seed = 3 , palette=sea", {"palette": "sea", "seed": 3}),
        (
            "procedural:style=truchet,palette=sea,seed=3",
            {"style": "truchet", "palette": "sea", "seed": 3},
        ),
        ("procedural:palette=#ffffff+#c03020", {"palette": ["#ffffff", "#c03020"]}),
        ("procedural:", {}),
    ],
)
def test_settings(spec: str, arguments: dict[str, object]) -> None:
    expected = procedural(**arguments)  # type: ignore[arg-type]
    assert load_library(spec).sha256 == expected.sha256
    assert load_library(expected.name).sha256 == expected.sha256


def test_number_of_patches() -> None:
    assert len(load_library("procedural", 12)) == 12
    assert len(load_library("builtin", 30)) == 30


def test_libraries_are_kept_and_given_ones_returned() -> None:
    assert load_library("procedural:seed=9") is load_library("procedural:seed=9")
    own = procedural(seed=2)
    assert load_library(own) is own


def test_folder(tmp_path: Path) -> None:
    Image.fromarray(builtin_pictures()["chelsea"]).save(tmp_path / "cat.png")
    library = load_library(str(tmp_path))
    assert library.sha256 == from_folder(tmp_path).sha256
    assert np.array_equal(load_library(library.name).originals, library.originals)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("procedual", "did you mean 'procedural'.*known: procedural, builtin"),
        ("procedual:seed=1", "unknown library.*did you mean 'procedural'"),
        ("bultin", "did you mean 'builtin'"),
        ("", "known: procedural, builtin"),
        ("procedural:stile=mixed", "unknown setting.*did you mean 'style'.*style, palette, seed"),
        ("procedural:style=bauhouse", "unknown style.*did you mean 'bauhaus'"),
        ("procedural:palette=forrest", "unknown palette.*did you mean 'forest'.*known: bauhaus"),
        ("procedural:palette=#fff+#000000", "'#fff' is not a colour"),
        ("procedural:seed=two", "whole number from 0, got 'two'"),
        ("procedural:seed=-1", "whole number from 0, got '-1'"),
        ("procedural:seed", "as seed=value"),
        ("procedural:seed=1,seed=2", "each setting once"),
        (7, "named by a string, got 7"),
    ],
)
def test_names_nobody_knows(spec: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        load_library(spec)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusablePictures, match="is not a folder; name one"):
        load_library(str(tmp_path / "none"))
