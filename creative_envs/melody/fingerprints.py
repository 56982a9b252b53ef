"""SHA-256 of the content of the fitted models that ship with the package.

Written by `python -m creative_envs.melody.calibrate`.
"""

from __future__ import annotations

from typing import Final

SHA256: Final[dict[str, str]] = {
    "craft8.npz": "e1320428e1af3984fdce107bc6933ff8c886b1220ab0f91fa2cd68e7aac371b1",
    "judge8.npz": "177cde7deadb2284d0203d376c1ac379b06e3d727ca6bb135efe3e7c7d9262d7",
}
