"""The words tactics are written in, and the sizes of the field they are fought on."""

from __future__ import annotations

from typing import Final

ROWS, COLUMNS = 16, 24
"""The field; row 0 is its northern edge. A side's own columns count from its own edge."""
CELLS: Final = ROWS * COLUMNS
DEPLOY_COLUMNS: Final = 8
"""A side deploys in its own columns 0 .. 7; for the enemy they are the camp to break into."""
MOST_SQUADS: Final = 12
MOST_OF_A_TYPE: Final = 4
"""Without this cap one army (nine bows) beats all others, and the game is solved."""
LEAST_BUDGET, MOST_BUDGET = 120, 200
"""Points an army may cost, by brief."""
MAX_TICKS: Final = 200
"""A battle neither side has won by then ends as it stands."""

TERRAINS: Final = ("plain", "forest", "hill", "river", "rock")
PLAIN, FOREST, HILL, RIVER, ROCK = range(len(TERRAINS))
TERRAIN_SIGNS: Final = ".f^~#"
"""How maps are drawn in text, a sign for each terrain."""

STANCES: Final = ("charge", "advance", "hold", "skirmish")
CHARGE, ADVANCE, HOLD, SKIRMISH = range(len(STANCES))
PRIORITIES: Final = ("nearest", "weakest", "valuable", "counter")
NEAREST, WEAKEST, VALUABLE, COUNTER = range(len(PRIORITIES))
ROUTES: Final = ("direct", "north", "south")
DIRECT, NORTH, SOUTH = range(len(ROUTES))
DELAYS: Final = (0, 30, 60)
"""Ticks a squad waits where it stands before it sets out."""

OBJECTIVES: Final = ("annihilate", "hold", "break-through")
ANNIHILATE, HOLD_ZONES, BREAK_THROUGH = range(len(OBJECTIVES))
ZONE_ROWS: Final = ((1, 4), (6, 9), (11, 14))
"""First and last row of the three control zones."""
ZONE_COLUMNS: Final = (10, 13)
"""Their first and last column."""

TYPE, COLUMN, ROW, STANCE, PRIORITY, ROUTE, DELAY = range(7)
"""What the columns of a tactic say of a squad; see `creative_envs.tactics.squads`."""
SQUAD_SIZE: Final = 7
N_TYPES: Final = 8
