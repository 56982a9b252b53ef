"""SHA-256 of the content of the fitted models that ship with the package.

Written by `python -m creative_envs.melody.calibrate`.
"""

from __future__ import annotations

from typing import Final

SHA256: Final[dict[str, str]] = {
    "craft8.npz": "e1320428e1af3984fdce107bc6933ff8c886b1220ab0f91fa2cd68e7aac371b1",
    "judge8.npz": "572339af031cd01d9106524161b2898efad1561d7a1e1e270c63fa03031d42a3",
}
