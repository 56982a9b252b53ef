"""The brief of a composition, as numbers in [0, 1].

| entry | meaning | scale |
|---|---|---|
| 0 | novelty weight w | as it is |
| 1 | library, where there are several | (index + .5) / how many |
| 2-4 | lead colour, L* a* b*; the library's nearest ink is meant | 0..100, -80..80, -80..80 |
| 5 | share of the canvas in the lead colour | 0..0.8 |
| 6 | warmth: mean b* | -40..60 |
| 7 | complexity: mean gradient of L* inside cells, a pixel | 0..20 |
| 8 | contrast: standard deviation of L* | 0..50 |
| 9-10 | balance: centre of visual weight, right and down | -.3..0.3 |
| 11-14 | order, one-hot over ORDERS | the largest counts |
| 15 | likeness of the canvas and its mirror image, where an order is asked for | 0..1 |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import ImageColor

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidBrief
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.words import read_numbers, refuse_unknown_words
from creative_envs.patches.craft.measure_names import (
    BALANCE_X,
    BALANCE_Y,
    COMPLEXITY,
    CONTRAST,
    WARMTH,
)
from creative_envs.patches.craft.measures import measure_all
from creative_envs.patches.craft.tables import TileTables
from creative_envs.patches.lab import lab_to_srgb, srgb_to_lab

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

ORDERS: Final = ("free", "left-right", "up-down", "half-turn")
"""Symmetries a brief can ask for; "free" asks for none."""
LIBRARY_AT, LEAD_AT, SHARE_AT, WARMTH_AT, COMPLEXITY_AT, CONTRAST_AT = 1, 2, 5, 6, 7, 8
BALANCE_AT, ORDER_AT = 9, 11
LIKENESS_AT: Final = ORDER_AT + len(ORDERS)
BRIEF_SIZE: Final = LIKENESS_AT + 1
ENTRY_NAMES: Final = (
    "novelty weight",
    "library",
    "lead lightness",
    "lead green-red",
    "lead blue-yellow",
    "share of lead",
    "warmth",
    "complexity",
    "contrast",
    "balance right",
    "balance down",
    *(f"order {order}" for order in ORDERS),
    "likeness",
)

LOWEST: Final = np.zeros(BRIEF_SIZE)
HIGHEST: Final = np.ones(BRIEF_SIZE)
LOWEST[LEAD_AT : SHARE_AT + 4] = (0, -80, -80, 0, -40, 0, 0)
HIGHEST[LEAD_AT : SHARE_AT + 4] = (100, 80, 80, 0.8, 60, 20, 50)
LOWEST[BALANCE_AT:ORDER_AT], HIGHEST[BALANCE_AT:ORDER_AT] = -0.3, 0.3
_PLACES: Final = {
    "share": SHARE_AT,
    "warmth": WARMTH_AT,
    "complexity": COMPLEXITY_AT,
    "contrast": CONTRAST_AT,
    "likeness": LIKENESS_AT,
}
"""Where the words that are one number stand."""

FREE_SHARE: Final = 0.4
"""Share of briefs that ask for no order."""
FIRST_INK: Final = 0.6
"""Share of briefs whose lead colour is the one a work has most of; else the second."""
LEAST_LIKENESS, MOST_LIKENESS = 0.45, 0.85
USUAL_LIKENESS: Final = 0.7
"""Where an order is asked for by name alone."""
_ROLLS: Final = 12
"""Uniform numbers a brief takes."""
_SHARE_JITTER: Final = 0.05
_WARMTH_JITTER: Final = 3.0
_COMPLEXITY_JITTER: Final = 0.4
_CONTRAST_JITTER: Final = 1.5
_BALANCE_JITTER: Final = 0.05
"""Half-widths of what `draw_briefs` adds to a work's brief, in the units of each part."""


