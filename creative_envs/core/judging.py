"""Judges that users bring: models that look at pictures of works, such as CLIP.

A judge gives a second opinion, never a reward: what a reward holds, agents learn to exploit.
Nothing here downloads or trains one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument, InvalidJudgement
from creative_envs.core.ranking import percentiles

Float64 = NDArray[np.float64]

BATCH: Final = 256
"""Works a judge is shown at a time, at most."""
PIXELS: Final = 224
"""Along the side of a picture unless asked otherwise: what CLIP takes."""


class Judge(Protocol):
    """Anything that can look at pictures and give each a number; more is better."""

    def score(self, pictures: NDArray[np.uint8]) -> Any:
        """Judges pictures.

        Args:
            pictures: sRGB, shape (N, H, W, 3).

        Returns:
            N finite numbers, shape (N,): an array, or what NumPy can make one of.
        """
        ...


class Pictured(Protocol):
    """An artefact that can be made a picture of."""

    def picture(self, pixels: int) -> NDArray[np.uint8]:
        """The work as a square picture, sRGB, shape (pixels, pixels, 3)."""
        ...


Pictures = NDArray[np.uint8] | Sequence[Pictured]


@dataclass(frozen=True)
class Judgement:
    """What a judge said of n works.

    Attributes:
        scores: In the judge's own units, shape (n,).
        percentiles: Where they stand among the scores of reference works, 0..100, shape (n,);
            50 is as the median one, ties count half. None if there was no reference.
    """

    scores: Float64 = field(repr=False)
    percentiles: Float64 | None = field(default=None, repr=False)


def judged(
    judge: Judge, works: Pictures, references: Pictures | None = None, pixels: int = PIXELS
) -> Judgement:
    """Asks a judge about works, and compares them with reference works.

    Args:
        judge: Who is asked.
        works: Artefacts that can be pictured (`creative_envs.artefact` makes them of
            ``info["work"]``), or pictures: uint8 sRGB, shape (n, H, W, 3).
        references: What they are compared with, in the same form; at least one.
        pixels: Along the side of the pictures made of artefacts.

    Raises:
        InvalidArgument: Something that is neither, or no references.
        InvalidJudgement: The judge did not give one finite number a picture.
    """
    scores = _scores(judge, works, pixels)
    if references is None:
        return Judgement(scores)
    standard = _scores(judge, references, pixels)
    if not len(standard):
        raise InvalidArgument("references holds no works: give some, or None")
    return Judgement(scores, percentiles(scores, standard))


def _scores(judge: Judge, works: Pictures, pixels: int) -> Float64:
    starts = range(0, len(works), BATCH)
    parts = [_of_batch(judge, _shown(works[i : i + BATCH], pixels)) for i in starts]
    return np.concatenate([np.empty(0), *parts])


def _shown(works: Pictures, pixels: int) -> NDArray[np.uint8]:
    """A batch as pictures, in an array of its own: a judge may write to what it is shown."""
    if isinstance(works, np.ndarray):
        _require_pictures(works)
        return works.copy()
    for work in works:
        if not callable(getattr(work, "picture", None)):
            raise InvalidArgument(
                f"a {type(work).__name__} cannot be pictured: give works with a method "
                '`picture(pixels)`, which `creative_envs.artefact` makes of `info["work"]`'
            )
    pictures = np.stack([work.picture(pixels) for work in works])
    _require_pictures(pictures)
    return pictures


def _require_pictures(pictures: NDArray[np.uint8]) -> None:
    fits = pictures.dtype == np.uint8 and pictures.ndim == 1 + len("HWC")
    if not fits or pictures.shape[-1] != len("RGB") or not min(pictures.shape[1:]):
        raise InvalidArgument(
            f"pictures are uint8 of shape (N, H, W, 3), got {pictures.dtype}{pictures.shape}"
        )


def _of_batch(judge: Judge, pictures: NDArray[np.uint8]) -> Float64:
    name = type(judge).__name__
    try:
        scores = np.asarray(judge.score(pictures), np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidJudgement(
            f"{name}.score failed on, or gave something other than numbers for, uint8 pictures of "
            f"shape {pictures.shape}: {error}"
        ) from error
    if scores.shape != (len(pictures),):
        raise InvalidJudgement(
            f"{name}.score gave shape {scores.shape} for {len(pictures)} pictures: it must return "
            f"one number a picture, shape ({len(pictures)},)"
        )
    if not np.isfinite(scores).all():
        bad = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise InvalidJudgement(f"{name}.score gave {scores[bad]} for picture {bad} of a batch")
    return scores
