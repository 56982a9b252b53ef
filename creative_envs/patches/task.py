"""Image-patch composition as a task: the rules of the game, one screen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, get_args

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.action_table import ActionTable, ObservedFeatures
from creative_envs.core.arguments import read_flag, require_one_of
from creative_envs.core.artefacts import read_work
from creative_envs.core.insight import Likeness
from creative_envs.core.task import Scores, Task
from creative_envs.patches import brief, descriptors, novelty, quality
from creative_envs.patches.actions import advance_works, begin_works, cells_of, tokens_of
from creative_envs.patches.adversaries.search import Rules, anneal
from creative_envs.patches.artefact import Composition
from creative_envs.patches.brief import (
    BRIEF_SIZE,
    LIBRARY_AT,
    BriefPool,
    Briefs,
    extract_briefs,
    extract_pool,
)
from creative_envs.patches.craft.tables import library_inks
from creative_envs.patches.geometry import (
    CELL,
    DEFAULT_SIZE,
    N_PATCHES,
    N_TRANSFORMS,
    SIZES,
    bearing_cells,
)
from creative_envs.patches.library.load import (
    DEFAULT_LIBRARY,
    LibrarySpec,
    load_libraries,
    names_of,
)
from creative_envs.patches.patterns import turned
from creative_envs.patches.potential import potential, scratch_size
from creative_envs.patches.projection import budget
from creative_envs.patches.reference import Split, load_reference
from creative_envs.patches.shown import N_SHOWN, gather, shown_features

MOST_DEMONSTRATIONS: Final = 2048
"""Framings of one split worth learning from: there are only a few pictures."""
EMPTY_GREY: Final = 128
"""Of the cells nothing is placed in, in the picture an agent may ask to see."""
_SHOWN_SCORES: Final = ("quality", "craft", "adherence", "novelty")


class PatchTask(Task):
    """Compose a picture out of patches, cell by cell in reading order.

    Args:
        size: Cells along the side of the canvas: 6, 8 or 12.
        library: What the patches are: see `creative_envs.patches.library.load.load_library`; or
            several libraries, of which the brief names one.
        patches: K, how many each library has, 12 to 48.
        split: Which pictures the briefs are taken from; "test" gives briefs no training run has
            seen.
        observe_picture: Whether observations show the picture so far as pixels.

    Raises:
        InvalidArgument: A value out of range, or libraries that do not go together.
        UnusablePictures: A folder does not hold the pictures for a library.
    """

    name = "image-patch composition"
    term_names = (*quality.TERM_NAMES, *novelty.TERM_NAMES)
    descriptor_names = descriptors.DESCRIPTOR_NAMES
    render_modes: ClassVar[tuple[str, ...]] = ("rgb_array", "ansi")
    has_potential = True
    keeps_sense_for_other_briefs = True

    def __init__(
        self,
        size: int = DEFAULT_SIZE,
        library: LibrarySpec = DEFAULT_LIBRARY,
        patches: int = N_PATCHES,
        split: Split = "train",
        observe_picture: bool = False,
    ) -> None:
        require_one_of("size", size, SIZES)
        require_one_of("split", split, get_args(Split))
        self.size, self.split = int(size), split
        self.observe_picture = read_flag("observe_picture", observe_picture)
        self.libraries = load_libraries(library, patches)
        self.reference = load_reference(self.libraries, self.size)
        self._budget = budget(self.size)
        self.n_actions = patches * N_TRANSFORMS
        self.max_length = self.size**2
        self.token_sizes = (patches, N_TRANSFORMS)
        self.brief_size = BRIEF_SIZE
        self.memory_size = novelty.N_FEATURES
        self.scratch_size = scratch_size(patches)
        self._inks = self.reference.scale.tables.inks
        self._shown = np.stack([shown_features(library) for library in self.libraries])
        self._limits = descriptors.reachable(self.reference.scale.tables, self.size)

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Draws briefs near what projections of the split's pictures fulfil, shape (n, 16)."""
        return brief.draw_briefs(self.reference.pools[self.split], keys).encode(self._inks)

    def begin(
        self,
        rows: NDArray[np.int64],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
    ) -> None:
        """Prepares empty canvases."""
        begin_works(rows, self._library_of(brief[rows]), self.reference.distinct, mask, scratch)

    def advance(
        self,
        actions: NDArray[np.int64],
        active: NDArray[np.bool_],
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
        finished: NDArray[np.bool_],
    ) -> None:
        """Places a tile on every active canvas."""
        advance_works(actions, active, self._budget, tokens, length, mask, scratch, finished)

    def score(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        earlier: NDArray[np.float32],
    ) -> Scores:
        """Scores finished compositions: craft, adherence to the brief, novelty."""
        asked, cells = Briefs.decode(brief, self._inks), cells_of(tokens)
        made, kept, terms = quality.judge_all(cells, self.size, asked, self.reference.scale)
        new, distances = self.reference.novelty.score(cells, self.size, asked.library, earlier)
        tables = self.reference.scale.tables
        return Scores(
            craft=made.astype(np.float32),
            adherence=kept.astype(np.float32),
            novelty=new,
            valid=np.ones(len(cells), np.bool_),
            terms=np.concatenate([terms, distances], axis=1, dtype=np.float32),
            descriptor=descriptors.descriptors(cells, asked.library, tables, self._limits),
        )

    def potential(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        scratch: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """Quality of canvases as far as they are filled, shape (N,); 0 for empty ones."""
        scale = self.reference.scale
        worth: NDArray[np.float64] = potential(tokens, length, self.size, brief, scale, scratch)
        return worth

    def memory(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The features of finished compositions, by which later ones are compared with them."""
        library = self._library_of(brief)
        tables = self.reference.novelty.tables
        return novelty.extract_all(cells_of(tokens), self.size, library, tables)

    def context_spaces(self) -> dict[str, gym.Space[Any]]:
        """The library: a row of features for each patch, see `creative_envs.patches.shown`."""
        shape = (self.token_sizes[0], N_SHOWN)
        return {"library": spaces.Box(0.0, 1.0, shape, np.float32)}

    def context(self, brief: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The library each brief names, shape (N, K, 55)."""
        return {"library": self._shown.take(self._library_of(brief), axis=0)}

    def view_spaces(self) -> dict[str, gym.Space[Any]]:
        """The picture so far, on request."""
        side = self.size * CELL
        picture = spaces.Box(0, 255, (side, side, 3), np.uint8)
        return {"picture": picture} if self.observe_picture else {}

    def views(
        self, tokens: NDArray[np.int16], brief: NDArray[np.float32]
    ) -> dict[str, NDArray[Any]]:
        """The pictures of works in progress, uint8, shape (N, 8 size, 8 size, 3)."""
        if not self.observe_picture:
            return {}
        cells, side = cells_of(tokens), self.size * CELL
        tiles = np.stack([library.tiles for library in self.libraries])
        squares = tiles[self._library_of(brief)[:, None], np.maximum(cells, 0)]
        squares[cells < 0] = EMPTY_GREY
        squares = squares.reshape(-1, self.size, self.size, CELL, CELL, 3)
        return {"picture": squares.swapaxes(2, 3).reshape(-1, side, side, 3)}

    def action_table(self) -> ActionTable:
        """Where an observation shows the features of each tile; which cells a cell touches."""
        patches = self.token_sizes[0]
        tiles = np.arange(self.n_actions)
        same = np.eye(patches + 1, patches, -1).astype(np.int64)
        return ActionTable(
            features=ObservedFeatures(
                entry="library",
                gather=gather(patches),
                columns=(N_TRANSFORMS, 1),
                neighbours=bearing_cells(self.size),
            ),
            value=tiles // N_TRANSFORMS,
            relation=same,
        )

    def parse_brief(self, words: ArrayLike | Mapping[str, Any]) -> NDArray[np.float32]:
        """Reads a brief given as a vector (16,) or in words, ``{"order": "left-right", ...}``."""
        if not isinstance(words, Mapping):
            return super().parse_brief(words)
        return brief.parse(words, self._inks, names_of(self.libraries), self._usual_brief())

    def describe_brief(self, vector: NDArray[np.float32]) -> dict[str, Any]:
        """A brief in words and its own units."""
        return brief.describe(vector, self._inks, names_of(self.libraries))

    def reference_works(
        self, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """Framings of held-out pictures projected onto the libraries, by turns."""
        return self._projected("test", count)

    def demonstrations(
        self, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Framings of the split's pictures in the libraries' colours, projected, as actions."""
        count = min(count, MOST_DEMONSTRATIONS)
        tokens, length, briefs = self._projected(self.split, count, repaint=True)
        return cells_of(tokens).astype(np.int64), length, briefs

    def symmetric_demonstrations(
        self,
        actions: NDArray[np.int64],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """The compositions mirrored and turned, in the seven other ways a canvas can lie."""
        library, vectors = self._library_of(brief), np.tile(brief, (N_TRANSFORMS - 1, 1))
        cells = np.concatenate([turned(actions, self.size, t) for t in range(1, N_TRANSFORMS)])
        named = np.tile(library, N_TRANSFORMS - 1)
        for index, one in enumerate(self.libraries):
            rows = named == index
            cells[rows] = one.first_alike[cells[rows]]
            vectors[rows, 1:] = self._fulfilled(cells[rows], index)[:, 1:]
        return cells, np.tile(length, N_TRANSFORMS - 1), vectors

    def searched_works(
        self, brief: NDArray[np.float32], evaluations: int, seed: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        """What simulated annealing finds for each brief."""
        rules = Rules(self.size, self.reference.distinct, self._budget)
        asked = Briefs.decode(brief, self._inks)
        found = anneal(rules, asked, self.reference.scale, evaluations, seed)
        return tokens_of(found.cells), np.full(len(brief), self.max_length, np.int32)

    def audit_percentile(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Percentile among projections of held-out pictures by the judge no reward uses, 0..100."""
        from creative_envs.patches.audit.judge import audit_percentile

        cells, named = cells_of(tokens), self._library_of(brief)
        percentile = np.empty(len(cells))
        for index, library in enumerate(self.libraries):
            rows = named == index
            if rows.any():
                percentile[rows] = audit_percentile(cells[rows], self.size, library)
        return percentile

    def unlikeness(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How different compositions are from one another, as novelty sees it, shape (n, n)."""
        features, library = self.memory(tokens, length, brief), self._library_of(brief)
        return novelty.unlikeness(self.reference.novelty, features, library)

    def nearest_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> list[Likeness]:
        """The known work each is most like, as "coffee (picture, detail 3), mirrored"."""
        features, library = self.memory(tokens, length, brief), self._library_of(brief)
        return novelty.nearest_references(self.reference.novelty, features, library)

    def kinship(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike compositions are in the audit judge's statistics, shape (n, n)."""
        from creative_envs.patches.kinship import described, kinship

        seen = described(cells_of(tokens), self._library_of(brief), self.size, self.libraries)
        return kinship(seen, seen)

    def kinship_to_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike each is to the most similar detail of a training picture, shape (n,)."""
        from creative_envs.patches.kinship import described, kinship_to, known_on

        cells, named = cells_of(tokens), self._library_of(brief)
        seen = described(cells, named, self.size, self.libraries)
        features, scale = self.memory(tokens, length, brief), self.reference.novelty
        alike = np.zeros(len(cells))
        for library in np.unique(named):
            known = known_on(self.libraries, self.size, int(library), MOST_DEMONSTRATIONS)
            rows = named == library
            own = features[rows]
            apart = novelty.distance_to_nearest(scale, own, library, known.features)
            alike[rows] = kinship_to(known, seen[rows], apart)
        return alike

    def reference_sha256(self) -> str:
        """SHA-256 of libraries and pictures."""
        return self.reference.sha256

    @classmethod
    def artefact(
        cls,
        work: Mapping[str, Any],
        library: LibrarySpec = DEFAULT_LIBRARY,
        patches: int = N_PATCHES,
        **arguments: Any,
    ) -> Composition:
        """The composition a work's tokens and brief spell.

        Args:
            work: See `Task.artefact`.
            library: As the task was made with.
            patches: As well.
            **arguments: Its other arguments.
        """
        libraries = load_libraries(library, patches)
        tokens, length, vector = read_work(work, (patches, N_TRANSFORMS), BRIEF_SIZE)
        inks = np.stack([library_inks(library) for library in libraries])
        chosen = libraries[Briefs.decode(vector[None], inks).library[0]]
        return Composition.from_work(
            tokens,
            length,
            size=round(len(tokens) ** 0.5),
            library=chosen,
            scores={k: work[k] for k in _SHOWN_SCORES if k in work},
            brief=brief.describe(vector, inks, names_of(libraries)),
        )

    def render(self, work: Mapping[str, Any], mode: str) -> Any:
        """Draws a composition: a picture of 512 x 512 pixels, or coloured text."""
        from creative_envs.patches.render import ansi, picture

        composition = self.artefact(work, **self._arguments)
        return ansi(composition) if mode == "ansi" else picture(composition)

    def brief_names(self) -> tuple[str, ...]:
        """Library, lead colour, measures of the picture, orders and likeness."""
        return brief.ENTRY_NAMES

    def places(self, work: Mapping[str, Any]) -> dict[str, NDArray[np.int64]]:
        """Boxes of the cells that are placed."""
        from creative_envs.patches.render import cell_boxes

        placed = self.artefact(work, **self._arguments).placed
        return {"tokens": cell_boxes(self.size)[: len(placed)]}

    def contact_sheet(self, works: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
        """Compositions side by side, with their quality below."""
        from creative_envs.patches.render import contact_sheet

        return contact_sheet([self.artefact(work, **self._arguments) for work in works])

    def _usual_brief(self) -> NDArray[np.float32]:
        """A brief in the middle of what works fulfil, that asks for no order."""
        pool = self.reference.pools["train"]
        briefs = extract_briefs(BriefPool(*(np.median(p, axis=1, keepdims=True) for p in pool)), 0)
        vector: NDArray[np.float32] = briefs.encode(self._inks)[0]
        vector[0] = 0.5
        return vector

    def _projected(
        self, split: Split, count: int, repaint: bool = False
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """Projections of a split's pictures, with the briefs they fulfil; libraries by turns."""
        libraries = len(self.libraries)
        each = -(-count // libraries)
        cells, briefs = [], []
        for library in range(libraries):
            works = self.reference.projected(split, each, library, repaint)
            cells.append(works)
            briefs.append(self._fulfilled(works, library))
        by_turns = np.arange(each * libraries).reshape(libraries, each).T.ravel()[:count]
        tokens = tokens_of(np.concatenate(cells)[by_turns])
        length = np.full(len(tokens), self.max_length, np.int32)
        return tokens, length, np.concatenate(briefs)[by_turns]

    def _fulfilled(self, cells: NDArray[np.integer[Any]], library: int) -> NDArray[np.float32]:
        """The briefs (n, 16) that canvases (n, cells) of one library fulfil."""
        tables = self.reference.scale.tables
        pool = extract_pool(cells.astype(np.int16), self.size, library, tables)
        return extract_briefs(pool, library).encode(self._inks)

    def _library_of(self, brief: NDArray[np.float32]) -> NDArray[np.int64]:
        """Index of the library each brief (n, 16) names, shape (n,)."""
        count = len(self.libraries)
        if count == 1:
            return np.zeros(len(brief), np.int64)
        place = brief[:, LIBRARY_AT].astype(np.float64)  # as `Briefs.decode` reads it
        return np.minimum((place * count).astype(np.int64), count - 1)
