"""The audit judge: a second opinion on works that were optimised for craft.

Craft is part of the reward, so agents will find whatever it overlooks. The judge never is: it
takes no part in any reward nor in the hardening of craft, it was taught on other tune families
(the validation split; craft knows the training split), and it reads a work in its own way: which
scale degrees with which lengths follow each other and where in the bar, and how the piano roll of
one bar resembles that of another. It says at which percentile of held-out human windows (the test
split) a work lies: 50 is as human as the median tune, 0 is unlike any.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import EmptyCorpus, InvalidArgument
from creative_envs.melody.adversaries import controls
from creative_envs.melody.corpus.tunes import TEST, VALID, TuneBook
from creative_envs.melody.corpus.windows import cut_windows
from creative_envs.melody.events import Events
from creative_envs.melody.fitted import mlp
from creative_envs.melody.fitted.stored import Arrays, read_arrays
from creative_envs.melody.vocabulary import BAR_LENGTHS, EVENTS_PER_BAR, METRES, REST

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

BARS: Final = 8
"""The judge knows works of eight bars."""
FILE_NAME: Final = "judge8.npz"
N_QUANTILES: Final = 256

_BUCKETS: Final = 512
N_BAGS: Final = 6
_PRIMES: Final = (1, 73856093, 19349663, 83492791, 15485863, 32452843)
_REST_DEGREE: Final = 12
_BARS_PAIRS: Final = tuple((a, b) for a in range(BARS) for b in range(a))
_GRID: Final = 8
"""Points at which each bar's piano roll is read."""
_SKELETON_CLIP: Final = 7
_MEMBERS: Final = 5
_HIDDEN: Final = 12
_INPUT_SCALE: Final = 5.0
_STEPS: Final = 300
_DECAY: Final = 5.0
_DROPOUT: Final = 0.4
"""How members are trained; chosen by the area under the curve against controls alone."""
_FEWEST_WINDOWS: Final = 60


def _hash(columns: list[Int64]) -> Int64:
    """Bucket (n, E') of n-grams whose items stand in several (n, E') columns."""
    code = np.zeros_like(columns[0])
    for item, prime in zip(columns, _PRIMES, strict=False):
        code = (code * 1000003 + (item + 7) * prime) % (2**31 - 1)
    return code % _BUCKETS


def bags(works: Events) -> Float32:
    """Hellinger-scaled bags (n, N_BAGS * _BUCKETS) of n-grams of degrees, lengths and places."""
    n, n_events = works.pitch.shape
    inside = np.arange(n_events) < works.length[:, None]
    rest = works.pitch == REST
    degree = np.where(rest, _REST_DEGREE, works.pitch.astype(np.int64) % 12)
    length = works.duration.astype(np.int64)
    onset = np.cumsum(length, axis=1) - length
    metre = np.repeat(works.metre.astype(np.int64)[:, None], n_events, axis=1)
    place = onset % np.array(BAR_LENGTHS)[metre]
    third = np.repeat((works.mode.astype(np.int64) % 3 > 0)[:, None] * 1, n_events, axis=1)
    up = np.zeros_like(degree)
    up[:, 1:] = np.sign(works.pitch[:, 1:].astype(np.int64) - works.pitch[:, :-1])

    def later(column: Int64, k: int) -> Int64:
        return column[:, k : n_events - 2 + k]

    first, second, last = ([later(c, k) for c in (degree, length, up)] for k in range(3))
    here, kind, minor = later(place, 0), later(metre, 0), later(third, 0)
    grams = [
        [first[0], first[1], second[0], second[1], minor],
        [first[0], second[0], last[0], second[2], last[2], minor],
        [first[1], second[1], last[1], here, kind],
        [first[0], here, kind, minor],
        [first[0], first[1], second[0], second[1], last[0], last[1]],
        [first[0], second[0], second[2], later(place, 1), kind],
    ]
    out = np.zeros((n, N_BAGS, _BUCKETS), np.float32)
    rows = np.repeat(np.arange(n)[:, None], n_events - 2, axis=1)
    whole = later(inside * 1, 2) > 0
    for bag, columns in enumerate(grams):
        np.add.at(out[:, bag], (rows[whole], _hash(columns)[whole]), 1.0)
    total = np.maximum(out.sum(axis=2, keepdims=True), 1.0)
    return np.asarray(np.sqrt(out / total).reshape(n, -1), np.float32)


