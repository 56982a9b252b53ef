"""The melody environments; their docstring is their page in the documentation."""

from __future__ import annotations

from typing import Any, ClassVar

from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.melody.task import MelodyTask


class MelodyEnv(CreativeEnv):
    """Compose a melody to a brief.

    ## Description
    An agent writes a melody of 8 bars, one note or rest after another, to a brief that asks for
    a metre, a mode, a register, a range, a density and a contour. It is paid once, at the end,
    for making something both good (measured against three old tune books) and new (measured
    against the same books, and against its own earlier melodies of the episode).

    ## Action Space
    `Discrete(208)`: pitch choice x 8 + duration index. Pitch choice 0 is a rest, 1 to 25 are the
    semitones from 12 below to 12 above the brief's register centre; durations are 1, 2, 3, 4, 6,
    8, 12 and 16 sixteenths. Masked: whatever crosses the end, leaves too few events to reach it,
    lies outside the mode (unless `chromatic`), a rest at the start or after a rest. A masked
    action is executed as the next legal index, cyclically, and costs 0.01.

    ## Observation Space
    A `Dict`:

    | key | space | meaning |
    |---|---|---|
    | `tokens` | int16 (96, 5) | a row per event, -1 where nothing is written yet |
    | `brief` | float32 (20,) | see `creative_envs.melody.brief`; entry 0 is the novelty weight |
    | `action_mask` | int8 (208,) | 1 = legal now |
    | `works` | float32 (K - 1, 1 + M) | portfolios only: the episode's earlier melodies |

    A token row holds pitch choice, duration index, scale degree (12 for a rest), and the bar and
    the sixteenth in it where the next event begins. A row of `works` is a flag (1 = there is
    such a melody), then its intervals, from which novelty against it is computed, and its
    descriptors.

    ## Rewards
    `quality x ((1 - w) + w x novelty)` when a melody is finished, where quality = craft x
    adherence (0 for a melody of fewer notes than bars). Every term is in `info["work"]["terms"]`.

    ## Starting State
    An empty melody and a brief near that of a human tune of the chosen split.

    ## Episode End
    The episode terminates when its last melody fills its bars, after at most 96 events each. It is
    never truncated.

    ## Arguments
    `bars` (4, 8, 16), `chromatic`, `corpus`, `split` (see `creative_envs.melody.task.MelodyTask`);
    `works`, `novelty_weight`, `reward`, `brief_per`, `briefs`, `render_mode` (see
    `creative_envs.core.env.CreativeEnv`).

    ```python
    >>> import gymnasium as gym
    >>> import creative_envs
    >>> env = gym.make("creative_envs/MelodyComposition-v0", novelty_weight=0.3)
    >>> observation, info = env.reset(seed=7, options={"brief": {"metre": "6/8"}})
    >>> observation["tokens"].shape
    (96, 5)

    ```

    ## Vectorized environment
    `gym.make_vec("creative_envs/MelodyComposition-v0", num_envs=64)` makes the native vector
    environment, equal step by step to 64 scalar ones; it takes `autoreset_mode` as well.

    ## Version History
    * v0: first version.
    """

    task_type = MelodyTask
    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": list(MelodyTask.render_modes),
        "render_fps": 4,
    }


class MelodyVectorEnv(CreativeVectorEnv):
    """Native vector form of `MelodyEnv`: N melodies stepped by one kernel call."""

    task_type = MelodyTask
