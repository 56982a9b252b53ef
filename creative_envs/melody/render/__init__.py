"""Looking at a melody: a picture of its piano roll, or one drawn with text."""

from creative_envs.melody.render.piano_roll import event_boxes, piano_roll, png_bytes
from creative_envs.melody.render.text_roll import ansi

__all__ = ["ansi", "event_boxes", "piano_roll", "png_bytes"]
