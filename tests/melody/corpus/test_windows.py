"""Windows cut from tunes: where they start, what they hold, which are left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.corpus.binding import bind
from creative_envs.melody.corpus.tunes import TuneBook, load_default
from creative_envs.melody.corpus.windows import Fate, Windows, cut_windows, cut_with_fates
from creative_envs.melody.vocabulary import BAR_LENGTHS, DURATIONS, MODE_DEGREES, REST
from tests.melody.corpus.notation import Z, admitted

Event = tuple[int, int]


def book_of(music: str, key: str = "C", metre: str = "4/4") -> TuneBook:
    return bind([admitted(music, key, metre)])


def events(windows: Windows, index: int = 0) -> list[Event]:
    length = windows.length[index]
    pairs = zip(windows.pitch[index, :length], windows.duration[index, :length], strict=True)
    return [(int(pitch), int(duration)) for pitch, duration in pairs]


def fates_of(music: str, bars: int = 4) -> list[Fate]:
    return [Fate(fate) for fate in cut_with_fates(book_of(music), bars)[1]]


def test_window_after_the_pickup() -> None:
    windows = cut_windows(book_of("G2A2|c16|d8e8|f4g4a8|c16|"), bars=4)
    assert len(windows) == 1
    expected = [(12, 16), (14, 8), (16, 8), (17, 4), (19, 4), (21, 8), (12, 16)]
    assert events(windows) == expected
    assert (windows.pitch[0, windows.length[0] :] == REST).all()
    assert (windows.duration[0, windows.length[0] :] == 0).all()


def test_stride() -> None:
    music = "".join(f"{note}16|" for note in "CDEFGABcdefg")
    assert [events(cut_windows(book_of(music), 4, 4), i)[0] for i in range(3)] == [
        (0, 16),
        (7, 16),
        (14, 16),
    ]
    assert len(cut_windows(book_of(music), 4, 1)) == 9
    assert len(cut_windows(book_of(music), 8, 4)) == 2
    assert len(cut_windows(book_of(music), 16, 4)) == 0


def test_window_does_not_span_an_odd_bar_and_starts_anew_after_it() -> None:
    windows = cut_windows(
        book_of("C16|D16|E16|F16|G10|A16|B16|c16|d16|e16|"), bars=4, stride_bars=1
    )
    assert [events(windows, i)[0][0] for i in range(len(windows))] == [0, 9, 11]


def test_notes_are_cut_at_the_edges() -> None:
    music = "C16|D16|E16|F8 G8-|G8 A8|B16|c16|d16|"
    windows = cut_windows(book_of(music), bars=4)
    assert events(windows, 0)[-2:] == [(5, 8), (7, 8)]
    assert events(windows, 1)[0] == (7, 8)


def test_upbeat_to_the_next_section_is_left_out_and_the_last_note_held() -> None:
    windows = cut_windows(book_of("G4|C16|D16|E16|F8 C4:|A4|C16|D16|E16|G8 C4:|"), bars=4)
    assert events(windows, 0)[-2:] == [(5, 8), (0, 8)]
    assert events(windows, 1)[-2:] == [(7, 8), (0, 8)]


def test_rest_stands_where_the_held_note_cannot_be_written() -> None:
    windows = cut_windows(book_of("G2|C16|D16|E16|F11 C3|"), bars=4)
    assert len(windows) == 0  # eleven sixteenths
    windows = cut_windows(book_of("G2|C16|D16|E16|F8 E3 C3|"), bars=4)
    assert events(windows)[-3:] == [(4, 3), (0, 3), (Z, 2)]


def test_rest_before_the_upbeat_is_lengthened() -> None:
    windows = cut_windows(book_of("G4|C16|D16|E16|F8 z4:|A4|C16|D16|E16|G8 C4:|"), bars=4)
    assert events(windows, 0)[-2:] == [(5, 8), (Z, 8)]


@pytest.mark.parametrize(
    ("music", "fate"),
    [
        ("C16|D16|E16|F16|", Fate.KEPT),
        ("C16|D16|E16|(3F4G4A4F8|", Fate.OFF_GRID),
        ("C16|D16|E16|F15 G/G/|", Fate.DURATION),
        ("C16|D16|E16|F14 G/G/G|", Fate.DURATION),
        ("C16|D16|E16|F8 G7 G/G/|", Fate.DURATION),
        ("C16|D16|E16|F8 G4 G3 G/G/|", Fate.OFF_GRID),
        ("C16|D16-|D16|F16|", Fate.DURATION),
        ("C16|D16|E16|F5 G3 A8|", Fate.DURATION),
        ("C,16|D16|E16|c'16|", Fate.RANGE),
        ("C16|D16|E16|c'16|", Fate.KEPT),
        ("CDEFGABcCDEFGABc|" * 4, Fate.TOO_MANY_EVENTS),
    ],
)
def test_fate(music: str, fate: Fate) -> None:
    assert fates_of(music) == [fate]


def test_window_that_starts_with_a_rest_is_left_out() -> None:
    assert fates_of("C16|D16|E16|F16|z4 G12|A16|B16|c16|") == [Fate.KEPT, Fate.STARTS_WITH_REST]


def test_triplet_before_the_window_does_not_matter() -> None:
    assert fates_of("(3C2D2E2|C16|D16|E16|F12|") == [Fate.KEPT]


def test_repeat_within_a_tune_is_kept_once_but_not_across_tunes() -> None:
    music = "C16|D16|E16|F16|"
    assert fates_of(music * 2) == [Fate.KEPT, Fate.DUPLICATE]
    two = bind([admitted(music), admitted(music + "G16|")])
    assert cut_windows(two, 4).tune.tolist() == [0, 1]


def test_in_mode() -> None:
    windows = cut_windows(
        bind([admitted("C16|D16|_E16|F16|G16|"), admitted("C16|D16|E16|F16|B16|")]), bars=4
    )
    assert windows.in_mode().tolist() == [False, True]
    minor = cut_windows(book_of("A16|B16|c16|^G8 ^F8|", key="Am"), bars=4)
    assert minor.in_mode().tolist() == [True]


def test_indexing() -> None:
    windows = cut_windows(load_default())
    assert len(windows[3]) == 1
    assert events(windows[3]) == events(windows, 3)
    assert len(windows[2:7]) == 5
    assert np.array_equal(windows[windows.metre == 1].tune, windows.tune[windows.metre == 1])
    assert windows[np.array([5, 1])].length.tolist() == windows.length[[5, 1]].tolist()
    assert windows[np.array([], int)].bars == 8


@pytest.mark.parametrize("bars", [4, 8, 16])
def test_every_shipped_window_is_a_legal_work(bars: int) -> None:
    windows = cut_windows(load_default(), bars)
    assert len(windows) > 3000
    inside = np.arange(windows.pitch.shape[1]) < windows.length[:, None]
    rests = (windows.pitch == REST) & inside
    assert (np.isin(windows.duration, DURATIONS) == inside).all()
    full = bars * np.array(BAR_LENGTHS)[windows.metre]
    assert (windows.duration.sum(axis=1, dtype=np.int64) == full).all()
    assert not rests[:, 0].any()
    assert not (rests[:, 1:] & rests[:, :-1]).any()
    notes = np.where(inside & ~rests, windows.pitch, windows.pitch[:, :1]).astype(int)
    assert (notes.max(axis=1) - notes.min(axis=1)).max() <= 24


def test_shipped_windows_mostly_stay_in_their_mode_and_end_on_the_tonic() -> None:
    windows = cut_windows(load_default())
    assert 0.8 < windows.in_mode().mean() < 0.9
    last = windows.pitch[np.arange(len(windows)), windows.length - 1]
    assert np.bincount(last[last != REST] % 12, minlength=12).argmax() == 0


_LENGTHS = st.lists(st.sampled_from(DURATIONS), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(lengths=_LENGTHS, seed=st.integers(0, 2**16), metre=st.sampled_from(["4/4", "3/4"]))
def test_windows_partition_a_tune_without_pickup(lengths: list[int], seed: int, metre: str) -> None:
    """Windows of one bar at every bar give back the sounding pitch at every sixteenth."""
    rng = np.random.default_rng(seed)
    degrees = rng.choice(MODE_DEGREES[0], len(lengths))
    names = dict(zip(MODE_DEGREES[0], "CDEFGAB", strict=True))
    bar = 16 if metre == "4/4" else 12
    lengths.extend([bar] * 4)
    padding = -sum(lengths) % bar
    music = "".join(
        f"{names[int(d)]}{n}" for d, n in zip([*degrees, 0, 0, 0, 0], lengths, strict=True)
    )
    music += f"C{padding}" if padding else ""
    tune = admitted(music + "|", metre=metre)
    candidates, fates = cut_with_fates(bind([tune]), bars=1, stride_bars=1)
    sounding = np.repeat(tune.pitch, np.array(tune.ticks) // 12)
    assert len(candidates) == len(sounding) // bar
    for i, fate in enumerate(fates):
        if fate in (Fate.KEPT, Fate.DUPLICATE):
            written = np.repeat(
                *(np.array(part) for part in zip(*events(candidates, i), strict=True))
            )
            assert np.array_equal(written, sounding[i * bar : (i + 1) * bar])
