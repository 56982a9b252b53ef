"""What is timed of each domain: its environments, variants of them, and its scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

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

MADE_WORKS: Final = 512
"""Works by the makers of the references that are played."""


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

    @cached_property
    def _briefs(self) -> NDArray[np.float32]:
        return self.demonstrations(MADE_WORKS)[2]

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The brief of the work a key names."""
        return self._briefs[(keys % np.uint64(len(self._briefs))).astype(np.int64)]


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
    """

    name: str
    env_id: str
    env: type[CreativeEnv]
    vector: type[CreativeVectorEnv]
    makers: str
    scorings: tuple[Scoring, ...]

    @cached_property
    def task(self) -> Task:
        """The task, on held-out references."""
        return self.env.task_type(split="test")

    def make(self, variant: type[Task] | None = None, **arguments: Any) -> gym.Env[Any, Any]:
        """The environment as `gymnasium.make` gives it, perhaps on a variant of its task.

        Here and in `make_vec` the reward is terminal unless asked otherwise.
        """
        entry_point: Any = _varied(self.env, variant)
        spec = replace(gym.spec(self.env_id), entry_point=entry_point)
        return gym.make(spec, **{"reward": "terminal", **arguments})

    def make_vec(
        self, size: int, variant: type[Task] | None = None, **arguments: Any
    ) -> CreativeVectorEnv:
        """The native vector environment, perhaps on a variant of its task."""
        env: CreativeVectorEnv = _varied(self.vector, variant)(size, **arguments)
        return env


def _varied(env: type[Any], variant: type[Task] | None) -> type[Any]:
    """The environment whose task is varied by a mixin."""
    if variant is None:
        return env
    task = type(f"{variant.__name__}{env.task_type.__name__}", (variant, env.task_type), {})
    return type(env.__name__, (env,), {"task_type": task})


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
DOMAINS: Final = (MELODY, PATCHES)
