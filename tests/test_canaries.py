"""Canaries: works planted from the references are caught, disguised or not; others are not."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.melody.actions import encode_events
from creative_envs.melody.brief import HIGHEST_CENTRE, Briefs
from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import REST
from creative_envs.patches.actions import tokens_of
from creative_envs.patches.geometry import moved_cells
from creative_envs.patches.patterns import under
from creative_envs.patches.reference import composed_pictures
from creative_envs.tactics.actions import tactics_of
from creative_envs.tactics.opponents.book import TRAINING_NAMES, training_book
from creative_envs.tactics.squads import flipped
from creative_envs.tactics.vocabulary import (
    COLUMN,
    DEPLOY_COLUMNS,
    HOLD,
    N_TYPES,
    ROW,
    ROWS,
    TYPE,
)
from tests.playing import play_through
from tests.test_likeness import random_works

EACH = 24
"""Canaries of a kind."""


def make_task(name, **keywords):
    return gym.make(f"creative_envs/{name}-v0", **keywords).unwrapped.task


def caught(task, works):
    """Names and distances of the nearest references, and novelty, of works."""
    found = task.nearest_references(*works)
    earlier = np.zeros((len(found), 0, 1 + task.memory_size), np.float32)
    names, distance = zip(*((one.name, one.distance) for one in found), strict=True)
    return list(names), np.array(distance), task.score(*works, earlier).novelty


def assert_caught(distance, novelty):
    """Nine in ten disguised copies are hardly new, most not at all, and none is quite new."""
    for found in (distance, novelty):
        assert np.quantile(found, 0.9) < 0.2 and found.max() < 0.5
        assert (found == 0).mean() > 0.7


def written(task, actions, brief):
    """The works that actions (n, L), -1 beyond their ends, write for briefs: all are legal."""
    length = (actions >= 0).sum(axis=1).astype(np.int32)
    return play_through(task, actions, length, brief), length, brief


class TestMelody:
    @pytest.fixture(scope="class")
    @classmethod
    def task(cls):
        return make_task("MelodyComposition", chromatic=True)

    @pytest.fixture(scope="class")
    @classmethod
    def planted(cls, task):
        actions, _, brief = task.demonstrations(EACH)
        return written(task, actions, brief)

    @staticmethod
    def sources(task, works):
        """All tunes of the library that hold the very intervals of each work."""
        events = task.events(*works)
        windows = task.reference.windows["train"]
        found = []
        for pitch, length in zip(events.pitch, events.length, strict=True):
            own = np.diff(pitch[:length][pitch[:length] != REST].astype(int))
            found.append(set())
            for index in np.flatnonzero(np.abs(windows.length - length) <= 8):
                other = windows.pitch[index][: windows.length[index]]
                if np.array_equal(np.diff(other[other != REST].astype(int)), own):
                    found[-1].add(task.reference.library.source(int(index)))
        return found

    def test_copies(self, task, planted):
        names, distance, novelty = caught(task, planted)
        assert not distance.any() and not novelty.any()
        for name, tunes in zip(names, self.sources(task, planted), strict=True):
            assert name in tunes

    def test_transposed_with_a_note_or_two_changed(self, task, planted):
        rng = np.random.default_rng(0)
        events, asked = task.events(*planted), Briefs.decode(planted[2])
        pitch, move = events.pitch.copy(), np.minimum(3, HIGHEST_CENTRE - asked.centre)
        pitch[pitch != REST] += np.broadcast_to(move[:, None], pitch.shape)[pitch != REST]
        centre = asked.centre + move
        for row, (heights, middle) in enumerate(zip(pitch, centre, strict=True)):
            notes = np.flatnonzero(heights != REST)
            for note in rng.choice(notes, 1 if len(notes) < 24 else 2, replace=False):
                pitch[row, note] += 1 if heights[note] <= middle else -1
        brief = asked._replace(centre=centre).encode()
        moved = Events(pitch, events.duration, events.length, events.metre, events.mode)
        tokens = encode_events(*moved[:4], centre)
        names, distance, novelty = caught(task, (tokens, events.length, brief))
        tunes = self.sources(task, planted)
        assert np.mean([name in those for name, those in zip(names, tunes, strict=True)]) > 0.9
        assert_caught(distance, novelty)

    def test_held_out_tunes_are_not_caught(self, task):
        _, distance, novelty = caught(task, task.reference_works(200))
        assert (distance == 0).mean() < 0.02 and np.median(novelty) > 0.8


class TestPatches:
    @pytest.fixture(scope="class", params=[{}, {"library": "builtin", "size": 6}], ids=str)
    @classmethod
    def task(cls, request):
        return make_task("PatchComposition", **request.param)

    @pytest.fixture(scope="class")
    @classmethod
    def planted(cls, task):
        return task.reference.projected("train", EACH, 0)

    @staticmethod
    def works(task, cells):
        brief = task.draw_briefs(np.arange(len(cells), dtype=np.uint64))
        return tokens_of(cells), np.full(len(cells), task.max_length, np.int32), brief

    @staticmethod
    def named(names):
        """Share of works called after the detail they were planted from."""
        pictures = [f"{p} (picture, detail" for p in ("astronaut", "camera", "coffee", "retina")]
        assert len(pictures) == len(composed_pictures("train"))
        planted = [f"{pictures[row % 4]} {row // 4 + 1})" for row in range(len(names))]
        return np.mean([n.startswith(p) for n, p in zip(names, planted, strict=True)])

    def test_copies(self, task, planted):
        names, distance, novelty = caught(task, self.works(task, planted))
        assert not distance.any() and not novelty.any() and self.named(names) == 1
        assert not any("mirrored" in name or "turned" in name for name in names)

    @pytest.mark.parametrize("transform", [2, 4, 7])
    def test_mirrored_or_turned_with_a_few_tiles_changed(self, task, planted, transform):
        rng = np.random.default_rng(transform)
        cells = under(planted[:, moved_cells(task.size, transform)], transform).astype(np.int16)
        for row in cells:
            changed = rng.choice(len(row), len(row) // 18, replace=False)
            row[changed] = rng.choice(np.flatnonzero(task.reference.distinct[0]), len(changed))
        names, distance, novelty = caught(task, self.works(task, cells))
        assert_caught(distance, novelty)
        assert self.named(names) == 1
        said = {2: ", turned by half", 4: ", mirrored", 7: ", mirrored, turned right"}
        assert all(name.endswith(said[transform]) for name in names)

    def test_held_out_pictures_are_not_caught(self, task):
        works = task.reference_works(64)
        _, distance, novelty = caught(task, works)
        assert (distance == 0).mean() < 0.05 and np.median(novelty) > 0.5


class TestTactics:
    @pytest.fixture(scope="class", params=["train", "test"])
    @classmethod
    def task(cls, request):
        return make_task("TacticDesign", split=request.param)

    @pytest.fixture(scope="class")
    @classmethod
    def setting(cls, task):
        """The book thrice over, each for a brief of its own; what is fielded, and the briefs."""
        tactics = np.tile(training_book(), (3, 1, 1))
        brief = task.draw_briefs(np.arange(len(tactics), dtype=np.uint64) + 7)
        return tactics, brief

    @staticmethod
    def works(task, tactics, brief):
        tokens, length, _ = task.played(task.fielded(tactics, task.decoded(brief)), brief)
        return tokens, length, brief

    @staticmethod
    def planted_names(count):
        return [f"{TRAINING_NAMES[row % len(TRAINING_NAMES)]} (book)" for row in range(count)]

    @staticmethod
    def with_squads_changed(task, setting, count):
        """What is fielded of the mirrored book, so many squads of each of another type."""
        tactics, brief = setting
        tactics = task.fielded(flipped(tactics), task.decoded(brief)).copy()
        rng = np.random.default_rng(1)
        for tactic in tactics:
            for squad in rng.choice((tactic[:, TYPE] >= 0).sum(), count, replace=False):
                tactic[squad, TYPE] = (tactic[squad, TYPE] + rng.integers(1, N_TYPES)) % N_TYPES
        return tactics

    @pytest.mark.parametrize("mirror", [False, True])
    def test_copies(self, task, setting, mirror):
        tactics, brief = setting
        tactics = flipped(tactics) if mirror else tactics
        names, distance, novelty = caught(task, self.works(task, tactics, brief))
        assert not distance.any() and names == self.planted_names(len(tactics))
        assert (novelty == 0).mean() >= 0.95 and novelty.mean() < 0.02

    @pytest.mark.parametrize("column, by", [(COLUMN, -3), (ROW, 2), (ROW, -3)])
    def test_moved_as_a_whole(self, task, setting, column, by):
        tactics, brief = setting
        limit = DEPLOY_COLUMNS if column == COLUMN else ROWS
        moved = tactics.copy()
        moved[:, :, column] = np.clip(tactics[:, :, column] + by, 0, limit - 1)
        moved[tactics[:, :, TYPE] < 0] = -1
        names, distance, novelty = caught(task, self.works(task, moved, brief))
        assert (distance == 0).mean() >= 0.95 and novelty.mean() < 0.02
        assert names == self.planted_names(len(tactics))

    def test_mirrored_with_one_squad_changed(self, task, setting):
        tactics = self.with_squads_changed(task, setting, 1)
        names, distance, novelty = caught(task, self.works(task, tactics, setting[1]))
        assert distance.mean() < 0.1 and distance.max() < 0.3 and novelty.mean() < 0.1
        assert names == self.planted_names(len(tactics))

    def test_hidden_among_cheap_squads(self, task, setting):
        """Two, in a corner, hide hardly anything; what hides a copy halves what it is worth."""
        tactics, brief = setting
        price = task.reference.units.records["cost"]
        quality = task.quality(tactics, task.decoded(brief)).mean()
        for count, most, worth in ((1, 0, 1), (2, 0.15, 0.8), (3, 0.3, 0.6), (4, 0.4, 0.5)):
            idle = np.full((len(tactics), count, tactics.shape[2]), HOLD, np.int16)
            for place in range(count):
                idle[:, place] = (price.argmin(), 0, 2 * place, HOLD, 0, 0, 0)
            diluted = np.concatenate([idle, tactics], axis=1)[:, : tactics.shape[1]]
            works = self.works(task, diluted, brief)
            assert caught(task, works)[2].mean() <= most
            assert task.quality(diluted, task.decoded(brief)).mean() < worth * quality

    def test_others_are_not_caught(self):
        """Held-out tactics, some of which go back to the book, lose little; any others nothing."""
        judge = make_task("TacticDesign", split="test")
        for works, least in ((judge.reference_works(200), 0.95), (random_works(judge, 64), 1)):
            _, _, novelty = caught(judge, works)
            tactics = tactics_of(*works[:2])
            found, scale = judge.memory(*works), judge.reference.novelty
            quality = judge.quality(tactics, judge.decoded(works[2]))
            unseen = np.zeros((len(tactics), 0, 1 + judge.memory_size), np.float32)
            by_battle, _ = scale.score(found, np.ones((len(tactics), 1)), quality, unseen)
            assert novelty.sum() >= least * by_battle.sum()
