"""Weaves as weavers use them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.files import write_atomically

WEFT, WARP = (236, 228, 208), (38, 70, 110)


@dataclass(frozen=True)
class Weave:
    """A weave, finished or not.

    Attributes:
        up: A row for each pick, 1 for each end that lies above the weft.
    """

    up: tuple[tuple[int, ...], ...]
    media: ClassVar[tuple[str, ...]] = (".png", ".wif", ".txt")

    def __str__(self) -> str:
        """A line for each pick."""
        return "\n".join("".join("·█"[end] * 2 for end in pick) for pick in self.up)

    def wif(self) -> str:
        """A Weaving Information File, which programs for weavers, and looms, read."""
        threads = range(1, len(self.up[0]) + 1) if self.up else ()
        lifted = [",".join(str(end) for end in threads if pick[end - 1]) for pick in self.up]
        parts = {
            "WIF": {"Version": "1.1", "Source Program": "creative_envs"},
            "CONTENTS": dict.fromkeys(("WEAVING", "WARP", "WEFT", "THREADING", "LIFTPLAN"), "true"),
            "WEAVING": {"Shafts": len(threads), "Treadles": len(threads), "Rising Shed": "true"},
            "WARP": {"Threads": len(threads)},
            "WEFT": {"Threads": len(lifted)},
            "THREADING": {end: end for end in threads},
            "LIFTPLAN": dict(enumerate(lifted, 1)),
        }
        return "\n".join(
            f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in part.items())
            for name, part in parts.items()
        )

    def save(self, path: str | Path) -> Path:
        """Writes a .png of four repeats each way, a .wif, or .txt."""
        path = Path(path)
        if path.suffix == ".png":
            cloth = np.tile(np.array(self.up, np.uint8), (4, 4)).repeat(8, 0).repeat(8, 1)
            Image.fromarray(np.array([WEFT, WARP], np.uint8)[cloth]).save(path)
            return path
        texts = {".wif": self.wif, ".txt": self.__str__}
        if path.suffix not in texts:
            raise InvalidArgument(f"A weave is saved as one of {self.media}, not {path.suffix!r}")
        return write_atomically(path, f"{texts[path.suffix]()}\n".encode())
