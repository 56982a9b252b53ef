"""A piano roll as a picture: time to the right, pitch upwards, what was asked and what it got."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.lettering import fitted, font
from creative_envs.melody.artefact import Melody, SoundingNote
from creative_envs.melody.render.drawing import draw_curve, note_sprite
from creative_envs.melody.render.layout import FOOTER_HEIGHT, LEFT, RIGHT, WIDTH, Layout
from creative_envs.melody.render.palette import Colour, note_colour
from creative_envs.melody.spelling import Key
from creative_envs.melody.vocabulary import REST

SHOWN_SCORES: Final = ("quality", "craft", "adherence", "novelty")
"""The scores that have a gauge in the caption, where a melody has them."""

_PAPER: Final[Colour] = (248, 249, 251)
_SCALE_ROW: Final[Colour] = (255, 255, 255)
_OTHER_ROW: Final[Colour] = (240, 242, 246)
_TONIC_ROW: Final[Colour] = (224, 234, 252)
_ROW_LINE: Final[Colour] = (234, 237, 242)
_BEAT_LINE: Final[Colour] = (222, 226, 233)
_BAR_LINE: Final[Colour] = (156, 163, 175)
_FRAME: Final[Colour] = (107, 114, 128)
_INK: Final[Colour] = (17, 24, 39)
_SOFT_INK: Final[Colour] = (75, 85, 99)
_CONTOUR: Final[Colour] = (250, 204, 130)
_CURSOR: Final[Colour] = (220, 38, 38)
_GAUGE_BACK: Final[Colour] = (222, 226, 233)
_GAUGE: Final[Colour] = (37, 99, 235)

_TITLE_SIZE: Final = 22
_TEXT_SIZE: Final = 14
_SMALL_SIZE: Final = 12
_LABEL_SIZES: Final = (8, 12)
"""Note names follow the height of a row between these sizes."""
_GAUGE_WIDTH: Final = 104
_GAUGE_GAP: Final = 18
_CURVE_STEP: Final = 8
"""Pixels between the computed points of the contour."""


def piano_roll(melody: Melody, *, contour: Sequence[float] | None = None) -> NDArray[np.uint8]:
    """Draws a melody; all melodies of as many bars give pictures of one shape.

    Notes are coloured by scale degree and have a dark front edge, tonic rows are tinted, and an
    unfinished melody shows how far it has come. Rows are fixed by the brief's register where it
    names one, so that the frames of a growing melody fit together.

    Args:
        melody: What to draw; it may be unfinished or empty.
        contour: Asked mean pitch of each eighth of the work, 8 numbers in semitones above the
            tonic, drawn as a faint curve. By default that of the melody's brief, if it has one
            (``brief["contour"]``, semitones from ``brief["centre"]``).

    Returns:
        Shape (H, 1120, 3); H is 504 up to 8 bars and grows with every 8 bars more.

    Raises:
        InvalidArgument: The contour is not 8 finite numbers.
    """
    return np.asarray(_picture(melody, contour)).copy()


def png_bytes(melody: Melody, *, contour: Sequence[float] | None = None) -> bytes:
    """The picture of `piano_roll` as a PNG file."""
    buffer = io.BytesIO()
    _picture(melody, contour).save(buffer, format="png")
    return buffer.getvalue()


def event_boxes(melody: Melody) -> NDArray[np.int64]:
    """Where the events of a melody are in the picture of `piano_roll`.

    A rest is in the row of the note before it. Of what goes on in the next system, the box is the
    piece with the beginning.

    Returns:
        Shape (events, 4): left, top, right, bottom in pixels, right and bottom exclusive.
    """
    layout = Layout.for_melody(melody)
    boxes = np.zeros((len(melody.notes), 4), np.int64)
    onset = row = 0
    for event, (pitch, duration) in enumerate(melody.notes):
        row = row if pitch == REST else pitch
        boxes[event] = layout.note_box(*next(layout.pieces(onset, duration)), row)
        onset += duration
    return boxes


def _picture(melody: Melody, contour: Sequence[float] | None) -> Image.Image:
    asked = _asked_contour(melody) if contour is None else _checked_contour(contour)
    layout = Layout.for_melody(melody)
    image = _background(layout, melody.key, melody.midi_of_tonic, asked).copy()
    for note in melody.sounding:
        _draw_note(image, layout, melody.key, note)
    draw = ImageDraw.Draw(image)
    if not melody.complete:
        _draw_cursor(draw, layout, melody.length)
    _draw_header(draw, melody)
    _draw_footer(draw, melody, layout, has_contour=bool(asked))
    return image


def _asked_contour(melody: Melody) -> tuple[float, ...]:
    """The brief's contour in semitones above the tonic, or nothing."""
    if "contour" not in melody.brief:
        return ()
    points = _checked_contour(melody.brief["contour"])
    return tuple(point + melody.register for point in points)


