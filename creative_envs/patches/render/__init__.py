"""Looking at a composition: pictures of any size, how it grew, many at once, or as text."""

from creative_envs.patches.render.canvas import cell_boxes, picture, png_bytes
from creative_envs.patches.render.sheet import contact_sheet
from creative_envs.patches.render.text import ansi
from creative_envs.patches.render.time_lapse import time_lapse

__all__ = ["ansi", "cell_boxes", "contact_sheet", "picture", "png_bytes", "time_lapse"]
