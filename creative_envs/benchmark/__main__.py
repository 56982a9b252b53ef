"""``python -m creative_envs.benchmark`` is ``creative-bench``."""

from __future__ import annotations

import sys

from creative_envs.benchmark.command import main

if __name__ == "__main__":  # workers import this module again
    sys.exit(main())
