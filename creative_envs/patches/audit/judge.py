"""The audit judge: a second opinion on compositions that were optimised for the reward.

The reward knows its own measures and agents will find whatever those overlook. The judge takes no
part in any reward. It looks at pixels, by statistics the reward does not have (`statistics`), and
says where a composition stands among held-out pictures projected onto the same library: 50 is as
the median one, 0 is below them all.

It holds two opinions. One, taught to tell projected pictures from such in which order was lost
(`controls.disorder`), sees broken structure. The other asks how far a composition lies from what
pictures are like on the whole, in any direction, so that order in excess is noticed although the
judge was never shown any. The lower of the two counts.

Few pictures are built in. The judge learns from the five compositions of the train and validation
splits, as they are and repainted in the library's colours, and is calibrated on the two of the
test split; so its percentiles say "beside details of these two pictures", not "beside art". Taught
and calibrated on any six of the seven, it put the median detail of the seventh at percentile 5 to
57, so only large differences between percentiles mean something. The areas under the curve
against controls hardly depend on the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.ranking import percentiles
from creative_envs.core.stored import Arrays
from creative_envs.patches.audit.controls import disorder
from creative_envs.patches.audit.shipped import shipped_arrays
from creative_envs.patches.audit.statistics import statistics
from creative_envs.patches.craft.tables import TileTables, tile_tables
from creative_envs.patches.framings import framings
from creative_envs.patches.geometry import CELL, SIZES
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.projection import budget, project, toned
from creative_envs.patches.reference import Split, composed_pictures, repainted

Float64 = NDArray[np.float64]

TAUGHT_EACH: Final = 20
"""Framings of each picture the judge learns from; as many again repainted."""
HELD_OUT_EACH: Final = 96
"""Framings of each picture it is calibrated on; as many again repainted."""
DISORDERED_EACH: Final = 60
"""Controls of each kind it learns from."""
FARTHEST: Final = 6.0
"""Standardised statistics are cut off at so many deviations."""
SHRINKAGE: Final = 0.1
"""Weight of the diagonal in the covariance of statistics."""
PENALTY: Final = 3.0
"""On squared weights, beside a total weight of 1000 of the examples. Chosen, as the number of
examples and the form of the judge, by the area under the curve against controls alone."""
TOTAL_WEIGHT: Final = 1000.0
NEWTON_STEPS: Final = 20
CENTRAL: Final = (0.16, 0.84)
"""Quantiles two standard deviations apart in a normal distribution."""
TAIL: Final = 0.1
"""An opinion's unit is from the median of the held-out pictures down to this quantile."""
_SEED: Final = 19630422


