"""What a folder of results says: as markdown, and as one page to look at and listen to."""

from __future__ import annotations

from creative_envs.benchmark.report.markdown import write_markdown
from creative_envs.benchmark.report.page import write_html

__all__ = ["write_html", "write_markdown"]
