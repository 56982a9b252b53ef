"""What finished works of every domain share: checked attributes, files by suffix, JSON documents.

A work may come from a file, so nothing in it is trusted: every reader here raises `InvalidWork`.
"""

from __future__ import annotations

import base64
import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from creative_envs.core.errors import InvalidArgument, InvalidWork, reason_of
from creative_envs.core.files import write_atomically
from creative_envs.core.reading import GARBLED

Work = TypeVar("Work")

_LONGEST: Final = 800
"""Letters a message says of what is wrong: a damaged part may be of any length."""


def whole_number(value: object, name: str) -> int:
    """Accepts Python and NumPy integers, and nothing that would have to be rounded.

    Raises:
        InvalidWork: It is something else; the message names it.
    """
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidWork(f"{name} is {value!r}: give a whole number") from None


def one_line(title: object) -> str:
    """A title as one line of text that any file can hold; "Untitled" where there is none.

    Raises:
        InvalidWork: It holds half a character, which no file can.
    """
    return _text(" ".join(str(title).split()), "title") or "Untitled"


def checked_scores(scores: Mapping[str, float]) -> dict[str, float]:
    """A copy of named scores as finite Python numbers.

    Raises:
        InvalidWork: A score is not finite.
    """
    checked = {_text(str(name), "a score's name"): float(v) for name, v in scores.items()}
    for name, value in checked.items():
        if not math.isfinite(value):
            raise InvalidWork(f"score {name!r} is {value}: scores are finite numbers")
    return checked


def plain_mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy with NumPy values as numbers and sequences as tuples, which JSON gives back equal.

    Args:
        values: Numbers, text, None, and sequences and mappings of them.
        name: What they are, for messages.

    Raises:
        InvalidWork: A value is of another kind or not finite.
    """
    return {
        _text(str(entry), name): _plain(value, f"{name}[{entry!r}]")
        for entry, value in values.items()
    }


def _plain(value: object, name: str) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, str):
        return _text(value, name)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidWork(f"{name} is {value}: only finite numbers can be kept")
        return value
    if isinstance(value, Mapping):
        return plain_mapping(value, name)
    if isinstance(value, list | tuple):
        return tuple(_plain(entry, name) for entry in value)
    raise InvalidWork(f"{name} is a {type(value).__name__}: give numbers, text or lists of them")


def _text(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidWork(f"{name} holds half a character, as no file can: {text!r}") from None
    return text


def save_as(work: Work, path: str | Path, formats: Mapping[str, Callable[[Work], bytes]]) -> Path:
    """Writes a work in the format the path's suffix names, whole or not at all.

    Args:
        work: What to write.
        path: Where to; the folder must exist.
        formats: Each known suffix, and what makes the content of such a file.

    Returns:
        The path.

    Raises:
        InvalidArgument: The suffix names no known format.
        OSError: The file could not be written; the message says what to do.
    """
    path = Path(path)
    content_of = formats.get(path.suffix.lower())
    if content_of is None:
        raise InvalidArgument(
            f"{path.name!r} does not say which format to write: end it in {', '.join(formats)}"
        )
    return write_atomically(path, content_of(work))


def document_text(format_tag: str, parts: Mapping[str, Any]) -> str:
    """A JSON document of named parts that says which format it is in.

    Args:
        format_tag: Domain and version, such as "creative_envs.melody/1".
        parts: Plain values, as `plain_mapping` makes them.
    """
    document = {"format": format_tag, **parts}
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def reading_document(
    text: str | bytes, format_tag: str, kind: str, source: str
) -> Iterator[dict[str, Any]]:
    """Reads what `document_text` wrote, for a `with` block that makes a work of its parts.

    Whatever is missing or of the wrong kind there is refused with the source's name.

    Args:
        text: The document.
        format_tag: The format it must be in.
        kind: What is read, such as "melody".
        source: Where it came from, for messages.

    Yields:
        The document's parts by name, unchecked.

    Raises:
        InvalidWork: The text is not such a document, or the block could not make a work of it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidWork(f"{source} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != format_tag:
        raise InvalidWork(f"{source} is not a {kind}: its format is not {format_tag!r}")
    try:
        yield document
    except InvalidWork as error:
        raise InvalidWork(f"{source}: {reason_of(error, _LONGEST)}") from error
    except GARBLED as error:
        reason = reason_of(repr(error), _LONGEST)
        raise InvalidWork(f"{source} lacks or garbles a part of a {kind}: {reason}") from error


def data_uri(media_type: str, content: bytes) -> str:
    """A file as an address that holds all of it, for pages that must stand alone."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
