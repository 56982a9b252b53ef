"""What a domain must provide: a `Task`, pure functions over batched arrays.

Somebody else's domain subclasses `Task`, and gets the scalar environment, the native vector
environment, portfolios, shaped rewards, state round trips and the checks for nothing.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import gymnasium as gym
import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.action_table import ActionTable
from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidArgument, InvalidBrief
from creative_envs.core.insight import Insight


@runtime_checkable
class Artefact(Protocol):
    """A finished work as people use it: it can write itself to a file."""

    @property
    def media(self) -> tuple[str, ...]:
        """Suffixes `save` writes that are worth showing, pictures first.

        A class attribute where all works of a domain have the same.
        """
        ...

    def save(self, path: str | Path) -> Path:
        """Writes the work in the format the path's suffix names; returns the path."""
        ...


@dataclass(frozen=True)
class Scores:
    """What scoring n finished works gives. Every number lies in [0, 1] unless a term says not."""

    craft: NDArray[np.float32]
    """(n,) how well made."""
    adherence: NDArray[np.float32]
    """(n,) how well it keeps to its brief."""
    novelty: NDArray[np.float32]
    """(n,) how far from the references and from the episode's earlier works."""
    valid: NDArray[np.bool_]
    """(n,) whether the work can be used at all; an invalid work has quality 0."""
    terms: NDArray[np.float32]
    """(n, T) the named terms the above are made of, in the order of `Task.term_names`."""
    descriptor: NDArray[np.float32]
    """(n, D) where the work lies in the space of kinds, in the order of `Task.descriptor_names`."""
    memory: NDArray[np.float32] | None = None
    """(n, M) what `Task.memory` gives, where scoring comes by it anyway."""

    @cached_property
    def quality(self) -> NDArray[np.float32]:
        """(n,) craft x adherence, and 0 for invalid works."""
        return np.asarray(self.craft * self.adherence * self.valid, dtype=np.float32)


