from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.patches.artefact import Composition
from creative_envs.patches.export import gif_bytes, json_text, png_bytes, svg_text
from creative_envs.patches.export.document import composition_from_json
from creative_envs.patches.export.gif import EMPTY_HOLD, HOLD
from creative_envs.patches.geometry import N_TRANSFORMS, transformed
from creative_envs.patches.library import load as library_load
from creative_envs.patches.library.load import load_library
from creative_envs.patches.library.patch_library import PatchLibrary
from tests.patches.compositions import DRAWN, PHOTOGRAPHS, composition, compositions

SVG = "{http://www.w3.org/2000/svg}"


def replay(text: str | bytes, library: str | PatchLibrary | None = DRAWN) -> Composition:
    return composition_from_json(text, "work.json", library)


class TestSaving:
    @pytest.mark.parametrize(
        ("suffix", "begins"),
        [(".png", b"\x89PNG"), (".GIF", b"GIF89a"), (".svg", b"<svg"), (".json", b"{")],
    )
    def test_save_writes_what_the_suffix_says(
        self, tmp_path: Path, suffix: str, begins: bytes
    ) -> None:
        path = composition().save(str(tmp_path / f"work{suffix}"))
        assert path.read_bytes().startswith(begins)
        assert list(tmp_path.iterdir()) == [path]

    def test_unknown_suffix_lists_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match=r"\.png, \.gif, \.svg, \.json"):
            composition().save(tmp_path / "work.jpg")
        assert not list(tmp_path.iterdir())

    def test_photographs_have_no_shapes(self, tmp_path: Path) -> None:
        kept = tmp_path / "work.svg"
        kept.write_text("kept")
        with pytest.raises(InvalidArgument, match=r"'photographs' is not drawn.*\.png"):
            composition(PHOTOGRAPHS).save(kept)
        assert kept.read_text() == "kept" and list(tmp_path.iterdir()) == [kept]

    def test_every_medium_can_be_saved(self, tmp_path: Path) -> None:
        for library in (DRAWN, PHOTOGRAPHS):
            work = composition(library, placed=9)
            for suffix in work.media:
                assert work.save(tmp_path / f"work{suffix}").stat().st_size

    def test_equal_works_give_equal_files(self) -> None:
        for content_of in (png_bytes, gif_bytes, svg_text, json_text):
            assert content_of(composition()) == content_of(replace(composition()))


def test_png_is_the_picture() -> None:
    shown = np.array(Image.open(io.BytesIO(png_bytes(composition(size=8)))))
    np.testing.assert_array_equal(shown, composition(size=8).picture())
    assert shown.shape == (512, 512, 3)


class TestGif:
    @pytest.mark.parametrize("library", [DRAWN, PHOTOGRAPHS])
    @pytest.mark.parametrize("size", [6, 8, 12])
    def test_frames_durations_and_weight(self, library: PatchLibrary, size: int) -> None:
        content = gif_bytes(composition(library, size))
        assert len(content) < 300_000
        with Image.open(io.BytesIO(content)) as gif:
            assert gif.n_frames == size**2 + 1
            assert gif.info["loop"] == 0
            shown = []
            for frame in range(gif.n_frames):
                gif.seek(frame)
                shown.append(gif.info["duration"])
        assert (shown[0], shown[-1]) == (EMPTY_HOLD, HOLD)
        assert len(set(shown[1:-1])) == 1 and 4000 < sum(shown[1:-1]) < 5000

    @pytest.mark.parametrize(("library", "most"), [(DRAWN, 1.5), (PHOTOGRAPHS, 10)])
    def test_frames_grow_into_the_picture(self, library: PatchLibrary, most: float) -> None:
        work = composition(library, 6, placed=20)
        with Image.open(io.BytesIO(gif_bytes(work, 96))) as gif:
            for placed in range(21):
                gif.seek(placed)
                then = replace(work, cells=work.cells[:placed] + (-1,) * (36 - placed))
                shown = np.array(gif.convert("RGB")).astype(int)
                assert np.abs(shown - then.picture(96)).mean() < most
            assert gif.n_frames == 21

    def test_an_empty_canvas_is_one_frame(self) -> None:
        with Image.open(io.BytesIO(gif_bytes(composition(placed=0)))) as gif:
            assert getattr(gif, "n_frames", 1) == 1


