"""The fields of ABC music notation: key, metre, unit length, and note lengths.

Source: the ABC music standard 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from creative_envs.core.errors import MalformedTune

LETTER_SEMITONES: Final[Mapping[str, int]] = MappingProxyType(
    {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
)
ACCIDENTALS: Final[Mapping[str, int]] = MappingProxyType(
    {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
)
_SHARP_ORDER: Final = "FCGDAEB"
_FLAT_ORDER: Final = _SHARP_ORDER[::-1]
_FIFTHS_OF_LETTER: Final = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
"""Sharps of the major key on each natural letter: F has -1, C 0, G 1, ..."""
_MODES: Final = {
    "": ("major", 0),
    "maj": ("major", 0),
    "ion": ("major", 0),
    "m": ("minor", -3),
    "min": ("minor", -3),
    "aeo": ("minor", -3),
    "dor": ("dorian", -2),
    "mix": ("mixolydian", -1),
    "phr": ("phrygian", -4),
    "lyd": ("lydian", 1),
    "loc": ("locrian", -5),
}
"""Mode by the first three letters of its name, with its sharps relative to the major key."""
_NOT_A_MODE: Final = re.compile(
    r"(?i)clef|treble|bass|alto|tenor|middle|transpose|octave|staff|exp"
)

_KEY: Final = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)(.*)")
_EXPLICIT_ACCIDENTAL: Final = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])(?![A-Za-z])")
_METRE: Final = re.compile(r"\(?(\d{1,2}(?:\+\d{1,2}){0,7})\)?\s*/\s*(\d{1,3})")
_UNIT: Final = re.compile(r"(\d{1,3})\s*(?:/\s*(\d{1,3}))?")
_LENGTH: Final = re.compile(r"(\d*)(/*)(\d*)")
_MAX_DIGITS: Final = 4
_MAX_SLASHES: Final = 6


@dataclass(frozen=True)
class Key:
    """A key signature.

    Attributes:
        tonic: Pitch class 0..11, or None where the field names none.
        mode: Name of the mode, or None where it is unknown.
        signature: Semitones by which each letter is altered (letters left out: 0).
    """

    tonic: int | None
    mode: str | None
    signature: Mapping[str, int]


def parse_key(value: str) -> Key:
    """Read a `K:` field, such as "Ador", "Bb", "E minor", "D =c", "Hp" or "none".

    Explicit accidentals alter the signature; after "exp" they are all of it. Clefs are ignored.
    Highland pipes (HP, Hp) are read as A mixolydian, which is what they sound like.
    """
    value = value.strip()
    if value[:2] in ("HP", "Hp"):
        return Key(9, "mixolydian", _signature(2))
    match = _KEY.match(value)
    if match is None:
        return Key(None, None, {})
    letter, accidental, word, rest = match.groups()
    if _NOT_A_MODE.match(word):
        word, rest = "", word + rest
    shift = {"#": 1, "b": -1, "": 0}[accidental]
    mode, mode_fifths = _parse_mode(word)
    fifths = _FIFTHS_OF_LETTER[letter] + 7 * shift + mode_fifths
    signature = {} if re.match(r"(?i)\s*exp\b", rest) else _signature(fifths)
    for sign, altered in _EXPLICIT_ACCIDENTAL.findall(rest):
        signature[altered.upper()] = ACCIDENTALS[sign]
    tonic = (LETTER_SEMITONES[letter] + shift) % 12 if mode is not None else None
    return Key(tonic, mode, signature)


def _parse_mode(word: str) -> tuple[str | None, int]:
    """Name of the mode a word of a `K:` field stands for (None: unknown), and its fifths."""
    if word == "M":
        return _MODES["maj"]
    return _MODES.get(word.lower()[:3], (None, 0))


def _signature(fifths: int) -> dict[str, int]:
    """Alteration of each letter in the signature with this many sharps (negative: flats)."""
    sign, order = (1, _SHARP_ORDER) if fifths > 0 else (-1, _FLAT_ORDER)
    return dict.fromkeys(order[: abs(fifths)], sign)


def parse_metre(value: str) -> tuple[int, int] | None:
    """Read an `M:` field: "C" is 4/4, "C|" 2/2, "2+3/8" 5/8; None for free or unknown metre.

    Raises:
        MalformedTune: The metre has a zero in it.
    """
    value = value.strip().strip('"')
    if value.startswith("C|"):
        return 2, 2
    if value.startswith("C"):
        return 4, 4
    match = _METRE.match(value)
    if match is None:
        return None
    metre = sum(int(part) for part in match[1].split("+")), int(match[2])
    if 0 in metre:
        raise MalformedTune(f"metre {match[0]!r} contains a zero")
    return metre


def parse_unit(value: str) -> Fraction:
    """Read an `L:` field, the unit note length as a fraction of a whole note.

    Raises:
        MalformedTune: It is not a positive fraction.
    """
    match = _UNIT.match(value.strip())
    if match is None or int(match[1]) == 0 or int(match[2] or 1) == 0:
        raise MalformedTune(f"unit note length {value.strip()[:20]!r} is not a fraction like 1/8")
    return Fraction(int(match[1]), int(match[2] or 1))


def default_unit(metre: tuple[int, int] | None) -> Fraction:
    """Unit note length where no `L:` is given: 1/16 for metres under 3/4, else 1/8."""
    if metre is not None and Fraction(*metre) < Fraction(3, 4):
        return Fraction(1, 16)
    return Fraction(1, 8)


def parse_length(text: str) -> Fraction:
    """Read the length after a note, as a multiple of the unit: "" 1, "3" 3, "/" 1/2, "3/4" 3/4.

    Raises:
        MalformedTune: It is zero or absurdly long or short.
    """
    match = _LENGTH.fullmatch(text)
    if match is None or len(match[2]) > _MAX_SLASHES or _too_long(match[1]) or _too_long(match[3]):
        raise MalformedTune(f"note length {text[:20]!r} cannot be read")
    numerator = int(match[1] or 1)
    denominator = int(match[3]) if match[3] else 2 ** len(match[2])
    if numerator == 0 or denominator == 0:
        raise MalformedTune(f"note length {text[:20]!r} is zero or divides by zero")
    return Fraction(numerator, denominator)


def _too_long(digits: str) -> bool:
    return len(digits) > _MAX_DIGITS
