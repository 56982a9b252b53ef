"""RL Tuner's music-theory statistics, so that its published table and ours stand side by side.

Source: N. Jaques, S. Gu, R. E. Turner, D. Eck, *Tuning Recurrent Neural Networks with
Reinforcement Learning*, arXiv:1611.02796, table 1 (100,000 compositions of each model). The
paper names the statistics; their exact definitions are those of the program that computed them,
Magenta's ``rl_tuner_eval_metrics.py``, and are followed here.

That program writes music on a grid of sixteenths: each step starts a note, switches it off, or
does nothing (the note or the silence is held). A work of ours is written onto the same grid and
counted there, so the definitions carry over step by step. Where ours must differ:

* Works are 8 bars (up to 128 steps) instead of 32 steps. A unique highest or lowest note is rarer,
  a repeated motif more frequent, in a longer work whatever its quality.
* A note goes on until the next event, so a rest is one step "off" and then held steps.
* "In key" is the work's own mode, where RL Tuner has C major throughout, and the tonic counts
  in any octave, where RL Tuner asks for one particular C.

The autocorrelation is that of the event codes (off 0, hold 1, notes from 2), so it says more of
the rhythm than of the pitches: works in even eighths alternate notes and holds and come close to
-1, 1, -1 at lags 1, 2, 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.vocabulary import MODE_DEGREES, REST

HOLD: Final = -127
"""Grid step at which nothing starts: the note or the rest before it goes on."""

MOTIF_STEPS: Final = 8
"""Length of what RL Tuner calls a bar, in steps of a sixteenth."""
MOTIF_NOTES: Final = 3
"""Different pitches from which those steps are a motif."""
LEAP: Final = 7
"""Semitones from which an interval counts as a leap (a fifth)."""
STEPS_BETWEEN_LEAPS: Final = 6
"""A leap back resolves a leap only after more steps than this."""
LAGS: Final = (1, 2, 3)
"""Lags of the autocorrelation, in steps."""

_CODE_OF_TONIC = 14
_CODE_OF_HOLD = 1
_CODE_OF_REST = 0

STATISTIC_NAMES: Final = (
    "notes excessively repeated",
    "autocorrelation, lag 1",
    "autocorrelation, lag 2",
    "autocorrelation, lag 3",
    "notes not in key",
    "works starting on the tonic",
    "leaps resolved",
    "works with unique highest note",
    "works with unique lowest note",
    "notes in motif",
    "notes in repeated motif",
)
"""In the order of the published table. Autocorrelations lie in [-1, 1]; the rest are per cent."""

PUBLISHED: Final[Mapping[str, Mapping[str, float]]] = {
    model: dict(zip(STATISTIC_NAMES, values, strict=True))
    for model, values in {
        "Note RNN": (63.3, -0.16, 0.14, -0.13, 0.1, 0.9, 77.2, 64.7, 49.4, 5.9, 0.007),
        "Q": (0.0, -0.11, 0.03, 0.03, 1.0, 28.8, 91.1, 56.4, 51.9, 75.7, 0.11),
        "Psi": (0.02, -0.10, -0.01, 0.01, 0.6, 28.7, 90.0, 59.4, 58.3, 73.8, 0.09),
        "G": (0.03, 0.55, 0.31, 0.17, 28.7, 0.0, 52.2, 37.1, 56.5, 69.3, 0.01),
    }.items()
}
"""Table 1 of arXiv:1611.02796: statistic by model.

