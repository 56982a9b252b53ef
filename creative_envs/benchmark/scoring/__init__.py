"""What works are worth: Creative Yield, and the measures beside it."""

from __future__ import annotations

from creative_envs.benchmark.scoring.cell import score_cell
from creative_envs.benchmark.scoring.worth import Worth, creative_yield

__all__ = ["Worth", "creative_yield", "score_cell"]
