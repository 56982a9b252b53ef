"""Melodies that are not music, made on purpose: the controls a model of quality must tell apart.

Random, shuffled, Markov, degenerate and corrupted works, each as a batch of `Events` of the same
metres, modes and length as the human works they are compared with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    EVENTS_PER_BAR,
    MODE_DEGREES,
    PITCH_SPAN,
    REST,
)

Event = tuple[int, int]
"""(pitch, duration) of one event."""
Rng = np.random.Generator

_DURATIONS: Final = np.array(DURATIONS)
_LONGEST: Final = max(DURATIONS)
_BARS: Final = np.array(BAR_LENGTHS)
_HALF_SPAN: Final = PITCH_SPAN // 2
_IN_MODE: Final = np.array([[int(d in degrees) for d in range(12)] for degrees in MODE_DEGREES])


def _fewest_events(longest: int) -> NDArray[np.int64]:
    """(longest + 1,): the fewest events that fill each time."""
    fewest = np.zeros(longest + 1, np.int64)
    for time in range(1, longest + 1):
        fewest[time] = 1 + min(fewest[time - d] for d in DURATIONS if d <= time)
    return fewest


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_random(
    works: Events, centre: NDArray[np.int64], bars: int, fewest: NDArray[np.int64], rng: Rng
) -> None:
    """Fills works by uniformly random legal actions; see `random_legal`."""
    actions = np.zeros((_DURATIONS.shape[0] * 26, 2), np.int64)
    for w in range(works.length.shape[0]):
        left = bars * _BARS[works.metre[w]]
        event = 0
        last_rest = True
        while left > 0:
            tokens_after = works.pitch.shape[1] - event - 1
            count = 0
            for d in _DURATIONS:
                if d > left or fewest[left - d] > tokens_after:
                    continue
                for p in range(centre[w] - _HALF_SPAN, centre[w] + _HALF_SPAN + 1):
                    if _IN_MODE[works.mode[w], p % 12]:
                        actions[count, 0], actions[count, 1] = p, d
                        count += 1
                if not last_rest:
                    actions[count, 0], actions[count, 1] = REST, d
                    count += 1
            chosen = rng.integers(0, count)
            works.pitch[w, event] = actions[chosen, 0]
            works.duration[w, event] = actions[chosen, 1]
            last_rest = actions[chosen, 0] == REST
            left -= actions[chosen, 1]
            event += 1
        works.length[w] = event


def random_legal(
    metre: Iterable[int],
    mode: Iterable[int],
    bars: int,
    rng: Rng,
    centre: Iterable[int] | None = None,
) -> Events:
    """Works of uniformly random legal actions: an untrained agent's.

    Every action is drawn uniformly from the pitches of the mode within an octave of the register
    centre, and a rest where one may stand, times the durations that leave the work completable.

    Args:
        metre: (n,) metres.
        mode: (n,) modes.
        bars: bars of each work.
        rng: source of randomness.
        centre: (n,) register centres in semitones above the tonic; -3 to 11 at random by default.
    """
    metres, modes = np.array(list(metre), np.int8), np.array(list(mode), np.int8)
    n, n_events = len(metres), bars * EVENTS_PER_BAR
    centres = rng.integers(-3, 12, n) if centre is None else np.array(list(centre), np.int64)
    works = Events(
        np.full((n, n_events), REST, np.int8),
        np.zeros((n, n_events), np.int8),
        np.zeros(n, np.int32),
        metres,
        modes,
    )
    _fill_random(works, centres, bars, _fewest_events(bars * max(BAR_LENGTHS)), rng)
    return works


def unpack(works: Events) -> list[list[Event]]:
    """The events of each work as lists."""
    return [
        list(zip(pitch[:length].tolist(), duration[:length].tolist(), strict=True))
        for pitch, duration, length in zip(works.pitch, works.duration, works.length, strict=True)
    ]


def fill(events: Iterable[Event], time: int, most: int) -> list[Event]:
    """Makes events fill a time exactly: cut or last note prolonged, lengths split to legal ones.

    Args:
        events: events in order.
        time: sixteenths to fill.
        most: the most events allowed; beyond it the last one is prolonged instead.
    """
    filled: list[Event] = []
    left = time
    for pitch, wanted in events:
        length = min(wanted, left)
        left -= length
        while length > 0:
            part = max(d for d in DURATIONS if d <= length)
            filled.append((pitch, part))
            length -= part
        if left == 0:
            break
    while left > 0:
        part = max(d for d in DURATIONS if d <= left)
        filled.append((filled[-1][0] if filled else 0, part))
        left -= part
    if len(filled) > most:
        kept = filled[: most // 2]
        rest = time - sum(d for _, d in kept)
        return kept + [(kept[-1][0], d) for d in _greedy(rest)]
    return filled


def _greedy(time: int) -> list[int]:
    parts = []
    while time > 0:
        parts.append(max(d for d in DURATIONS if d <= time))
        time -= parts[-1]
    return parts


def pack(works: Sequence[Sequence[Event]], like: Events, bars: int) -> Events:
    """Lists of events as a batch, each with the metre and mode of its row in `like`."""
    n_events = bars * EVENTS_PER_BAR
    pitch = np.full((len(works), n_events), REST, np.int8)
    duration = np.zeros((len(works), n_events), np.int8)
    length = np.zeros(len(works), np.int32)
    for w, work in enumerate(works):
        events = fill(work, bars * BAR_LENGTHS[int(like.metre[w])], n_events)
        length[w] = len(events)
        pitch[w, : len(events)] = [p for p, _ in events]
        duration[w, : len(events)] = [d for _, d in events]
    return Events(pitch, duration, length, like.metre.copy(), like.mode.copy())


def _bars_of(work: Sequence[Event], bar: int, bars: int) -> list[list[Event]]:
    """The events of each bar; a note over a bar line is cut there."""
    parts: list[list[Event]] = [[] for _ in range(bars)]
    time = 0
    for pitch, duration in work:
        left = duration
        while left > 0:
            here = min(left, bar - time % bar)
            parts[time // bar].append((pitch, here))
            time += here
            left -= here
    return parts


def _scale(pitches: Sequence[int], mode: int) -> list[int]:
    """All pitches of the mode between the lowest and highest given."""
    low, high = min(pitches), max(pitches)
    return [p for p in range(low, high + 1) if p % 12 in MODE_DEGREES[mode]] or [low]


def random_diatonic(works: Events, bars: int, rng: Rng) -> Events:
    """Human rhythm, with every pitch drawn at random from the mode within the human range."""
    made = []
    for work, mode in zip(unpack(works), works.mode, strict=True):
        scale = _scale([p for p, _ in work if p != REST], int(mode))
        made.append([(int(rng.choice(scale)) if p != REST else p, d) for p, d in work])
    return pack(made, works, bars)


def shuffled_notes(works: Events, bars: int, rng: Rng) -> Events:
    """The human notes in random order."""
    return pack([[w[i] for i in rng.permutation(len(w))] for w in unpack(works)], works, bars)


def shuffled_pitches(works: Events, bars: int, rng: Rng) -> Events:
    """The human rhythm with the human pitches in random order."""
    made = []
    for work in unpack(works):
        pitches = iter(rng.permutation([p for p, _ in work if p != REST]).tolist())
        made.append([(next(pitches) if p != REST else p, d) for p, d in work])
    return pack(made, works, bars)


def markov(train: Events, works: Events, order: int, bars: int, rng: Rng) -> Events:
    """Works of a Markov chain of (pitch, duration) events fitted to human works of each mode.

    A mode that no work of `train` has borrows the chain of the mode that most have.
    """
    chains: dict[tuple[object, ...], Counter[Event]] = defaultdict(Counter)
    for work, mode in zip(unpack(train), train.mode, strict=True):
        history: tuple[object, ...] = (int(mode),) + (None,) * order
        for event in work:
            chains[history][event] += 1
            history = (history[0], *history[2:], event)
    choices = {
        h: (list(c), np.cumsum(list(c.values())) / sum(c.values())) for h, c in chains.items()
    }
    usual = int(np.bincount(train.mode).argmax())
    made = []
    for metre, mode in zip(works.metre, works.mode, strict=True):
        left = bars * BAR_LENGTHS[int(metre)]
        start: tuple[object, ...] = (int(mode) if mode in train.mode else usual,) + (None,) * order
        history, work = start, []
        while left > 0:
            history = history if history in choices else start
            symbols, cumulated = choices[history]
            event = symbols[int(np.searchsorted(cumulated, rng.random(), side="right"))]
            work.append(event)
            left -= event[1]
            history = (history[0], *history[2:], event)
        made.append(work)
    return pack(made, works, bars)


def looped_bar(works: Events, bars: int, rng: Rng) -> Events:
    """One bar of each human work, over and over."""
    made = []
    for work, metre in zip(unpack(works), works.metre, strict=True):
        parts = _bars_of(work, BAR_LENGTHS[int(metre)], bars)
        made.append(parts[int(rng.integers(bars))] * bars)
    return pack(made, works, bars)


def _cut(works: Events, bars: int) -> list[list[list[Event]]]:
    """The bars of every work."""
    return [
        _bars_of(work, BAR_LENGTHS[int(metre)], bars)
        for work, metre in zip(unpack(works), works.metre, strict=True)
    ]


def _company(works: Events) -> list[NDArray[np.int64]]:
    """For each work, the works of its metre and mode."""
    kinds = works.metre.astype(int) * len(MODE_DEGREES) + works.mode
    members = {kind: np.flatnonzero(kinds == kind) for kind in np.unique(kinds)}
    return [members[kind] for kind in kinds]


def mosaic(works: Events, bars: int, rng: Rng) -> Events:
    """Every bar from another human work of the same metre and mode."""
    return interchanged_bars(works, bars, rng, share=1.0)


def interchanged_bars(works: Events, bars: int, rng: Rng, share: float = 0.3) -> Events:
    """Human works with a share of their bars taken from other works of the metre and mode."""
    cut = _cut(works, bars)
    made = []
    for own, others in zip(cut, _company(works), strict=True):
        chosen = [
            cut[int(rng.choice(others))][bar] if rng.random() < share else own[bar]
            for bar in range(bars)
        ]
        made.append([event for bar in chosen for event in bar])
    return pack(made, works, bars)


def shuffled_bars(works: Events, bars: int, rng: Rng) -> Events:
    """The bars of each human work in random order."""
    made = []
    for work, metre in zip(unpack(works), works.metre, strict=True):
        parts = _bars_of(work, BAR_LENGTHS[int(metre)], bars)
        made.append([event for bar in rng.permutation(bars) for event in parts[int(bar)]])
    return pack(made, works, bars)


def mutated(works: Events, bars: int, rng: Rng, least: float = 0.1, most: float = 0.4) -> Events:
    """Human works with a random share of the notes changed in pitch, or two neighbours in length.

    Args:
        works: human works.
        bars: their bars.
        rng: source of randomness.
        least: smallest share of notes changed.
        most: largest share.
    """
    made = []
    for source, mode in zip(unpack(works), works.mode, strict=True):
        work = list(source)
        scale = _scale([p for p, _ in work if p != REST], int(mode))
        for _ in range(max(1, round(rng.uniform(least, most) * len(work)))):
            i = int(rng.integers(len(work)))
            j = int(rng.integers(len(work)))
            (p, d), (q, e) = work[i], work[j]
            if p != REST and rng.random() < 0.7:
                work[i] = (int(rng.choice(scale)), d)
            else:
                work[i], work[j] = (p, e), (q, d)
        made.append(work)
    return pack(made, works, bars)


def _pattern(pitches: Sequence[int], length: int) -> Callable[[int], list[Event]]:
    return lambda time: [(pitches[i % len(pitches)], length) for i in range(time // length + 1)]


def degenerates(works: Events, bars: int, rng: Rng) -> dict[str, Events]:
    """Kinds of degenerate work by name, each as many as `works` and in their metres and modes."""
    kinds: dict[str, list[list[Event]]] = defaultdict(list)
    for metre, mode in zip(works.metre, works.mode, strict=True):
        bar = BAR_LENGTHS[int(metre)]
        scale = [*MODE_DEGREES[int(mode)], 12]
        third = 4 if 4 in scale else 3
        patterns = {
            "repeated eighths": _pattern([0], 2),
            "repeated quarters": _pattern([0], 4),
            "scale up": _pattern(scale, 2),
            "scale up and down": _pattern(scale + scale[-2:0:-1], 2),
            "trill": _pattern([0, 2], 2),
            "arpeggio": _pattern([0, third, 7, 12], 2),
        }
        for name, pattern in patterns.items():
            kinds[name].append(pattern(bar * bars))
        motif: list[Event] = []
        while sum(d for _, d in motif) < bar:
            left = bar - sum(d for _, d in motif)
            lengths = [d for d in (1, 2, 4) if d <= left]
            motif.append((int(rng.choice(scale)), int(rng.choice(lengths))))
        kinds["looped random bar"].append(motif * bars)
        kinds["long notes"].append([(int(rng.choice(scale)), bar) for _ in range(bars)])
    made = {name: pack(work, works, bars) for name, work in kinds.items()}
    made["looped human bar"] = looped_bar(works, bars, rng)
    return made
