"""The image-patch task through the task protocol: arguments, references, features, artefacts."""

from __future__ import annotations

import pickle

import gymnasium as gym
import numpy as np
import pytest

from creative_envs import artefact
from creative_envs.core.errors import (
    CreativeEnvsError,
    InvalidArgument,
    InvalidBrief,
    InvalidWork,
    UnusablePictures,
)
from creative_envs.patches.actions import cells_of, tokens_of
from creative_envs.patches.artefact import Composition
from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft.tables import tile_tables
from creative_envs.patches.descriptors import descriptors
from creative_envs.patches.env import PatchEnv
from creative_envs.patches.geometry import N_TRANSFORMS, transformed
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.load import load_library
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.projection import budget
from creative_envs.patches.shown import N_SHOWN, shown_features
from creative_envs.patches.task import PatchTask
from tests.patches.canvases import (
    TWO,
    any_canvases,
    invented,
    keys,
    legal_canvases,
    library_from,
    scores_of,
    task_of,
)
from tests.playing import assert_same, play_episode

ENV_ID = "creative_envs/PatchComposition-v0"
TASKS = [{"size": 6}, {"size": 8}, {"size": 12}, {"library": "builtin"}, {"library": TWO}]
every_task = pytest.mark.parametrize(
    "arguments", TASKS, ids=lambda case: "-".join(map(str, case.values()))
)


@pytest.fixture(scope="module")
def task():
    return task_of(6)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [({"size": 7}, r"size is one of \(6, 8, 12\), got 7"), ({"size": "8"}, "size is one of"),
         ({"size": 8.0}, "size is one of"), ({"size": None}, "size is one of"),
         ({"split": "training"}, "split is one of"), ({"split": None}, "split is one of"),
         ({"patches": 11}, "12 to 48, got 11"), ({"patches": 49}, "12 to 48"),
         ({"patches": 24.0}, "whole number"), ({"patches": "24"}, "whole number"),
         ({"library": ("procedural", "procedural:seed=0")}, "each once"), ({"library": ()}, "one"),
         ({"library": None}, "string"), ({"library": 3}, "string"), ({"library": [3]}, "string"),
         ({"library": "procedurl"}, "procedural"), ({"library": "procedural:sed=3"}, "seed"),
         ({"sizes": 6}, "did you mean 'size'"), ({"librari": "builtin"}, "did you mean 'library'")],
        ids=repr,
    )  # fmt: skip
    def test_what_cannot_be_is_refused_saying_why(self, arguments, message):
        with pytest.raises(InvalidArgument, match=message):
            PatchTask(**arguments)

    def test_a_library_of_another_size_says_what_to_pass(self):
        library = load_library("procedural", 16)
        with pytest.raises(InvalidArgument, match="pass patches=16"):
            PatchTask(library=library)
        with pytest.raises(InvalidArgument, match="pass patches=16"):
            PatchTask(library=("procedural", library))
        assert PatchTask(6, library, patches=16).n_actions == 128

    def test_a_library_whose_patches_look_alike_is_refused(self):
        """Also turned and mirrored ones: works could not be filled within the budget."""
        few = load_library("procedural").patches[[0, 5, 6, 7]]
        turns = [transformed(patch, t) for patch in few for t in (0, 1, 2, 4, 6, 7)]
        with pytest.raises(InvalidArgument, match=r"4 of its patches differ.*12 are needed"):
            PatchTask(library=library_from(turns))

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(UnusablePictures, match="nowhere"):
            PatchTask(library=str(tmp_path / "nowhere"))
        with pytest.raises(CreativeEnvsError):
            PatchTask(library=str(tmp_path))

    def test_sizes(self, task):
        assert (task.max_length, task.n_actions, task.token_sizes) == (36, 192, (24, 8))
        assert task.brief_size == 16 and task.scratch_size == 24 + 2 * 98
        assert PatchTask(6, patches=12).n_actions == 96

    def test_pickles_as_its_arguments(self):
        task = PatchTask(6)
        twin = pickle.loads(pickle.dumps(task))
        assert twin.reference is task.reference and len(pickle.dumps(task)) < 500

    def test_pickles_with_a_library_of_its_own(self):
        own = PatchTask(6, load_library("procedural:seed=5", 12), patches=12)
        twin = pickle.loads(pickle.dumps(own))
        assert twin.reference_sha256() == own.reference_sha256()
        assert_same(twin.draw_briefs(keys(5)), own.draw_briefs(keys(5)))

    def test_references_are_loaded_once_and_told_apart(self):
        other = PatchTask(6, split="test", observe_picture=True)
        assert other.reference is PatchTask(6).reference
        hashes = {task_of(**arguments).reference_sha256() for arguments in TASKS}
        assert len(hashes) == len(TASKS) and all(len(digest) == 64 for digest in hashes)


