"""Looking at a tactic: its deployment, a moment of its battle, many at once, or as text."""

from creative_envs.tactics.render.canvas import block_boxes, picture, squad_boxes
from creative_envs.tactics.render.sheet import battle_sheet, contact_sheet
from creative_envs.tactics.render.text import ansi, plain_text

__all__ = [
    "ansi",
    "battle_sheet",
    "block_boxes",
    "contact_sheet",
    "picture",
    "plain_text",
    "squad_boxes",
]
