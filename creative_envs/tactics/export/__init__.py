"""A tactic in the formats people use: GIF, PNG, text and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.export.document import json_text
from creative_envs.tactics.export.gif import gif_bytes
from creative_envs.tactics.render.canvas import png_bytes
from creative_envs.tactics.render.sheet import battle_sheet
from creative_envs.tactics.render.text import plain_text

__all__ = ["FORMATS", "gif_bytes", "json_text", "plain_text", "png_bytes"]

FORMATS: Final[Mapping[str, Callable[[Tactic], bytes]]] = MappingProxyType(
    {
        ".gif": gif_bytes,
        ".png": lambda tactic: png_bytes(battle_sheet(tactic)),
        ".txt": lambda tactic: plain_text(tactic).encode(),
        ".json": lambda tactic: json_text(tactic).encode(),
    }
)
"""Each known file suffix and what a file of that kind holds."""
