"""What nobody should pass, and hypothesis strategies for all that somebody might."""

from __future__ import annotations

import datetime
import decimal
import fractions

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from creative_envs.core.errors import CreativeEnvsError


class Unprintable:
    """Neither can it be shown nor made an array."""

    def __repr__(self):
        raise RuntimeError("not to be shown")

    def __array__(self, *arguments, **keywords):
        raise TypeError("no array")


def _recursive():
    endless = []
    endless.append(endless)
    return endless


UNSHOWABLE = [10**5000, Unprintable(), np.timedelta64(3)]
"""Python cannot write them out, or not hash them."""
MISFITS = [
    *UNSHOWABLE, None, True, False, -1, 2**64, 10**30, 1.5, -0.5, np.nan, np.inf, 1e308, 1j,
    "", "no such value", "\0", "x" * 5000, "é\ud800", b"", b"train", [], [None], [[1], [1, 2]], (),
    {}, {"a": 1}, {1: 2}, {0.5}, range(3), np.array([]), np.array(1.5), np.array([0.5, 0.9, 1.0]),
    np.array(["train", "test"]), np.zeros((3, 3)), np.array([None]), np.float32(1.5),
    np.bool_(True), np.datetime64("2020"),  np.timedelta64(3, "ns"),
    np.zeros(3, dtype=[("a", "i4")]), decimal.Decimal("1.5"),
    fractions.Fraction(3, 2), datetime.date(2020, 1, 1), object(), _recursive(),
    int, "rgb(300, 0, 0)", "hsv(0, 100%, 999%)", "~nobody-of-this-name/x",
    "procedural:seed=" + "9" * 5000, "procedural:palette=#000+#111", "river-2147483648",
]  # fmt: skip
"""No argument of an environment can have such a value, but for None, a bool or a dict here and
there."""

scalars = st.one_of(
    st.sampled_from(MISFITS[len(UNSHOWABLE) :]),  # Hypothesis does both
    st.integers(-3, 300),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=8),
    arrays.arrays(
        arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    ),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.text(max_size=5), st.integers(), st.none()), inner, max_size=3
        ),
    ),
    max_leaves=5,
)


def told(error: CreativeEnvsError) -> str:
    """The message of an error, which must be one line that is no page."""
    message = str(error)
    assert message and "\n" not in message and len(message) < 1500, message[:2000]
    return message
