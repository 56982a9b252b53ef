"""What a domain can tell of works beside their scores; whoever asks must do without any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Likeness:
    """The reference work that a work is most like.

    Attributes:
        name: What it is called, with its source, as "Miss McLeod (ryans)".
        distance: How far from it the work is, in units of novelty: 0 is a copy, or a thin disguise
            of it, and 1 as far as new works by the makers of the references are. In [0, 1].
    """

    name: str
    distance: float


class Insight:
    """Optional abilities of a domain: judging, comparing, explaining and showing works."""

    name: ClassVar[str]

    def audit_percentile(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Where works stand among held-out reference works by a judge no reward uses, 0..100."""
        raise NotImplementedError(f"{self.name} has no audit judge")

    def field_statistics(
        self,
        samples: Mapping[str, tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]],
    ) -> str:
        """Sets works beside what the field has published of others, as a table to print.

        Args:
            samples: Tokens, lengths and briefs of each maker's works, by the maker's name.

        Returns:
            The table; empty in a domain without one.
        """
        return ""

    def unlikeness(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How different works are from one another, as novelty sees it.

        Returns:
            Shape (n, n), symmetric, 0 on the diagonal, in [0, 1]: 0 for works that novelty takes
            for copies of each other, 1 for works as far apart as new ones are from known ones.
        """
        raise NotImplementedError(f"{self.name} compares no works")

    def nearest_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> list[Likeness]:
        """The reference work that each of n works is most like, as novelty sees it."""
        raise NotImplementedError(f"{self.name} knows no references by name")

    def kinship(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike works are by a view no reward takes: a second opinion on variety.

        Returns:
            Shape (n, n), symmetric, in [0, 1], 1 on the diagonal.
        """
        raise NotImplementedError(f"{self.name} has no second view of works")

    def kinship_to_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """By the same view, how alike each work is to the most similar one training may have seen.

        Returns:
            Shape (n,), in [0, 1]; 1 for a copy.
        """
        raise NotImplementedError(f"{self.name} has no second view of works")

    def brief_names(self) -> tuple[str, ...]:
        """What each of the B entries of a brief says, as "metre 6/8" or "contour 3"."""
        raise NotImplementedError(f"{self.name} has no names for the entries of briefs")

    def places(self, work: Mapping[str, Any]) -> dict[str, NDArray[np.int64]]:
        """Where to find parts of what an agent observes in the picture `render` draws of a work.

        Returns:
            By the name of the observation's entry, "tokens" and those of `Task.prefix_entries`,
            a box for each row: left, top, right, bottom in pixels, right and bottom exclusive,
            shape (length or M, 4); zeros for a row that is nowhere to be seen.
        """
        raise NotImplementedError(f"{self.name} tells no places")

    def render(self, work: Mapping[str, Any], mode: str) -> Any:
        """Draws a work, finished or not: uint8 (H, W, 3) for "rgb_array", str for "ansi"."""
        raise NotImplementedError(f"{self.name} draws nothing")

    def contact_sheet(self, works: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
        """Works side by side in one picture, uint8 (H, W, 3), in the order given."""
        raise NotImplementedError(f"{self.name} has no contact sheets")
