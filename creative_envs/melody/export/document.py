"""JSON: everything a `Melody` knows, read back equal to what was written."""

from __future__ import annotations

import json
from typing import Any, Final

from creative_envs.core.errors import InvalidWork
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
    document: dict[str, Any] = {"format": _FORMAT}
    document |= {name: getattr(melody, name) for name in _ATTRIBUTES}
    document["notes"] = [
        [None if pitch == REST else pitch, duration] for pitch, duration in melody.notes
    ]
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def melody_from_json(text: str | bytes, source: str = "the JSON text") -> Melody:
    """Reads what `json_text` wrote.

    Args:
        text: The document.
        source: Where it came from, for messages.

    Raises:
        InvalidWork: The text is not such a document, or does not describe a melody.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidWork(f"{source} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise InvalidWork(f"{source} is not a melody: its format is not {_FORMAT!r}")
    try:
        attributes = {name: document[name] for name in _ATTRIBUTES}
        notes = tuple(
            (REST if pitch is None else pitch, duration) for pitch, duration in document["notes"]
        )
        return Melody(notes, **attributes)
    except InvalidWork as error:
        raise InvalidWork(f"{source}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidWork(f"{source} lacks or garbles a part of a melody: {error!r}") from error
