"""A small reader of ABC music files: tunes as melodies, quickly and with nothing assumed.

`read_abc` reads a file, `read_tunes` its text. Whatever the input, the outcome is tunes or a
`MalformedTune` that names the file, the tune and the reason.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from creative_envs.core.errors import MalformedTune
from creative_envs.melody.corpus.abc_body import BodyReader
from creative_envs.melody.corpus.abc_fields import default_unit, parse_key, parse_metre, parse_unit
from creative_envs.melody.corpus.raw import RawTune, read_limited

_TUNE_START: Final = re.compile(r"(?m)^(?=X:)")
_FIELD: Final = re.compile(r"([A-Za-z]):(.*)")
_COMMENT: Final = re.compile(r"(?<!\\)%.*")
_MUSIC_LETTERS: Final = frozenset("ABCDEFGabcdefgzxZ")
"""A line of music may begin with one of these and a colon ("G:|"); no field within music does."""


def read_abc(path: Path) -> tuple[list[RawTune], list[MalformedTune]]:
    """Read every tune of an ABC file (UTF-8, or Latin-1 where it is not that).

    Returns:
        The tunes that could be read, and one fault for each that could not.

    Raises:
        MalformedTune: The file cannot be read at all, or holds no tune.
    """
    content = read_limited(path)
    if b"\0" in content:
        raise MalformedTune(f"{path.name}: not text (it contains zero bytes)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return read_tunes(text, path.name)


def read_tunes(text: str, source: str) -> tuple[list[RawTune], list[MalformedTune]]:
    """Read every tune of an ABC text; `source` is what to call it in errors.

    A text without any `X:` field is read as a single tune.

    Returns:
        The tunes that could be read, and one fault for each that could not.

    Raises:
        MalformedTune: The text holds no tune.
    """
    lines = text.splitlines()
    file_header, *tune_texts = _TUNE_START.split("\n".join(lines))
    if not tune_texts:
        file_header, tune_texts = "", [file_header]
    tunes: list[RawTune] = []
    faults: list[MalformedTune] = []
    for tune_text in tune_texts:
        try:
            tunes.append(read_tune(f"{_defaults(file_header)}{tune_text}", source))
        except MalformedTune as fault:
            faults.append(fault)
    if not tunes and len(tune_texts) == 1:
        raise faults[0]
    return tunes, faults


def read_tune(text: str, source: str = "") -> RawTune:
    """Read the text of one ABC tune.

    Args:
        text: Header fields up to `K:`, then the music.
        source: Name of the file, for errors and provenance.

    Raises:
        MalformedTune: There is no `K:` field or no note, or a field or length cannot be.
    """
    lines = [_COMMENT.sub("", line).rstrip() for line in text.splitlines()]
    number = next((line[2:].strip() for line in lines if line.startswith("X:")), "")
    try:
        return _read_lines(lines, source, number)
    except MalformedTune as fault:
        place = ", ".join(filter(None, (source, f"X:{number[:20]}" if number else "")))
        raise MalformedTune(f"{place or 'tune'}: {fault}") from None


def _read_lines(lines: list[str], source: str, number: str) -> RawTune:
    header, body_lines = _split_header(lines)
    key = parse_key(header["K"])
    metre = parse_metre(header.get("M", ""))
    unit = parse_unit(header["L"]) if "L" in header else default_unit(metre)
    body = BodyReader(key, metre, unit)
    _read_body(body, body_lines)
    events, bar_lines = body.melody()
    if not events:
        raise MalformedTune("no notes after the K: field")
    return RawTune(
        source=source,
        number=number,
        title=header.get("T", ""),
        tonic=key.tonic,
        mode=key.mode,
        metre=body.metre,
        pitch=tuple(pitch for pitch, _ in events),
        ticks=tuple(ticks for _, ticks in events),
        bar_lines=tuple(bar_lines),
        remarks=frozenset(body.remarks),
    )


def _split_header(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Fields before the music (of titles the first, of others the last), and the music lines."""
    header: dict[str, str] = {}
    for i, line in enumerate(lines):
        match = _FIELD.match(line)
        if match is None:
            continue
        name, value = match[1], match[2].strip()
        if name != "T" or "T" not in header:
            header[name] = value
        if name == "K":
            return header, lines[i + 1 :]
    raise MalformedTune("no K: field; every ABC tune needs one after its other header fields")


def _read_body(body: BodyReader, lines: list[str]) -> None:
    continued: list[str] = []  # lines of music that end in a backslash and go on in the next
    for line in lines:
        match = _FIELD.match(line)
        is_field = match is not None and match[1] not in _MUSIC_LETTERS
        if not is_field:
            continued.append(line.removesuffix("\\"))
        if continued and (is_field or not line.endswith("\\")):
            body.read_line(" ".join(continued))
            continued.clear()
        if is_field and match is not None:
            body.read_field(match[1], match[2])
    body.read_line(" ".join(continued))


def _defaults(file_header: str) -> str:
    """The metre and unit length that a file header gives for all of its tunes."""
    kept = [line for line in file_header.splitlines() if line.startswith(("M:", "L:"))]
    return "".join(f"{line}\n" for line in kept)
