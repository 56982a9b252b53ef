"""What pictures of explanations stand on: names of briefs' entries, boxes of tokens and rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import creative_envs  # noqa: F401
from creative_envs.core.errors import InvalidWork
from creative_envs.core.sampling import sample_legal
from creative_envs.core.task import Task
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.melody.env import MelodyVectorEnv
from creative_envs.melody.render import event_boxes, piano_roll
from creative_envs.melody.vocabulary import REST
from creative_envs.patches.env import PatchVectorEnv
from creative_envs.tactics.actions import PHASES
from creative_envs.tactics.env import TacticVectorEnv
from creative_envs.tactics.render import block_boxes, picture
from creative_envs.tactics.render.layout import FIELD_HEIGHT, HEADER
from creative_envs.tactics.shown import shown_maps
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.vocabulary import COLUMNS, FOREST, ROWS
from tests.melody.test_render import melody
from tests.tactics.plans import tactic
from tests.toy_domain import NecklaceTask

DOMAINS = (MelodyVectorEnv, PatchVectorEnv, TacticVectorEnv)


@cache
def played(domain: type[CreativeVectorEnv], seed: int = 0) -> tuple[Task, dict[str, Any]]:
    """A task and a work of random actions."""
    env, rng = domain(num_envs=1), np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    while True:
        action = sample_legal(observation["action_mask"], rng)
        observation, _, terminated, _, info = env.step(action)
        if terminated[0]:
            work = info["work"]
            return env.task, {
                "tokens": work["tokens"][0],
                "length": int(work["length"][0]),
                "brief": work["brief"][0],
            }


def until(work: dict[str, Any], length: int) -> dict[str, Any]:
    """The work when it had so many tokens."""
    tokens = np.where(np.arange(len(work["tokens"]))[:, None] < length, work["tokens"], -1)
    return {**work, "tokens": tokens.astype(np.int16), "length": length}


def changed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pixels in which two pictures differ, shape (H, W)."""
    return np.asarray((first != second).any(axis=2))


