"""What is timed of each domain: its environments, variants of them, and its scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple, Self

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from creative_envs.core.env import CreativeEnv
from creative_envs.core.task import Scores, Task
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.melody.env import MelodyEnv, MelodyVectorEnv
from creative_envs.patches.actions import cells_of
from creative_envs.patches.brief import Briefs
from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.patches.quality import judge_all
from creative_envs.tactics.actions import tactics_of
from creative_envs.tactics.descriptors import descriptors
from creative_envs.tactics.env import TacticEnv, TacticVectorEnv

STEPS: Final = MappingProxyType({64: 600, 1024: 150})
"""Sizes of vectors that are timed, and how many steps of each."""


class Works(NamedTuple):
    """n finished works."""

    tokens: NDArray[np.int16]
    length: NDArray[np.int32]
    brief: NDArray[np.float32]

    def take(self, rows: slice) -> Self:
        """Some of them."""
        return type(self)(self.tokens[rows], self.length[rows], self.brief[rows])


@dataclass(frozen=True)
class Scoring:
    """A score, or several, of finished works.

    Attributes:
        what: Its name in the table.
        limit: Microseconds a work may take.
        prepare: From a task and works to a call that scores them all.
    """

    what: str
    limit: float
    prepare: Callable[[Any, Works], Callable[[], object]]


class Unscored(Task):
    """Works are made but not judged: what remains is the cost of everything else."""

    def score(self, tokens: Any, length: Any, brief: Any, earlier: Any) -> Scores:
        """Full marks at no cost."""
        ones = np.ones(len(length), np.float32)
        return Scores(
            craft=ones,
            adherence=ones,
            novelty=ones,
            valid=np.ones(len(length), np.bool_),
            terms=np.ones((len(length), len(self.term_names)), np.float32),
            descriptor=np.ones((len(length), len(self.descriptor_names)), np.float32),
        )


class Demonstrated(Task):
    """Briefs of the demonstrated works, so that those very works can be played."""

    domain: ClassVar[Domain]

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The brief of the work a key names."""
        _, _, briefs = self.domain.demonstrations
        return briefs[(keys % np.uint64(len(briefs))).astype(np.int64)]


class DemonstratedUnscored(Unscored, Demonstrated):
    """The demonstrated works, made but not judged."""


@dataclass(frozen=True)
class Domain:
    """A domain to be timed.

    Attributes:
        name: In the table.
        env_id: Of its registered environment whose episodes are one work.
        env: That environment.
        vector: The same, native vector form.
        makers: Whose works the references are, as an adjective.
        scorings: What of its scores is timed apart.
        made_works: Works by those makers that are played.
        steps: How many of each size of vector are timed.
        share_of_cartpole: Steps a second the scalar environment should reach over CartPole, None
            where scoring a work is meant to be dear.
    """

    name: str
    env_id: str
    env: type[CreativeEnv]
    vector: type[CreativeVectorEnv]
    makers: str
    scorings: tuple[Scoring, ...]
    made_works: int = 512
    steps: Mapping[int, int] = field(default_factory=lambda: STEPS, hash=False)
    share_of_cartpole: float | None = 0.5

    @cached_property
    def task(self) -> Task:
        """The task, on held-out references."""
        return self.env.task_type(split="test")

    @cached_property
    def demonstrations(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Actions, lengths and briefs of the works that are played; see `Task.demonstrations`."""
        return self.task.demonstrations(self.made_works)

    def make(self, variant: type[Task] | None = None, **arguments: Any) -> gym.Env[Any, Any]:
        """The environment as `gymnasium.make` gives it, perhaps on a variant of its task.

        Here and in `make_vec` the reward is terminal unless asked otherwise.
        """
        entry_point: Any = self._varied(self.env, variant)
        spec = replace(gym.spec(self.env_id), entry_point=entry_point)
        return gym.make(spec, **{"reward": "terminal", **arguments})

    def make_vec(
        self, num_envs: int, variant: type[Task] | None = None, /, **arguments: Any
    ) -> CreativeVectorEnv:
        """The native vector environment, perhaps on a variant of its task."""
        env: CreativeVectorEnv = self._varied(self.vector, variant)(num_envs, **arguments)
        return env

    def _varied(self, env: type[Any], variant: type[Task] | None) -> type[Any]:
        """The environment whose task is varied by a mixin, which knows the domain it is of."""
        if variant is None:
            return env
        name, bases = f"{variant.__name__}{env.task_type.__name__}", (variant, env.task_type)
        return type(env.__name__, (env,), {"task_type": type(name, bases, {"domain": self})})


def _nothing_earlier(task: Task, works: Works) -> NDArray[np.float32]:
    return np.zeros((len(works.length), 0, 1 + task.memory_size), np.float32)


def _melody_scores(task: Any, works: Works) -> Callable[[], object]:
    events, earlier = task.events(*works), _nothing_earlier(task, works)
    craft, library = task.reference.craft, task.reference.library
    return lambda: (craft.score(*events), library.score(*events[:3], earlier))


def _canvas_quality(task: Any, works: Works) -> Callable[[], object]:
    cells, scale = cells_of(works.tokens), task.reference.scale
    asked = Briefs.decode(works.brief, scale.tables.inks)
    return lambda: judge_all(cells, task.size, asked, scale)


def _canvas_novelty(task: Any, works: Works) -> Callable[[], object]:
    cells, scale = cells_of(works.tokens), task.reference.scale
    library = Briefs.decode(works.brief, scale.tables.inks).library
    novelty, earlier = task.reference.novelty, _nothing_earlier(task, works)
    return lambda: novelty.score(cells, task.size, library, earlier)


def _battles(task: Any, works: Works) -> Callable[[], object]:
    tactics, asked = tactics_of(works.tokens, works.length), task.decoded(works.brief)
    return lambda: task.matches(tactics, asked)


def _tactic_novelty(task: Any, works: Works) -> Callable[[], object]:
    tactics, asked = tactics_of(works.tokens, works.length), task.decoded(works.brief)
    matches, earlier = task.matches(tactics, asked), _nothing_earlier(task, works)
    battles = len(matches.outcomes.ticks) // len(tactics)
    quality, reference = task.quality(tactics, asked), task.reference

    def score() -> object:
        found = descriptors(tactics, matches.outcomes, battles)
        return reference.novelty.score(found, reference.plan_distances(tactics), quality, earlier)

    return score


MELODY: Final = Domain(
    name="melody",
    env_id="creative_envs/MelodyComposition-v0",
    env=MelodyEnv,
    vector=MelodyVectorEnv,
    makers="human",
    scorings=(Scoring("craft + novelty", 40.0, _melody_scores),),
)
PATCHES: Final = Domain(
    name="patches",
    env_id="creative_envs/PatchComposition-v0",
    env=PatchEnv,
    vector=PatchVectorEnv,
    makers="projected",
    scorings=(
        Scoring("craft + adherence", 20.0, _canvas_quality),
        Scoring("novelty", 100.0, _canvas_novelty),
    ),
)
TACTICS: Final = Domain(
    name="tactics",
    env_id="creative_envs/TacticDesign-v0",
    env=TacticEnv,
    vector=TacticVectorEnv,
    makers="expert",
    scorings=(
        Scoring("ten battles", 2000.0, _battles),
        Scoring("descriptors + novelty", 250.0, _tactic_novelty),
    ),
    made_works=64,
    steps=MappingProxyType({64: 200, 1024: 40}),
    share_of_cartpole=None,
)
DOMAINS: Final = (MELODY, PATCHES, TACTICS)
