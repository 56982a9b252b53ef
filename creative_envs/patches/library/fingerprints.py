"""Content hashes of the pictures that ship with the package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

PICTURE_SHA256: Final[Mapping[str, str]] = MappingProxyType(
    {
        "astronaut": "8df12fef5acc22af45aece30a58e249ce81ce82671303aefc91df51f00f87bee",
        "brick": "cd7ecd18ab29f5396d74ddba5346a11fb65b3d5feedb84ac2fbb9bf86de6816a",
        "camera": "d527925a9e4d3dcb3e4793d0bee83e2172cf52cd048a89304beb6e377aa0cd07",
        "cell": "158e77e1b015413e6b1ebc7d9b8a9b293f1c3bd0f86f86174e907dbb0adeafa4",
        "chelsea": "58f93b23ab72bca51e92e410c4c2b434eb7692a9cab28d7d59f99a03fd6d3f8f",
        "coffee": "8f7e36bac8285ae297e322ad7fb904f3861d9d317e9936d00bb5e31617a61f1b",
        "grass": "379abc60659df9433ccf727a0b0c307adf0f20d110dd77cb089f21a157ef849a",
        "gravel": "68407203cc93350c01c1fbee8cec0b7006e1899e3b325f0f7305344e8c3a709c",
        "hubble_deep_field": "5dd19f213deabfe107e8e0779bee97a4bdbdb2435c84094bae684f67c7383952",
        "retina": "f1c51097800a1a2ed576f242b4e5cff5df7df33a31fb361c32b31b8ab2ce01a8",
        "rocket": "bb3ee7184f30ee9abfa413f9297f0b3dbb6f4f86036f5e98ac892339ef3a87cf",
    }
)
"""`fingerprint` of each picture, as `python -m creative_envs.patches.library.build` prints."""


def fingerprint(pixels: NDArray[np.uint8]) -> str:
    """SHA-256 of the shape and the pixels of a picture."""
    return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()
