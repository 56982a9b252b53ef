"""Novelty: how far a melody lies from the library and from the episode's earlier melodies."""

from creative_envs.melody.novelty.library import (
    TERM_NAMES,
    Novelty,
    ReferenceLibrary,
    load_default,
    memory,
    memory_size,
)
from creative_envs.melody.novelty.likeness import nearest_references, unlikeness

__all__ = [
    "TERM_NAMES",
    "Novelty",
    "ReferenceLibrary",
    "load_default",
    "memory",
    "memory_size",
    "nearest_references",
    "unlikeness",
]