The printed lag-3 autocorrelation of G, "17", is read as .17.
"""


def rl_tuner_statistics(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    metre: NDArray[np.int8],
    mode: NDArray[np.int8],
) -> dict[str, float]:
    """Computes RL Tuner's table for a set of works.

    Args:
        pitch: Semitones above the tonic or `REST`, shape (n, E).
        duration: Sixteenths, shape (n, E).
        length: Events of each work, shape (n,).
        metre: Index into METRES, shape (n,); RL Tuner's statistics do not depend on it.
        mode: Index into MODES, shape (n,).

    Returns:
        The value of each of `STATISTIC_NAMES`; nan where it is undefined (no work, no leap).

        "Notes" are steps of the grid, as in the source. *Excessively repeated*: the step's
        event has come more than 4 times already with nothing but its like before it (6 times
        when holds and rests lie between, 2 for rests). *Leaps resolved*: of all leaps that were
        either resolved (by a gradual return, or by a leap back after enough steps) or doubled (a
        further leap in the same direction), the share resolved. *Motif*: the last 8 steps start
        at least 3 different pitches; *repeated* if the same 8 steps occurred before them.
    """
    grids = [to_grid(p[:n], d[:n]) for p, d, n in zip(pitch, duration, length, strict=True)]
    steps = sum(len(grid) for grid in grids)
    motif, repeated_motif = np.sum([_motif_steps(g) for g in grids] or [(0, 0)], axis=0)
    resolved, doubled = np.sum([_leap_outcomes(g) for g in grids] or [(0, 0)], axis=0)
    off_key = sum(_steps_not_in_key(g, int(m)) for g, m in zip(grids, mode, strict=True))
    values = (
        _percent(sum(_steps_excessively_repeated(g) for g in grids), steps),
        *(_mean([autocorrelation(_codes(g), lag) for g in grids]) for lag in LAGS),
        _percent(off_key, steps),
        _percent(sum(_starts_on_tonic(g) for g in grids), len(grids)),
        _percent(int(resolved), int(resolved + doubled)),
        _percent(sum(_is_unique(g, highest=True) for g in grids), len(grids)),
        _percent(sum(_is_unique(g, highest=False) for g in grids), len(grids)),
        _percent(int(motif), steps),
        _percent(int(repeated_motif), steps),
    )
    return dict(zip(STATISTIC_NAMES, values, strict=True))


def format_table(
    ours: Mapping[str, Mapping[str, float]],
    published: Mapping[str, Mapping[str, float]] = PUBLISHED,
) -> str:
    """Sets our statistics beside the published ones.

    Args:
        ours: What `rl_tuner_statistics` returned, by the name of the set of works.
        published: The columns to set beside them.

    Returns:
        A table with a line per statistic and a column per set of works; published columns are
        marked with an asterisk.
    """
    columns = {**ours, **{f"{model}*": column for model, column in published.items()}}
    widths = {title: max(10, len(title)) for title in columns}
    first = max(len(name) for name in STATISTIC_NAMES)
    lines = [" ".join([" " * first, *(title.rjust(widths[title]) for title in columns)])]
    for name in STATISTIC_NAMES:
        unit = "" if name.startswith("autocorrelation") else " %"
        cells = (f"{column[name]:.3g}{unit}".rjust(widths[t]) for t, column in columns.items())
        lines.append(" ".join([name.ljust(first), *cells]))
    lines.append("* published in arXiv:1611.02796, table 1")
    return "\n".join(lines)


def to_grid(pitch: NDArray[np.int8], duration: NDArray[np.int8]) -> NDArray[np.int64]:
    """Writes one work onto the grid of sixteenths.

    Args:
        pitch: Semitones above the tonic or `REST`, shape (events,).
        duration: Sixteenths, shape (events,).

    Returns:
        Shape (sum of durations,): the pitch (or `REST`) where an event starts, else `HOLD`.
    """
    grid = np.full(int(duration.sum(dtype=np.int64)), HOLD, np.int64)
    grid[np.cumsum(duration, dtype=np.int64) - duration] = pitch
    return grid


def autocorrelation(signal: NDArray[np.int64], lag: int) -> float:
    """Autocorrelation coefficient as RL Tuner computes it; nan for a constant signal.

    Args:
        signal: Shape (steps,).
        lag: Steps between the values compared, at least 1.

    Returns:
        The lagged product of deviations over the number of steps and the variance, in [-1, 1].
    """
    if len(signal) <= lag or np.ptp(signal) == 0:
        return float("nan")
    deviation = signal - signal.mean()
    return float((deviation[lag:] * deviation[:-lag]).sum() / (deviation**2).sum())


def _codes(grid: NDArray[np.int64]) -> NDArray[np.int64]:
    """The grid in RL Tuner's 38 codes: 0 off, 1 hold, notes from C3 = 2 (our tonic is C4 = 14)."""
    codes = grid + _CODE_OF_TONIC
    codes[grid == HOLD] = _CODE_OF_HOLD
    codes[grid == REST] = _CODE_OF_REST
    return codes


