"""Speed, measured as ratios: ``python -m benchmarks.bench``.

Everything runs on one thread, which has to be said before the libraries are loaded.
"""

from __future__ import annotations

import os

for _variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"
