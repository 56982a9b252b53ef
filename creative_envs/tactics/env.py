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

    ## Brief
    What can be asked for, as `reset(options={"brief": {...}})` takes it; what is not said has a
    usual value. Observations and `info["work"]["brief"]` hold it as a vector.

    | key | values | meaning |
    |---|---|---|
    | `map` | name of a map | `open`, `river`, `forest`, `hills` or `pass` and a number: `river-3` |
    | `budget` | 120 to 200 | points the army may cost |
    | `objective` | `annihilate`, `hold`, `break-through` | what counts in battle |
    | `enemy` | `foot`, `mounted`, `missile`, `combined` | its doctrine; `foot-2` names a party |
    | `novelty_weight` | 0 to 1 | w, how much novelty counts |

    ## Rewards
    `quality x ((1 - w) + w x novelty)` for a finished tactic; quality is the mean of
    sigmoid(7 x margin) over all battles, where the margin weighs what is left of both armies,
    control of the zones and of the camps as the objective says. Novelty, see
    `creative_envs.tactics.novelty`, is of how a tactic fights, against the book's and the episode's
    earlier ones, and of its squads, against the book's: copies of the book have none. Every term is
    in `info["work"]["terms"]`.

    ## Terms
    Craft is quality, as adherence is 1: to keep to a brief is to do well in just these battles. The
    first three are means over all battles of what one side has minus what the other has; the
    objective weighs them.

    | term | part of | meaning | range |
    |---|---|---|---|
    | `value` | craft | worth of the squads left, over the budget | -1 to 1 |
    | `zones` | craft | time the three zones were held | -1 to 1 |
    | `camp` | craft | time in the enemy's camp | -1 to 1 |
    | `won` | report | share of opponents beaten over both sides | 0 to 1 |
    | `spent` | report | share of the budget spent | 0 to 1 |
    | `book_distance` | novelty | to the three nearest of the book, by how they fight | 0 to 20 |
    | `own_distance` | novelty | to the episode's earlier ones, likewise; 20 without any | 0 to 20 |
    | `plan_distance` | novelty | to the nearest tactic of the book, by squads | 0 to 1 |

    ## Starting State
    No squads, and a brief whose parts are drawn apart from one another.

    ## Episode End
    The episode terminates when its last tactic is "done", has twelve squads, or cannot afford
    another: after 36 steps each at most. It is never truncated.

    ## Portfolio
    `creative_envs/TacticPortfolio-v0` is the same with `works=8`: an episode makes eight tactics
    for one brief, each paid for as it is finished. Novelty is measured against the episode's
    earlier ones as well, which observations show under `works`; nothing survives `reset`.

    ## Arguments
    `split` ("test" has maps and opponents no training run has met), `maps` (to fight on your own),
    `units` (a unit table of your own; see `creative_envs.tactics.task.TacticTask`); `works`,
    `novelty_weight`, `reward`, `brief_per`, `briefs`, `render_mode` (see
    `creative_envs.core.env.CreativeEnv`).

    ```pycon
    >>> import gymnasium as gym
    >>> import creative_envs
    >>> env = gym.make("creative_envs/TacticDesign-v0")
    >>> brief = {"map": "river-3", "objective": "hold", "enemy": "mounted", "budget": 150}
    >>> observation, info = env.reset(seed=7, options={"brief": brief})
    >>> observation["map"].shape
    (12, 64)

    ```

    ## Reference figures
    Means over works for briefs of the test split, which no training saw. Random legal actions and
    reference works (for each brief the best of twenty held-out tactics), by five seeds of 256 works
    each with w = 0.5:
    `creative-bench run --suite standard --agents random,reference`. Shipped agents, by 256 works
    each with w as their cards say: `python -m agents.pretrained`.

    ## Known exploits
    What has been tried to earn more than a work is worth, and the tests that guard against it.

    * One hidden squad, armies that never move or crowd a corner, one type alone, no army at all:
      `tests/tactics/test_adversaries.py::TestHacks::test_pay_less_than_the_books_25th_percentile`.
    * Nine bows, which beat everything, cannot be bought:
      `tests/tactics/test_actions.py::TestTypes::test_four_of_a_type_are_the_most`.
    * Being different and losing:
      `tests/tactics/test_novelty.py::TestScore::test_what_loses_earns_little_by_being_different`.
    * A tactic of the book, mirrored, moved as a whole, with a squad changed, among cheap squads:
      `tests/test_canaries.py::TestTactics::test_copies`,
      `tests/test_canaries.py::TestTactics::test_moved_as_a_whole`,
      `tests/test_canaries.py::TestTactics::test_mirrored_with_one_squad_changed`,
      `tests/test_canaries.py::TestTactics::test_hidden_among_cheap_squads`.
    * The episode's earlier tactics again, or their mirror images:
      `tests/tactics/test_novelty.py::TestOwnWorks::test_a_repeat_is_not_new`,
      `tests/tactics/test_novelty.py::TestOwnWorks::test_nor_is_its_mirror_image`.
    * Opponents' tactics in other places and under other orders (the benchmark's score):
      `tests/benchmark/test_yield_attacks.py::test_known_tactics_in_disguise_are_not_new`.

    Open: the experts that the benchmark measures variety by are few, so that a handful of good
    tactics goes far in it.

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
