"""Errors of the benchmark, each saying what to do about it."""

from __future__ import annotations

from creative_envs.core.errors import CreativeEnvsError


class BenchmarkError(CreativeEnvsError):
    """Base of the errors that a user of the benchmark can cause and put right."""


class UnknownName(BenchmarkError, ValueError):
    """No suite, environment or agent has this name; suggests the nearest one."""


class InvalidSuite(BenchmarkError, ValueError):
    """A suite file cannot be read, or asks for what cannot be."""


class BudgetExhausted(BenchmarkError, EOFError):
    """A step beyond the budget: the environment refuses it. See `Context.until_spent`.

    An EOFError, which the workers of Stable-Baselines3 take as their end: they stop quietly.
    """


class InvalidPolicy(BenchmarkError, TypeError):
    """A policy did not give one action of the action space for each episode."""


class InvalidResults(BenchmarkError, ValueError):
    """A folder of results is missing, damaged or made under other terms."""


class MissingPackage(BenchmarkError, ImportError):
    """An agent or a runner needs a package that is not installed; names the pip extra."""


class ClusterUnavailable(BenchmarkError, RuntimeError):
    """A Ray cluster does not answer, has no room or was lost."""


class InvalidAgent(BenchmarkError, TypeError):
    """What a name stands for cannot be loaded, or is no agent: it has no ``train``."""
