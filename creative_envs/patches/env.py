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

    ## Rewards
    `quality x ((1 - w) + w x novelty)` for a finished composition, where quality = craft x
    adherence. Every term is in `info["work"]["terms"]`. As registered (`reward="shaped"`) it is
    paid in advance as differences of the quality of the canvas as far as it is filled, and the
    rest at the end; `reward="terminal"` pays all at the end. Both add up to the same.

    ## Starting State
    An empty canvas and a brief near what pictures of the chosen split fulfil once they are put
    together from the library's patches; if there are several libraries, one of them.

    ## Episode End
    The episode terminates when its last canvas is full, after 64 steps each. It is never
    truncated.

    ## Arguments
    `size` (6, 8, 12 cells along the side), `library` ("procedural" with style, palette and seed;
    "builtin"; a folder of pictures; or several), `patches` (12 to 48), `split`, `observe_picture`
    (see `creative_envs.patches.task.PatchTask`); `works`, `novelty_weight`, `reward`, `brief_per`,
    `briefs`, `render_mode` (see `creative_envs.core.env.CreativeEnv`).

    ```python
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
