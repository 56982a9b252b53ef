"""Doctrines: what kind of army an enemy brings."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.squads import Tactics, counted
from creative_envs.tactics.units.table import UnitTable

DOCTRINES: Final = ("foot", "mounted", "missile", "combined")
FOOT, MOUNTED, MISSILE, COMBINED = range(len(DOCTRINES))


def arms_of(units: UnitTable) -> NDArray[np.int64]:
    """The arm of each type, shape (8,): `FOOT`, `MOUNTED` or `MISSILE`."""
    mounted = units.records["mounted"] == 1
    return np.where(units.shooters, MISSILE, np.where(mounted, MOUNTED, FOOT))


def arm_shares(tactics: Tactics, units: UnitTable) -> NDArray[np.float64]:
    """What part of the price of armies (n, 12, 7) goes to foot, mounted, missile, shape (n, 3)."""
    spent = counted(tactics) * units.records["cost"]
    by_arm = np.stack([spent[:, arms_of(units) == arm].sum(axis=1) for arm in range(COMBINED)])
    return np.asarray((by_arm / np.maximum(spent.sum(axis=1), 1)).T)


def doctrines_of(tactics: Tactics, units: UnitTable) -> NDArray[np.int64]:
    """The doctrine of each army, shape (n,): the arm half the price goes to, else combined."""
    shares = arm_shares(tactics, units)
    return np.where(shares.max(axis=1) >= 0.5, shares.argmax(axis=1), COMBINED)
