"""SHA-256 of the content of the fitted models that ship with the package.

Written by `python -m creative_envs.melody.calibrate`.
"""

from __future__ import annotations

from typing import Final

SHA256: Final[dict[str, str]] = {}
