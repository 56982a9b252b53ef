"""Errors a user of the command line can meet: one line each, saying what to do."""

from __future__ import annotations


class AgentError(Exception):
    """Base of every error raised on purpose by this package."""


class ConfigError(AgentError, ValueError):
    """A setting is unknown or has a value it cannot take."""


class RunError(AgentError, RuntimeError):
    """A run's folder cannot be made, written, or continued."""


class CheckpointError(AgentError, RuntimeError):
    """A checkpoint is missing, incomplete, damaged, or of another environment or program."""


class Interrupted(AgentError):
    """Training was asked to stop (Ctrl-C or SIGTERM) and has saved a checkpoint."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class UnfitEnvironment(AgentError, ValueError):
    """An environment's observations are not those of a creative environment."""


class RatioMismatch(AgentError, RuntimeError):
    """An update sees other probabilities than those its actions were sampled with."""
