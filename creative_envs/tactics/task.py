"""Tactic design as a task: the rules of the game, one screen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, get_args

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.artefacts import read_work
from creative_envs.core.errors import InvalidArgument
from creative_envs.core.task import Scores, Task
from creative_envs.tactics import actions as rules
from creative_envs.tactics import brief as briefs
from creative_envs.tactics import novelty
from creative_envs.tactics.artefact import Enemy, Tactic
from creative_envs.tactics.brief import BRIEF_SIZE, Briefs
from creative_envs.tactics.descriptors import DESCRIPTOR_NAMES, descriptors
from creative_envs.tactics.matches import Matches, fielded, play, quality_of
from creative_envs.tactics.opponents.league import Split
from creative_envs.tactics.reference import MapSpec, load_reference, read_maps
from creative_envs.tactics.shown import MAP_SHAPE, shown_maps
from creative_envs.tactics.squads import Tactics, cost_of
from creative_envs.tactics.vocabulary import OBJECTIVES

DEFAULT_UNITS: Final = "balanced"
TERM_NAMES: Final = ("value", "zones", "camp", "won", "spent", *novelty.TERM_NAMES)
"""Means over all battles of what was left, held and broken into, each for minus against, in
[-1, 1]; share of opponents beaten; share of the budget spent; then novelty's."""
_SHOWN_SCORES: Final = ("quality", "craft", "adherence", "novelty", "reward")


