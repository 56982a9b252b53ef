"""JSON: a composition as a programme that is replayed exactly, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from creative_envs.core.arguments import shown
from creative_envs.core.documents import document_text, reading_document, whole_number
from creative_envs.core.errors import CreativeEnvsError, InvalidWork, reason_of
from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.library.patch_library import PatchLibrary

_FORMAT: Final = "creative_envs.patches/1"
_ATTRIBUTES: Final = ("title", "size", "scores", "brief", "provenance")


def json_text(composition: Composition) -> str:
    """Writes a composition as JSON.

    ``cells`` holds [patch, transform] of every cell in reading order, or null; ``library`` the
    name, hash and size of the library; every other entry is the attribute of `Composition` with
    its name.
    """
    library = composition.library
    parts: dict[str, Any] = {name: getattr(composition, name) for name in _ATTRIBUTES}
    parts["library"] = {"name": library.name, "sha256": library.sha256, "patches": len(library)}
    parts["cells"] = [
        None if tile == EMPTY else divmod(tile, N_TRANSFORMS) for tile in composition.cells
    ]
    return document_text(_FORMAT, parts)


def composition_from_json(
    text: str | bytes,
    source: str = "the JSON text",
    library: str | PatchLibrary | None = None,
) -> Composition:
    """Reads what `json_text` wrote.

    Args:
        text: The document.
        source: Where it came from, for messages.
        library: The library it was made of, or what ``load_library`` finds it by; by default it is
            found by the name in the document.

    Raises:
        InvalidWork: The text is not such a document, does not describe a composition, or its
            library cannot be found or is another one by now.
    """
    with reading_document(text, _FORMAT, "composition", source) as document:
        attributes = {name: document[name] for name in _ATTRIBUTES}
        asked = document["library"]
        patches = whole_number(asked["patches"], "the library's number of patches")
        found = _found(asked["name"] if library is None else library, patches)
        _require_same(asked, found)
        cells = tuple(_tile(cell, len(found)) for cell in document["cells"])
        return Composition(cells, library=found, **attributes)


def _found(library: object, patches: int) -> PatchLibrary:
    from creative_envs.patches.library.load import load_library

    if isinstance(library, PatchLibrary):
        return library
    if not isinstance(library, str):
        raise InvalidWork(f"the library's name is {shown(library)}: give text")
    try:
        return load_library(library, patches)
    except (CreativeEnvsError, OSError, ValueError, RuntimeError) as error:
        raise InvalidWork(
            f"its library {shown(library)} cannot be found ({reason_of(error)}): "
            "pass it as `library=`"
        ) from error


def _require_same(asked: Mapping[str, Any], found: PatchLibrary) -> None:
    if asked["sha256"] != found.sha256 or asked["patches"] != len(found):
        raise InvalidWork(
            f"it was made of {asked['patches']} patches with the hash {asked['sha256']}, but the "
            f"library {found.name!r} has {len(found)} with the hash {found.sha256}: pass the one "
            "it was made of as `library=`"
        )


def _tile(cell: Any, n_patches: int) -> int:
    if cell is None:
        return EMPTY
    patch, transform = (whole_number(number, "part of a cell") for number in cell)
    if not (0 <= patch < n_patches and 0 <= transform < N_TRANSFORMS):
        raise InvalidWork(
            f"a cell is {cell}: give [patch, transform] of 0..{n_patches - 1} and "
            f"0..{N_TRANSFORMS - 1}, or null"
        )
    return patch * N_TRANSFORMS + transform
