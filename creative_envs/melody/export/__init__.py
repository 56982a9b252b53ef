"""A melody in the formats people use: MIDI, MusicXML, ABC notation, WAV, PNG and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.melody.artefact import Melody
from creative_envs.melody.export.abc import abc_text
from creative_envs.melody.export.document import json_text
from creative_envs.melody.export.midi import midi_bytes
from creative_envs.melody.export.musicxml import musicxml_text
from creative_envs.melody.export.wav import wav_bytes
from creative_envs.melody.render import png_bytes

__all__ = [
    "FORMATS",
    "abc_text",
    "json_text",
    "midi_bytes",
    "musicxml_text",
    "png_bytes",
    "wav_bytes",
]

FORMATS: Final[Mapping[str, Callable[[Melody], bytes]]] = MappingProxyType(
    {
        ".mid": midi_bytes,
        ".midi": midi_bytes,
        ".musicxml": lambda melody: musicxml_text(melody).encode(),
        ".abc": lambda melody: abc_text(melody).encode(),
        ".wav": wav_bytes,
        ".png": png_bytes,
        ".json": lambda melody: json_text(melody).encode(),
    }
)
"""Each known file suffix and what a file of that kind holds."""
