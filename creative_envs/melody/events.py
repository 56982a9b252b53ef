"""A batch of works as the event arrays every melody model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]


class Events(NamedTuple):
    """n works of at most E events; see `vocabulary` for what the numbers mean."""

    pitch: Int8
    """(n, E) semitones above the tonic, REST for rests and padding."""
    duration: Int8
    """(n, E) sixteenths, 0 in the padding."""
    length: Int32
    """(n,) events of each work."""
    metre: Int8
    """(n,) index into METRES."""
    mode: Int8
    """(n,) index into MODES."""

    def take(self, rows: Any) -> Self:
        """The works an index array, mask or slice selects, as a new batch."""
        return type(self)(*(array[rows] for array in self))

    @classmethod
    def of(cls, works: Any) -> Self:
        """The event arrays of anything that has them as attributes (such as `Windows`)."""
        return cls(works.pitch, works.duration, works.length, works.metre, works.mode)

    @classmethod
    def join(cls, batches: Sequence[Events]) -> Self:
        """All works of several batches with the same E, one batch after another."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*batches, strict=True)))
