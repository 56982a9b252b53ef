"""Tune families and the split: variants on one side, strangers apart, whatever the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.melody.corpus.families import (
    SHARED_RUN,
    find_families,
    normalised_title,
    split_by_family,
)
from creative_envs.melody.corpus.tunes import TEST, TRAIN, VALID, load_default
from creative_envs.melody.corpus.windows import cut_windows
from creative_envs.melody.vocabulary import REST


def random_tune(seed: int, length: int = 80) -> list[int]:
    return np.random.default_rng(seed).integers(0, 13, length).tolist()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Cuckoo's Nest -- Hornpipe", "cuckoos nest"),
        ("Cuckoo's Nest, The", "cuckoos nest"),
        ("CUCKOO'S NEST (2nd setting)", "cuckoos nest"),
        ("Kitty or the Reel", "kitty"),
        ("A Reel", ""),
    ],
)
def test_title_is_normalised(title: str, expected: str) -> None:
    assert normalised_title(title) == expected


def test_strangers_are_apart_and_numbered_in_order() -> None:
    family = find_families(["", "", ""], [random_tune(seed) for seed in range(3)])
    assert family.tolist() == [0, 1, 2]


def test_same_title_is_one_family_unless_it_names_a_kind() -> None:
    tunes = [random_tune(seed) for seed in range(12)]
    assert find_families(["The Mason's Apron", "Mason's Apron, The"], tunes[:2]).tolist() == [0, 0]
    assert find_families(["Jig", "Jig"], tunes[:2]).tolist() == [0, 1]
    assert len(set(find_families(["Quick Step"] * 12, tunes).tolist())) == 12


@pytest.mark.parametrize(("shared_notes", "related"), [(SHARED_RUN + 1, True), (SHARED_RUN, False)])
def test_shared_run_of_intervals_in_any_key_makes_a_family(
    shared_notes: int, related: bool
) -> None:
    run = random_tune(99, shared_notes)
    first = random_tune(1) + run + random_tune(2)
    second = random_tune(3) + [pitch + 5 for pitch in run] + random_tune(4)
    family = find_families(["", ""], [first, second])
    assert (family[0] == family[1]) == related


def test_rests_do_not_hide_a_variant() -> None:
    tune = random_tune(1)
    with_rests = [pitch for note in tune for pitch in (note, REST)]
    assert find_families(["", ""], [tune, with_rests]).tolist() == [0, 0]


def test_variants_without_a_long_common_run_are_found_by_their_grams() -> None:
    tune = random_tune(1, 120)
    variant = list(tune)
    for position in range(10, 120, 15):
        variant[position] += 1
    assert find_families(["", ""], [tune, variant]).tolist() == [0, 0]


def test_relation_is_transitive() -> None:
    first, last = random_tune(1), random_tune(2)
    families = find_families(["", "", ""], [first, last, first[:40] + last[40:]])
    assert families.tolist() == [0, 0, 0]


def test_tunes_too_short_for_a_gram_are_strangers() -> None:
    assert find_families(["", "", ""], [[0], [0, 2], []]).tolist() == [0, 1, 2]


@given(st.lists(st.integers(0, 15), min_size=1, max_size=60))
def test_split_keeps_families_whole_and_ignores_order(labels: list[int]) -> None:
    family = np.array(labels, np.int32)
    names = [f"tune {label} {i}" for i, label in enumerate(labels)]
    split = split_by_family(family, names)
    for label in set(labels):
        assert len(set(split[family == label])) == 1
    backwards = split_by_family(family[::-1].copy(), names[::-1])
    assert np.array_equal(backwards[::-1], split)


def test_split_shares() -> None:
    split = split_by_family(np.arange(5000, dtype=np.int32), [f"tune {i}" for i in range(5000)])
    shares = np.bincount(split, minlength=3) / 5000
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_shipped_families_are_whole_and_none_swallows_the_rest() -> None:
    book = load_default()
    for split in (TRAIN, VALID, TEST):
        inside, outside = book.family[book.split == split], book.family[book.split != split]
        assert len(inside) > 300
        assert not set(inside.tolist()) & set(outside.tolist())
    assert np.bincount(book.family).max() < 0.01 * len(book)


def test_no_shipped_window_is_in_two_splits_in_any_key() -> None:
    book = load_default()
    windows = cut_windows(book)
    splits_of: dict[bytes, set[int]] = {}
    for pitch, length, tune in zip(windows.pitch, windows.length, windows.tune, strict=True):
        notes = pitch[:length][pitch[:length] != REST].astype(np.int16)
        splits_of.setdefault(np.diff(notes).tobytes(), set()).add(int(book.split[tune]))
    assert max(len(splits) for splits in splits_of.values()) == 1
