"""Lanchester's laws, a check of the whole engine at once."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.tactics.audit.lanchester import (
    CORRIDOR_BAND,
    RANGED_BAND,
    Remains,
    corridor_exponent,
    fitted_exponent,
    ranged_exponent,
)
from creative_envs.tactics.units.starting_table import starting_table

MORE, FEWER = np.array([(n, m) for n in range(2, 11) for m in range(1, n)], float).T


@pytest.mark.parametrize("power", [0.8, 1.0, 1.5, 2.0, 2.7])
def test_the_fit_finds_the_exponent_that_made_the_data(power):
    left = (MORE**power - FEWER**power) ** (1 / power)
    assert fitted_exponent(Remains(MORE, FEWER, left)) == pytest.approx(power, abs=1e-3)


def test_the_fit_shows_armies_that_do_not_fight():
    assert fitted_exponent(Remains(MORE, FEWER, MORE)) > 3.9


def test_shooters_in_the_open_obey_the_square_law():
    low, high = RANGED_BAND
    assert low <= ranged_exponent(starting_table()) <= high


def test_melee_in_a_corridor_obeys_the_linear_law():
    low, high = CORRIDOR_BAND
    assert low <= corridor_exponent(starting_table()) <= high