class TacticTask(Task):
    """Design an army, where it stands and what it does; then let it fight.

    Args:
        split: Whose maps and opponents; "test" has those no training run has met.
        maps: Maps to fight on instead: names such as "river-17", text files, `Ground` objects.
        units: The unit table: "balanced", or a path to a JSON file.

    Raises:
        InvalidArgument: A value out of range, or a map that cannot be fought on.
        InvalidWork: A file that is no unit table.
    """

    name = "tactic design"
    term_names = TERM_NAMES
    descriptor_names = DESCRIPTOR_NAMES
    render_modes: ClassVar[tuple[str, ...]] = ("rgb_array", "ansi")
    keeps_sense_for_other_briefs = True
    prefix_entries = ("map",)

    def __init__(
        self,
        split: Split = "train",
        maps: Sequence[MapSpec] | MapSpec | None = None,
        units: str = DEFAULT_UNITS,
    ) -> None:
        if split not in get_args(Split):
            raise InvalidArgument(f"split is one of {get_args(Split)}, got {split!r}")
        self.split: Split = split
        self.reference = load_reference(split, read_maps(maps), units)
        self.n_actions = rules.N_ACTIONS
        self.max_length = rules.MAX_LENGTH
        self.token_sizes = rules.TOKEN_SIZES
        self.brief_size = BRIEF_SIZE
        self.memory_size = novelty.MEMORY_SIZE
        self.scratch_size = rules.SCRATCH_SIZE
        self._cost = self.reference.units.records["cost"].copy()
        self._shown = shown_maps(self.reference.fields.terrain)

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Draws map, budget, objective and enemy apart from one another, shape (n, 17)."""
        atlas, parties = self.reference.atlas, self.reference.league.parties
        return briefs.draw_briefs(keys, atlas, parties).encode(atlas, parties)

    def begin(
        self,
        rows: NDArray[np.int64],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
    ) -> None:
        """Prepares armies without squads."""
        rules.begin_works(rows, self._decoded(brief[rows]).budget, self._cost, mask, scratch)

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
        """Chooses a type, a cell or orders in every active army."""
        field, terrain = self._decoded(brief).field, self.reference.fields.terrain
        written = (tokens, length, mask, scratch, finished)
        rules.advance_works(actions, active, field, terrain, self._cost, *written)

    def score(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        earlier: NDArray[np.float32],
    ) -> Scores:
        """Scores finished tactics by the battles they fight; adherence is 1.

        The brief decides on which ground, with what means, against whom and for what a tactic
        fights: to keep to it is to do well in just these battles.
        """
        tactics, asked = rules.tactics_of(tokens, length), self._decoded(brief)
        matches = self.matches(tactics, asked)
        margins = matches.terms.margins(asked.objective)
        craft = quality_of(margins).mean(axis=(1, 2))
        found = self._descriptors(tactics, matches)
        new, distances = self.reference.novelty.score(found, craft, earlier)
        spent = np.minimum(cost_of(tactics, self._cost) / asked.budget, 1)
        won = (margins.mean(axis=2) > 0).mean(axis=1)
        means = matches.terms.parts.mean(axis=(1, 2))
        return Scores(
            craft=craft.astype(np.float32),
            adherence=np.ones(len(craft), np.float32),
            novelty=new,
            valid=(tactics[:, 0, 0] >= 0),
            terms=np.column_stack([means, won, spent, distances]).astype(np.float32),
            descriptor=found,
            memory=found,
        )

    def memory(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The descriptors of finished tactics; fights their battles again."""
        tactics = rules.tactics_of(tokens, length)
        return self._descriptors(tactics, self.matches(tactics, self._decoded(brief)))

    def matches(self, tactics: Tactics, asked: Briefs) -> Matches:
        """The battles by which tactics (n, 12, 7) are judged for their briefs."""
        reference = self.reference
        opponents = reference.league.tactics[asked.doctrine, asked.party]
        where = (asked.field, asked.budget, reference.fields, reference.units.records)
        return play(tactics, opponents, *where)

    def quality(self, tactics: Tactics, asked: Briefs) -> NDArray[np.float64]:
        """Quality of tactics (n, 12, 7) for their briefs, shape (n,)."""
        margins = self.matches(tactics, asked).terms.margins(asked.objective)
        return np.asarray(quality_of(margins).mean(axis=(1, 2)))

    def context_spaces(self) -> dict[str, gym.Space[Any]]:
        """The map, as `creative_envs.tactics.shown` describes it."""
        return {"map": spaces.Box(0.0, 1.0, MAP_SHAPE, np.float32)}

    def context(self, brief: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The map each brief names, shape (N, 12, 64)."""
        return {"map": self._shown.take(self._decoded(brief).field, axis=0)}

    def parse_brief(self, words: ArrayLike | Mapping[str, Any]) -> NDArray[np.float32]:
        """Reads a brief given as a vector (17,) or in words, ``{"objective": "hold", ...}``."""
        if not isinstance(words, Mapping):
            return super().parse_brief(words)
        return briefs.parse(words, self.reference.atlas, self.reference.league.parties)

    def describe_brief(self, vector: NDArray[np.float32]) -> dict[str, Any]:
        """A brief in words."""
        return briefs.describe(vector, self.reference.atlas, self.reference.league.parties)

    def reference_sha256(self) -> str:
        """SHA-256 of maps, opponents, units and known tactics."""
        return self.reference.sha256

    @classmethod
    def artefact(
        cls,
        work: Mapping[str, Any],
        split: Split = "train",
        maps: Sequence[MapSpec] | MapSpec | None = None,
        units: str = DEFAULT_UNITS,
        **arguments: Any,
    ) -> Tactic:
        """The tactic a work's tokens and brief spell.

        Args:
            work: See `Task.artefact`.
            split: As the task was made with.
            maps: As well.
            units: As well.
            **arguments: Its other arguments.
        """
        reference = load_reference(split, read_maps(maps), units)
        tokens, length, vector = read_work(work, rules.TOKEN_SIZES, BRIEF_SIZE)
        atlas, league = reference.atlas, reference.league
        asked = Briefs.decode(vector[None], atlas, league.parties)
        doctrine, party = int(asked.doctrine[0]), int(asked.party[0])
        ground, budget = atlas.grounds[asked.field[0]], int(asked.budget[0])
        enemies = fielded(league.tactics[doctrine, party], budget, ground, reference.units)
        names = league.names[doctrine][party]
        return Tactic.from_rows(
            rules.tactics_of(tokens[None], np.array([length]))[0],
            ground=ground,
            budget=budget,
            objective=OBJECTIVES[asked.objective[0]],
            enemies=[
                Enemy.from_rows(name, rows, reference.units)
                for name, rows in zip(names, enemies, strict=True)
            ],
            units=reference.units,
            scores={k: work[k] for k in _SHOWN_SCORES if k in work},
            brief=briefs.describe(vector, atlas, league.parties),
        )

    def render(self, work: Mapping[str, Any], mode: str) -> Any:
        """Draws a tactic: a picture of the field and of the battle, or coloured text."""
        from creative_envs.tactics.render import ansi, picture

        tactic = self.artefact(work, **self._arguments)
        return ansi(tactic) if mode == "ansi" else picture(tactic)

    def contact_sheet(self, works: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
        """Tactics side by side, with their quality below."""
        from creative_envs.tactics.render import contact_sheet

        return contact_sheet([self.artefact(work, **self._arguments) for work in works])

    def _decoded(self, brief: NDArray[np.float32]) -> Briefs:
        return Briefs.decode(brief, self.reference.atlas, self.reference.league.parties)

    def _descriptors(self, tactics: Tactics, matches: Matches) -> NDArray[np.float32]:
        battles = len(matches.outcomes.ticks) // max(len(tactics), 1)
        return descriptors(tactics, matches.outcomes, battles)
