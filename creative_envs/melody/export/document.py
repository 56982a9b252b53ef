"""JSON: everything a `Melody` knows, read back equal to what was written."""

from __future__ import annotations

from typing import Any, Final

from creative_envs.core.documents import document_text, reading_document
from creative_envs.melody.artefact import Melody
from creative_envs.melody.vocabulary import REST

_FORMAT: Final = "creative_envs.melody/1"
_ATTRIBUTES: Final = (
    "title",
    "metre",
    "mode",
    "tonic",
    "tempo",
    "bars",
    "scores",
    "brief",
    "provenance",
)


def json_text(melody: Melody) -> str:
    """Writes a melody as JSON.

    ``notes`` holds [semitones above the tonic or null for a rest, sixteenths]; every other entry
    is the attribute of `Melody` with its name.
    """
    parts: dict[str, Any] = {name: getattr(melody, name) for name in _ATTRIBUTES}
    parts["notes"] = [
        [None if pitch == REST else pitch, duration] for pitch, duration in melody.notes
    ]
    return document_text(_FORMAT, parts)


def melody_from_json(text: str | bytes, source: str = "the JSON text") -> Melody:
    """Reads what `json_text` wrote.

    Args:
        text: The document.
        source: Where it came from, for messages.

    Raises:
        InvalidWork: The text is not such a document, or does not describe a melody.
    """
    with reading_document(text, _FORMAT, "melody", source) as document:
        attributes = {name: document[name] for name in _ATTRIBUTES}
        notes = tuple(
            (REST if pitch is None else pitch, duration) for pitch, duration in document["notes"]
        )
        return Melody(notes, **attributes)
