"""Short ways to write tunes for the corpus tests."""

from __future__ import annotations

from creative_envs.melody.corpus.abc import read_tune
from creative_envs.melody.corpus.admission import Tune, admit
from creative_envs.melody.corpus.raw import TICKS_PER_SIXTEENTH, RawTune
from creative_envs.melody.vocabulary import REST

Z = REST


def abc(music: str, key: str = "C", metre: str = "4/4", unit: str = "1/16", title: str = "") -> str:
    """Text of an ABC tune; a unit of 1/16 makes lengths count sixteenths."""
    return f"X:1\nT:{title}\nM:{metre}\nL:{unit}\nK:{key}\n{music}\n"


def parse(music: str, key: str = "C", metre: str = "4/4", unit: str = "1/16") -> RawTune:
    return read_tune(abc(music, key, metre, unit))


def pitches(music: str, key: str = "C") -> list[int]:
    """MIDI pitches of some ABC music."""
    return list(parse(music, key).pitch)


def sixteenths(music: str, metre: str = "4/4", unit: str = "1/16") -> list[float]:
    """Durations of some ABC music, in sixteenths."""
    return [ticks / TICKS_PER_SIXTEENTH for ticks in parse(music, metre=metre, unit=unit).ticks]


def admitted(music: str, key: str = "C", metre: str = "4/4", title: str = "") -> Tune:
    """A usable tune of some ABC music, with lengths in sixteenths."""
    tune = admit(read_tune(abc(music, key, metre, title=title), "test.abc"), "test")
    assert isinstance(tune, Tune), tune
    return tune