def covered(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Pixels inside any of the boxes, shape (H, W)."""
    inside = np.zeros(shape[:2], bool)
    for left, top, right, bottom in boxes:
        inside[top:bottom, left:right] = True
    return inside


@pytest.mark.parametrize("domain", DOMAINS)
class TestAnyDomain:
    def test_every_entry_of_a_brief_has_a_name_of_its_own(
        self, domain: type[CreativeVectorEnv]
    ) -> None:
        task, _ = played(domain)
        names = task.brief_names()
        assert len(names) == task.brief_size == len(set(names))
        assert names[0] == "novelty weight"

    @pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
    def test_boxes_lie_in_the_picture_one_a_row(
        self, domain: type[CreativeVectorEnv], share: float
    ) -> None:
        for seed in range(3):
            task, work = played(domain, seed)
            work = until(work, round(share * work["length"]))
            height, width, _ = task.render(work, "rgb_array").shape
            places = task.places(work)
            assert places.keys() == {"tokens", *task.prefix_entries}
            assert places["tokens"].shape == (work["length"], 4)
            for name, boxes in places.items():
                assert boxes.dtype == np.int64
                seen = boxes[boxes.any(axis=1)]
                left, top, right, bottom = seen.T
                assert (left >= 0).all() and (top >= 0).all()
                assert (right <= width).all() and (bottom <= height).all()
                assert (right > left).all() and (bottom > top).all()
                assert len(seen) >= len(boxes) - (PHASES if name == "tokens" else 0)

    def test_a_work_of_another_domain_is_refused(self, domain: type[CreativeVectorEnv]) -> None:
        task, work = played(domain)
        with pytest.raises(InvalidWork):
            task.places({**work, "tokens": work["tokens"][:, :1]})


class TestMelody:
    def test_pixels_change_where_a_note_gets_another_pitch(self) -> None:
        task, work = played(MelodyVectorEnv)
        notes = np.flatnonzero(work["tokens"][: work["length"], 0] > 0)
        for event in notes[:: len(notes) // 5]:
            other = {**work, "tokens": work["tokens"].copy()}
            other["tokens"][event, 0] = 1 + (other["tokens"][event, 0] + 4) % 25
            before, after = (task.render(shown, "rgb_array") for shown in (work, other))
            # a rest behind the note moves with it: it is no ink
            boxes = [task.places(shown)["tokens"][event] for shown in (work, other)]
            differs = changed(before, after)
            assert not differs[~covered(np.array(boxes), differs.shape)].any()
            for box in boxes:
                assert differs[covered(box[None], differs.shape)].mean() > 0.8

    def test_a_rest_is_in_the_row_of_the_note_before_it_and_fills_its_time(self) -> None:
        work = melody(notes=((7, 4), (REST, 8), (4, 16)))
        note, rest, after = event_boxes(work)
        assert (note[1], note[3]) == (rest[1], rest[3]) != (after[1], after[3])
        assert note[2] <= rest[0] < rest[2] <= after[0]
        assert rest[2] - rest[0] == pytest.approx(2 * (note[2] - note[0]), abs=2)

    def test_a_note_across_systems_is_where_it_begins(self) -> None:
        notes = ((0, 16),) * 7 + ((0, 12), (0, 16), (0, 16))
        boxes = event_boxes(melody(notes=notes, bars=16))
        assert boxes[8, 2] > boxes[7, 2] and boxes[8, 1] == boxes[7, 1]
        assert boxes[9, 1] > boxes[8, 3] and boxes[9, 0] < boxes[8, 0]

    def test_no_note_is_too_small_for_a_box(self) -> None:
        work = melody(notes=((0, 1), (60, 1)), bars=16)
        left, top, right, bottom = event_boxes(work).T
        assert ((right - left) >= 3).all() and ((bottom - top) >= 3).all()
        assert changed(piano_roll(work), piano_roll(melody(notes=(), bars=16))).any()


class TestPatches:
    def test_pixels_change_where_a_tile_is_another(self) -> None:
        task, work = played(PatchVectorEnv)
        for cell in (0, 7, 29, work["length"] - 1):
            other = {**work, "tokens": work["tokens"].copy()}
            other["tokens"][cell, 0] = (other["tokens"][cell, 0] + 1) % task.token_sizes[0]
            differs = changed(*(task.render(shown, "rgb_array") for shown in (work, other)))
            inside = covered(task.places(work)["tokens"][[cell]], differs.shape)
            assert differs[inside].any() and not differs[~inside].any()

    def test_boxes_tile_the_picture(self) -> None:
        task, work = played(PatchVectorEnv)
        boxes = task.places(work)["tokens"]
        assert covered(boxes, (512, 512)).all()
        assert ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sum() == 512**2


class TestTactics:
    def test_tokens_of_a_squad_are_where_it_stands(self) -> None:
        task, work = played(TacticVectorEnv)
        boxes = task.places(work)["tokens"]
        squads = len(task.artefact_of(work).squads)
        tried = 0
        for squad in range(squads):
            first = PHASES * squad
            assert (boxes[first : first + PHASES] == boxes[first]).all()
            other = {**work, "tokens": work["tokens"].copy()}
            kinds = np.array(task.reference.units.records["cost"])
            own = other["tokens"][first, 0]
            cheaper = [
                kind for kind in kinds.argsort() if kind != own and kinds[kind] <= kinds[own]
            ]
            if not cheaper:
                continue
            tried += 1
            other["tokens"][first : first + PHASES, 0] = cheaper[0]
            shown = [task.render(each, "rgb_array") for each in (work, other)]
            differs = changed(*shown)[HEADER : HEADER + FIELD_HEIGHT]
            inside = covered(boxes[[first]] - (0, HEADER, 0, HEADER), differs.shape)
            assert differs[inside].any() and not differs[~inside].any()
        assert tried > 2

    def test_squads_without_orders_are_not_to_be_seen(self) -> None:
        task, work = played(TacticVectorEnv)
        boxes = task.places(until(work, 2 * PHASES + 2))["tokens"]
        assert boxes[: 2 * PHASES].all(axis=1).all()
        assert not boxes[2 * PHASES :].any()

    def test_rows_of_the_map_are_blocks_of_its_left_half(self) -> None:
        plain = np.zeros((ROWS, COLUMNS), np.int8)
        for row, column, block in ((0, 0, 0), (2, 9, 2), (6, 5, 4), (15, 11, 11)):
            wooded = plain.copy()
            wooded[row, [column, COLUMNS - 1 - column]] = FOREST
            told = (shown_maps(plain[None]) != shown_maps(wooded[None]))[0].any(axis=1)
            assert told.nonzero()[0].tolist() == [block]
            grounds = [Ground("made", tuple(map(tuple, each.tolist()))) for each in (plain, wooded)]
            shown = [picture(tactic(ground=ground, enemies=())) for ground in grounds]
            differs = changed(*shown)[:, : shown[0].shape[1] // 2]
            inside = covered(block_boxes()[[block]], differs.shape)
            assert differs[inside].any() and not differs[~inside].any()


def test_domains_without_pictures_say_so() -> None:
    task = NecklaceTask()
    with pytest.raises(NotImplementedError, match="no names"):
        task.brief_names()
    with pytest.raises(NotImplementedError, match="no places"):
        task.places({})