def _rolls(works: Events) -> NDArray[np.int64]:
    """The pitch that sounds at _GRID points of each bar: (n, BARS, _GRID); a rest is REST."""
    times = np.cumsum(works.duration.astype(np.int64), axis=1)
    out = np.full((len(works.length), BARS, _GRID), REST, np.int64)
    for row, (pitch, until, metre) in enumerate(zip(works.pitch, times, works.metre, strict=True)):
        moments = np.arange(BARS * _GRID) * BAR_LENGTHS[int(metre)] // _GRID
        events = np.searchsorted(until[: works.length[row]], moments, side="right")
        out[row] = pitch[np.minimum(events, max(works.length[row] - 1, 0))].reshape(BARS, _GRID)
    return out


def _forms(works: Events) -> Float32:
    """How bars resemble each other in the roll, and the skeleton of the bars' first pitches."""
    roll = _rolls(works)
    same = np.stack([(roll[:, a] == roll[:, b]).mean(axis=1) for a, b in _BARS_PAIRS], axis=1)
    shift = roll - roll[:, :, :1]
    moved = np.stack([(shift[:, a] == shift[:, b]).mean(axis=1) for a, b in _BARS_PAIRS], axis=1)
    steps = np.clip(np.diff(roll[:, :, 0], axis=1), -_SKELETON_CLIP, _SKELETON_CLIP)
    skeleton = np.eye(2 * _SKELETON_CLIP + 1)[steps + _SKELETON_CLIP].mean(axis=1)
    highest = np.where(roll == REST, -128, roll).max(axis=2)
    lowest = np.where(roll == REST, 127, roll).min(axis=2)
    span = np.maximum(highest - lowest, 0) / 12.0
    notes = works.length[:, None] / (BARS * EVENTS_PER_BAR)
    lengths = (works.duration[:, :, None] == np.array([1, 2, 3, 4, 6, 8, 12, 16])).mean(axis=1)
    return np.concatenate([same, moved, skeleton, span, notes, lengths], axis=1, dtype=np.float32)


def read(works: Events) -> Float32:
    """What the judge sees of n works: (n, D)."""
    return np.concatenate([bags(works), _forms(works)], axis=1)


