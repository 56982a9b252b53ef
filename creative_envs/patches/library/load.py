"""Finding libraries by what a user writes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidArgument, UnusablePictures
from creative_envs.core.files import from_home
from creative_envs.patches.geometry import FEWEST_PATCHES, N_PATCHES, N_TRANSFORMS
from creative_envs.patches.library.builtin import BUILTIN, builtin_library
from creative_envs.patches.library.names import require_known
from creative_envs.patches.library.patch_library import PatchLibrary, require_number
from creative_envs.patches.library.pictures import from_folder
from creative_envs.patches.library.procedural import procedural

DEFAULT_LIBRARY: Final = "procedural"
LibrarySpec = str | PatchLibrary | Sequence[str | PatchLibrary]
_KEYS: Final = ("style", "palette", "seed")
_MOST_DIGITS: Final = 40
"""Of a seed."""


def load_libraries(library: LibrarySpec, patches: int) -> tuple[PatchLibrary, ...]:
    """The libraries an argument names.

    Raises:
        InvalidArgument: None at all, the same one twice, another number of patches, or too few of
            them that differ.
    """
    require_number(patches)
    if isinstance(library, str) or not isinstance(library, Sequence):
        library = (library,)
    libraries = tuple(load_library(one, patches=patches) for one in library)
    if len({one.sha256 for one in libraries}) < max(len(libraries), 1):
        raise InvalidArgument(
            f"library names at least one library, each once; got {shown(library)}"
        )
    for one in libraries:
        if len(one) != patches:
            raise InvalidArgument(
                f"library {one.name!r} has {len(one)} patches: pass patches={len(one)}"
            )
        differ = int(one.distinct.reshape(patches, N_TRANSFORMS).any(axis=1).sum())
        if differ < FEWEST_PATCHES:
            raise InvalidArgument(
                f"library {one.name!r}: {differ} of its patches differ, even turned and mirrored; "
                f"{FEWEST_PATCHES} are needed"
            )
    return libraries


def names_of(libraries: Sequence[PatchLibrary]) -> list[str]:
    """What briefs in words call the libraries; those of the same name are numbered."""
    names = [library.name for library in libraries]
    return [
        f"{name} ({names[: index + 1].count(name)})" if names.count(name) > 1 else name
        for index, name in enumerate(names)
    ]


def load_library(spec: str | PatchLibrary, patches: int = N_PATCHES) -> PatchLibrary:
    """Makes or finds a library; those named by strings are kept in the process.

    Args:
        spec: "procedural", or with any of its settings
            "procedural:style=truchet,palette=sea,seed=3" (a palette of one's own is written
            "palette=#f1ead8+#d8492f+#21262f"); "builtin"; the path of a folder of pictures; or a
            library, which is returned as it is.
        patches: K, 12 to 48.

    Raises:
        InvalidArgument: An unknown name, or a value out of range.
        UnusablePictures: There is no such folder, or too little in it.
        CorruptData: A picture that ships with the package is not what it was.
    """
    if isinstance(spec, PatchLibrary):
        return spec
    if not isinstance(spec, str):
        raise InvalidArgument(f"library is named by a string, got {shown(spec)}")
    return _load(spec, patches)


@lru_cache(maxsize=16)
def _load(spec: str, patches: int) -> PatchLibrary:
    kind, _, settings = spec.partition(":")
    if kind == DEFAULT_LIBRARY:
        return _procedural(settings, patches)
    if spec == BUILTIN:
        return builtin_library(patches)
    folder = from_home(spec)
    try:
        if not spec or (len(folder.parts) == 1 and not folder.exists()):
            require_known("library (nor is it a folder here)", kind, (DEFAULT_LIBRARY, BUILTIN))
        return from_folder(spec, patches)
    except OSError as error:
        raise UnusablePictures(f"library {shown(spec)} cannot be read: {error.strerror}") from error


def _procedural(settings: str, patches: int) -> PatchLibrary:
    values: dict[str, str] = {}
    for setting in filter(None, settings.split(",")):
        key, equals, value = (part.strip() for part in setting.partition("="))
        require_known("setting of a procedural library", key, _KEYS)
        if not equals or not value or key in values:
            raise InvalidArgument(f"{setting!r}: write each setting once, as {key}=value")
        values[key] = value
    seed = values.get("seed", "0")
    if not (seed.isascii() and seed.isdigit() and len(seed) <= _MOST_DIGITS):
        raise InvalidArgument(
            f"seed of library is a whole number from 0, got {shown(seed)} "
            f"(at most {_MOST_DIGITS} digits)"
        )
    named = values.get("palette", "bauhaus")
    palette = named.split("+") if "#" in named else named
    return procedural(values.get("style", "mixed"), palette, int(seed), patches)
