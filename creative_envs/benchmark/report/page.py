"""A folder of results as one HTML page to look at and to listen to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from creative_envs.benchmark.report.table import Row
from creative_envs.benchmark.suite import Suite

if TYPE_CHECKING:
    from creative_envs.benchmark.works import Episode

Fetch = Callable[[Row], "Sequence[Episode]"]
"""The works of a cell as they are kept, such as ``read_episodes`` of its works.jsonl."""


def write_html(
    rows: Iterable[Row],
    path: str | Path,
    *,
    suites: Mapping[str, Suite] | None = None,
    episodes: Fetch | None = None,
) -> Path:
    """Writes the page; without ``episodes`` or ``suites`` it shows numbers and no works."""
    raise NotImplementedError