def _checked_contour(contour: Sequence[float]) -> tuple[float, ...]:
    try:
        points = tuple(float(point) for point in contour)
    except (TypeError, ValueError):
        points = ()
    if len(points) != 8 or not all(map(math.isfinite, points)):
        raise InvalidArgument(f"a contour is 8 finite numbers, got {contour!r}")
    return points


@lru_cache(maxsize=32)
def _background(
    layout: Layout, key: Key, midi_of_tonic: int, contour: tuple[float, ...]
) -> Image.Image:
    """Everything that stays the same while a melody grows (do not modify it: it is shared)."""
    image = Image.new("RGB", (WIDTH, layout.height), _PAPER)
    draw = ImageDraw.Draw(image)
    for system in range(layout.n_systems):
        _draw_rows(draw, layout, system, key, midi_of_tonic)
        _draw_time_lines(draw, layout, system)
    if contour:
        _draw_contour(image, layout, contour)
    for system in range(layout.n_systems):
        draw.rectangle(layout.box(system), outline=_FRAME)
    return image


def _draw_rows(
    draw: ImageDraw.ImageDraw, layout: Layout, system: int, key: Key, midi_of_tonic: int
) -> None:
    """Rows of the pitches, tinted by what they are to the key, with the names of its notes."""
    left, _, right, _ = layout.box(system)
    smallest, largest = _LABEL_SIZES
    label_size = min(largest, max(smallest, round(layout.row_height * 0.8)))
    every_scale_note = layout.row_height >= smallest
    for pitch in range(layout.lowest, layout.highest + 1):
        top, bottom = layout.row(system, pitch)
        is_tonic = pitch % 12 == 0
        tint = _TONIC_ROW if is_tonic else _SCALE_ROW if key.contains(pitch) else _OTHER_ROW
        draw.rectangle((left, top, right, bottom - 1), fill=tint)
        draw.line((left, top, right, top), fill=_ROW_LINE)
        if is_tonic or (every_scale_note and key.contains(pitch)):
            draw.text(
                (left - 8, (top + bottom) / 2),
                key.spell(midi_of_tonic + pitch).name,
                fill=_INK if is_tonic else _SOFT_INK,
                font=font(label_size),
                anchor="rm",
                stroke_width=0.3 if is_tonic else 0,
            )


