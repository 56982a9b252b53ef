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

    ## Brief
    What can be asked for, as `reset(options={"brief": {...}})` takes it; what is not said has a
    usual value. Observations and `info["work"]["brief"]` hold it as a vector.

    | key | values | meaning |
    |---|---|---|
    | `metre` | `4/4`, `3/4`, `6/8`, `2/4` | the bar grid |
    | `mode` | `major`, `minor`, `dorian`, `mixolydian` | the scale |
    | `centre` | -12 to 24 | register: middle of the range, semitones above the tonic |
    | `range` | 0 to 24 | semitones between lowest and highest note |
    | `density` | 0 to 4 | notes a quarter |
    | `contour` | eight of -12 to 12 | mean pitch of each eighth of it, semitones from the centre |
    | `novelty_weight` | 0 to 1 | w, how much novelty counts |

    ## Rewards
    `quality x ((1 - w) + w x novelty)` when a melody is finished, where quality = craft x
    adherence (0 for a melody of fewer notes than bars). Every term is in `info["work"]["terms"]`.

    ## Terms
    Craft: how usual each group of features is among human tunes, neither too much nor too little;
    the geometric mean of the nine groups, lowered by the other two, on a scale where the median
    human window has .87 and the median of random legal actions .15. Adherence: the geometric mean
    of its four, each 1 within a tolerance and 1 / (1 + z^2) beyond it. Novelty: the smaller
    distance, scaled so that three quarters of new human tunes have 1, times originality.

    | term | part of | meaning | range |
    |---|---|---|---|
    | `statistics` | craft | surprise of intervals, durations and degrees to n-grams | 0 to 1 |
    | `tonality` | craft | fit of the key, weight of tonic and dominant, chord notes | 0 to 1 |
    | `motion` | craft | steps, leaps and their recovery, unisons, turns, runs | 0 to 1 |
    | `range` | craft | extent, spread and number of pitches | 0 to 1 |
    | `cadence` | craft | degree, length and approach of the last and the middle note | 0 to 1 |
    | `metre` | craft | notes on beats, long ones on strong beats, ties over bars | 0 to 1 |
    | `rhythm` | craft | variety of durations, density, rests | 0 to 1 |
    | `structure` | craft | repetition of cells, likeness of bars | 0 to 1 |
    | `contour` | craft | arch, drift, height of bars, place of the climax | 0 to 1 |
    | `joint` | craft | all features together | 0 to 1 |
    | `discriminator` | craft | opinion of networks that tell human tunes from others | 0 to 1 |
    | `in_mode` | adherence | share of the sounding time inside the mode | 0 to 1 |
    | `keeps_range` | adherence | range against the one asked for | 0 to 1 |
    | `keeps_density` | adherence | notes a quarter against those asked for | 0 to 1 |
    | `keeps_contour` | adherence | contour against the one asked for | 0 to 1 |
    | `library_distance` | novelty | distance to the nearest window of the tune books | 0 to 1 |
    | `own_distance` | novelty | to the episode's earlier melodies; 1 without any | 0 to 1 |
    | `longest_run` | novelty | intervals in a row shared with one tune; 0 below 12 | from 0 |
    | `originality` | novelty | what that run leaves; a factor | 0 to 1 |
    | `copied_bars` | report | share of bars that are in a tune note for note; unpaid | 0 to 1 |

    ## Starting State
    An empty melody and a brief near that of a human tune of the chosen split.

    ## Episode End
    The episode terminates when its last melody fills its bars, after at most 96 events each. It is
    never truncated.

    ## Portfolio
    `creative_envs/MelodyPortfolio-v0` is the same with `works=8`: an episode makes eight melodies
    for one brief, each paid for as it is finished. Novelty is measured against the episode's
    earlier ones as well, which observations show under `works`; nothing survives `reset`.

    ## Arguments
    `bars` (4, 8, 16), `chromatic`, `corpus`, `split` (see `creative_envs.melody.task.MelodyTask`);
    `works`, `novelty_weight`, `reward`, `brief_per`, `briefs`, `render_mode` (see
    `creative_envs.core.env.CreativeEnv`).

    ```pycon
    >>> import gymnasium as gym
    >>> import creative_envs
    >>> env = gym.make("creative_envs/MelodyComposition-v0", novelty_weight=0.3)
    >>> observation, info = env.reset(seed=7, options={"brief": {"metre": "6/8"}})
    >>> observation["tokens"].shape
    (96, 5)

    ```

    ## Reference figures
    Means over works for briefs of the test split, which no training saw. Random legal actions and
    reference works (held-out tunes), by five seeds of 256 works each with w = 0.5:
    `creative-bench run --suite standard --agents random,reference`. Shipped agents, by 256 works
    each with w as their cards say: `python -m agents.pretrained`. The audit is the median
    percentile among reference works by a judge that no reward uses.

    ## Known exploits
    What has been tried to earn more than a work is worth, and the tests that guard against it.

    * Noise, shuffled pitches, Markov chains rank below human tunes:
      `tests/melody/test_craft.py::test_controls_rank_below_human_works`.
    * One note, scales, trills, arpeggios, a bar looped lie below nineteen in twenty human tunes:
      `tests/melody/test_craft.py::test_degenerate_works_rank_below_the_human_5th_percentile`.
    * Silence, one note, hardly anything:
      `tests/melody/test_craft.py::test_works_of_almost_nothing_score_almost_nothing`.
    * Neglecting one wish of the brief for the others:
      `tests/melody/test_adherence.py::test_one_part_cannot_pay_for_another`.
    * A tune recited, transposed, or with a note or two changed:
      `tests/test_canaries.py::TestMelody::test_copies`,
      `tests/test_canaries.py::TestMelody::test_transposed_with_a_note_or_two_changed`,
      `tests/melody/test_novelty.py::test_a_copy_from_inside_a_longer_tune_is_not_new`.
    * The same melody again and again, in a portfolio:
      `tests/melody/test_novelty.py::test_repeating_an_own_work_is_not_new`.
    * A tune moved along its scale. The reward takes it for new, the benchmark does not:
      `tests/benchmark/test_yield_attacks.py::test_known_melodies_moved_within_their_scale_are_not_new`.

    Open: search with thousands of evaluations finds melodies of more craft than most human ones
    have, which the judge puts low (`make audit`); alternate bars of two known tunes count as new.

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
