"""Craft: how well a melody is made, measured against human tunes.

    craft, terms = craft.load_default().score(pitch, duration, length, metre, mode)

About sixty features in nine groups, from an interpolated n-gram model's information content to
the likeness of bars, each turned into a two-sided typicality by its distribution on human works;
the typicality of all of them jointly; and the opinion of discriminators that were trained against
optimised works. Craft is linear in the mean of the logs of these terms: a group that
fails altogether costs about a quarter of it, whatever the others are, and no term pays for
exceeding the human range.
"""

from creative_envs.melody.craft.kernel import (
    N_TERMS,
    TERM_NAMES,
    CraftArrays,
    craft_kernel,
)
from creative_envs.melody.craft.model import CraftModel, load_default

__all__ = ["N_TERMS", "TERM_NAMES", "CraftArrays", "CraftModel", "craft_kernel", "load_default"]