class Briefs(NamedTuple):
    """Briefs of n compositions in their own units."""

    library: NDArray[np.int64]
    """(n,) index into the task's libraries."""
    lead: NDArray[np.int64]
    """(n,) index into the library's inks."""
    share: Float32
    """(n,) of the canvas in that ink."""
    warmth: Float32
    """(n,) mean b*."""
    complexity: Float32
    """(n,) L* a pixel."""
    contrast: Float32
    """(n,) L*."""
    balance: Float32
    """(n, 2) right and down, 1 = the edge."""
    order: NDArray[np.int64]
    """(n,) index into ORDERS."""
    likeness: Float32
    """(n,) in [0, 1]; 0 where the order is free."""

    def encode(self, inks: Float64) -> Float32:
        """The brief vectors, shape (n, 16); entry 0 is left 0.

        Args:
            inks: Of the task's libraries, shape (libraries, 6, 3).
        """
        return np.asarray(_encode(self, inks))

    @classmethod
    def decode(cls, vectors: Float32, inks: Float64) -> Briefs:
        """Reads brief vectors, shape (n, 16)."""
        briefs: Briefs = decode_briefs(vectors, inks)
        return briefs


class BriefPool(NamedTuple):
    """What m works of each of n libraries fulfil, from which briefs are drawn."""

    ink_share: Float32
    """(n, m, 6) share of the canvas in each ink."""
    warmth: Float32
    """(n, m)."""
    complexity: Float32
    """(n, m)."""
    contrast: Float32
    """(n, m)."""
    balance: Float32
    """(n, m, 2)."""


