"""What melodies are like: one another, and which human tune by name; as novelty compares them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.insight import Likeness
from creative_envs.melody.novelty import kernels
from creative_envs.melody.novelty.indexing import interval_codes, periodic, stretches
from creative_envs.melody.novelty.library import TERM_NAMES, ReferenceLibrary

Codes = NDArray[np.uint8]
Float64 = NDArray[np.float64]


def unlikeness(
    library: ReferenceLibrary, pitch: NDArray[np.int8], length: NDArray[np.int32]
) -> Float64:
    """How different melodies are from one another, as novelty sees it.

        clip((distance - a) / (b - a), 0, 1)

    of the distance of `novelty.library` (1 - Jaccard similarity of the sets of interval 4-grams)
    and its a and b. Two melodies without any 4-gram are the same: neither has material.

    Args:
        library: Sets the scale.
        pitch: Semitones above the tonic or `REST`, shape (n, E).
        length: Events of each, shape (n,).

    Returns:
        Shape (n, n), symmetric, 0 on the diagonal, in [0, 1].
    """
    grams = stretches(interval_codes(pitch, length), kernels.GRAM)
    work, place = np.nonzero(grams >= 0)
    work, gram = np.unique(np.stack([work, grams[work, place]]), axis=1)
    known, column = np.unique(gram, return_inverse=True)
    held = np.zeros((len(length), len(known)), np.float32)
    held[work, column] = 1
    size = held.sum(axis=1)
    shared = held @ held.T  # exact: whole numbers far below 2**24
    united = size[:, None] + size - shared
    similarity = np.where(united > 0, shared / np.maximum(united, 1), 1.0)
    return _scaled(library, 1.0 - similarity.astype(np.float64))


def nearest_references(
    library: ReferenceLibrary,
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
) -> list[Likeness]:
    """The human tune each melody is most like, and how far from it, as novelty sees it.

    The distance is the melody's novelty without earlier works: what is left of the distance to
    the nearest window, times the originality. The tune named is the one the smaller of the two
    comes from: that of the nearest window, or the one with which the longest run is shared. Where
    no window shares a 4-gram, it is the one of the most similar choice of intervals.

    Args:
        library: The tunes.
        pitch: Semitones above the tonic or `REST`, shape (n, E).
        duration: Sixteenths, shape (n, E).
        length: Events of each, shape (n,).
    """
    scored = library.score(pitch, duration, length)
    terms = dict(zip(TERM_NAMES, scored.terms.T.astype(np.float64), strict=True))
    run, original = terms["longest_run"], terms["originality"]
    apart = _scaled(library, terms["library_distance"])
    codes = interval_codes(pitch, length)
    nearest = scored.nearest.copy()
    strange = nearest < 0
    if strange.any():
        nearest[strange] = _windows_of_like_intervals(library, codes[strange])
    found = []
    for row, window in enumerate(nearest.tolist()):
        if original[row] < apart[row]:
            name = str(library.tune_source[_tune_sharing(library, codes[row], int(run[row]))])
        else:
            name = library.source(window)
        found.append(Likeness(name, float(scored.novelty[row])))
    return found


def _scaled(library: ReferenceLibrary, distance: Float64) -> Float64:
    return np.clip(1.0 - (library.new_distance - distance) / kernels.DISGUISE, 0, 1)


def _tune_sharing(library: ReferenceLibrary, codes: Codes, run: int) -> int:
    """Index of the first tune that shares so many successive intervals with a work (E,)."""
    tunes = library.arrays.tune_intervals
    text, written = tunes.tobytes(), int(np.count_nonzero(codes))
    for first in range(written - run + 1):
        part = codes[first : first + run]
        if periodic(stretches(part, kernels.RUN)).all():
            continue  # common stock, which novelty does not count
        place = text.find(part.tobytes())
        if place >= 0:
            return int(np.searchsorted(np.flatnonzero(tunes == 0), place, side="right")) - 1
    raise ValueError(f"no tune shares {run} intervals with the work")


def _windows_of_like_intervals(library: ReferenceLibrary, codes: Codes) -> NDArray[np.int32]:
    """Windows (n,) whose 4-grams begin with intervals in the proportions of works' (n, E)."""
    arrays, n_codes = library.arrays, kernels.LARGEST_CODE + 1
    gram = np.repeat(np.arange(len(arrays.gram_start) - 1), np.diff(arrays.gram_start))
    first = gram >> (kernels.INTERVAL_BITS * (kernels.GRAM - 1))
    place = arrays.gram_window.astype(np.int64) * n_codes + first
    counts = np.bincount(place, minlength=len(library) * n_codes).reshape(-1, n_codes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ranks = np.empty(len(codes), np.int64)
    for row, written in enumerate(codes):
        own = np.bincount(written[written > 0], minlength=n_codes)
        ranks[row] = np.abs(shares - own / max(own.sum(), 1)).sum(axis=1).argmin()
    return arrays.window_of_rank[ranks]
