from __future__ import annotations

import numpy as np
import pytest

from agents.errors import ConfigError
from agents.explain.drawing import (
    draw_attention,
    draw_decision,
    draw_importance,
    entropy,
    token_importance,
)
from agents.explain.explanation import Explanation
from agents.explain.tinting import AMOUNT, OPPOSES, SUPPORTS, Scene, enlargement
from creative_envs.core.sampling import sample_legal
from creative_envs.melody.env import MelodyVectorEnv
from creative_envs.patches.env import PatchVectorEnv
from creative_envs.tactics.env import TacticVectorEnv
from tests.agents.explain.pictures import BEAD, MAP_SIDE, MAP_TOP, WORK, ShownTask, explanation
from tests.agents.fields import BLOCKS
from tests.toy_domain import NecklaceTask

TASK = ShownTask()
FACTOR, MARGIN = 2, 13
"""Beads of 16 pixels are drawn twice as large; a margin is as wide as the smallest type."""


def centre(picture: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """Mean colour in the middle of a box of the picture the task draws, shape (3,)."""
    y, x = (MARGIN + FACTOR * start + 3 * FACTOR * side // 8 for start in (top, left))
    size = FACTOR * side // 4
    return picture[y : y + size, x : x + size].mean(axis=(0, 1))


def bead(picture: np.ndarray, token: int) -> np.ndarray:
    return centre(picture, 2 + 18 * token, 4, BEAD)


def quarter(picture: np.ndarray, row: int) -> np.ndarray:
    return centre(picture, MAP_SIDE * row, MAP_TOP, MAP_SIDE)


def colourful(colour: np.ndarray) -> float:
    return float(colour.max() - colour.min())


def towards(colour: np.ndarray, tint: tuple[int, int, int]) -> bool:
    """Whether its strongest and weakest channel are the tint's."""
    return bool(colour.argmax() == np.argmax(tint) and colour.argmin() == np.argmin(tint))


class TestDecision:
    def test_tokens_are_tinted_by_sign_and_size(self) -> None:
        shown = draw_decision(TASK, explanation(5, tokens=np.array([0.1, -0.4, 0.1, 0.0, 0])), 0)
        assert shown.dtype == np.uint8 and shown.ndim == 3
        assert towards(bead(shown, 0), SUPPORTS) and towards(bead(shown, 1), OPPOSES)
        assert colourful(bead(shown, 1)) > 2 * colourful(bead(shown, 0)) > 20
        assert colourful(bead(shown, 4)) == 0

    def test_attributions_of_one_place_add_up(self) -> None:
        apart = draw_decision(TASK, explanation(5, tokens=np.array([0.4, 0, 0.2, 0.2, 0])), 0)
        np.testing.assert_allclose(bead(apart, 0), bead(apart, 2), atol=1)
        against = draw_decision(TASK, explanation(5, tokens=np.array([0.4, 0, 0.2, -0.2, 0])), 0)
        assert colourful(bead(against, 2)) == 0

    def test_static_rows_are_tinted_on_the_same_scale_and_fainter(self) -> None:
        rows = {"map": np.array([0.0, 0.4, -0.4, 0.1])}
        shown = draw_decision(
            TASK, explanation(5, tokens=np.array([0.4, 0, 0, 0, 0]), rows=rows), 0
        )
        assert towards(quarter(shown, 1), SUPPORTS) and towards(quarter(shown, 2), OPPOSES)
        assert colourful(quarter(shown, 0)) == 0
        assert 0 < colourful(quarter(shown, 3)) < colourful(quarter(shown, 1))
        assert colourful(quarter(shown, 1)) < colourful(bead(shown, 0))

    def test_the_work_is_as_it_was_then(self) -> None:
        """With the bead that is chosen, and no later one."""
        nothing = np.zeros(1)
        shown = draw_decision(TASK, explanation(1, tokens=nothing), 0)
        ground = centre(shown, 90, 4, 16)
        assert bead(shown, 0)[0] < ground[0] - 5 and bead(shown, 1)[0] < ground[0] - 5
        np.testing.assert_array_equal(bead(shown, 2), ground)

    def test_the_chosen_place_is_outlined_and_no_other(self) -> None:
        shown = draw_decision(TASK, explanation(2, tokens=np.zeros(2)), 0).astype(int)
        dark = (shown[MARGIN : MARGIN + 144, MARGIN : MARGIN + 224].sum(axis=2) < 120).nonzero()
        left, top = FACTOR * (2 + 18 * 2), FACTOR * 4
        assert left - 4 <= dark[1].min() < left <= dark[1].max() < left + FACTOR * BEAD + 4
        assert top - 4 <= dark[0].min() < top <= dark[0].max() < top + FACTOR * BEAD + 4

    def test_what_is_nowhere_to_be_seen_has_no_outline(self) -> None:
        shown = draw_decision(TASK, explanation(5, tokens=np.zeros(5)), 0)
        assert shown[MARGIN : MARGIN + 144, MARGIN : MARGIN + 224].sum(axis=2).min() >= 300

    def test_bars_tell_the_brief(self) -> None:
        def inks(brief: list[float]) -> tuple[int, int]:
            shown = draw_decision(TASK, explanation(0, brief=np.array(brief)), 0)
            beside = shown[:, MARGIN + 224 + MARGIN :]
            count = [int((beside == colour).all(axis=2).sum()) for colour in (SUPPORTS, OPPOSES)]
            return count[0], count[1]

        assert inks([0.0, 0.0]) == (0, 0)
        supports, opposes = inks([0.3, -0.1])
        assert supports > opposes > 0
        assert inks([-0.3, 0.1])[1] > inks([-0.3, 0.1])[0] > 0

    def test_drawing_leaves_the_explanation_alone(self) -> None:
        before = WORK["tokens"].copy()
        draw_decision(TASK, explanation(1), 0)
        np.testing.assert_array_equal(WORK["tokens"], before)


class TestImportance:
    def test_means_are_over_later_decisions_alone(self) -> None:
        found = token_importance(explanation(0, 2, 3))
        np.testing.assert_allclose(found, [0.01, 0.02, 0.03, 0, 0, 0])
        two = Explanation(
            WORK,
            (
                explanation(1, tokens=np.array([-0.4])).decisions[0],
                explanation(2, tokens=np.array([0.2, 0.1])).decisions[0],
            ),
        )
        np.testing.assert_allclose(token_importance(two), [0.3, 0.1, 0, 0, 0, 0])

    def test_tints_are_of_one_colour_whatever_the_sign(self) -> None:
        tokens = np.array([0.2, -0.4, 0, 0, 0])
        rows = {"map": np.array([0.0, 0, -0.4, 0])}
        shown = draw_importance(TASK, explanation(5, tokens=tokens, rows=rows))
        for colour in (bead(shown, 0), bead(shown, 1), quarter(shown, 2)):
            assert towards(colour, AMOUNT)
        assert colourful(bead(shown, 1)) > colourful(bead(shown, 0))
        assert colourful(bead(shown, 4)) == 0

    def test_nothing_explained_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="one at least"):
            draw_importance(TASK, Explanation(WORK, ()))


class TestAttention:
    def panels(self, weights: np.ndarray) -> np.ndarray:
        return draw_attention(TASK, explanation(4, attention=weights), 0)

    def test_each_head_of_each_block_has_a_panel(self) -> None:
        """Side by side, at most four; below one another else."""
        shapes = [self.panels(np.full((b, h, 10), 0.1)).shape for b, h in ((1, 1), (1, 3), (2, 3))]
        (one, narrow, _), (row, wide, _), (rows, same, _) = shapes
        assert row == one and wide > 2.5 * narrow and same == wide and rows > 1.8 * row
        assert self.panels(np.full((1, 8, 10), 0.1)).shape[0] == rows

    def test_weights_tint_what_they_are_on(self) -> None:
        """Prefix of an earlier work, four rows of the map and the brief; then four tokens."""
        for element, seen in ((0, None), (2, "row"), (5, None), (7, "token")):
            weights = np.zeros((1, 1, 1 + BLOCKS + 1 + 4))
            weights[0, 0, element] = 1
            shown = self.panels(weights).astype(int)
            purple = (shown[..., 0] - shown[..., 1] > 30).nonzero()
            if seen is None:
                assert not len(purple[0])
                continue
            left, top = (x.min() for x in purple[::-1])
            scale, heading, gap = 1.0, 26, 16
            if seen == "row":
                expected = scale * MAP_SIDE * 1, scale * MAP_TOP
            else:
                expected = scale * (2 + 18 * 1), scale * 4
            assert left - gap == pytest.approx(expected[0], abs=2)
            assert top - gap - heading == pytest.approx(expected[1], abs=2)

    def test_without_attention_there_is_nothing_to_draw(self) -> None:
        with pytest.raises(ConfigError, match="no attention"):
            self.panels(np.zeros((0, 0, 0)))

    def test_entropy(self) -> None:
        assert entropy(np.array([0.25] * 4)) == pytest.approx(np.log(4))
        assert entropy(np.array([0.0, 1.0])) == 0


def test_small_pictures_grow_by_whole_factors_and_wide_ones_not() -> None:
    boxes = np.array([[0, 0, 8, 30], [0, 0, 10, 10], [0, 0, 0, 0]])
    assert enlargement(100, boxes) == 3
    assert enlargement(700, boxes) == 2
    assert enlargement(1120, boxes) == 1
    assert enlargement(100, boxes * 4) == 1
    assert enlargement(100, boxes[2:]) == 1
    assert Scene.of(TASK, WORK).pixels.shape == (144, 224, 3)


@pytest.mark.parametrize("domain", [MelodyVectorEnv, PatchVectorEnv, TacticVectorEnv])
def test_works_of_all_domains_can_be_drawn(domain: type) -> None:
    env, rng = domain(num_envs=1), np.random.default_rng(0)
    observation, _ = env.reset(seed=0)
    ended = [False]
    while not ended[0]:
        action = sample_legal(observation["action_mask"], rng)
        observation, _, ended, _, info = env.step(action)
    work = {key: info["work"][key][0] for key in ("tokens", "length", "brief")}
    rows = {n: rng.normal(size=len(env.task.places(work)[n])) for n in env.task.prefix_entries}
    prefix = 1 + sum(map(len, rows.values()))
    for step in (0, int(work["length"]) - 1):
        one = explanation(
            step,
            brief=rng.normal(size=env.task.brief_size),
            rows=rows,
            attention=np.full((1, 4, prefix + step), 1 / (prefix + step)),
        ).decisions[0]
        whole = Explanation(work, (one,))
        for draw in (draw_decision, draw_attention):
            shown = draw(env.task, whole, 0)
            assert shown.dtype == np.uint8 and 800 < shown.shape[1] < 1700
        assert draw_importance(env.task, whole).shape[1] < 1700


def test_domains_without_pictures_say_so() -> None:
    with pytest.raises(NotImplementedError, match="necklaces"):
        draw_decision(NecklaceTask(), explanation(1), 0)
