"""Measures what novelty says of works whose novelty is known: copies, new human tunes, noise.

``python -m creative_envs.melody.novelty.report`` prints, for each set of works, quantiles of the
distance and the novelty and the cost of a score. The scale of novelty rests on it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.corpus.tunes import TEST, TRAIN, VALID
from creative_envs.melody.corpus.tunes import load_default as load_book
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.descriptors import DESCRIPTOR_NAMES, descriptors
from creative_envs.melody.novelty import ReferenceLibrary, load_default
from creative_envs.melody.novelty.kernels import DISGUISE
from creative_envs.melody.vocabulary import REST

NEIGHBOURS: Final = (-2, -1, 1, 2)
"""Steps in semitones from a note to the neighbour that ornaments it."""
WIDEST: Final = 24
"""Widest interval of the Markov chain, in semitones."""
UNSEEN: Final = 1e-3
"""Count of an interval that never followed, so that the chain can always go on."""
REPEATS: Final = 5
"""Times a set is scored; the fastest is reported."""
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


def transposed(works: Windows, semitones: int) -> Windows:
    """The same works, every note moved by so many semitones."""
    pitch = np.where(works.pitch == REST, REST, works.pitch + semitones)
    return replace(works, pitch=pitch.astype(np.int8))


def ornamented(works: Windows, share: float, rng: np.random.Generator) -> Windows:
    """The same works with a share of their notes replaced by, or split into one and, a neighbour.

    Args:
        works: The works to disguise.
        share: Chance of each note to be ornamented, in [0, 1].
        rng: Where chance comes from.

    Returns:
        Works of the same bars; a note is split only while there is room for another event.
    """
    n_events = works.pitch.shape[1]
    pitch = np.full_like(works.pitch, REST)
    duration = np.zeros_like(works.duration)
    length = np.zeros_like(works.length)
    for work in range(len(works)):
        to_come = int(works.length[work])
        events: list[tuple[int, int]] = []
        for height, ticks in zip(
            works.pitch[work, :to_come].tolist(), works.duration[work].tolist(), strict=False
        ):
            to_come -= 1
            if height == REST or rng.random() >= share:
                events.append((height, ticks))
                continue
            neighbour = height + int(rng.choice(NEIGHBOURS))
            if ticks % 2 == 0 and rng.random() < 0.5 and len(events) + to_come + 2 <= n_events:
                events += [(height, ticks // 2), (neighbour, ticks // 2)]
            else:
                events.append((neighbour, ticks))
        length[work] = len(events)
        pitch[work, : len(events)], duration[work, : len(events)] = zip(*events, strict=True)
    return replace(works, pitch=pitch, duration=duration, length=length)


def random_pitches(works: Windows, rng: np.random.Generator) -> Windows:
    """The rhythms of the works with pitches drawn evenly from two octaves."""
    pitch = np.where(works.pitch == REST, REST, rng.integers(-12, 13, works.pitch.shape))
    return replace(works, pitch=pitch.astype(np.int8))


def markov_pitches(works: Windows, train: Windows, rng: np.random.Generator) -> Windows:
    """The rhythms of the works with pitches from an order-1 chain of intervals of ``train``.

    Intervals that would lead out of two octaves are not drawn.
    """
    counts = np.zeros((2 * WIDEST + 1, 2 * WIDEST + 1))
    for events, n in zip(train.pitch, train.length, strict=True):
        sounding = events[:n][events[:n] != REST].astype(np.int64)
        steps = np.diff(sounding).clip(-WIDEST, WIDEST) + WIDEST
        np.add.at(counts, (steps[:-1], steps[1:]), 1.0)
    reached = np.arange(-WIDEST, WIDEST + 1)
    pitch = works.pitch.copy()
    for work, n in enumerate(works.length):
        height, step = int(works.pitch[work, 0]), 0
        for event in range(1, n):
            if pitch[work, event] == REST:
                continue
            allowed = (reached >= -12 - height) & (reached <= 24 - height)
            chances = np.cumsum((counts[step + WIDEST] + UNSEEN) * allowed)
            step = int(np.searchsorted(chances, rng.random() * chances[-1])) - WIDEST
            height += step
            pitch[work, event] = height
    return replace(works, pitch=pitch)


def sets_of_works(
    bars: int, n_works: int, seed: int
) -> tuple[ReferenceLibrary, dict[str, Windows]]:
    """The library of the shipped corpus, and the sets of works it is measured on, by name."""
    rng = np.random.default_rng(seed)
    book = load_book()
    train_book = book.select(book.split == TRAIN)
    train = cut_windows(train_book, bars=bars)
    valid = cut_windows(book.select(book.split == VALID), bars=bars)
    test = cut_windows(book.select(book.split == TEST), bars=bars)
    library = load_default(bars)
    anywhere = cut_windows(train_book, bars=bars, stride_bars=1)
    between = library.score(anywhere.pitch, anywhere.duration, anywhere.length).terms[:, 0] > 0.0

    def some(works: Windows) -> Windows:
        chosen = rng.choice(len(works), min(n_works, len(works)), replace=False)
        return works[chosen]

    copies = some(train)
    return library, {
        "human, valid": some(valid),
        "human, test": some(test),
        "transposed copies": transposed(copies, 3),
        "copies from between windows": some(anywhere[np.flatnonzero(between)]),
        "copies, 5 % ornamented": ornamented(copies, 0.05, rng),
        "copies, 10 % ornamented": ornamented(copies, 0.1, rng),
        "copies, 20 % ornamented": ornamented(copies, 0.2, rng),
        "order-1 Markov": markov_pitches(some(test), train, rng),
        "random pitches": random_pitches(some(test), rng),
    }


def report(library: ReferenceLibrary, sets: dict[str, Windows]) -> Iterator[str]:
    """Lines of the table of distances, novelties and costs."""
    ranks = "".join(f"{f'{100 * q:.0f} %':>6}" for q in QUANTILES)
    yield f"{len(library)} reference windows of {library.bars} bars, sha256 {library.sha256}"
    yield f"novelty 1 from a distance of {library.new_distance:.3f}, 0 up to {DISGUISE} below"
    yield f"{'':28}{'library distance':^30}  {'novelty':^30}     run original     bars"
    yield f"{'':28}{ranks}  {ranks}    95 %     mean   copied     cost"
    for name, works in sets.items():
        cost = float("inf")
        for _ in range(REPEATS):
            start = perf_counter()
            scored = library.score(works.pitch, works.duration, works.length)
            cost = min(cost, (perf_counter() - start) / len(works))
        distance, _, run, original, copied = scored.terms.T
        yield (
            f"{name:28}{_quantiles(distance)}  {_quantiles(scored.novelty)}"
            f"{np.quantile(run, 0.95):8.0f}{original.mean():9.2f}{100 * copied.mean():7.0f} %"
            f"{1e6 * cost:6.1f} us"
        )


def report_descriptors(works: Windows) -> Iterator[str]:
    """Lines of the table of descriptor quantiles."""
    levels = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    yield f"{'descriptor':20}" + "".join(f"{f'{100 * q:.0f} %':>8}" for q in levels)
    described = descriptors(works.pitch, works.duration, works.length)
    for name, column in zip(DESCRIPTOR_NAMES, described.T, strict=True):
        yield f"{name:20}" + "".join(f"{q:8.2f}" for q in np.quantile(column, levels))


def _quantiles(values: NDArray[np.float32]) -> str:
    return "".join(f"{q:6.2f}" for q in np.quantile(values, QUANTILES))


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=8, help="bars of a work")
    parser.add_argument("--works", type=int, default=500, help="works of each set")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    library, sets = sets_of_works(options.bars, options.works, options.seed)
    print(*report(library, sets), "", *report_descriptors(sets["human, test"]), sep="\n")


if __name__ == "__main__":
    main()
