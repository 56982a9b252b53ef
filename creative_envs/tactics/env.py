"""The tactic-design environments; their docstring is their page in the documentation."""

from __future__ import annotations

from typing import Any, ClassVar

from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.tactics.task import TacticTask


class TacticEnv(CreativeEnv):
    """Design an army, deploy it, give it orders, and let it fight, to a brief.

    ## Description
    An agent buys up to twelve squads of eight types (spear, bow, cavalry, lancer, heavy, mage,
    fencer, gunner; at most four of each), deploys each in the eight columns before its own edge of
    a field of 24 x 16 cells, and gives it orders: a stance, whom to turn to, a route, a delay. The
    brief says on which map (five kinds), for how many points, with which objective (annihilate,
    hold three zones, break through into the enemy's camp), and against what kind of enemy. Then a
    deterministic battle engine fights the tactic out against a party of such enemies, each from
    both sides. The agent is paid for tactics that win and that are unlike the book's.

    ## Action Space
    `Discrete(144)`, three actions for each squad:

    | phase | actions | meaning |
    |---|---|---|
    | type | 0 .. 7; 8 | type of the squad; done |
    | cell | 0 .. 127 | row x 8 + column |
    | orders | 0 .. 143 | ((delay x 3 + route) x 4 + priority) x 4 + stance |

    Stances: charge, advance, hold, skirmish; priorities: nearest, weakest, valuable, counter;
    routes: direct, north, south; delays: 0, 30, 60 ticks. Masked: types too dear or used four
    times, cells of rock or taken, "done" before there is a squad. A masked action is executed as
    the next legal index, cyclically, and costs 0.01.

    ## Observation Space
    A `Dict`:

    | key | space | meaning |
    |---|---|---|
    | `tokens` | int16 (36, 8) | the squad in the making after each action, see `actions` |
    | `brief` | float32 (17,) | see `creative_envs.tactics.brief`; entry 0 is the novelty weight |
    | `action_mask` | int8 (144,) | 1 = legal now |
    | `map` | float32 (12, 64) | terrain of the map's left half, see `creative_envs.tactics.shown` |
    | `works` | float32 (K - 1, 1 + 6) | portfolios only: the episode's earlier tactics |

    A row of `works` is a flag (1 = there is such a tactic), then its descriptors, by which novelty
    against it is computed.

    ## Rewards
    `quality x ((1 - w) + w x novelty)` for a finished tactic; quality is the mean of
    sigmoid(7 x margin) over all battles, where the margin weighs what is left of both armies,
    control of the zones and of the camps as the objective says. Novelty, see
    `creative_envs.tactics.novelty`, is of how a tactic fights, against the book's and the episode's
    earlier ones, and of its squads, against the book's: copies of the book have none. Every term is
    in `info["work"]["terms"]`.

    ## Starting State
    No squads, and a brief whose parts are drawn apart from one another.

    ## Episode End
    The episode terminates when its last tactic is "done", has twelve squads, or cannot afford
    another: after 36 steps each at most. It is never truncated.

    ## Arguments
    `split` ("test" has maps and opponents no training run has met), `maps` (to fight on your own),
    `units` (a unit table of your own; see `creative_envs.tactics.task.TacticTask`); `works`,
    `novelty_weight`, `reward`, `brief_per`, `briefs`, `render_mode` (see
    `creative_envs.core.env.CreativeEnv`).

    ```python
    >>> import gymnasium as gym
    >>> import creative_envs
    >>> env = gym.make("creative_envs/TacticDesign-v0")
    >>> brief = {"map": "river-3", "objective": "hold", "enemy": "mounted", "budget": 150}
    >>> observation, info = env.reset(seed=7, options={"brief": brief})
    >>> observation["map"].shape
    (12, 64)

    ```

    ## Vectorized environment
    `gym.make_vec("creative_envs/TacticDesign-v0", num_envs=64)` makes the native vector
    environment, equal step by step to 64 scalar ones; it takes `autoreset_mode` as well.

    ## Version History
    * v0: first version.
    """

    task_type = TacticTask
    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": list(TacticTask.render_modes),
        "render_fps": 4,
    }


class TacticVectorEnv(CreativeVectorEnv):
    """Native vector form of `TacticEnv`: N armies stepped by one kernel call."""

    task_type = TacticTask