class TestSvg:
    def test_one_group_a_cell_in_reading_order(self) -> None:
        work = composition(size=8, placed=50)
        root = ElementTree.fromstring(svg_text(work))
        assert root.get("viewBox") == "0 0 8 8" and root.get("width") == "512"
        symbols = {symbol.get("id") for symbol in root.iter(f"{SVG}symbol")}
        (group,) = root.findall(f"{SVG}g")
        uses = [cell.find(f"{SVG}use").get("href")[1:] for cell in group]
        expected = [f"patch-{tile // N_TRANSFORMS}" for tile in work.placed] + ["empty"] * 14
        assert uses == expected
        assert symbols == set(expected)

    def test_groups_turn_and_mirror_as_tiles_do(self) -> None:
        """Where the four corners of a patch come to lie, by each tile's transform list."""
        work = Composition((*range(8), *[0] * 28), 6, DRAWN)
        root = ElementTree.fromstring(svg_text(work))
        for tile, cell in enumerate(root.findall(f"{SVG}g/{SVG}g")[:8]):
            matrix = matrix_of(cell.get("transform"))
            corners = np.arange(4).reshape(2, 2)
            moved = np.full((2, 2), -1)
            for row, column in np.ndindex(2, 2):
                x, y, _ = matrix @ (0.25 + 0.5 * column, 0.25 + 0.5 * row, 1)
                row_of_cell, column_of_cell = divmod(tile, 6)
                moved[int((y - row_of_cell) * 2), int((x - column_of_cell) * 2)] = corners[
                    row, column
                ]
            np.testing.assert_array_equal(moved, transformed(corners, tile))

    def test_titles_cannot_break_it(self) -> None:
        root = ElementTree.fromstring(svg_text(composition(title="</title><b> & \x07 é")))
        assert root.find(f"{SVG}title").text == "</title><b> &  é"

    def test_everything_referred_to_is_there(self) -> None:
        text = svg_text(composition(placed=30))
        root = ElementTree.fromstring(text)
        identifiers = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(identifiers) == len(set(identifiers))
        referred = {word.split('"')[0].split(")")[0] for word in text.split("#")[1:]}
        referred = {name for name in referred if not name.isalnum() or len(name) != 6}
        assert referred and referred <= set(identifiers)