def _sounds(grid: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which steps start a note, shape (steps,)."""
    return np.asarray((grid != HOLD) & (grid != REST), dtype=np.bool_)


def _starts_on_tonic(grid: NDArray[np.int64]) -> bool:
    return len(grid) > 0 and bool(_sounds(grid)[0]) and grid[0] % 12 == 0


def _steps_not_in_key(grid: NDArray[np.int64], mode: int) -> int:
    notes = grid[_sounds(grid)]
    return int(np.sum(~np.isin(notes % 12, MODE_DEGREES[mode])))


def _is_unique(grid: NDArray[np.int64], *, highest: bool) -> bool:
    """Whether the highest (or lowest) note is struck once only."""
    notes = grid[_sounds(grid)]
    if len(notes) == 0:
        return False
    extreme = notes.max() if highest else notes.min()
    return int(np.sum(notes == extreme)) == 1


def _steps_excessively_repeated(grid: NDArray[np.int64]) -> int:
    """Steps whose event repeats what came before too often, after `detect_repeating_notes`."""
    excessive = 0
    for step, event in enumerate(grid):
        repeats = 0
        interrupted = False
        for earlier in grid[:step][::-1]:
            if earlier == event:
                repeats += 1
            elif earlier in (HOLD, REST):
                interrupted = True
            else:
                break
        if (event == REST and repeats > 1) or repeats > (6 if interrupted else 4):
            excessive += 1
    return excessive


def _motif_steps(grid: NDArray[np.int64]) -> tuple[int, int]:
    """Steps that end a motif, and those that end one heard before."""
    if len(grid) < MOTIF_STEPS:
        return 0, 0
    bars = np.lib.stride_tricks.sliding_window_view(grid, MOTIF_STEPS)
    in_motif = in_repeated = 0
    for start, bar in enumerate(bars):
        if len(np.unique(bar[_sounds(bar)])) < MOTIF_NOTES:
            continue
        in_motif += 1
        earlier = bars[: max(0, start - MOTIF_STEPS + 1)]
        in_repeated += bool((earlier == bar).all(axis=1).any())
    return in_motif, in_repeated


def _leap_outcomes(grid: NDArray[np.int64]) -> tuple[int, int]:
    """Leaps resolved and leaps doubled, after `detect_leap_up_back`."""
    resolved = doubled = 0
    direction = 0
    leapt_from = steps_since_leap = 0
    previous: int | None = None
    for event in grid.tolist():
        steps_since_leap += 1
        if event in (HOLD, REST):
            continue
        origin = event if previous is None else previous
        interval = event - origin
        if abs(interval) >= LEAP:
            if direction == 0:
                direction = 1 if interval > 0 else -1
                leapt_from = origin
            elif direction * interval > 0:
                doubled += 1
            else:
                # The source counts the steps between the two leaps, neither of them included.
                resolved += steps_since_leap - 1 > STEPS_BETWEEN_LEAPS
                direction = 0
            steps_since_leap = 0
        elif direction != 0 and direction * (event - leapt_from) <= 0:
            resolved += 1
            direction = 0
        previous = event
    return resolved, doubled


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else float("nan")


def _mean(values: list[float]) -> float:
    """Mean of the values that are defined, nan if none is."""
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")
