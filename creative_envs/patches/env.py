"""The image-patch environments; their docstring is their page in the documentation."""

from __future__ import annotations

from typing import Any, ClassVar

from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.patches.task import PatchTask


class PatchEnv(CreativeEnv):
    """Compose a picture out of patches, to a brief.

    ## Description
    An agent fills a canvas of 8 x 8 cells in reading order (PCGRL's "narrow" representation), each
    cell with one of 24 patches in one of eight orientations. The brief asks for a lead colour and
    its share, a warmth, a complexity, a contrast, a centre of visual weight, and perhaps a
    symmetry. The agent is paid for making something both good (contours that go on from patch to
    patch, coherence without monotony, harmony: what holds in pictures people make) and new
    (measured against real pictures put together from the same patches, known families of patterns,
    and its own earlier compositions of the episode).

    ## Action Space
    `Discrete(192)`: patch x 8 + transform, where transforms 0 to 3 are quarter turns
    counter-clockwise and 4 to 7 the same of the mirrored patch. Masked: tiles that look like an
    earlier one (symmetric patches do), and patches used eight times (an eighth of the cells). A
    masked action is executed as the next legal index, cyclically, and costs 0.01.

    ## Observation Space
    A `Dict`:

    | key | space | meaning |
    |---|---|---|
    | `tokens` | int16 (64, 2) | patch and transform of each cell, -1 where nothing is placed yet |
    | `brief` | float32 (16,) | see `creative_envs.patches.brief`; entry 0 is the novelty weight |
    | `action_mask` | int8 (192,) | 1 = legal now |
    | `library` | float32 (24, 55) | colours of each patch, see `creative_envs.patches.shown` |
    | `works` | float32 (K - 1, 1 + 240) | portfolios only: the episode's earlier compositions |
    | `picture` | uint8 (64, 64, 3) | on request (`observe_picture`): the picture so far |

    A row of `works` is a flag (1 = there is such a composition), then the features by which
    novelty against it is computed.

    ## Brief
    What can be asked for, as `reset(options={"brief": {...}})` takes it; what is not said has a
    usual value. Observations and `info["work"]["brief"]` hold it as a vector.

    | key | values | meaning |
    |---|---|---|
    | `library` | name of a library | which one, where the environment has several |
    | `lead` | a colour | as `#d84b32` or `navy`; the library's nearest ink is meant |
    | `share` | 0 to 0.8 | of the canvas in the lead colour |
    | `warmth` | -40 to 60 | mean b* of CIELAB |
    | `complexity` | 0 to 20 | mean gradient of L* inside cells, a pixel |
    | `contrast` | 0 to 50 | standard deviation of L* |
    | `balance` | two of -0.3 to 0.3 | centre of visual weight, right and down; 0 is the middle |
    | `order` | `free`, `left-right`, `up-down`, `half-turn` | the symmetry wanted |
    | `likeness` | 0 to 1 | how far the canvas and its image should agree; with an order only |
    | `novelty_weight` | 0 to 1 | w, how much novelty counts |

    ## Rewards
    `quality x ((1 - w) + w x novelty)` for a finished composition, where quality = craft x
    adherence. Every term is in `info["work"]["terms"]`. As registered (`reward="shaped"`) it is
    paid in advance as differences of the quality of the canvas as far as it is filled, and the
    rest at the end; `reward="terminal"` pays all at the end. Both add up to the same.

    ## Terms
    Craft: memberships in the bands that pictures keep to, 1 within and 1 / (1 + z^2) beyond; their
    weighted geometric mean, squared. Adherence: the geometric mean of its six, each of the same
    shape. Novelty: the smaller distance, scaled so that three quarters of new pictures have 1.

    | term | part of | meaning | range |
    |---|---|---|---|
    | `contour` | craft | changes of colour go on from cell to cell | 0 to 1 |
    | `seam` | craft | neighbouring borders fit | 0 to 1 |
    | `coherence` | craft | Moran's I of the cells' colours: no shuffle, no gradient | 0 to 1 |
    | `slope` | craft | energy against scale, as in pictures | 0 to 1 |
    | `slope_residual` | craft | and close to that line | 0 to 1 |
    | `edge_entropy` | craft | edges of many orientations | 0 to 1 |
    | `light_entropy` | craft | many lightnesses, yet not all | 0 to 1 |
    | `contrast` | craft | spread of lightness | 0 to 1 |
    | `complexity` | craft | gradient inside cells | 0 to 1 |
    | `harmony` | craft | hues inside a template | 0 to 1 |
    | `imbalance` | craft | visual weight near the middle | 0 to 1 |
    | `reuse` | craft | no patch takes too many cells | 0 to 1 |
    | `variety` | craft | many patches are used | 0 to 1 |
    | `repetition` | craft | unlike itself moved by 1 to 4 cells | 0 to 1 |
    | `symmetry` | craft | no symmetry that nobody asked for | 0 to 1 |
    | `keeps_lead` | adherence | share of the lead colour against the one asked for | 0 to 1 |
    | `keeps_warmth` | adherence | warmth, likewise | 0 to 1 |
    | `keeps_complexity` | adherence | complexity, likewise | 0 to 1 |
    | `keeps_contrast` | adherence | contrast, likewise | 0 to 1 |
    | `keeps_balance` | adherence | balance, likewise | 0 to 1 |
    | `keeps_order` | adherence | likeness to its image; 1 where none is asked for | 0 to 1 |
    | `library_distance` | novelty | distance to the nearest known work | 0 to 2 |
    | `own_distance` | novelty | to the episode's earlier ones; 2 without any | 0 to 2 |

    ## Starting State
    An empty canvas and a brief near what pictures of the chosen split fulfil once they are put
    together from the library's patches; if there are several libraries, one of them.

    ## Episode End
    The episode terminates when its last canvas is full, after 64 steps each. It is never
    truncated.

    ## Portfolio
    `creative_envs/PatchPortfolio-v0` is the same with `works=8`: an episode makes eight
    compositions for one brief, each paid for as it is finished. Novelty is measured against the
    episode's earlier ones as well, which observations show under `works`; nothing survives `reset`.

    ## Arguments
    `size` (6, 8, 12 cells along the side), `library` ("procedural" with style, palette and seed;
    "builtin"; a folder of pictures; or several), `patches` (12 to 48), `split`, `observe_picture`
    (see `creative_envs.patches.task.PatchTask`); `works`, `novelty_weight`, `reward`, `brief_per`,
    `briefs`, `render_mode` (see `creative_envs.core.env.CreativeEnv`).

    ```pycon
    >>> import gymnasium as gym
    >>> import creative_envs
    >>> env = gym.make(
    ...     "creative_envs/PatchComposition-v0", library="procedural:style=truchet,palette=sea"
    ... )
    >>> brief = {"order": "left-right", "contrast": 25}
    >>> observation, info = env.reset(seed=7, options={"brief": brief})
    >>> observation["library"].shape
    (24, 55)

    ```

    ## Reference figures
    Means over works for briefs of the test split, which no training saw. Random legal actions and
    reference works (details of held-out pictures), by five seeds of 256 works each with w = 0.5:
    `creative-bench run --suite standard --agents random,reference`. Shipped agents, by 256 works
    each with w as their cards say: `python -m agents.pretrained`. The audit is the median
    percentile among reference works by a judge that no reward uses.

    ## Known exploits
    What has been tried to earn more than a work is worth, and the tests that guard against it.

    * Shuffles, gradients, checkers, kaleidoscopes, one patch everywhere are told from pictures:
      `tests/patches/test_audit.py::test_pictures_are_told_from_what_is_asked`.
    * The best of many mirrored quadrants, tilings, loops, rows passes for none:
      `tests/patches/test_audit.py::test_no_hack_passes_for_a_picture`.
    * Symmetry beyond the brief's:
      `tests/patches/test_craft.py::TestCraft::test_only_the_symmetry_asked_for_is_free`.
    * The favourite patch everywhere is masked:
      `tests/patches/test_actions.py::test_a_patch_used_up_is_masked_under_every_transform`.
    * A known picture, mirrored, turned, or with a few tiles changed:
      `tests/test_canaries.py::TestPatches::test_copies`,
      `tests/test_canaries.py::TestPatches::test_mirrored_or_turned_with_a_few_tiles_changed`.
    * Patterns everybody finds first:
      `tests/patches/test_novelty.py::TestKnownWorks::test_known_patterns_are_not_new`.
    * An earlier composition of the episode, mirrored:
      `tests/patches/test_novelty.py::TestPortfolio::test_a_mirrored_work_is_not_new`.
    * A few canvases found by search, jittered (the benchmark's score):
      `tests/benchmark/test_yield_attacks.py::test_a_few_pictures_that_search_found_are_worth_little_jittered_or_not`.

    Open: 60,000 evaluations of simulated annealing reach more craft than most pictures have, which
    the judge of pixels puts low (`make audit`); halves of two known pictures count as new.

    ## Vectorized environment
    `gym.make_vec("creative_envs/PatchComposition-v0", num_envs=64)` makes the native vector
    environment, equal step by step to 64 scalar ones; it takes `autoreset_mode` as well.

    ## Version History
    * v0: first version.
    """

    task_type = PatchTask
    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": list(PatchTask.render_modes),
        "render_fps": 4,
    }


class PatchVectorEnv(CreativeVectorEnv):
    """Native vector form of `PatchEnv`: N canvases stepped by one kernel call."""

    task_type = PatchTask
