"""Two folders of results side by side: what an agent gained or lost from one to the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.report.columns import HEADLINE, value_of
from creative_envs.benchmark.report.table import FEWEST_SEEDS, Row, short_name, suite_hash
from creative_envs.benchmark.statistics import (
    INTERVAL,
    RESAMPLES,
    RESAMPLING_SEED,
    Estimate,
    interquartile_mean,
)

NOTHING: Final = 1e-9
"""A difference below this is one of rounding."""


@dataclass(frozen=True)
class Difference:
    """An agent in an environment, before and after.

    Attributes:
        environment: Short name.
        agent: As users name it.
        before: Yields of its finished seeds.
        after: Likewise; empty where all of its runs failed.
        change: Interquartile mean after less that before, with the interval over seeds, which are
            resampled on either side; None where a side has too few of them.
    """

    environment: str
    agent: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    change: Estimate | None

    @property
    def broken(self) -> bool:
        """Whether it finished before and only fails now."""
        return bool(self.before) and not self.after

    @property
    def regressed(self) -> bool:
        """Whether it is worse beyond what seeds explain: the interval lies wholly below 0."""
        return self.broken or (self.change is not None and self.change.high < -NOTHING)

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.broken:
            return "fails now"
        if self.change is None:
            return "too few seeds"
        if self.regressed:
            return "worse"
        return "better" if self.change.low > NOTHING else "no difference shown"


@dataclass(frozen=True)
class Comparison:
    """What two folders of results have in common.

    Attributes:
        differences: Of every environment and agent in both.
        alone: Environments and agents in one only, as lines.
    """

    differences: tuple[Difference, ...]
    alone: tuple[str, ...] = ()

    @property
    def regressions(self) -> tuple[Difference, ...]:
        """Those that got worse."""
        return tuple(one for one in self.differences if one.regressed)

    def __str__(self) -> str:
        head = ("environment", "agent", "before", "after", "difference [95 %]", "")
        lines = [head, *map(_cells, self.differences)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        count = len(self.regressions)
        verdict = f"{count} regression{'' if count == 1 else 's'}"
        return "\n".join([*table, *self.alone, f"{verdict} of {len(self.differences)} compared."])


def compare(before: Iterable[Row], after: Iterable[Row]) -> Comparison:
    """Compares the yields of every environment and agent in both.

    Args:
        before: Rows as `Results.scores` gives them, of one suite.
        after: Likewise.

    Raises:
        InvalidResults: They were made under different suites or against different references, or
            have no environment and agent in common.
    """
    old, new = list(before), list(after)
    _refuse_other_terms(old, new)
    ours, theirs = _yields(old), _yields(new)
    both = [key for key in ours if key in theirs]
    if not both:
        raise InvalidResults("No environment and agent is in both folders: nothing to compare")
    differences = tuple(
        Difference(*key, ours[key], theirs[key], change(ours[key], theirs[key])) for key in both
    )
    alone = [f"only before: {', '.join(key)}" for key in ours if key not in theirs]
    alone += [f"only after: {', '.join(key)}" for key in theirs if key not in ours]
    return Comparison(differences, tuple(alone))


def change(before: Iterable[float], after: Iterable[float]) -> Estimate | None:
    """Difference of interquartile means with its interval; None under `FEWEST_SEEDS`.

    Two independent samples: training makes two runs with the same seed differ as any two do.
    """
    old, new = (np.array(list(values), np.float64) for values in (before, after))
    if min(len(old), len(new)) < FEWEST_SEEDS:
        return None
    rng = np.random.default_rng(RESAMPLING_SEED)
    drawn = _resampled_means(new, rng) - _resampled_means(old, rng)
    low, high = np.percentile(drawn, INTERVAL)
    value = interquartile_mean(new) - interquartile_mean(old)
    return Estimate(float(value), float(low), float(high))


def _resampled_means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    return interquartile_mean(values[picks])


def _yields(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[float, ...]]:
    """Yields of the finished seeds of each environment and agent; none where all failed."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        values = found.setdefault((short_name(row["environment"]), row["agent"]), [])
        value = value_of(row, HEADLINE)
        if row["status"] == "ok" and math.isfinite(value):
            values.append(value)
    return {key: tuple(values) for key, values in found.items()}


def _refuse_other_terms(old: list[Row], new: list[Row]) -> None:
    names = {row["suite"] for row in old + new}
    if len(names) > 1:
        raise InvalidResults(
            f"Results of different suites do not compare ({', '.join(sorted(names))}): "
            "give two folders with results of one suite"
        )
    hashes = [suite_hash(rows) for rows in (old, new)]
    if hashes[0] != hashes[1]:
        raise InvalidResults(
            f"The results were made under suites of different content ({hashes[0][:12]} and "
            f"{hashes[1][:12]}), so they do not compare: run one of them again under the other's"
        )
    references = [_references(rows) for rows in (old, new)]
    for name in references[0].keys() & references[1].keys():
        if references[0][name] != references[1][name]:
            raise InvalidResults(
                f"Results of {name} were measured against different references, so they do not "
                "compare: run one of them again with the other's version of creative_envs"
            )


def _references(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        sha256 = row["run"].get("sha256", {}).get("references")
        if sha256:
            found.setdefault(short_name(row["environment"]), set()).add(sha256)
    return found


def _cells(one: Difference) -> tuple[str, ...]:
    words = "–"
    if one.change is not None:
        words = f"{one.change.value:+.3f} [{one.change.low:+.3f}, {one.change.high:+.3f}]"
    before, after = _mean(one.before), _mean(one.after)
    return one.environment, one.agent, before, after, words, one.verdict


def _mean(values: tuple[float, ...]) -> str:
    return f"{float(interquartile_mean(values)):.3f} ({len(values)})" if values else "–"
