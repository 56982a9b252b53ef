"""Novelty: how far a composition lies from known ones and from the episode's earlier works."""

from creative_envs.patches.novelty.features import N_FEATURES, extract_all
from creative_envs.patches.novelty.library import TERM_NAMES, NoveltyScale
from creative_envs.patches.novelty.likeness import (
    distance_to_nearest,
    nearest_references,
    unlikeness,
)

__all__ = [
    "N_FEATURES",
    "TERM_NAMES",
    "NoveltyScale",
    "distance_to_nearest",
    "extract_all",
    "nearest_references",
    "unlikeness",
]