def _draw_time_lines(draw: ImageDraw.ImageDraw, layout: Layout, system: int) -> None:
    """A fine line at every beat, a strong one at every bar, and the bar's number above it."""
    _, top, _, bottom = layout.box(system)
    begin, end = layout.span(system)
    for time in range(begin, end, layout.beat_length):
        x = layout.x(time - begin)
        is_bar = time % layout.bar_length == 0
        draw.line((x, top, x, bottom), fill=_BAR_LINE if is_bar else _BEAT_LINE)
        if is_bar:
            number = str(time // layout.bar_length + 1)
            draw.text((x + 2, top - 5), number, fill=_SOFT_INK, font=font(_SMALL_SIZE), anchor="ls")


def _draw_contour(image: Image.Image, layout: Layout, contour: tuple[float, ...]) -> None:
    """The asked contour as a curve through its points."""
    total = layout.bars * layout.bar_length
    for system in range(layout.n_systems):
        left, top, right, bottom = layout.box(system)
        begin, end = layout.span(system)
        xs = np.arange(left, right + 1, _CURVE_STEP)
        times = begin + (xs - left) / (right - left) * (end - begin)
        heights = _smooth(times / total * len(contour) - 0.5, contour)
        points = [
            (float(x - left), layout.middle(system, float(height)) - top)
            for x, height in zip(xs, heights, strict=True)
        ]
        panel = image.crop((left, top, right, bottom))
        draw_curve(panel, points, width=5, colour=_CONTOUR)
        image.paste(panel, (left, top))


def _smooth(at: NDArray[np.float64], points: tuple[float, ...]) -> NDArray[np.float64]:
    """Values between numbered points on a Catmull-Rom spline, constant beyond both ends."""
    values = np.pad(np.array(points), (1, 2), mode="edge")
    at = np.clip(at, 0, len(points) - 1)
    segment = np.floor(at).astype(int)
    share = at - segment
    before, start, end, after = (values[segment + offset] for offset in range(4))
    slope_at_start, slope_at_end = (end - before) / 2, (after - start) / 2
    curve: NDArray[np.float64] = start + share * (
        slope_at_start
        + share
        * (
            3 * (end - start)
            - 2 * slope_at_start
            - slope_at_end
            + share * (2 * (start - end) + slope_at_start + slope_at_end)
        )
    )
    return curve


def _draw_note(image: Image.Image, layout: Layout, key: Key, note: SoundingNote) -> None:
    for system, begin, end in layout.pieces(note.onset, note.duration):
        left, top, right, bottom = layout.note_box(system, begin, end, note.pitch)
        is_onset = layout.span(system)[0] + begin == note.onset
        colour = note_colour(note.pitch, key)
        sprite = note_sprite(right - left, bottom - top, colour, onset=is_onset)
        image.paste(sprite, (left, top), sprite)


def _draw_cursor(draw: ImageDraw.ImageDraw, layout: Layout, length: int) -> None:
    """A red line where an unfinished melody has got to."""
    system = min(length // layout.system_length, layout.n_systems - 1)
    _, top, _, bottom = layout.box(system)
    x = layout.x(length - layout.span(system)[0])
    draw.line((x, top - 3, x, bottom + 3), fill=_CURSOR, width=2)


def _draw_header(draw: ImageDraw.ImageDraw, melody: Melody) -> None:
    """Title and facts on the left, a gauge for every score on the right."""
    shown = [(name, melody.scores[name]) for name in SHOWN_SCORES if name in melody.scores]
    gauges_left = RIGHT + _GAUGE_GAP - len(shown) * (_GAUGE_WIDTH + _GAUGE_GAP)
    room = gauges_left - LEFT - 2 * _GAUGE_GAP
    title = fitted(melody.title, _TITLE_SIZE, room)
    draw.text((LEFT, 36), title, fill=_INK, font=font(_TITLE_SIZE), anchor="ls")
    state = "" if melody.complete else " · unfinished"
    facts = f"{melody.key.name} · {melody.metre} · {_tempo_text(melody)} · {_bars_text(melody)}"
    facts = fitted(facts + state, _TEXT_SIZE, room)
    draw.text((LEFT, 60), facts, fill=_SOFT_INK, font=font(_TEXT_SIZE), anchor="ls")
    for index, (name, score) in enumerate(shown):
        _draw_gauge(draw, gauges_left + index * (_GAUGE_WIDTH + _GAUGE_GAP), name, score)


def _tempo_text(melody: Melody) -> str:
    if melody.beat_length == 6:
        return f"{melody.tempo * 4 / 6:.4g} dotted quarters a minute"
    return f"{melody.tempo} quarters a minute"


def _bars_text(melody: Melody) -> str:
    return "1 bar" if melody.bars == 1 else f"{melody.bars} bars"


def _draw_gauge(draw: ImageDraw.ImageDraw, left: int, name: str, score: float) -> None:
    right = left + _GAUGE_WIDTH
    draw.text((left, 40), name, fill=_SOFT_INK, font=font(_TEXT_SIZE), anchor="ls")
    draw.text((right, 40), f"{score:.2f}", fill=_INK, font=font(_TEXT_SIZE), anchor="rs")
    draw.rounded_rectangle((left, 50, right, 56), 3, fill=_GAUGE_BACK)
    filled = round(_GAUGE_WIDTH * min(1.0, max(0.0, score)))
    if filled >= 6:
        draw.rounded_rectangle((left, 50, left + filled, 56), 3, fill=_GAUGE)


def _draw_footer(
    draw: ImageDraw.ImageDraw, melody: Melody, layout: Layout, *, has_contour: bool
) -> None:
    """What was asked for, and the key to the contour's curve."""
    baseline = layout.height - FOOTER_HEIGHT + 26
    room = RIGHT - LEFT
    if has_contour:
        room -= 150
        draw.text(
            (RIGHT, baseline), "asked contour", fill=_SOFT_INK, font=font(_SMALL_SIZE), anchor="rs"
        )
        draw.line((RIGHT - 124, baseline - 4, RIGHT - 90, baseline - 4), fill=_CONTOUR, width=5)
    asked = " · ".join(_asked(melody))
    if asked:
        text = fitted("asked: " + asked, _SMALL_SIZE, room)
        draw.text((LEFT, baseline), text, fill=_SOFT_INK, font=font(_SMALL_SIZE), anchor="ls")


def _asked(melody: Melody) -> Iterator[str]:
    """The brief's single values by name; curves and lists have no place in a line of text."""
    for name, value in melody.brief.items():
        if isinstance(value, float):
            yield f"{name.replace('_', ' ')} {value:.3g}"
        elif isinstance(value, int | str):
            yield f"{name.replace('_', ' ')} {value}"