class Task(Insight, ABC):
    """A domain of works, written as batched functions; see the class attributes for its sizes.

    Arrays are batches of N works. `advance` and `begin` write into the arrays they are given;
    everything else returns new arrays. A task holds no state of any episode: it is shared by
    copies of an environment, and pickles as the arguments it was made with.
    """

    term_names: ClassVar[tuple[str, ...]]
    """Names of `Scores.terms`, in order."""
    descriptor_names: ClassVar[tuple[str, ...]]
    """Names of `Scores.descriptor`, in order."""
    render_modes: ClassVar[tuple[str, ...]] = ()
    """What `render` can draw: some of "rgb_array" and "ansi"."""
    has_potential: ClassVar[bool] = False
    """Whether `potential` is defined, so that ``reward="shaped"`` exists."""
    keeps_sense_for_other_briefs: ClassVar[bool] = False
    """Whether `score` can judge a work by a brief it was not made for."""
    reference_maker: ClassVar[str] = "human"
    """Who made the reference works: "human", or "expert" where people play no part in it."""
    search_evaluations: ClassVar[int] = 5_000
    """Scores `searched_works` may ask for, for each brief, as a yardstick beside learning."""
    illegal_cost: ClassVar[float] = 0.01
    """Taken from the reward of a step whose action was masked."""
    prefix_entries: ClassVar[tuple[str, ...]] = ()
    """Names of `context_spaces` that policies read as elements before the brief, a row each.

    Each is a float32 Box (M, P) in [0, 1], M rows of P numbers. A row means what its place says:
    the third row of a terrain, say, is the same part of the field in every episode.
    """

    n_actions: int
    """A: size of the discrete action space."""
    max_length: int
    """L: the most actions a work takes; masks guarantee it is never exceeded."""
    token_sizes: tuple[int, ...]
    """Per token column, how many values it takes: 0 .. size - 1 (-1 where nothing is written)."""
    brief_size: int
    """B: length of the brief vector; ``brief[0]`` is the novelty weight, filled by the core."""
    memory_size: int
    """M: length of the vector that stands for an earlier work of the same episode."""
    scratch_size: int = 0
    """S: int32 words of working state a work needs beside its tokens (derived from them)."""

    _arguments: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Task:
        """Refuses unknown keywords with a suggestion, and remembers the arguments for pickling."""
        refuse_unknown(cls.name, kwargs, keywords_of(cls.__init__))
        task = super().__new__(cls)
        bound = inspect.signature(cls.__init__).bind(task, *args, **kwargs)
        task._arguments = dict(list(bound.arguments.items())[1:])
        return task

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as its arguments; large tables are loaded anew (from the process's cache)."""
        return _rebuild, (type(self), self._arguments)

    def __deepcopy__(self, memo: dict[int, Any]) -> Task:
        """A task is immutable, so a deep copy shares it."""
        return self

    @abstractmethod
    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Draws a brief from each key.

        Args:
            keys: Shape (n,).

        Returns:
            Shape (n, B) in [0, 1]; column 0 is ignored (the core writes the novelty weight).
        """

    @abstractmethod
    def begin(
        self,
        rows: NDArray[np.int64],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
    ) -> None:
        """Prepares empty works in the named rows: writes their action mask and scratch.

        Args:
            rows: Indices of the works to begin, shape (n,).
            brief: Briefs of all works, shape (N, B).
            mask: Written, shape (N, A).
            scratch: Written, shape (N, S).
        """

    @abstractmethod
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
        """Executes one legal action in every active work.

        Appends one token row, increments the length, and writes the next mask or ``finished``.

        Args:
            actions: Legal actions, shape (N,).
            active: Which works to advance, shape (N,); leave the others untouched.
            tokens: Written, shape (N, L, F).
            length: Written, token rows so far, shape (N,).
            brief: Shape (N, B).
            mask: Written, shape (N, A).
            scratch: Written, shape (N, S).
            finished: Written for active works, shape (N,).
        """

    @abstractmethod
    def score(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        earlier: NDArray[np.float32],
    ) -> Scores:
        """Scores finished works; a pure function of what an agent can observe.

        Args:
            tokens: Shape (n, L, F), padded with -1.
            length: Shape (n,).
            brief: Shape (n, B).
            earlier: The episode's earlier works, shape (n, K - 1, 1 + M): a flag that is 1 where
                there is one, then its memory. K - 1 is 0 outside portfolios.
        """

    @abstractmethod
    def memory(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What later works of the episode must know of these, shape (n, M), in [0, 1]."""

    @classmethod
    @abstractmethod
    def artefact(cls, work: Mapping[str, Any], **arguments: Any) -> Artefact:
        """Turns ``info["work"]`` (or a work in progress: tokens, length, brief) into its type.

        Args:
            work: Not to be trusted: it may come from a file.
            **arguments: Those the task was made with that are not the defaults; a domain takes
                the ones it needs and ignores the others.
        """

    def artefact_of(self, work: Mapping[str, Any]) -> Artefact:
        """Turns a work of this very task into its type."""
        return self.artefact(work, **self._arguments)

    def potential(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        scratch: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """Promise of unfinished works, shape (N,); an empty work's is 0 by definition."""
        raise NotImplementedError(f"{self.name} defines no potential")

    def context_spaces(self) -> dict[str, gym.Space[Any]]:
        """Spaces of further observation entries that do not change within an episode."""
        return {}

    def context(self, brief: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """Values of those entries for a batch of briefs, each of shape (N, ...)."""
        return {}

    def view_spaces(self) -> dict[str, gym.Space[Any]]:
        """Spaces of further observation entries that change as the work grows."""
        return {}

    def views(
        self, tokens: NDArray[np.int16], brief: NDArray[np.float32]
    ) -> dict[str, NDArray[Any]]:
        """Values of those entries for a batch of works (N, L, F), each of shape (N, ...)."""
        return {}

    def action_table(self) -> ActionTable | None:
        """What actions have in common, for policies that share what they learn of them.

        None, the default, where they have nothing in common.
        """
        return None

    def parse_brief(self, brief: ArrayLike | Mapping[str, Any]) -> NDArray[np.float32]:
        """Reads a brief given by a user: a vector (B,), or a mapping where the domain names parts.

        Raises:
            InvalidBrief: Wrong size, not finite, or outside [0, 1].
        """
        if isinstance(brief, Mapping):
            raise InvalidBrief(f"{self.name}: give the brief as a vector of {self.brief_size}.")
        return check_brief(brief, self.brief_size)

    def describe_brief(self, brief: NDArray[np.float32]) -> dict[str, Any]:
        """A brief (B,) in the domain's words; `parse_brief` reads the same mapping back."""
        return {"vector": brief.tolist()}

    def reference_works(
        self, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """Held-out works by the makers of the references, each with the brief extracted from it.

        Args:
            count: How many, at most as many as there are.

        Returns:
            Tokens (n, L, F), lengths (n,) and briefs (n, B).
        """
        raise NotImplementedError(f"{self.name} has no reference works")

    def demonstrations(
        self, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Works by the makers of the references, from this task's own split, as actions.

        Taken in order after `begin`, the actions of a work are legal and finish it. The briefs are
        those extracted from the works; column 0 is ignored, as in `draw_briefs`.

        Args:
            count: How many, at most as many as there are.

        Returns:
            Actions (n, L), -1 beyond each length, lengths (n,) and briefs (n, B).
        """
        raise NotImplementedError(f"{self.name} has no demonstrations")

    def symmetric_demonstrations(
        self,
        actions: NDArray[np.int64],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """What the domain's symmetries make of works: others, for the briefs that those fulfil.

        Only symmetries that leave a work as well made as it was count.

        Args:
            actions: Of works as `demonstrations` gives them, shape (n, L).
            length: Shape (n,).
            brief: Shape (n, B).

        Returns:
            Images of all of the works under one symmetry after another, the works themselves not
            among them: as `demonstrations` does, column 0 of the briefs included.
        """
        raise NotImplementedError(f"{self.name} has no symmetries that turn works into others")

    def searched_works(
        self, brief: NDArray[np.float32], evaluations: int, seed: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        """What the domain's best plain search for quality finds for each brief: a yardstick.

        Args:
            brief: Shape (n, B).
            evaluations: Scores it may ask for, for each brief.
            seed: Decides everything random.

        Returns:
            Tokens (n, L, F) and lengths (n,).
        """
        raise NotImplementedError(f"{self.name} has no search")

    def reference_sha256(self) -> str:
        """SHA-256 of the reference data rewards are computed from; "" in a domain without any.

        Checkpoints carry it, so that no run goes on with another reward than it began with.
        """
        return ""


def _rebuild(task_type: type[Task], arguments: dict[str, Any]) -> Task:
    return task_type(**arguments)


def keywords_of(constructor: Callable[..., Any]) -> list[str]:
    """Names a constructor takes by keyword, those of ``**kwargs`` apart."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    return [parameter.name for parameter in parameters if parameter.kind in kinds]


def refuse_unknown(owner: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raises `InvalidArgument` for a mistyped keyword, suggesting the nearest known one."""
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise InvalidArgument(
                f"{owner}: unknown argument {shown(name)}; {hint}known: {list(known)}"
            )


def make_task(
    task_type: type[Task], arguments: Mapping[str, Any], environment: Callable[..., Any]
) -> Task:
    """Makes the task of an environment from the keywords the environment does not take itself.

    Args:
        task_type: The domain.
        arguments: Keywords for it.
        environment: The environment's constructor, whose keywords a mistyped one may have meant.

    Raises:
        InvalidArgument: A keyword neither takes.
    """
    known = [*keywords_of(environment), *keywords_of(task_type.__init__)]
    refuse_unknown(task_type.name, arguments, known)
    return task_type(**arguments)


def as_array(values: Any) -> NDArray[Any]:
    """The values as an array; of objects, which every check refuses, where they make none."""
    try:
        return np.asarray(values)
    except (ValueError, TypeError):
        return np.asarray(None)


def check_brief(brief: ArrayLike, size: int) -> NDArray[np.float32]:
    """Returns the brief as float32, or raises `InvalidBrief` saying what is wrong with it.

    Args:
        brief: One brief (B,) or several (n, B).
        size: B.
    """
    array = as_array(brief)
    if array.dtype.kind not in "fiu" or array.shape[-1:] != (size,) or array.ndim > 2:
        raise InvalidBrief(
            f"A brief is a vector of {size} numbers, got shape {array.shape} of {array.dtype}."
        )
    if not np.isfinite(array).all():
        raise InvalidBrief(f"A brief must be finite, got {shown(array.tolist())}.")
    if (array < 0).any() or (array > 1).any():
        raise InvalidBrief(
            f"Every entry of a brief lies in [0, 1]: got {array.min():g} to {array.max():g}."
        )
    return array.astype(np.float32)
