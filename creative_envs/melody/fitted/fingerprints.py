"""SHA-256 of the content of the fitted models that ship with the package.

Written by `python -m creative_envs.melody.calibrate`.
"""

from __future__ import annotations

from typing import Final

SHA256: Final[dict[str, str]] = {
    "craft8.npz": "9e412d07b0e80a17436adf3dcc29fb1327e55f1d95bd5d9f615abcc0cc4331d8",
    "judge8.npz": "177cde7deadb2284d0203d376c1ac379b06e3d727ca6bb135efe3e7c7d9262d7",
}
