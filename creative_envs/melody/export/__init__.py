"""A melody in the formats people use: MIDI, ABC notation, WAV, PNG and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.files import write_atomically
from creative_envs.melody.artefact import Melody
from creative_envs.melody.export.abc import abc_text
from creative_envs.melody.export.document import json_text
from creative_envs.melody.export.midi import midi_bytes
from creative_envs.melody.export.wav import wav_bytes
from creative_envs.melody.render import png_bytes

__all__ = [
    "FORMATS",
    "abc_text",
    "json_text",
    "midi_bytes",
    "png_bytes",
    "save_melody",
    "wav_bytes",
]

FORMATS: Final[Mapping[str, Callable[[Melody], bytes]]] = MappingProxyType(
    {
        ".mid": midi_bytes,
        ".midi": midi_bytes,
        ".abc": lambda melody: abc_text(melody).encode(),
        ".wav": wav_bytes,
        ".png": png_bytes,
        ".json": lambda melody: json_text(melody).encode(),
    }
)
"""Each known file suffix and what a file of that kind holds."""


def save_melody(melody: Melody, path: str | Path) -> Path:
    """Writes a melody in the format the suffix names, whole or not at all.

    Returns:
        The path.

    Raises:
        InvalidArgument: The suffix names no known format.
        OSError: The file could not be written; the message says what to do.
    """
    path = Path(path)
    content_of = FORMATS.get(path.suffix.lower())
    if content_of is None:
        raise InvalidArgument(
            f"{path.name!r} does not say which format to write: end it in {', '.join(FORMATS)}"
        )
    return write_atomically(path, content_of(melody))
