"""Random legal melodies, for property-based tests."""

from __future__ import annotations

from hypothesis import strategies as st

from creative_envs.melody.artefact import Melody
from creative_envs.melody.vocabulary import BAR_LENGTHS, DURATIONS, METRES, MODES, REST

LOWEST, HIGHEST = -10, 14


@st.composite
def melodies(draw: st.DrawFn, max_bars: int = 5, complete: bool = False) -> Melody:
    """Any metre, mode and tonic, chromatic notes, rests, notes across bar lines."""
    metre = draw(st.sampled_from(METRES))
    bars = draw(st.integers(1, max_bars))
    total = bars * BAR_LENGTHS[METRES.index(metre)]
    wanted = total if complete else draw(st.integers(0, total))
    notes: list[tuple[int, int]] = []
    left = wanted
    while left > 0:
        duration = draw(st.sampled_from([d for d in DURATIONS if d <= left]))
        may_rest = bool(notes) and notes[-1][0] != REST
        pitches = st.integers(LOWEST, HIGHEST)
        pitch = draw(pitches | st.just(REST) if may_rest else pitches)
        notes.append((pitch, duration))
        left -= duration
    return Melody(
        tuple(notes),
        metre,
        draw(st.sampled_from(MODES)),
        tonic=draw(st.integers(0, 11)),
        tempo=draw(st.integers(40, 300)),
        bars=bars,
        title=draw(st.text(max_size=20)),
    )