class TestScores:
    def test_terms_are_named_and_lie_in_their_range(self):
        work = play_episode(gym.make(ENV_ID, size=6), seed=1)[1][0]
        assert tuple(work["terms"]) == PatchTask.term_names
        assert len(set(PatchTask.term_names)) == len(PatchTask.term_names)
        for name, value in work["terms"].items():
            assert 0 <= value <= (2 if name.endswith("distance") else 1), name
        assert work["valid"] and work["descriptor"].shape == (2,)

    @every_task
    def test_do_not_depend_on_the_company(self, arguments):
        task = task_of(**arguments)
        tokens, _, briefs = task.reference_works(5)
        cells = cells_of(tokens)
        together = scores_of(task, cells, briefs)
        for row in range(5):
            one = slice(row, row + 1)
            alone = scores_of(task, cells[one], briefs[one])
            for part in ("craft", "adherence", "novelty", "valid", "terms", "descriptor"):
                assert_same(getattr(alone, part), getattr(together, part)[one], part)

    def test_write_nothing_they_were_given(self, task):
        given = (*task.reference_works(3), np.zeros((3, 1, 1 + task.memory_size), np.float32))
        before = [array.copy() for array in given]
        task.score(*given)
        task.memory(*given[:3])
        task.potential(*given[:3], np.zeros((3, task.scratch_size), np.int32))
        task.views(given[0], given[2])
        assert_same(list(given), before)

    @every_task
    def test_pictures_score_above_chance(self, arguments):
        task = task_of(**arguments)
        tokens, _, briefs = task.reference_works(24)
        library = Briefs.decode(briefs, task._inks).library
        pictures = scores_of(task, cells_of(tokens), briefs)
        random = [legal_canvases(task, 1, row, index) for row, index in enumerate(library)]
        chance = scores_of(task, np.concatenate(random), briefs)
        assert np.median(pictures.craft) > np.median(chance.craft)
        assert np.median(pictures.quality) > 2 * np.median(chance.quality)


class TestDescriptors:
    @every_task
    def test_lie_in_the_unit_square_and_differ(self, arguments):
        task = task_of(**arguments)
        cells, briefs = any_canvases(task, 30), task.draw_briefs(keys(30))
        found = scores_of(task, cells, briefs).descriptor
        assert found.dtype == np.float32 and found.min() >= 0 and found.max() <= 1
        assert (found.std(axis=0) > 0.01).all()

    def test_extremes_are_what_the_budget_allows(self):
        """The warmest patches, each as often as may be: as warm as a canvas can get."""
        tint = np.arange(24)[:, None, None, None] * np.array([5, 4, 0])
        library = library_from(np.broadcast_to(60 + tint, (24, 8, 8, 3)))
        tables = tile_tables([library])
        limits = task_of(6, library)._limits
        warmth = tables.mean[0, ::N_TRANSFORMS, 2]
        ordered = np.repeat(np.sort(warmth), budget(6))
        assert limits[0, 0] == pytest.approx([ordered[:36].mean(), ordered[-36:].mean()])
        warm = np.repeat(np.argsort(-warmth) * N_TRANSFORMS, budget(6))[:36][None].astype(np.int16)
        cold = np.repeat(np.argsort(warmth) * N_TRANSFORMS, budget(6))[:36][None].astype(np.int16)
        for cells, expected in ((warm, 1), (cold, 0)):
            found = descriptors(cells, np.zeros(1, np.int64), tables, limits)
            assert found[0, 0] == pytest.approx(expected, abs=1e-6)


