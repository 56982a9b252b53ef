"""SVG: a composition of drawn patches as vector shapes."""

from __future__ import annotations

from html import escape
from typing import Final

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.library.patch_library import ORIGINAL
from creative_envs.patches.render.canvas import EMPTY_FRAME, EMPTY_GROUND, EMPTY_LINE

_SHIFT: Final = 0.03
"""Where a border between cells falls inside a pixel, neither covers it whole and the page would
shine through. The same cells lie below, shifted by so much of a cell, and shine through instead."""


def svg_text(composition: Composition) -> str:
    """The composition as an SVG document, 64 pixels a cell unless scaled.

    A cell is 1 unit. Each patch in use is a symbol; each cell a group that places, turns and
    mirrors it, in the order of the work.

    Raises:
        InvalidArgument: The library was not drawn, so that there are no shapes.
    """
    library, size = composition.library, composition.size
    if not library.drawings:
        raise InvalidArgument(
            f"the library {library.name!r} is not drawn but cut out of pictures, so there are no "
            "shapes to write as .svg: save as .png"
        )
    used = sorted({tile // N_TRANSFORMS for tile in composition.placed})
    definitions: dict[str, str] = {}
    for patch in used:
        definitions |= library.drawings[patch].definitions()
    symbols = [_symbol(f"patch-{patch}", library.drawings[patch].svg()) for patch in used]
    if not composition.complete:
        symbols.append(_symbol("empty", _empty_cell()))
    cells = [_cell(tile, *divmod(index, size)) for index, tile in enumerate(composition.cells)]
    title = "".join(letter for letter in composition.title if letter.isprintable())
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
            f'width="{size * ORIGINAL}" height="{size * ORIGINAL}" role="img">',
            f"<title>{escape(title)}</title>",
            "<defs>",
            *definitions.values(),
            *symbols,
            "</defs>",
            f'<use href="#cells" x="-{_SHIFT}" y="-{_SHIFT}"/>',
            '<g id="cells">',
            *cells,
            "</g>",
            "</svg>\n",
        )
    )


def _symbol(identifier: str, shapes: str) -> str:
    return f'<symbol id="{identifier}" viewBox="0 0 1 1">{shapes}</symbol>'


def _empty_cell() -> str:
    inset, side = EMPTY_FRAME / ORIGINAL, 1 - 2 * EMPTY_FRAME / ORIGINAL
    return (
        f'<rect width="1" height="1" fill="rgb{EMPTY_LINE}"/>'
        f'<rect x="{inset}" y="{inset}" width="{side}" height="{side}" fill="rgb{EMPTY_GROUND}"/>'
    )


def _cell(tile: int, row: int, column: int) -> str:
    """A group that mirrors first, then turns counter-clockwise, then moves to its place."""
    patch, transform = divmod(tile, N_TRANSFORMS)
    identifier = "empty" if tile == EMPTY else f"patch-{patch}"
    steps = [f"translate({column} {row})"]
    if tile != EMPTY and transform % 4:
        steps.append(f"rotate({-90 * (transform % 4)} .5 .5)")
    if tile != EMPTY and transform >= N_TRANSFORMS // 2:
        steps.append("matrix(-1 0 0 1 1 0)")
    return f'<g transform="{" ".join(steps)}"><use href="#{identifier}" width="1" height="1"/></g>'
