"""What there is to run: a table of suites, of their environments and of agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from creative_envs.benchmark.plugins import list_agents
from creative_envs.benchmark.suite import Suite, load_suite, shipped_suites


def listing(what: str | None) -> str:
    """The tables as text.

    Args:
        what: "suites", "environments" or "agents"; None for all.
    """
    parts = {"suites": _suites, "environments": _environments, "agents": _agents}
    if what is not None:
        return parts[what]()
    return "\n\n".join(f"{name}\n{_indented(part())}" for name, part in parts.items())


def table(lines: Iterable[Sequence[str]]) -> str:
    """Lines of words as columns, two blanks apart."""
    rows = list(lines)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in padded)


def _suites() -> str:
    return table(
        (suite.name, f"{suite.budget:,} steps", f"{suite.seeds} seeds", suite.title)
        for suite in _by_budget()
    )


def _by_budget() -> list[Suite]:
    return sorted(map(load_suite, shipped_suites()), key=lambda suite: suite.budget)


def _environments() -> str:
    where: dict[tuple[str, str], list[str]] = {}
    for suite in _by_budget():
        for environment in suite.environments:
            where.setdefault((environment.name, environment.id), []).append(suite.name)
    return table((*names, f"in {', '.join(suites)}") for names, suites in where.items())


def _agents() -> str:
    return table(
        (agent.name, agent.summary + ("" if agent.source == "built-in" else f" ({agent.source})"))
        for agent in list_agents()
    )


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
