"""The ABC reader on damaged and hostile input: tunes or MalformedTune, quickly, nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import MalformedTune
from creative_envs.melody.corpus.abc import read_abc, read_tunes
from creative_envs.melody.corpus.admission import Tune, admit
from creative_envs.melody.corpus.raw import MAX_FILE_BYTES, MAX_TUNE_EVENTS, MAX_TUNE_TICKS
from tests.melody.corpus.notation import abc


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no K: field"),
        ("X:1\nT:No key\nCDEF", "no K: field"),
        ("X:1\nK:C\n", "no notes"),
        ("X:1\nK:C\nz4 | %C", None),
        (abc("C0"), "zero"),
        (abc("C3/0"), "zero"),
        (abc("C999999999"), "cannot be read"),
        (abc("C" + "9" * 10_000), "cannot be read"),
        (abc("C////////"), "cannot be read"),
        (abc("C9999"), "hundreds of bars"),
        (abc("C2000|" * 400), "thousands of bars"),
        (abc("C,,,,,,,,,,"), "octave marks"),
        (abc("C" * (MAX_TUNE_EVENTS + 1)), "more than"),
        (abc("C", unit="1/0"), "unit note length"),
        (abc("C", unit="0"), "unit note length"),
        (abc("C", metre="4/0"), "contains a zero"),
        (abc("C[L:0/4]C"), "unit note length"),
        ("\x01\x02\x03", "no K: field"),
    ],
)
def test_fault_is_named(text: str, reason: str | None) -> None:
    if reason is None:
        assert read_tunes(text, "bad.abc")[0][0].pitch
        return
    with pytest.raises(MalformedTune, match=r"^bad\.abc") as fault:
        read_tunes(text, "bad.abc")
    assert reason in str(fault.value)


@pytest.mark.parametrize(
    "music",
    ["(3CD", "(3", "(9:9:9C", "C>", ">C", "C-", "-C", "|1", ":|2 C", "[", "[C", "{C", '"C', "!C C"],
)
def test_unfinished_constructs_are_borne(music: str) -> None:
    tunes, faults = read_tunes(abc(f"{music} D"), "odd.abc")
    assert not faults
    assert tunes[0].pitch[-1] in (60, 62)


@pytest.mark.parametrize("opener", ["{", '"', "!", "[", "+", "(", "[K:", "<", "^", "-", ":"])
def test_long_line_of_unclosed_brackets_is_read_in_linear_time(opener: str) -> None:
    started = time.perf_counter()
    read_tunes(abc("C " + opener * 100_000 + " D"), "long.abc")
    assert time.perf_counter() - started < 5


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "picture.abc"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(MalformedTune, match=r"picture\.abc: not text"):
        read_abc(path)


def test_missing_and_oversized_file(tmp_path: Path) -> None:
    with pytest.raises(MalformedTune, match=r"none\.abc"):
        read_abc(tmp_path / "none.abc")
    large = tmp_path / "large.abc"
    with large.open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(MalformedTune, match="larger than"):
        read_abc(large)


_FRAGMENTS = st.sampled_from(
    [
        *("X:1", "K:C", "K:Gm", "M:6/8", "M:", "L:1/8", "L:", "V:1", "V:2", "w:la"),
        *("[K:D]", "[M:3/4]", "[L:1/4]", "[V:2]", "|", "||", "|]", ":|", "|:", "::", "|1", ":|2"),
        *("C", "D,", "e'", "^f", "__g", "=a", "B2", "c/", "d//", "e3/4", "f16", "C0", "G9999"),
        *("z", "z8", "Z4", "x", "(3", "(5:4:6", "(9", "-", ">", "<<", "[CEG]2", "[C", "]", "&"),
        *("{cd}", "{", "}", '"G7"', '"', "!trill!", "!", "\\", "%", "~"),
    ]
)
_ABC_TEXT = st.lists(_FRAGMENTS | st.text(max_size=5), max_size=40).flatmap(
    lambda parts: st.lists(
        st.sampled_from(["", " ", "\n"]), min_size=len(parts), max_size=len(parts)
    ).map(lambda gaps: "".join(part + gap for part, gap in zip(parts, gaps, strict=True)))
)


@settings(max_examples=400, deadline=None)
@given(body=_ABC_TEXT, header=st.sampled_from(["", "X:1\nK:C\n", "X:1\nM:4/4\nL:1/8\nK:G\n"]))
def test_any_text_yields_tunes_or_faults(body: str, header: str) -> None:
    try:
        tunes, faults = read_tunes(header + body, "fuzz.abc")
    except MalformedTune as fault:
        assert "fuzz.abc" in str(fault)
        return
    assert all(isinstance(fault, MalformedTune) for fault in faults)
    for tune in tunes:
        assert 0 < len(tune.pitch) == len(tune.ticks) <= MAX_TUNE_EVENTS
        assert min(tune.ticks) > 0
        assert sum(tune.ticks) <= MAX_TUNE_TICKS
        assert list(tune.bar_lines) == sorted(set(tune.bar_lines))
        assert all(0 < line <= sum(tune.ticks) for line in tune.bar_lines)
        assert isinstance(admit(tune, "fuzz"), (Tune, str))
