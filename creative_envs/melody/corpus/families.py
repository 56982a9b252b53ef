"""Tune families and the split by family, so that no variant of a training tune is held out.

Two tunes are of one family if they bear the same title, or share melodic material: a long run of
equal intervals, or most of their interval 4-grams. Families are the connected components.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.corpus.tunes import TEST, TRAIN, VALID
from creative_envs.melody.vocabulary import REST

SHARED_RUN: Final = 16
"""Equal intervals in a row that make two tunes variants."""
SHARED_GRAMS: Final = 0.3
"""Jaccard similarity of interval 4-gram sets that makes two tunes variants."""
TRAIN_SHARE: Final = 0.8
VALID_SHARE: Final = 0.1

_GRAM: Final = 4
_SHORTEST_TELLING_TITLE: Final = 6
_MOST_TUNES_OF_A_TITLE: Final = 8
"""A title that more tunes bear ("Quick Step") is a kind of tune, not a name."""
_GENERIC_WORDS: Final = re.compile(
    r"\b(the|a|an|reel|jig|hornpipe|strathspey|march|waltz|slow|set dance|clog)\b"
)


def normalised_title(title: str) -> str:
    """A title without article, kind of dance, subtitle and punctuation, in lower case."""
    name = re.split(r"--|\(| - |\bor\b", title.lower())[0]
    name = re.sub(r"[^a-z0-9 ]", "", name.replace(", the", ""))
    return " ".join(_GENERIC_WORDS.sub(" ", name).split())


def find_families(titles: Sequence[str], pitches: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Family of each tune, numbered by first appearance: int32 (n,).

    Args:
        titles: Title of each tune.
        pitches: Pitches of each tune, `vocabulary.REST` for rests.
    """
    intervals = [np.diff([p for p in pitch if p != REST]).astype(np.int8) for pitch in pitches]
    parent = np.arange(len(titles))
    _unite_groups(parent, _same_title(titles))
    _unite_groups(parent, _same_run(intervals))
    grams = [np.unique(_gram_codes(interval, _GRAM)) for interval in intervals]
    offset = np.cumsum([0, *(len(gram) for gram in grams)])
    _unite_similar(parent, np.concatenate([np.empty(0, np.int64), *grams]), offset, SHARED_GRAMS)
    roots = np.array([_root(parent, i) for i in range(len(parent))], np.int64)
    _, first, family = np.unique(roots, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[family].astype(np.int32)


def split_by_family(family: NDArray[np.int32], names: Sequence[str]) -> NDArray[np.int8]:
    """TRAIN, VALID or TEST for each tune, the same for a whole family: int8 (n,).

    A family's place depends on a hash of the first (in order of the alphabet) of its tunes' names
    alone, so it stays where it is when other tunes are added.

    Args:
        family: Family of each tune, (n,).
        names: A name of each tune that no other has, such as its collection and id.
    """
    split = np.empty(len(family), np.int8)
    for members in _groups(family):
        name = min(names[i] for i in members)
        draw = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
        in_train, in_valid = draw < TRAIN_SHARE, draw < TRAIN_SHARE + VALID_SHARE
        split[members] = TRAIN if in_train else VALID if in_valid else TEST
    return split


def _groups(labels: NDArray[np.int32] | NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices of equal labels, group by group."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []


def _same_title(titles: Sequence[str]) -> list[list[int]]:
    tunes_of: dict[str, list[int]] = defaultdict(list)
    for i, title in enumerate(titles):
        name = normalised_title(title)
        if len(name) >= _SHORTEST_TELLING_TITLE:
            tunes_of[name].append(i)
    return [group for group in tunes_of.values() if len(group) <= _MOST_TUNES_OF_A_TITLE]


def _same_run(intervals: Sequence[NDArray[np.int8]]) -> list[list[int]]:
    """Groups of tunes that share a run of SHARED_RUN intervals."""
    tunes_of: dict[bytes, list[int]] = defaultdict(list)
    for i, interval in enumerate(intervals):
        content = interval.tobytes()
        runs = {content[j : j + SHARED_RUN] for j in range(len(content) - SHARED_RUN + 1)}
        for run in runs:
            tunes_of[run].append(i)
    return [group for group in tunes_of.values() if len(group) > 1]


def _gram_codes(interval: NDArray[np.int8], length: int) -> NDArray[np.int64]:
    """One number for each n-gram of intervals (each of which fits a byte)."""
    if len(interval) < length:
        return np.empty(0, np.int64)
    grams = np.lib.stride_tricks.sliding_window_view(interval.astype(np.int64) + 128, length)
    codes: NDArray[np.int64] = grams @ (256 ** np.arange(length, dtype=np.int64))
    return codes


def _unite_groups(parent: NDArray[np.int64], groups: Sequence[Sequence[int]]) -> None:
    for first, *others in groups:
        for other in others:
            _unite(parent, first, other)


@njit(cache=True, nogil=True, error_model="numpy")
def _root(parent: NDArray[np.int64], i: int) -> int:
    """Representative of a tune's family so far; shortens the path to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _unite(parent: NDArray[np.int64], i: int, j: int) -> None:
    parent[_root(parent, j)] = _root(parent, i)


@njit(cache=True, nogil=True, error_model="numpy")
def _unite_similar(
    parent: NDArray[np.int64], grams: NDArray[np.int64], offset: NDArray[np.int64], least: float
) -> None:
    """Unite any two tunes whose (sorted) gram sets have a Jaccard similarity of `least` or more."""
    n = len(parent)
    for i in range(n):
        size_i = offset[i + 1] - offset[i]
        for j in range(i + 1, n):
            size_j = offset[j + 1] - offset[j]
            if min(size_i, size_j) < least * max(size_i, size_j) or min(size_i, size_j) == 0:
                continue  # too different in size to be that similar
            a, b, common = offset[i], offset[j], 0
            while a < offset[i + 1] and b < offset[j + 1]:
                common += grams[a] == grams[b]
                step_a = grams[a] <= grams[b]
                b += grams[b] <= grams[a]
                a += step_a
            if common >= least * (size_i + size_j - common):
                _unite(parent, i, j)