@njit(cache=True, nogil=True, error_model="numpy")
def _empty(count: int) -> Briefs:
    """Room for so many briefs."""
    return Briefs(
        library=np.empty(count, np.int64),
        lead=np.empty(count, np.int64),
        share=np.empty(count, np.float32),
        warmth=np.empty(count, np.float32),
        complexity=np.empty(count, np.float32),
        contrast=np.empty(count, np.float32),
        balance=np.empty((count, 2), np.float32),
        order=np.empty(count, np.int64),
        likeness=np.empty(count, np.float32),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _encode(briefs: Briefs, inks: Float64) -> Float32:
    vectors = np.zeros((len(briefs.library), BRIEF_SIZE), np.float32)
    values = np.empty(BRIEF_SIZE)
    for row in range(len(briefs.library)):
        values[:] = 0.0
        values[LIBRARY_AT] = (briefs.library[row] + 0.5) / len(inks)
        # Entry by entry: assigning arrays makes Numba compile what an error would say of shapes.
        for channel in range(SHARE_AT - LEAD_AT):
            values[LEAD_AT + channel] = inks[briefs.library[row], briefs.lead[row], channel]
        values[SHARE_AT] = briefs.share[row]
        values[WARMTH_AT] = briefs.warmth[row]
        values[COMPLEXITY_AT] = briefs.complexity[row]
        values[CONTRAST_AT] = briefs.contrast[row]
        values[BALANCE_AT] = briefs.balance[row, 0]
        values[BALANCE_AT + 1] = briefs.balance[row, 1]
        values[ORDER_AT + briefs.order[row]] = 1.0
        values[LIKENESS_AT] = briefs.likeness[row] if briefs.order[row] else 0.0
        for entry in range(BRIEF_SIZE):
            scaled = (values[entry] - LOWEST[entry]) / (HIGHEST[entry] - LOWEST[entry])
            vectors[row, entry] = min(max(scaled, 0.0), 1.0)
        vectors[row, 0] = 0.0
    return vectors


@njit(cache=True, nogil=True, error_model="numpy")
def decode_briefs(vectors: Float32, inks: Float64) -> Briefs:
    """`Briefs.decode`, for kernels."""
    briefs = _empty(len(vectors))
    values = np.empty(BRIEF_SIZE)
    for row in range(len(vectors)):
        for entry in range(BRIEF_SIZE):
            span = HIGHEST[entry] - LOWEST[entry]
            values[entry] = LOWEST[entry] + vectors[row, entry] * span
        library = min(int(values[LIBRARY_AT] * len(inks)), len(inks) - 1)
        briefs.library[row] = library
        briefs.lead[row] = nearest_ink(values[LEAD_AT:SHARE_AT], inks[library])
        briefs.share[row] = values[SHARE_AT]
        briefs.warmth[row] = values[WARMTH_AT]
        briefs.complexity[row] = values[COMPLEXITY_AT]
        briefs.contrast[row] = values[CONTRAST_AT]
        briefs.balance[row, 0] = values[BALANCE_AT]
        briefs.balance[row, 1] = values[BALANCE_AT + 1]
        briefs.order[row] = vectors[row, ORDER_AT:LIKENESS_AT].argmax()
        briefs.likeness[row] = values[LIKENESS_AT] if briefs.order[row] else 0.0
    return briefs


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_ink(colour: Float64, inks: Float64) -> int:
    """Index of the ink of (6, 3) nearest to a colour (3,), all in Lab."""
    best, least = 0, np.inf
    for ink in range(len(inks)):
        away = 0.0
        for k in range(3):
            away += (colour[k] - inks[ink, k]) ** 2
        if away < least:
            best, least = ink, away
    return best


def extract_pool(
    cells: NDArray[np.int16], size: int, library: int, tables: TileTables
) -> BriefPool:
    """What canvases (m, cells) of one library fulfil, as a pool of that library alone."""
    measured = measure_all(cells, size, np.full(len(cells), library), tables)
    shares = tables.ink_share[library][cells].mean(axis=1)
    columns = (measured[:, WARMTH], measured[:, COMPLEXITY], measured[:, CONTRAST])
    parts = (shares, *columns, measured[:, [BALANCE_X, BALANCE_Y]])
    return BriefPool(*(part[None].astype(np.float32) for part in parts))


def extract_briefs(pool: BriefPool, library: int) -> Briefs:
    """The briefs (m,) that works of one library fulfil; they ask for no order.

    Args:
        pool: What they fulfil, from `extract_pool`: of that library alone.
        library: Which of the task's libraries it is.
    """
    count = pool.warmth.shape[1]
    return Briefs(
        library=np.full(count, library),
        lead=pool.ink_share[0].argmax(axis=1),
        share=pool.ink_share[0].max(axis=1),
        warmth=pool.warmth[0],
        complexity=pool.complexity[0],
        contrast=pool.contrast[0],
        balance=pool.balance[0],
        order=np.zeros(count, np.int64),
        likeness=np.zeros(count, np.float32),
    )


def draw_briefs(pool: BriefPool, keys: NDArray[np.uint64]) -> Briefs:
    """Draws new briefs near those of works.

    Colours, complexity and contrast come from one work of the pool, balance from another, all
    jittered; the order is drawn beside them. A symmetric canvas is balanced along its axes, so
    such briefs ask for that.

    Args:
        pool: What works fulfil.
        keys: Randomness, shape (n,).
    """
    briefs: Briefs = _draw(pool, keys)
    return briefs


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(pool: BriefPool, keys: NDArray[np.uint64]) -> Briefs:
    briefs, rolls = _empty(len(keys)), counter_uniforms(keys, _ROLLS)
    libraries, works = pool.warmth.shape
    for row in range(len(rolls)):
        roll = rolls[row]
        library, one, other = int(roll[0] * libraries), int(roll[1] * works), int(roll[2] * works)
        jitter = 2.0 * roll[6:] - 1.0
        shares = pool.ink_share[library, one]
        lead = shares.argmax() if roll[3] < FIRST_INK else _second_largest(shares)
        order = int((roll[4] - FREE_SHARE) / (1 - FREE_SHARE) * (len(ORDERS) - 1)) + 1
        if roll[4] < FREE_SHARE:
            order = 0
        briefs.library[row], briefs.lead[row], briefs.order[row] = library, lead, order
        briefs.share[row] = max(shares[lead] + jitter[0] * _SHARE_JITTER, 0.0)
        briefs.warmth[row] = pool.warmth[library, one] + jitter[1] * _WARMTH_JITTER
        complexity = pool.complexity[library, one] + jitter[2] * _COMPLEXITY_JITTER
        briefs.complexity[row] = max(complexity, 0.0)
        briefs.contrast[row] = pool.contrast[library, one] + jitter[3] * _CONTRAST_JITTER
        for axis in range(2):
            moved = pool.balance[library, other, axis] + jitter[4 + axis] * _BALANCE_JITTER
            briefs.balance[row, axis] = moved if _is_free(order, axis) else 0.0
        likeness = LEAST_LIKENESS + (MOST_LIKENESS - LEAST_LIKENESS) * roll[5]
        briefs.likeness[row] = likeness if order else 0.0
    return briefs


@njit(cache=True, nogil=True, error_model="numpy")
def _second_largest(shares: Float32) -> int:
    first, second = shares.argmax(), -1
    for ink in range(len(shares)):
        if ink != first and (second < 0 or shares[ink] > shares[second]):
            second = ink
    return second


@njit(cache=True, nogil=True, error_model="numpy")
def _is_free(order: int, axis: int) -> bool:
    """Whether a symmetry leaves the balance along an axis (0 right, 1 down) free."""
    return order == 0 or order == 2 - axis


def describe(vector: Float32, inks: Float64, libraries: Sequence[str]) -> dict[str, Any]:
    """A brief vector (16,) in words and its own units; `parse` reads it back.

    Args:
        vector: The brief.
        inks: Of the task's libraries, shape (libraries, 6, 3).
        libraries: Their names.
    """
    brief = Briefs.decode(vector[None], inks)
    library, order = int(brief.library[0]), ORDERS[brief.order[0]]
    words: dict[str, Any] = {
        "lead": hexadecimal_of(inks[library, brief.lead[0]]),
        "share": round(float(brief.share[0]), 2),
        "warmth": round(float(brief.warmth[0]), 1),
        "complexity": round(float(brief.complexity[0]), 2),
        "contrast": round(float(brief.contrast[0]), 1),
        "balance": [round(float(part), 2) + 0.0 for part in brief.balance[0]],  # no -0.0
        "order": order,
        "likeness": round(float(brief.likeness[0]), 2),
        "novelty_weight": round(float(vector[0]), 3),
    }
    if len(libraries) > 1:
        words["library"] = libraries[library]
    return words


def parse(
    words: Mapping[str, Any], inks: Float64, libraries: Sequence[str], usual: Float32
) -> Float32:
    """Reads a brief in words; what is not said is as in a usual one.

    Args:
        words: By name, see `describe`.
        inks: Of the task's libraries, shape (libraries, 6, 3).
        libraries: Their names.
        usual: A brief vector (16,).

    Raises:
        InvalidBrief: An unknown word, colour, order or library, or a number out of its range.
    """
    usual_words = {"library": libraries[0], **describe(usual, inks, libraries)}
    refuse_unknown_words(words, usual_words)
    if "order" in words and "likeness" not in words:
        usual_words["likeness"] = USUAL_LIKENESS
    said = {**usual_words, **words}
    library = _index("library", said["library"], libraries)
    order = _index("order", said["order"], ORDERS)
    values = {
        word: read_numbers(word, said[word], LOWEST[at], HIGHEST[at])
        for word, at in _PLACES.items()
    }
    unordered = "order" not in words or order == 0
    if "likeness" in words and values["likeness"][0] > 0 and unordered:
        raise InvalidBrief(f"likeness goes with an order: say one of {list(ORDERS[1:])}, too")
    limits = LOWEST[BALANCE_AT], HIGHEST[BALANCE_AT]
    brief = Briefs(
        library=np.array([library]),
        lead=np.array([nearest_ink(_lab_of(said["lead"]), inks[library])]),
        **values,
        balance=read_numbers("balance", said["balance"], *limits, (2,))[None],
        order=np.array([order]),
    )
    vector: Float32 = brief.encode(inks)[0]
    vector[0] = read_numbers("novelty_weight", said["novelty_weight"], 0, 1)[0]
    return vector


def _index(word: str, value: Any, names: Sequence[str]) -> int:
    if not isinstance(value, str) or value not in names:
        raise InvalidBrief(f"{word} is one of {list(names)}, got {shown(value)}")
    return names.index(value)


def _lab_of(colour: Any) -> Float64:
    """Lab of a colour Pillow knows: ``"#d84b32"``, ``"navy"``, ``"rgb(0, 90, 130)"``."""
    try:
        # Pillow reads "rgb(300, 0, 0)" as it stands.
        rgb = np.array(ImageColor.getrgb(colour)[:3], np.uint8)
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise InvalidBrief(
            f"lead is a colour such as '#d84b32', 'navy' or 'rgb(0, 90, 130)', got {shown(colour)}"
        ) from error
    return srgb_to_lab(rgb)


def hexadecimal_of(lab: Float64) -> str:
    """The sRGB colour nearest to a Lab colour (3,), as ``"#rrggbb"``."""
    red, green, blue = lab_to_srgb(lab).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"
