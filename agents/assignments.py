"""Texts of the form ``key=value,key=value``, as the command lines take them."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from agents.config import shown
from agents.errors import ConfigError
from agents.yaml_text import read_yaml

_BETWEEN: Final = re.compile(r",(?=\s*[\w.]+\s*=)")
"""A comma before another key; commas within a value, as in ``[1, 2]``, stay."""


def split_assignments(text: str) -> list[str]:
    """The single ``key=value`` texts of several that commas divide."""
    return [part.strip() for part in _BETWEEN.split(text)]


def read_words(text: str, flag: str) -> Any:
    """Reads ``metre=6/8,mode=dorian``, or the same as YAML: a mapping, or a list of numbers.

    Args:
        text: What the user wrote.
        flag: Named in the error.

    Raises:
        ConfigError: It is neither.
    """
    hint = f"{flag} wants key=value,key=value or YAML, got {shown(text)}"
    parts = split_assignments(text)
    pairs = [part.partition("=") for part in parts]
    try:
        if all(equals and key.strip().isidentifier() for key, equals, _ in pairs):
            return {key.strip(): read_yaml(value) for key, _, value in pairs}
        words = read_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigError(hint) from error
    if not isinstance(words, dict | list) or not words:
        raise ConfigError(hint)
    return words
