"""Libraries of patches: procedural, built in, and cut out of the user's own pictures."""

from creative_envs.patches.library.builtin import SPLITS, builtin_pictures
from creative_envs.patches.library.load import DEFAULT_LIBRARY, load_library
from creative_envs.patches.library.palettes import PALETTES
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.library.pictures import from_folder, from_images
from creative_envs.patches.library.procedural import STYLES, procedural
from creative_envs.patches.library.reading import read_picture

__all__ = [
    "DEFAULT_LIBRARY",
    "PALETTES",
    "SPLITS",
    "STYLES",
    "PatchLibrary",
    "builtin_pictures",
    "from_folder",
    "from_images",
    "load_library",
    "procedural",
    "read_picture",
]