class TestReferences:
    @every_task
    def test_works_and_demonstrations_are_legal_and_end(self, arguments):
        task = task_of(**arguments)
        count, size = 7, task.size
        tokens, lengths, briefs = task.reference_works(count)
        actions, steps, asked = task.demonstrations(count)
        assert len(tokens) == len(actions) == len(briefs) == len(asked) == count
        assert (lengths == size**2).all() and (steps == size**2).all()
        for cells, vectors in ((cells_of(tokens), briefs), (actions, asked)):
            library = Briefs.decode(vectors, task._inks).library
            assert set(library.tolist()) == set(range(len(task.libraries)))
            for canvas, index in zip(cells, library, strict=True):
                assert task.reference.distinct[index, canvas].all()
                assert np.bincount(canvas // N_TRANSFORMS).max() <= budget(size)

    def test_demonstrations_are_played_as_they_are(self):
        env = gym.make(ENV_ID, library=TWO).unwrapped
        actions, _, briefs = env.task.demonstrations(4)
        for work, brief in zip(actions, briefs, strict=True):
            env.reset(seed=0, options={"brief": brief})
            for action in work:
                _, _, terminated, _, info = env.step(int(action))
                assert not info["illegal"]
            assert terminated and info["work"]["adherence"] > 0.999

    def test_are_of_their_split_and_the_same_every_time(self, task):
        assert_same(task.reference_works(6), task.reference_works(6))
        train, test = (task_of(6, split=split).demonstrations(6)[0] for split in ("train", "test"))
        assert not (train == test).all(axis=1).any()
        assert_same(task.demonstrations(6), task.demonstrations(6))

    def test_differ(self, task):
        tokens, _, _ = task.reference_works(30)
        assert len(np.unique(tokens.reshape(30, -1), axis=0)) == 30


class TestShown:
    @every_task
    def test_the_table_tells_each_tile_by_its_patch(self, arguments):
        """What is gathered for a tile is what would be shown of the patch as it lies."""
        task = task_of(**arguments)
        table, context = task.action_table(), task.context(task.draw_briefs(keys(4)))
        patches = task.token_sizes[0]
        assert context["library"].shape == (4, patches, N_SHOWN)
        assert task.context_spaces()["library"].contains(context["library"][0])
        for index, library in enumerate(task.libraries):
            shown = shown_features(library)
            np.testing.assert_array_equal(shown, task._shown[index])
            turned = library_from(library.tiles)  # every tile as a patch of its own
            expected = shown_features(turned)
            gathered = shown.ravel()[table.features.gather]
            np.testing.assert_allclose(gathered, expected, atol=1e-6)

    def test_features_by_hand(self):
        """Black above white: mean, detail and borders."""
        patch = np.zeros((1, 8, 8, 3))
        patch[:, 4:] = 255
        shown = shown_features(library_from(np.repeat(patch, 2, axis=0)))[0]
        assert shown[:3] == pytest.approx([0.5, 0.5, 0.5], abs=1e-4)
        step = 100 / 7  # one of seven rows of steps
        assert shown[3:7] == pytest.approx([step / 20, 50 / 50, 0, step / 20], abs=1e-4)
        upper, lower, left, right = shown[7:].reshape(4, 4, 3)[..., 0]
        assert upper == pytest.approx([0] * 4, abs=1e-4)
        assert lower == pytest.approx([1] * 4, abs=1e-4)
        for side in (left, right):
            assert side == pytest.approx([0, 0, 1, 1], abs=1e-4)

    def test_the_table_says_what_a_tile_writes_and_which_cells_it_touches(self, task):
        table = task.action_table()
        assert table.value.tolist() == [action // 8 for action in range(192)]
        assert table.features.columns == (8, 1)
        for patch in range(24):
            assert table.relation[patch + 1].tolist() == np.eye(24)[patch].tolist()
        assert not table.relation[0].any()
        for cell, bearing in enumerate(table.features.neighbours.tolist()):
            y, x = divmod(cell, 6)
            places = [(y, x - 1), (y - 1, x), (y, 5 - x), (5 - y, x), (5 - y, 5 - x)]
            numbers = [6 * v + u if u >= 0 else -1 for v, u in places]
            assert bearing == [n if 0 <= n < cell else -1 for n in numbers]

    def test_the_picture_grows_cell_by_cell(self):
        env = gym.make(ENV_ID, size=6, observe_picture=True)
        observation, _ = env.reset(seed=0)
        assert observation["picture"].shape == (48, 48, 3)
        assert len(np.unique(observation["picture"])) == 1
        grey = observation["picture"][0, 0]
        library, rng = env.unwrapped.task.libraries[0], np.random.default_rng(0)
        for cell in range(8):
            action = int(rng.choice(observation["action_mask"].nonzero()[0]))
            observation, *_ = env.step(action)
            y, x = 8 * (cell // 6), 8 * (cell % 6)
            square = transformed(library.patches[action // 8], action % 8)
            np.testing.assert_array_equal(observation["picture"][y : y + 8, x : x + 8], square)
            assert (observation["picture"][8:, 8 * (cell + 1) :] == grey).all() or cell > 5
        assert "picture" not in gym.make(ENV_ID, size=6).reset(seed=0)[0]

    def test_pictures_and_scores_see_the_same_colours(self):
        """Mean L* and b* of the observed picture are the measures' lightness and warmth."""
        watching = PatchTask(library=TWO, observe_picture=True)
        cells, briefs = any_canvases(watching, 3), watching.draw_briefs(keys(3))
        picture = watching.views(tokens_of(cells), briefs)["picture"]
        library = Briefs.decode(briefs, watching._inks).library
        means = watching.reference.scale.tables.mean[library[:, None], cells].mean(axis=1)
        np.testing.assert_allclose(srgb_to_lab(picture).mean(axis=(1, 2)), means, atol=1e-9)


class TestArtefacts:
    def test_are_made_of_the_library_the_brief_names(self):
        env = gym.make(ENV_ID, library=TWO)
        seen = set()
        for seed in range(6):
            work = play_episode(env, seed=seed)[1][0]
            made = artefact(ENV_ID, work, library=TWO)
            assert isinstance(made, Composition) and made == env.unwrapped.artefact()
            task = env.unwrapped.task
            chosen = task.libraries[task._library_of(work["brief"][None])[0]]
            assert made.library_sha256 == chosen.sha256
            assert made.cells == tuple(cells_of(work["tokens"][None])[0].tolist())
            assert made.brief["library"] == chosen.name
            assert made.scores["quality"] == pytest.approx(work["quality"])
            seen.add(chosen.name)
        assert len(seen) == 2

    def test_need_the_library_they_were_made_with(self):
        env = gym.make(ENV_ID, size=6, patches=12)
        work = play_episode(env, seed=0)[1][0]
        assert artefact(ENV_ID, work, size=6, patches=12).size == 6
        assert task_of(6, "pictures").artefact(work, library=invented()).library is invented()
        with pytest.raises(InvalidArgument, match="did you mean 'library'"):
            artefact(ENV_ID, work, librari="builtin")

    @pytest.mark.parametrize(
        ("change", "error"),
        [({"tokens": np.full((36, 2), 99)}, InvalidWork),
         ({"tokens": np.zeros((36, 3), int)}, InvalidWork),
         ({"tokens": np.zeros((35, 2), int)}, InvalidWork),
         ({"tokens": np.zeros((0, 2), int), "length": 0}, InvalidWork),
         ({"tokens": np.zeros((49, 2), int)}, InvalidWork),
         ({"length": 37}, InvalidWork), ({"length": 2.5}, InvalidWork),
         ({"brief": np.zeros(15)}, InvalidBrief), ({"brief": np.full(16, 2.0)}, InvalidBrief)],
        ids=repr,
    )  # fmt: skip
    def test_forged_works_are_refused(self, change, error):
        work = play_episode(gym.make(ENV_ID, size=6), seed=0)[1][0]
        with pytest.raises(error):
            artefact(ENV_ID, {**work, **change})

    def test_every_mode_draws_works_in_progress_and_finished(self):
        for mode in PatchTask.render_modes:
            env = gym.make(ENV_ID, size=6, render_mode=mode)
            observation, _ = env.reset(seed=0)
            drawn = [env.render()]
            terminated = False
            while not terminated:
                action = int(observation["action_mask"].argmax())
                observation, _, terminated, _, _ = env.step(action)
            drawn.append(env.render())
            if mode == "ansi":
                assert drawn[0] != drawn[1] and all(isinstance(text, str) for text in drawn)
            else:
                assert drawn[1].dtype == np.uint8 and drawn[1].shape[2] == 3
                assert not np.array_equal(*drawn)
        with pytest.raises(InvalidArgument, match="ansi"):
            PatchEnv(render_mode="svg")

    def test_libraries_are_not_changed_by_use(self, task):
        library = task.libraries[0]
        before = library.sha256
        copy = PatchLibrary(library.name, library.originals.copy(), library.photographic)
        assert copy.sha256 == before and not library.originals.flags.writeable