@dataclass(frozen=True, eq=False)
class AuditJudge:
    """What pictures are like on one library and size of canvas; a `core.judging.Judge`.

    Attributes:
        side: Pixels along the side of the pictures it looks at.
        middle: Median of each statistic over the pictures it learnt from, shape (39,).
        deviation: Half the width of their central two thirds, shape (39,).
        weight: Of standardised statistics, log-odds that order was not lost, shape (39,).
        precision: Inverse of their covariance, shape (39, 39).
        zero: Median of either opinion over held-out pictures, shape (2,).
        unit: Its distance to the quantile TAIL, shape (2,).
        held_out: Scores of the held-out pictures, shape (m,).
    """

    side: int
    middle: Float64 = field(repr=False)
    deviation: Float64 = field(repr=False)
    weight: Float64 = field(repr=False)
    precision: Float64 = field(repr=False)
    zero: Float64 = field(repr=False)
    unit: Float64 = field(repr=False)
    held_out: Float64 = field(repr=False)

    @classmethod
    def fit(cls, library: PatchLibrary, size: int) -> Self:
        """Teaches and calibrates a judge; the same for the same library and size.

        Raises:
            InvalidArgument: There is no canvas of that size, or the patches cannot fill it.
        """
        if size not in SIZES:
            raise InvalidArgument(f"size is one of {SIZES}, got {size!r}")
        if len(library) * budget(size) < size**2:
            raise InvalidArgument(
                f"{len(library)} patches, each used {budget(size)} times at most, do not fill a "
                f"canvas of {size} x {size}: use a larger library"
            )
        rng = np.random.default_rng(_SEED)
        tables = tile_tables([library])
        works = _projections(("train", "valid"), TAUGHT_EACH, size, library, tables)
        some = works[rng.permutation(len(works))[:DISORDERED_EACH]]
        without_order = np.concatenate(list(disorder(some, size, library, rng).values()))
        good, bad = (statistics(pictures_of(c, size, library)) for c in (works, without_order))
        low, middle, high = np.quantile(good, (CENTRAL[0], 0.5, CENTRAL[1]), axis=0)
        deviation = np.maximum((high - low) / 2, 1e-3)
        standard = [np.clip((x - middle) / deviation, -FARTHEST, FARTHEST) for x in (good, bad)]
        judge = cls(
            side=size * CELL,
            middle=middle,
            deviation=deviation,
            weight=_logistic_weights(*standard),
            precision=_precision(standard[0]),
            zero=np.zeros(2),
            unit=np.ones(2),
            held_out=np.zeros(0),
        )
        held_out = _projections(("test",), HELD_OUT_EACH, size, library, tables)
        opinions = judge.opinions(pictures_of(held_out, size, library))
        tail, zero = np.quantile(opinions, (TAIL, 0.5), axis=0)
        unit = np.maximum(zero - tail, 1e-6)
        scores = ((opinions - zero) / unit).min(axis=1)
        return replace(judge, zero=zero, unit=unit, held_out=scores)

    def to_arrays(self) -> Arrays:
        """Every number but ``side``, by its name, as arrays to store."""
        names = (one.name for one in fields(self) if one.name != "side")
        return {name: getattr(self, name) for name in names}

    def opinions(self, pictures: NDArray[np.uint8]) -> Float64:
        """Both opinions, shape (n, 2): that order is kept, and how near the usual a picture is.

        Both are 0 for the median of the held-out pictures and -1 at their lower decile.
        """
        seen = statistics(self._reduced(pictures)) - self.middle
        standard = np.clip(seen / self.deviation, -FARTHEST, FARTHEST)
        distance = np.einsum("ni,ij,nj->n", standard, self.precision, standard)
        raw = np.stack((standard @ self.weight, -np.log(distance + 1e-9) / 2), axis=1)
        return np.asarray((raw - self.zero) / self.unit)

    def score(self, pictures: NDArray[np.uint8]) -> Float64:
        """The lower of two opinions on pictures, shape (n,); see `opinions`.

        Args:
            pictures: sRGB, uint8, shape (n, S, S, 3). Larger ones are reduced; at 64 pixels
                a cell, as the originals have, that changes no score.

        Raises:
            InvalidArgument: They are not square, or too small.
        """
        return np.asarray(self.opinions(pictures).min(axis=1))

    def percentile(self, pictures: NDArray[np.uint8]) -> Float64:
        """Per cent of the held-out pictures whose score is lower, ties half, shape (n,)."""
        return percentiles(self.score(pictures), self.held_out)

    def _reduced(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures (n, S, S, 3) at the judge's resolution; means of areas."""
        height, width = pictures.shape[1:3]
        if height != width or height < self.side:
            raise InvalidArgument(
                f"this judge looks at square pictures of {self.side} pixels or more along the "
                f"side, got {height} x {width}"
            )
        step, rest = divmod(height, self.side)
        if not rest:
            parts = pictures.reshape(-1, self.side, step, self.side, step, 3)
            sums = parts.sum(axis=(2, 4), dtype=np.int64)
            return np.asarray((2 * sums + step**2) // (2 * step**2), np.uint8)
        shape = (self.side, self.side)
        small = [Image.fromarray(p).resize(shape, Image.Resampling.BOX) for p in pictures]
        return np.array(small, np.uint8).reshape(-1, *shape, 3)


@lru_cache(maxsize=8)
def load_judge(library: PatchLibrary, size: int) -> AuditJudge:
    """The judge for a library and size; kept in the process.

    Where none is shipped, it takes a few seconds at first.

    Raises:
        InvalidArgument: There is no canvas of that size, or the patches cannot fill it.
        CorruptData: The file of shipped judges is damaged.
    """
    arrays = shipped_arrays(library.sha256, size)
    return AuditJudge.fit(library, size) if arrays is None else AuditJudge(size * CELL, **arrays)


def audit_percentile(cells: NDArray[np.integer[Any]], size: int, library: PatchLibrary) -> Float64:
    """Where compositions stand among held-out pictures on the same library, 0..100, shape (n,).

    Args:
        cells: Tiles of full canvases in reading order, shape (n, size * size).
        size: Cells along the side.
        library: What they are made of.

    Raises:
        InvalidArgument: Cells that are no full canvases of that size and library.
    """
    pictures = pictures_of(cells, size, library)
    return load_judge(library, size).percentile(pictures)


def pictures_of(
    cells: NDArray[np.integer[Any]], size: int, library: PatchLibrary
) -> NDArray[np.uint8]:
    """Full canvases (n, size * size) at the resolution they are scored: (n, 8 size, 8 size, 3).

    Raises:
        InvalidArgument: Cells that are no full canvases of that size and library.
    """
    cells = np.asarray(cells)
    if cells.ndim != 2 or cells.shape[1] != size**2 or cells.dtype.kind not in "iu":
        raise InvalidArgument(
            f"cells are whole numbers of shape (n, {size**2}), got {cells.dtype}{cells.shape}"
        )
    if ((cells < 0) | (cells >= len(library.tiles))).any():
        raise InvalidArgument(f"every cell holds a tile, 0 to {len(library.tiles) - 1}")
    squares = library.tiles[cells].reshape(-1, size, size, CELL, CELL, 3)
    return np.asarray(squares.swapaxes(2, 3).reshape(-1, size * CELL, size * CELL, 3), np.uint8)


def _projections(
    splits: tuple[Split, ...], each: int, size: int, library: PatchLibrary, tables: TileTables
) -> NDArray[np.int16]:
    """Framings of the splits' pictures on a library, as they are and repainted."""
    pictures = [picture for split in splits for picture in composed_pictures(split)]
    lab = srgb_to_lab(framings(pictures, each, size).pixels)
    shown = np.concatenate((toned(lab, library), repainted(lab, tables.inks[0])))
    return project(shown, library, tables.seam_right[0], tables.seam_down[0])


def _precision(standard: Float64) -> Float64:
    covariance = np.cov(standard.T)
    diagonal = np.diag(np.maximum(np.diag(covariance), 1e-2))
    shrunken = (1 - SHRINKAGE) * covariance + SHRINKAGE * diagonal
    return np.asarray(np.linalg.inv(shrunken), np.float64)


def _logistic_weights(good: Float64, bad: Float64) -> Float64:
    """Weights (F,) of penalised logistic regression of two classes of equal weight, by Newton."""
    x = np.concatenate((good, bad))
    x = np.column_stack((x, np.ones(len(x))))
    is_good = np.arange(len(x)) < len(good)
    share = np.where(is_good, 0.5 / len(good), 0.5 / len(bad)) * TOTAL_WEIGHT
    penalty = np.full(x.shape[1], PENALTY)
    penalty[-1] = 1e-6  # of the intercept
    weight = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(x @ weight, -30, 30)))
        gradient = x.T @ (share * (is_good - probability)) - penalty * weight
        curvature = (x * (share * probability * (1 - probability))[:, None]).T @ x
        weight += np.linalg.solve(curvature + np.diag(penalty), gradient)
    return weight[:-1]
