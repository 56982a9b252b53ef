"""A composition in the formats people use: PNG, GIF, SVG and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.patches.artefact import Composition
from creative_envs.patches.export.document import json_text
from creative_envs.patches.export.gif import gif_bytes
from creative_envs.patches.export.svg import svg_text
from creative_envs.patches.render import png_bytes

__all__ = ["FORMATS", "gif_bytes", "json_text", "png_bytes", "svg_text"]

FORMATS: Final[Mapping[str, Callable[[Composition], bytes]]] = MappingProxyType(
    {
        ".png": png_bytes,
        ".gif": gif_bytes,
        ".svg": lambda composition: svg_text(composition).encode(),
        ".json": lambda composition: json_text(composition).encode(),
    }
)
"""Each known file suffix and what a file of that kind holds."""
