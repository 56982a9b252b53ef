from __future__ import annotations

import copy
import html
import pickle
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import InvalidWork
from creative_envs.core.task import Artefact
from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.geometry import N_TRANSFORMS, transformed
from creative_envs.patches.library.patch_library import PatchLibrary
from tests.patches.compositions import DRAWN, PHOTOGRAPHS, composition, compositions

TOKENS = np.full((36, 2), -1, np.int16)
TOKENS[:3] = (0, 0), (3, 7), (1, 4)


def test_facts_of_a_composition() -> None:
    work = composition(placed=10)
    assert not work.complete and composition().complete
    assert work.placed == work.cells[:10] and work.cells[10:] == (EMPTY,) * 26
    assert work.library_sha256 == DRAWN.sha256
    assert isinstance(work, Artefact)


def test_media_depend_on_the_library() -> None:
    assert composition(DRAWN).media == (".png", ".gif", ".svg", ".json")
    assert composition(PHOTOGRAPHS).media == (".png", ".gif", ".json")


def test_from_work_reads_rows_in_reading_order() -> None:
    work = Composition.from_work(TOKENS, 3, 6, DRAWN, title="A work", scores={"craft": 0.5})
    assert work.cells == (0, 31, 12, *[EMPTY] * 33)
    assert all(type(tile) is int for tile in work.cells)
    assert (work.title, work.scores) == ("A work", {"craft": 0.5})
    assert Composition.from_work(TOKENS.tolist(), 3, 6, DRAWN, title="A work", scores=work.scores)
    assert not Composition.from_work(TOKENS, 0, 6, DRAWN).placed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": 37}, "length is 37, but there are 36"),
        ({"length": -1}, "length is -1"),
        ({"length": 2.5}, "whole number"),
        ({"length": 4}, "patch is -1"),
        ({"tokens": TOKENS[:, :1]}, r"\(36, 2\), got int16\(36, 1\)"),
        ({"tokens": TOKENS[:3]}, "name the size"),
        ({"size": 8}, r"\(64, 2\).*name the size"),
        ({"size": 6.0}, "whole number"),
        ({"tokens": TOKENS.astype(float)}, "whole numbers"),
        ({"tokens": [[0, 0], [0]]}, "whole numbers"),
        ({"tokens": "forged"}, "whole numbers"),
        ({"tokens": np.full((36, 2), 4)}, r"patch is 4: give one of 0\.\.3"),
        ({"tokens": np.tile([0, 8], (36, 1))}, r"transform is 8: give one of 0\.\.7"),
        ({"tokens": TOKENS.astype(np.int64) + 2**16}, "patch is 65536"),
        ({"length": 0, "library": []}, "PatchLibrary"),
    ],
)
def test_forged_works_are_refused(changes: dict[str, Any], message: str) -> None:
    arguments = {"tokens": TOKENS, "length": 3, "size": 6, "library": DRAWN} | changes
    with pytest.raises(InvalidWork, match=message):
        Composition.from_work(**arguments)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"cells": (0,) * 35}, "35 cells are given for a canvas of 6 x 6"),
        ({"cells": (0,) * 35 + (32,)}, r"cell 35 holds tile 32.*0\.\.31"),
        ({"cells": (-2,) + (0,) * 35}, "cell 0 holds tile -2"),
        ({"cells": (0.0,) * 36}, "whole number"),
        ({"size": 7}, "size is 7: give one of"),
        ({"size": None}, "whole number"),
        ({"library": None}, "PatchLibrary"),
        ({"scores": {"craft": float("nan")}}, "craft"),
        ({"brief": {"warmth": [float("inf")]}}, "finite"),
        ({"provenance": {"run": object()}}, "object"),
    ],
)
def test_invalid_works_are_refused(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        replace(composition(), **attributes)


def test_copies_are_equal_and_do_not_share() -> None:
    scores = {"craft": 0.5}
    work = composition(scores=scores, brief={"warmth": np.float32(0.5), "bands": [1, 2]})
    scores["craft"] = 1.0
    assert work.scores == {"craft": 0.5} and work.brief == {"warmth": 0.5, "bands": (1, 2)}
    for copied in (pickle.loads(pickle.dumps(work)), copy.deepcopy(work), replace(work)):
        assert copied == work and hash(copied) == hash(work)
    assert work != replace(work, cells=work.cells[::-1])


def test_libraries_are_compared_by_what_they_hold() -> None:
    again = PatchLibrary("another name", DRAWN.originals.copy(), False, DRAWN.drawings)
    other = PatchLibrary("drawn", 255 - DRAWN.originals, False)
    assert replace(composition(), library=again) == composition()
    assert replace(composition(), library=other) != composition()


@given(compositions(), st.integers(0, N_TRANSFORMS - 1), st.sampled_from([1, 2, 3, 8, 16, 64]))
@settings(max_examples=60)
def test_turning_the_canvas_turns_the_picture(work: Composition, t: int, cell: int) -> None:
    turned = work.transformed(t)
    expected = transformed(work.picture(cell * work.size), t)
    np.testing.assert_array_equal(turned.picture(cell * work.size), expected)


@given(compositions(), st.integers(0, N_TRANSFORMS - 1))
@settings(max_examples=40)
def test_turning_can_be_undone(work: Composition, t: int) -> None:
    back = t if t >= 4 else -t % 4
    assert work.transformed(t).transformed(back) == replace(work, scores={})
    assert work.transformed(t).scores == {}


@pytest.mark.parametrize("transform", [-1, 8, 0.5])
def test_there_are_eight_ways_to_turn(transform: Any) -> None:
    with pytest.raises(InvalidWork, match="a transform"):
        composition().transformed(transform)


def test_text_is_plain() -> None:
    assert str(composition(placed=5, title="A work")) == (
        "A work (6 x 6 cells, 3 different patches of drawn, 5 of 36 placed)"
    )
    assert str(composition()).endswith("4 different patches of drawn)")
    assert "originals" not in repr(composition())


def test_notebook_view_is_self_contained_and_escaped() -> None:
    work = composition(title='<script>"')
    view = work._repr_html_()
    assert 'src="data:image/png;base64,iVBOR' in view
    assert html.escape(str(work)) in view
    assert "<script>" not in view and "http" not in view


def test_nothing_draws_a_random_number(tmp_path: Any) -> None:
    np.random.seed(3)  # noqa: NPY002 - it is the global generator that must not be touched
    random.seed(3)
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    for suffix in composition().media:
        composition().save(tmp_path / f"work{suffix}")
    assert before == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
