"""Errors users can meet, each saying what to do about it."""

from __future__ import annotations

from typing import Final

from gymnasium import error

_LONGEST_REASON: Final = 200
"""Letters of what a file or a user said that a message repeats, unless told otherwise."""


class CreativeEnvsError(Exception):
    """Base of every error raised on purpose by this package."""


class InvalidAction(CreativeEnvsError, error.InvalidAction, ValueError):
    """The action lies outside the action space (a *masked* one is executed as the next legal)."""


class ResetNeeded(CreativeEnvsError, error.ResetNeeded, RuntimeError):
    """`step` was called before `reset` or after the episode had ended."""


class InvalidBrief(CreativeEnvsError, ValueError):
    """A brief has the wrong size, is not finite, or leaves the range [0, 1]."""


class InvalidArgument(CreativeEnvsError, ValueError):
    """A keyword of the environment has a value it cannot take."""


class InvalidWork(CreativeEnvsError, ValueError):
    """Tokens do not describe a work of this domain."""


class CorruptData(CreativeEnvsError, RuntimeError):
    """A data file does not have the content its hash promises; reinstall or rebuild it."""


class MalformedTune(CreativeEnvsError, ValueError):
    """A tune file could not be read; names the file, the place in it and the reason."""


class EmptyCorpus(CreativeEnvsError, ValueError):
    """A corpus holds too few usable works to serve as a reference."""


class UnusablePictures(CreativeEnvsError, ValueError):
    """A picture cannot be read, or pictures give too few patches that differ."""


class InvalidJudgement(CreativeEnvsError, ValueError):
    """A judge did not give one finite number for each picture it was shown."""


def reason_of(problem: object, most: int = _LONGEST_REASON) -> str:
    """An error's message, or anything in words, as one short line of printable characters.

    Args:
        problem: What is told of.
        most: Letters to show.
    """
    text = " ".join(str(problem).split()) or type(problem).__name__
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if len(shown) <= most else f"{shown[:most]} ..."