def _negatives(human: Events, rng: np.random.Generator) -> Events:
    """Controls of every kind made of the judge's own human windows."""

    def some(n: int) -> Events:
        return human.take(rng.integers(0, len(human.length), n))

    n = max(len(human.length) // 10, 10)
    like = some(n // 2)
    kinds = [
        controls.random_legal(like.metre, like.mode, BARS, rng),
        controls.random_diatonic(some(n), BARS, rng),
        controls.shuffled_notes(some(n), BARS, rng),
        controls.shuffled_pitches(some(n), BARS, rng),
        controls.interchanged_bars(some(n), BARS, rng),
        controls.mosaic(some(n), BARS, rng),
        controls.shuffled_bars(some(n), BARS, rng),
        *(controls.markov(human, some(n), order, BARS, rng) for order in (1, 2)),
        *(controls.mutated(some(n), BARS, rng, a, b) for a, b in ((0.05, 0.15), (0.15, 0.5))),
        *controls.degenerates(some(n // 8), BARS, rng).values(),
    ]
    return Events.join(kinds)


@dataclass(frozen=True)
class Judge:
    """An ensemble of small networks, and the distribution of its opinion of human windows."""

    members: tuple[mlp.Network, ...]
    """Their numbers are exact in half precision, as they are stored."""
    quantiles: Float32
    """(metres, N_QUANTILES) opinions of held-out human windows of each metre, ascending."""

    @classmethod
    def fit(cls, book: TuneBook, seed: int = 0) -> Self:
        """Teaches a judge on the validation split, and calibrates it on the test split.

        Raises:
            EmptyCorpus: too few windows in either split.
        """
        rng = np.random.default_rng(seed)
        valid, test = book.select(book.split == VALID), book.select(book.split == TEST)
        windows, held_out = cut_windows(valid, BARS, stride_bars=1), cut_windows(test, BARS)
        if min(len(windows), len(held_out)) < _FEWEST_WINDOWS:
            raise EmptyCorpus(
                f"the judge needs {_FEWEST_WINDOWS} windows in the validation and test splits, "
                f"got {len(windows)} and {len(held_out)}: use a larger corpus"
            )
        human = Events.of(windows)
        negatives = _negatives(human, rng)
        dense = read(Events.join([human, negatives]))
        x = mlp.Sparse.of(dense)
        is_human = np.arange(x.rows) < len(human.length)
        weight = np.where(is_human, 0.5 / is_human.mean(), 0.5 / (1 - is_human.mean()))
        members = tuple(
            mlp.train(
                x,
                is_human,
                weight.astype(np.float32),
                dense.shape[1],
                rng,
                hidden=_HIDDEN,
                steps=_STEPS,
                scale=_INPUT_SCALE,
                decay=_DECAY,
                dropout=_DROPOUT,
            )
            for _ in range(_MEMBERS)
        )
        members = tuple(member.in_half_precision() for member in members)
        works = Events.of(held_out)
        opinions = cls(members, np.zeros((0, 0), np.float32)).opinion(works)
        return cls(members, _quantiles(opinions, works.metre))

    def to_arrays(self) -> Arrays:
        """Everything, as arrays to store."""
        arrays: Arrays = {"quantiles": self.quantiles}
        for name in mlp.Network._fields:
            parts = [getattr(member, name) for member in self.members]
            arrays[name] = np.stack(parts).astype(np.float16)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The inverse of `to_arrays`."""
        parts = [arrays[name].astype(np.float32) for name in mlp.Network._fields]
        members = tuple(mlp.Network(*part) for part in zip(*parts, strict=True))
        return cls(members, arrays["quantiles"])

    def opinion(self, works: Events) -> Float32:
        """(n,) mean log-odds that a work of eight bars is human."""
        if works.pitch.shape[1] != BARS * EVENTS_PER_BAR:
            raise InvalidArgument(
                f"the audit judge knows works of {BARS} bars ({BARS * EVENTS_PER_BAR} events); "
                f"got {works.pitch.shape[1]} events"
            )
        x = mlp.Sparse.of(read(works))
        logits = np.stack([member.logits(x) for member in self.members])
        return np.asarray(logits.mean(axis=0), np.float32)

    def audit_percentile(self, works: Events) -> Float32:
        """(n,) per cent of held-out human windows of the same metre that look less human."""
        out = np.empty(len(works.length), np.float32)
        opinions = self.opinion(works)
        for metre in range(len(METRES)):
            rows = works.metre == metre
            rank = np.searchsorted(self.quantiles[metre], opinions[rows], side="right")
            out[rows] = 100.0 * rank / self.quantiles.shape[1]
        return out


def _quantiles(opinions: Float32, metre: NDArray[np.int8]) -> Float32:
    """Tables for each metre; one with too few windows uses those of all."""
    probabilities = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
    rows = []
    for m in range(len(METRES)):
        own = opinions[metre == m]
        rows.append(np.quantile(own if len(own) >= _FEWEST_WINDOWS else opinions, probabilities))
    return np.array(rows, np.float32)


@lru_cache(maxsize=1)
def load_default() -> Judge:
    """The judge of the shipped corpus.

    Raises:
        CorruptData: its data file is damaged.
    """
    return Judge.from_arrays(read_arrays(FILE_NAME))


def audit_percentile(works: Events) -> Float32:
    """Percentiles (n,) of the default judge; see `Judge.audit_percentile`."""
    return load_default().audit_percentile(works)
