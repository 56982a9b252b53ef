"""Drawings: exact pixels, exact symmetry, well-formed SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from creative_envs.patches.geometry import all_transforms
from creative_envs.patches.library.drawing import Disc, Drawing, Polygon, Ramp, Shape

DARK, LIGHT, RED = (10, 20, 30), (250, 240, 231), (200, 30, 40)
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def looks(drawing: Drawing, size: int = 64) -> int:
    """Distinct tiles among the eight transforms."""
    tiles = all_transforms(drawing.rasterise(size)[None])
    return len({tile.tobytes() for tile in tiles})


def bar(left: float, width: float) -> Polygon:
    right = left + width
    return Polygon(((left, 0), (right, 0), (right, 1), (left, 1)), DARK)


@pytest.mark.parametrize("size", [8, 64])
@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ((), 1),
        ((Polygon(((0, 0), (1, 0), (0, 1)), DARK),), 4),
        ((bar(0, 1 / 3), bar(2 / 3, 1 / 3)), 2),
        ((bar(0.25, 0.25), bar(0.75, 0.25)), 4),
        ((Disc((0.5, 0.5), 0.41, DARK),), 1),
        ((Disc((0, 0), 0.9, DARK),), 4),
        ((Disc((0, 0), 0.6, DARK, hole=0.4), Disc((1, 1), 0.6, DARK, hole=0.4)), 2),
        ((Polygon(((0.1, 0.1), (0.7, 0.2), (0.3, 0.9)), DARK),), 8),
        ((Polygon(SQUARE, Ramp(DARK, RED, (0, 0), (1, 0))),), 4),
        ((Polygon(SQUARE, Ramp(DARK, RED, (0.5, 0.5), (0.5, 1.1), radial=True)),), 1),
        ((Polygon(SQUARE, Ramp(DARK, RED, (1, 0), (0.3, 0.7), radial=True)),), 4),
        ((Disc((0.5, 0.5), 0.4, Ramp(DARK, RED, (0, 1), (1, 0))),), 4),
    ],
)
def test_symmetric_shapes_give_exactly_symmetric_pixels(
    shapes: tuple[Shape, ...], expected: int, size: int
) -> None:
    assert looks(Drawing(LIGHT, shapes), size) == expected


def test_a_solid_drawing_is_of_its_colour() -> None:
    pixels = Drawing(RED).rasterise()
    assert pixels.dtype == np.uint8
    assert pixels.shape == (64, 64, 3)
    assert (pixels == RED).all()


def test_a_pixel_on_an_outline_is_half_of_each_colour() -> None:
    pixels = Drawing((0, 0, 0), (Polygon(((0, 0), (1, 0), (0, 1)), (200, 100, 50)),)).rasterise(8)
    assert pixels[0, 0].tolist() == [200, 100, 50]
    assert pixels[7, 7].tolist() == [0, 0, 0]
    assert pixels[0, 7].tolist() == pixels[4, 3].tolist() == [100, 50, 25]


def test_figure_and_ground_can_change_places() -> None:
    below = Drawing(LIGHT, (Polygon(((0, 0), (1, 0), (0, 1)), DARK),)).rasterise()
    above = Drawing(DARK, (Polygon(((1, 1), (1, 0), (0, 1)), LIGHT),)).rasterise()
    assert np.array_equal(below, above)


def test_the_order_of_corners_does_not_matter() -> None:
    corners = ((0.1, 0.2), (0.8, 0.3), (0.4, 0.9))
    one, other = Polygon(corners, DARK), Polygon(corners[::-1], DARK)
    assert np.array_equal(Drawing(RED, (one,)).rasterise(16), Drawing(RED, (other,)).rasterise(16))


def test_areas_are_those_of_geometry() -> None:
    def share(shape: Shape) -> float:
        pixels = Drawing((0, 0, 0), (shape,)).rasterise()
        return float(pixels[..., 0].mean()) / 255

    white = (255, 255, 255)
    assert share(Disc((0.5, 0.5), 0.4, white)) == pytest.approx(np.pi * 0.16, abs=1e-3)
    assert share(Disc((0, 0), 1, white, hole=0.5)) == pytest.approx(np.pi * 0.1875, abs=1e-3)
    assert share(Polygon(((0, 0.5), (0.5, 0), (1, 0.5), (0.5, 1)), white)) == pytest.approx(
        0.5, abs=1e-3
    )


def test_a_ramp_runs_from_its_first_colour_to_its_last() -> None:
    ramp = Ramp((0, 0, 0), (255, 255, 255), (0.25, 0), (0.75, 0))
    row = Drawing(RED, (Polygon(SQUARE, ramp),)).rasterise()[7, :, 0].astype(int)
    assert (row[:16] == 0).all()
    assert (row[48:] == 255).all()
    assert (np.diff(row[16:48]) > 0).all()
    assert row[31] + row[32] == 255


def test_later_shapes_lie_over_earlier_ones() -> None:
    big, small = Disc((0.5, 0.5), 0.4, DARK), Disc((0.5, 0.5), 0.2, RED)
    assert (Drawing(LIGHT, (big, small)).rasterise()[32, 32] == RED).all()
    assert (Drawing(LIGHT, (small, big)).rasterise()[32, 32] == DARK).all()


def test_svg_is_well_formed_and_what_it_refers_to_is_defined() -> None:
    ramp = Ramp(DARK, RED, (0, 0), (1, 0))
    shapes = (
        Polygon(SQUARE, ramp),
        Disc((0.5, 0.5), 0.4, Ramp(DARK, RED, (0.5, 0.5), (1, 0.5), radial=True), hole=0.2),
        Disc((0, 0), 0.4, RED),
    )
    drawing = Drawing(LIGHT, shapes)
    definitions = drawing.definitions()
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><defs>'
        f"{''.join(definitions.values())}</defs>{drawing.svg()}</svg>"
    )
    root = ET.fromstring(document)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert ids == set(definitions)
    used = [value[5:-1] for e in root.iter() for value in e.attrib.values() if "url(#" in value]
    assert set(used) == ids
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags.count("circle") == 2
    assert tags.count("linearGradient") == tags.count("radialGradient") == 1


def test_equal_ramps_share_an_id_and_others_do_not() -> None:
    one, same = Ramp(DARK, RED, (0, 0), (1, 0)), Ramp(DARK, RED, (0, 0), (1, 0))
    other = Ramp(RED, DARK, (0, 0), (1, 0))
    assert one.identifier == same.identifier != other.identifier


def test_a_solid_drawing_needs_no_definitions() -> None:
    assert Drawing(RED).definitions() == {}
    assert Drawing(RED).svg() == '<rect width="1" height="1" fill="#c81e28"/>'
