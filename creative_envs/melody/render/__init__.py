"""Looking at a melody: a picture of its piano roll, or one drawn with text."""

from creative_envs.melody.render.piano_roll import piano_roll, png_bytes
from creative_envs.melody.render.text_roll import ansi

__all__ = ["ansi", "piano_roll", "png_bytes"]
