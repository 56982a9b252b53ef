"""Tactic design as a task: the rules of the game, one screen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, get_args

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.arguments import require_one_of
from creative_envs.core.artefacts import read_work
from creative_envs.core.insight import Likeness
from creative_envs.core.task import Scores, Task
from creative_envs.tactics import actions as rules
from creative_envs.tactics import brief as briefs
from creative_envs.tactics import kinship, novelty
from creative_envs.tactics.adversaries.search import climb_each
from creative_envs.tactics.artefact import Enemy, Tactic
from creative_envs.tactics.brief import BRIEF_SIZE, Briefs
from creative_envs.tactics.descriptors import DESCRIPTOR_NAMES, descriptors
from creative_envs.tactics.matches import Matches, fielded, play, quality_of
from creative_envs.tactics.opponents.league import Split
from creative_envs.tactics.reference import MapSpec, load_reference, read_maps
from creative_envs.tactics.shown import MAP_SHAPE, shown_maps
from creative_envs.tactics.squads import Tactics, cost_of, no_squads
from creative_envs.tactics.vocabulary import OBJECTIVES

DEFAULT_UNITS: Final = "balanced"
TERM_NAMES: Final = ("value", "zones", "camp", "won", "spent", *novelty.TERM_NAMES)
"""Means over all battles of what was left, held and broken into, each for minus against, in
[-1, 1]; share of opponents beaten; share of the budget spent; then novelty's."""
_EXPERT_KEY: Final = np.uint64(1) << np.uint64(40)
"""From which on keys are of the briefs that references and demonstrations answer."""
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
    reference_maker = "expert"
    search_evaluations = 200

    def __init__(
        self,
        split: Split = "train",
        maps: Sequence[MapSpec] | MapSpec | None = None,
        units: str = DEFAULT_UNITS,
    ) -> None:
        require_one_of("split", split, get_args(Split))
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
        rules.begin_works(rows, self.decoded(brief[rows]).budget, self._cost, mask, scratch)

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
        field, terrain = self.decoded(brief).field, self.reference.fields.terrain
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
        tactics, asked = rules.tactics_of(tokens, length), self.decoded(brief)
        matches = self.matches(tactics, asked)
        margins = matches.terms.margins(asked.objective)
        craft = quality_of(margins).mean(axis=(1, 2))
        found = self._descriptors(tactics, matches)
        plans = self.reference.plan_distances(tactics)
        new, distances = self.reference.novelty.score(found, plans, craft, earlier)
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
        return self._descriptors(tactics, self.matches(tactics, self.decoded(brief)))

    def unlikeness(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How different tactics are from one another, as novelty sees it before its gate, (n, n).

        Fights the battles of each tactic again.
        """
        return self.reference.novelty.unlikeness(self.memory(tokens, length, brief))

    def nearest_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> list[Likeness]:
        """The tactic of the book each is most like; fights the battles of each again."""
        tactics = rules.tactics_of(tokens, length)
        found = self._descriptors(tactics, self.matches(tactics, self.decoded(brief)))
        plans = self.reference.plan_distances(tactics)
        return self.reference.novelty.nearest_references(found, plans)

    def kinship(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike tactics are in their squads, shape (n, n)."""
        return kinship.kinship(rules.tactics_of(tokens, length), self._cost)

    def kinship_to_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike each is to the most similar tactic of the book or the training league, (n,)."""
        return kinship.kinship_to_references(rules.tactics_of(tokens, length), self._cost)

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
        return {"map": self._shown.take(self.decoded(brief).field, axis=0)}

    def parse_brief(self, words: ArrayLike | Mapping[str, Any]) -> NDArray[np.float32]:
        """Reads a brief given as a vector (17,) or in words, ``{"objective": "hold", ...}``."""
        if not isinstance(words, Mapping):
            return super().parse_brief(words)
        return briefs.parse(words, self.reference.atlas, self.reference.league.parties)

    def describe_brief(self, vector: NDArray[np.float32]) -> dict[str, Any]:
        """A brief in words."""
        return briefs.describe(vector, self.reference.atlas, self.reference.league.parties)

    def reference_works(
        self, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """For each of so many briefs of the test split, the held-out tactic that does best."""
        judge = self if self.split == "test" else self._of_split("test")
        experts = judge.reference.league.tactics.reshape(-1, *no_squads(1).shape[1:])
        tokens, length, vectors, _ = judge.best_of(experts, count)
        return tokens, length, vectors

    def demonstrations(
        self, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """For each of so many briefs of the split, the best of some tactics of its population."""
        experts = self.reference.league.tactics[:, 0].reshape(-1, *no_squads(1).shape[1:])
        _, length, vectors, actions = self.best_of(experts, count)
        return actions, length, vectors

    def best_of(
        self, experts: Tactics, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
        """The best of experts (m, 12, 7) for each of so many briefs.

        Returns:
            Tokens (n, 36, 8), lengths (n,), briefs (n, 17) and actions (n, 36), -1 beyond each
            length.
        """
        vectors = self.draw_briefs(np.arange(count, dtype=np.uint64) + _EXPERT_KEY)
        asked = self.decoded(vectors)
        worth = np.stack(
            [self.quality(np.repeat(expert[None], count, axis=0), asked) for expert in experts]
        )
        tactics = self.fielded(experts[worth.argmax(axis=0)], asked)
        tokens, length, actions = self.played(tactics, vectors)
        return tokens, length, vectors, actions

    def fielded(self, tactics: Tactics, asked: Briefs) -> Tactics:
        """What of tactics (n, 12, 7) can be bought and deployed for their briefs."""
        grounds, units = self.reference.atlas.grounds, self.reference.units
        return np.concatenate(
            [
                fielded(tactics[row : row + 1], budget, grounds[field], units)
                for row, (field, budget) in enumerate(
                    zip(asked.field.tolist(), asked.budget.tolist(), strict=True)
                )
            ]
        )

    def played(
        self, tactics: Tactics, vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int64]]:
        """Plays tactics (n, 12, 7) that are legal for their briefs (n, 17) action by action.

        Returns:
            Tokens (n, 36, 8), lengths (n,) and actions (n, 36), -1 beyond each length.
        """
        count = len(tactics)
        actions = np.full((count, self.max_length), -1, np.int64)
        for row, tactic in enumerate(tactics):
            chosen = [*rules.actions_of(tactic), rules.DONE][: self.max_length]
            actions[row, : len(chosen)] = chosen
        tokens = np.full((count, self.max_length, len(self.token_sizes)), -1, np.int16)
        length, finished = np.zeros(count, np.int32), np.zeros(count, np.bool_)
        mask = np.zeros((count, self.n_actions), np.int8)
        scratch = np.zeros((count, self.scratch_size), np.int32)
        self.begin(np.arange(count), vectors, mask, scratch)
        for step in range(self.max_length):
            written = (tokens, length, vectors, mask, scratch, finished)
            self.advance(actions[:, step], ~finished, *written)
        actions[np.arange(self.max_length) >= length[:, None]] = -1
        return tokens, length, actions

    def searched_works(
        self, brief: NDArray[np.float32], evaluations: int, seed: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        """What hill climbing finds for each brief, trying tactics against its very opponents."""
        asked = self.decoded(brief)
        found = climb_each(self.quality, asked, evaluations, seed, self._cost)
        tokens, length, _ = self.played(self.fielded(found, asked), brief)
        return tokens, length

    def reference_sha256(self) -> str:
        """SHA-256 of maps, opponents, units and known tactics, the same in every split."""
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

    def brief_names(self) -> tuple[str, ...]:
        """Map, budget, objectives and enemies."""
        return briefs.ENTRY_NAMES

    def places(self, work: Mapping[str, Any]) -> dict[str, NDArray[np.int64]]:
        """Boxes of the squads that tokens belong to, and of the blocks of the map."""
        from creative_envs.tactics.render import block_boxes, squad_boxes

        squads = squad_boxes(self.artefact(work, **self._arguments))
        tokens = np.zeros((int(work["length"]), 4), np.int64)
        seen = np.repeat(squads, rules.PHASES, axis=0)
        tokens[: len(seen)] = seen
        return {"tokens": tokens, "map": block_boxes()}

    def contact_sheet(self, works: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
        """Tactics side by side, with their quality below."""
        from creative_envs.tactics.render import contact_sheet

        return contact_sheet([self.artefact(work, **self._arguments) for work in works])

    def _of_split(self, split: Split) -> TacticTask:
        return TacticTask(**{**self._arguments, "split": split})

    def decoded(self, brief: NDArray[np.float32]) -> Briefs:
        """Briefs (n, 17) in their own units."""
        return Briefs.decode(brief, self.reference.atlas, self.reference.league.parties)

    def _descriptors(self, tactics: Tactics, matches: Matches) -> NDArray[np.float32]:
        battles = len(matches.outcomes.ticks) // max(len(tactics), 1)
        return descriptors(tactics, matches.outcomes, battles)
