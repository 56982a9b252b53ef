"""Teaches the audit judges that ship: ``python -m creative_envs.patches.calibrate``.

Everything is seeded, so the same pictures and libraries give the same judges, but for the last
bits of their numbers where machines add in another order.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from creative_envs.core.stored import Arrays, write_arrays
from creative_envs.patches.audit import shipped
from creative_envs.patches.audit.judge import AuditJudge
from creative_envs.patches.geometry import SIZES
from creative_envs.patches.library import load_library
from creative_envs.patches.library.builtin import BUILTIN
from creative_envs.patches.library.load import DEFAULT_LIBRARY

LIBRARIES: Final = (DEFAULT_LIBRARY, BUILTIN)
"""With their default settings, on canvases of every size."""


def taught() -> Arrays:
    """All judges that ship, stacked by the name of their numbers."""
    kinds = [(load_library(name), size) for name in LIBRARIES for size in SIZES]
    judges = [AuditJudge.fit(library, size).to_arrays() for library, size in kinds]
    stacked = {name: np.stack([judge[name] for judge in judges]) for name in judges[0]}
    libraries = np.array([library.sha256 for library, _ in kinds])
    return {"library": libraries, "size": np.array([size for _, size in kinds]), **stacked}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="creative_envs.patches.calibrate", description=__doc__)
    parser.parse_args(arguments)
    sha256 = write_arrays(shipped.data_path(), taught())
    path = Path(shipped.__file__)
    line = re.compile(r'^SHA256: Final = ".*"$', re.MULTILINE)
    path.write_text(line.sub(f'SHA256: Final = "{sha256}"', path.read_text()))
    print(f"{shipped.FILE_NAME}  sha256 {sha256}")


if __name__ == "__main__":
    main()
