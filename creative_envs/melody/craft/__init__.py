"""Craft: how well a melody is made, measured against human tunes.

    craft, terms = craft.load_default().score(pitch, duration, length, metre, mode)

About sixty features in nine groups, from an interpolated n-gram model's information content to
the likeness of bars, each turned into a two-sided typicality by its distribution on human works;
the typicality of all of them jointly; and the opinion of discriminators that were trained against
optimised works. Craft is a geometric mean: one failing term cannot be paid for by another, and no
term pays for exceeding the human range.
"""

from creative_envs.melody.craft.kernel import (
    N_TERMS,
    TERM_NAMES,
    CraftArrays,
    craft_kernel,
)
from creative_envs.melody.craft.model import CraftModel, load_default

__all__ = ["N_TERMS", "TERM_NAMES", "CraftArrays", "CraftModel", "craft_kernel", "load_default"]