def matrix_of(transform: str) -> np.ndarray:
    """The matrix of an SVG transform list, shape (3, 3)."""
    total = np.eye(3)
    for step in transform.replace(") ", ")|").split("|"):
        name, _, numbers = step.rstrip(")").partition("(")
        values = [float(number) for number in numbers.split()]
        one = np.eye(3)
        if name == "translate":
            one[:2, 2] = values
        elif name == "matrix":
            one[:2] = np.reshape(values, (3, 2)).T
        else:
            assert name == "rotate"
            angle, centre = np.radians(values[0]), np.array(values[1:])
            one[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
            one[:2, 2] = centre - one[:2, :2] @ centre
        total = total @ one
    return total


class TestJson:
    @given(compositions())
    @settings(max_examples=60)
    def test_round_trip(self, work: Composition) -> None:
        again = replay(json_text(work), work.library)
        assert again == work
        np.testing.assert_array_equal(again.picture(48), work.picture(48))

    def test_file_round_trip(self, tmp_path: Path) -> None:
        work = composition(title="Pläñ", placed=9, brief={"warmth": 0.1 + 0.2, "bands": (1, None)})
        assert Composition.load(work.save(tmp_path / "work.json"), DRAWN) == work

    def test_says_what_it_holds(self) -> None:
        document = json.loads(json_text(composition(placed=2)))
        assert document["format"] == "creative_envs.patches/1"
        assert document["cells"][:3] == [[0, 0], [0, 7], None]
        assert document["library"] == {"name": "drawn", "sha256": DRAWN.sha256, "patches": 4}

    @pytest.mark.parametrize("patches", [12, 24])
    def test_the_library_is_found_by_its_name_and_number(
        self, tmp_path: Path, patches: int
    ) -> None:
        library = load_library("procedural:style=truchet,palette=#f1ead8+#d8492f,seed=2", patches)
        work = composition(library, 8)
        path = work.save(tmp_path / "work.json")
        for given_library in (None, library.name, library):
            assert Composition.load(path, given_library) == work

    def test_another_library_is_refused_by_both_hashes(self) -> None:
        text = json_text(composition())
        both = f"{DRAWN.sha256}.*{PHOTOGRAPHS.sha256}.*library="
        with pytest.raises(InvalidWork, match=rf"work\.json.*{both}"):
            replay(text, PHOTOGRAPHS)

    def test_a_library_that_changed_under_its_name_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(library_load, "load_library", lambda *_: PHOTOGRAPHS)
        with pytest.raises(InvalidWork, match=f"{DRAWN.sha256}.*{PHOTOGRAPHS.sha256}"):
            replay(json_text(composition()), None)

    @pytest.mark.parametrize("name", ["drawn", "", "/dev/null", "\0", "~nobody/there", "a" * 5000])
    def test_a_library_nobody_knows_is_asked_for(self, name: str) -> None:
        document = json.loads(json_text(composition()))
        document["library"]["name"] = name
        with pytest.raises(InvalidWork, match=r"work\.json.*cannot be found.*library="):
            replay(json.dumps(document), None)

    def test_a_name_is_text(self) -> None:
        text = json_text(composition()).replace('"drawn"', "3")
        with pytest.raises(InvalidWork, match=r"work\.json: the library's name is 3"):
            replay(text, None)
        assert replay(text, DRAWN) == composition()

    def test_a_mistyped_library_is_told_the_nearest(self) -> None:
        with pytest.raises(InvalidWork, match=r"'procedurl' cannot be found.*'procedural'"):
            replay(json_text(composition()), "procedurl")

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("format", "creative_envs.melody/1"),
            ("size", 7),
            ("size", "6"),
            ("size", None),
            ("cells", [[0, 0]] * 35),
            ("cells", [[4, 0]] * 36),
            ("cells", [[0, 8]] * 36),
            ("cells", [[0, -1]] * 36),
            ("cells", [[-1, 7]] * 36),
            ("cells", [[0.5, 0]] * 36),
            ("cells", [[0]] * 36),
            ("cells", [0] * 36),
            ("cells", [[0, 0, 0]] * 36),
            ("cells", 3),
            ("library", None),
            ("library", {}),
            ("library", {"name": "drawn", "sha256": DRAWN.sha256, "patches": 5}),
            ("library", {"name": "drawn", "sha256": DRAWN.sha256, "patches": "4"}),
            ("library", {"name": "drawn", "sha256": DRAWN.sha256}),
            ("scores", 3),
            ("scores", {"craft": "much"}),
            ("scores", {"craft": 10**400}),
            ("brief", [1]),
        ],
    )
    def test_damaged_documents_are_refused_by_name(self, part: str, value: Any) -> None:
        document = json.loads(json_text(composition())) | {part: value}
        with pytest.raises(InvalidWork, match=r"work\.json"):
            replay(json.dumps(document))

    @pytest.mark.parametrize("part", ["title", "size", "library", "cells", "scores", "brief"])
    def test_a_missing_part_is_refused(self, part: str) -> None:
        document = json.loads(json_text(composition()))
        del document[part]
        with pytest.raises(InvalidWork, match=part):
            replay(json.dumps(document))

    @given(st.data())
    @settings(max_examples=150)
    def test_fuzzed_documents_are_read_or_refused(self, data: st.DataObject) -> None:
        """Whatever a part is replaced by, the result is a composition or an `InvalidWork`."""
        leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
        values = st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=8,
        )
        document = json.loads(json_text(composition()))
        target = data.draw(st.sampled_from([document, document["library"], document["cells"]]))
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        target[data.draw(st.sampled_from(keys))] = data.draw(values)
        try:
            work = replay(json.dumps(document))
        except InvalidWork as error:
            assert "work.json" in str(error)
        else:
            assert replay(json_text(work)) == work

    @given(st.integers(0, 10**6), st.integers(0, 255))
    @settings(max_examples=100)
    def test_damaged_bytes_are_read_or_refused(self, place: int, byte: int) -> None:
        content = bytearray(json_text(composition(title="Möwe")).encode())
        content[place % len(content)] = byte
        try:
            work = replay(bytes(content))
        except InvalidWork as error:
            assert "work.json" in str(error)
        else:
            assert work.library is DRAWN
