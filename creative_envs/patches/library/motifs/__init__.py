"""The figures procedural patches show, by style.

Few kinds of border are used, so that motifs of the same two colours continue each other: all
ground, all figure, half and half, and a band of a quarter in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.patches.library.motifs import bauhaus, gradients, textures, truchet
from creative_envs.patches.library.motifs.outlines import Motif

MOTIFS: Final[Mapping[str, Mapping[Motif, float]]] = MappingProxyType(
    {
        "truchet": truchet.WEIGHTS,
        "bauhaus": bauhaus.WEIGHTS,
        "gradients": gradients.WEIGHTS,
        "textures": textures.WEIGHTS,
    }
)
"""Motifs of each style, and how often they are drawn relative to each other."""

__all__ = ["MOTIFS", "Motif"]
