"""Briefs of compositions: encoding, extraction, drawing, words, and how they are kept."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import InvalidBrief
from creative_envs.patches.actions import cells_of
from creative_envs.patches.brief import (
    BRIEF_SIZE,
    HIGHEST,
    LEAD_AT,
    LIBRARY_AT,
    LIKENESS_AT,
    LOWEST,
    ORDER_AT,
    ORDERS,
    Briefs,
    describe,
    draw_briefs,
    extract_briefs,
    extract_pool,
    hexadecimal_of,
    parse,
)
from creative_envs.patches.craft.tables import library_inks
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.load import names_of
from creative_envs.patches.quality import judge_all
from tests.patches.canvases import (
    TWO,
    invented,
    keys,
    scores_of,
    task_of,
)

ENV_ID = "creative_envs/PatchComposition-v0"
NUMBERS = ("share", "warmth", "complexity", "contrast")


@pytest.fixture(scope="module")
def task():
    return task_of(6)


@pytest.fixture(scope="module")
def two():
    return task_of(8, TWO)


@st.composite
def briefs(draw):
    """One brief of a task with two libraries, anywhere in its ranges."""
    order = draw(st.integers(0, len(ORDERS) - 1))

    def number(low, high):
        return np.array([draw(st.floats(low, high, width=32))], np.float32)

    likeness = number(0, 1) if order else np.zeros(1, np.float32)
    return Briefs(
        library=np.array([draw(st.integers(0, 1))]),
        lead=np.array([draw(st.integers(0, 5))]),
        share=number(0, 0.75),
        warmth=number(-40, 60),
        complexity=number(0, 20),
        contrast=number(0, 50),
        balance=np.concatenate((number(-0.25, 0.25), number(-0.25, 0.25)))[None],
        order=np.array([order]),
        likeness=likeness,
    )


class TestVectors:
    @given(asked=briefs())
    def test_decoding_inverts_encoding(self, two, asked):
        vector = asked.encode(two._inks)
        assert vector.shape == (1, BRIEF_SIZE) and vector.dtype == np.float32
        assert vector.min() >= 0 and vector.max() <= 1 and vector[0, 0] == 0
        read = Briefs.decode(vector, two._inks)
        for part in ("library", "lead", "order"):
            assert getattr(read, part)[0] == getattr(asked, part)[0], part
        for part in (*NUMBERS, "balance", "likeness"):
            np.testing.assert_allclose(getattr(read, part), getattr(asked, part), atol=1e-5)
        np.testing.assert_allclose(read.encode(two._inks), vector, atol=1e-6)

    def test_every_entry_by_hand(self):
        inks = np.zeros((2, 6, 3))
        inks[1, 3] = 50, -40, 80
        vector = Briefs(
            library=np.array([1]),
            lead=np.array([3]),
            share=np.array([0.2], np.float32),
            warmth=np.array([-15], np.float32),
            complexity=np.array([3], np.float32),
            contrast=np.array([10], np.float32),
            balance=np.array([[0.3, -0.15]], np.float32),
            order=np.array([2]),
            likeness=np.array([0.6], np.float32),
        ).encode(inks)[0]
        expected = [0, 0.75, 0.5, 0.25, 1, 0.25, 0.25, 0.15, 0.2, 1, 0.25, 0, 0, 1, 0, 0.6]
        np.testing.assert_allclose(vector, expected, atol=1e-6)

    def test_out_of_range_is_clipped(self, task):
        middle = Briefs.decode(np.full((1, BRIEF_SIZE), 0.5, np.float32), task._inks)
        for name, value in (("share", 0.95), ("warmth", -90), ("contrast", 59), ("complexity", -1)):
            brief = middle._replace(**{name: np.array([value], np.float32)})
            vector = brief.encode(task._inks)
            assert vector.min() >= 0 and vector.max() <= 1

    @settings(max_examples=20)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_any_vector_in_range_means_something(self, two, seed):
        """A brief given as a vector need not be one-hot, nor name an ink: the nearest counts."""
        vectors = np.random.default_rng(seed).random((50, BRIEF_SIZE), np.float32)
        read = Briefs.decode(vectors, two._inks)
        assert set(read.library.tolist()) == {0, 1}
        np.testing.assert_array_equal(read.order, vectors[:, ORDER_AT:LIKENESS_AT].argmax(axis=1))
        assert not read.likeness[read.order == 0].any()
        asked = (
            LOWEST[LEAD_AT : LEAD_AT + 3]
            + vectors[:, LEAD_AT : LEAD_AT + 3] * ((HIGHEST - LOWEST)[LEAD_AT : LEAD_AT + 3])
        )
        away = ((two._inks[read.library] - asked[:, None]) ** 2).sum(axis=2)
        np.testing.assert_array_equal(read.lead, away.argmin(axis=1))

    @pytest.mark.parametrize("count", [1, 2, 3, 6, 10])
    def test_mask_and_score_read_the_same_library(self, count):
        """Also where float32 products would round up to the next one."""

        class OfMany:
            libraries = range(count)

        place = np.linspace(0, 1, 241, dtype=np.float32)
        steps = (np.arange(count + 1) / count).astype(np.float32)
        place = np.concatenate((place, steps, np.nextafter(steps[1:], np.float32(0))))
        vectors = np.zeros((len(place), BRIEF_SIZE), np.float32)
        vectors[:, LIBRARY_AT] = place
        own = type(task_of(6))._library_of(OfMany, vectors)
        decoded = Briefs.decode(vectors, np.zeros((count, 6, 3))).library
        np.testing.assert_array_equal(own, decoded)
        assert set(own.tolist()) == set(range(count))


class TestExtraction:
    @pytest.mark.parametrize("arguments", [
        {"size": 6}, {"size": 12}, {"size": 8, "library": "builtin"}, {"size": 8, "library": TWO},
        {"size": 6, "library": "pictures"}, {"size": 6, "split": "test"},
    ], ids=str)  # fmt: skip
    def test_reference_works_fulfil_their_briefs(self, arguments):
        task = task_of(**arguments)
        for tokens, _, vectors in (task.reference_works(12), self.demonstrated(task)):
            scores = scores_of(task, cells_of(tokens), vectors)
            np.testing.assert_allclose(scores.adherence, 1, atol=1e-6)

    @staticmethod
    def demonstrated(task):
        actions, length, vectors = task.demonstrations(12)
        return np.stack(np.divmod(actions, 8), axis=-1).astype(np.int16), length, vectors

    def test_says_what_is_there(self, task):
        cells = task.reference.projected("test", 6, 0)
        tables = task.reference.scale.tables
        pool = extract_pool(cells, 6, 0, tables)
        asked = extract_briefs(pool, 0)
        for row, canvas in enumerate(cells):
            shares = tables.ink_share[0][canvas].mean(axis=0)
            assert asked.lead[row] == shares.argmax()
            assert asked.share[row] == pytest.approx(shares.max(), abs=1e-6)
            assert pool.ink_share[0, row].sum() == pytest.approx(1, abs=1e-5)
        assert not asked.order.any() and not asked.likeness.any()

    def test_names_the_library(self, two):
        pool = extract_pool(two.reference.projected("test", 2, 1), 8, 1, two.reference.scale.tables)
        assert extract_briefs(pool, 1).library.tolist() == [1, 1]


class TestDrawing:
    def test_is_a_pure_function_of_the_key(self, task):
        pool, chosen = task.reference.pools["train"], keys(50)
        whole = draw_briefs(pool, chosen).encode(task._inks)
        np.testing.assert_array_equal(draw_briefs(pool, chosen[7:9]).encode(task._inks), whole[7:9])
        assert len(np.unique(whole, axis=0)) == 50

    def test_lies_in_the_unit_cube_and_asks_for_everything(self, two):
        vectors = two.draw_briefs(keys(2000))
        assert np.isfinite(vectors).all() and vectors.min() >= 0 and vectors.max() <= 1
        drawn = Briefs.decode(vectors, two._inks)
        assert set(drawn.library.tolist()) == {0, 1}
        assert set(drawn.order.tolist()) == set(range(len(ORDERS)))
        assert len(set(zip(drawn.library.tolist(), drawn.lead.tolist(), strict=True))) > 6
        for part in (*NUMBERS, "likeness"):
            assert getattr(drawn, part).std() > 0

    def test_symmetric_orders_ask_for_balance_along_their_axes(self, task):
        drawn = draw_briefs(task.reference.pools["train"], keys(2000))
        right, down = drawn.balance.T
        centred = {"left-right": [right], "up-down": [down], "half-turn": [right, down]}
        for name, parts in centred.items():
            rows = drawn.order == ORDERS.index(name)
            assert rows.any() and not any(part[rows].any() for part in parts)
            assert (drawn.likeness[rows] > 0).all()
        free = drawn.order == 0
        assert right[free].std() > 0 and down[free].std() > 0 and not drawn.likeness[free].any()
        assert down[drawn.order == ORDERS.index("left-right")].std() > 0
        assert right[drawn.order == ORDERS.index("up-down")].std() > 0

    def test_splits_ask_for_different_things(self):
        """Flat details of two pictures may come out as the same canvas, but hardly ever do."""
        drawn = [
            task_of(6, split=split).draw_briefs(keys(200)) for split in ("train", "valid", "test")
        ]
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert (drawn[one] == drawn[other]).all(axis=1).mean() < 0.02


class TestWords:
    @given(asked=briefs(), weight=st.floats(0, 1))
    def test_parsing_inverts_describing_up_to_its_rounding(self, two, asked, weight):
        vector = asked.encode(two._inks)[0]
        vector[0] = weight
        words = two.describe_brief(vector)
        again = two.parse_brief(words)
        assert two.describe_brief(again) == words
        np.testing.assert_allclose(again, vector, atol=0.01)

    def test_what_is_not_said_is_as_usual(self, task):
        usual = task.describe_brief(task.parse_brief({}))
        assert usual["order"] == "free" and usual["novelty_weight"] == 0.5
        asked = task.describe_brief(task.parse_brief({"warmth": 20, "order": "half-turn"}))
        changed = {key for key in usual if usual[key] != asked[key]}
        assert changed == {"warmth", "order", "likeness"}
        assert asked["warmth"] == 20 and asked["likeness"] > 0
        said = task.parse_brief({"order": "half-turn", "likeness": 0.5})
        assert task.describe_brief(said)["likeness"] == 0.5

    def test_no_order_leaves_no_likeness(self, task):
        vector = task.parse_brief({"order": "free"})
        assert vector[LIKENESS_AT] == 0 and vector[ORDER_AT] == 1
        np.testing.assert_array_equal(vector, task.parse_brief({}))

    @pytest.mark.parametrize("colour", ["#d84b32", "navy", "rgb(0, 90, 130)", "hsl(120, 50%, 50%)"])
    def test_colours_mean_the_nearest_ink(self, task, colour):
        lead = task.describe_brief(task.parse_brief({"lead": colour}))["lead"]
        inks = [hexadecimal_of(ink) for ink in library_inks(task.libraries[0])]
        assert lead in inks
        assert task.describe_brief(task.parse_brief({"lead": lead}))["lead"] == lead

    def test_inks_are_colours_of_the_library(self, task):
        for library in (task.libraries[0], invented()):
            inks = library_inks(library)
            pixels = srgb_to_lab(library.patches).reshape(-1, 3)
            assert inks.shape == (6, 3) and (np.diff(inks[:, 0]) >= 0).all()
            assert all(np.abs(pixels - ink).sum(axis=1).min() < 1e-9 for ink in inks)

    @pytest.mark.parametrize(
        ("words", "message"),
        [({"warmht": 3}, "did you mean 'warmth'"), ({"zzz": 1}, "no 'zzz'"), ({3: 1}, "no 3"),
         ({"libary": 0}, "did you mean 'library'"),
         ({"lead": "no colour"}, "lead is a colour"), ({"lead": 3}, "lead is a colour"),
         ({"lead": None}, "lead is a colour"), ({"lead": "#12"}, "lead is a colour"),
         ({"order": "spiral"}, "left-right"), ({"order": None}, "left-right"),
         ({"order": ["free"]}, "left-right"), ({"library": "oil"}, "library is one of"),
         ({"warmth": np.nan}, "a number"), ({"warmth": "warm"}, "a number"),
         ({"warmth": 61}, "warmth is a number"), ({"share": -0.1}, "share is a number"),
         ({"share": True}, "a number"), ({"contrast": np.inf}, "contrast is a number"),
         ({"complexity": [3]}, "a number"),
         ({"order": "up-down", "likeness": 1.1}, "likeness is a number"),
         ({"likeness": 0.5}, "goes with an order"),
         ({"order": "free", "likeness": 0.5}, "goes with an order"),
         ({"balance": 0.1}, "2 numbers"), ({"balance": [0, 0, 0]}, "2 numbers"),
         ({"balance": [0, 0.31]}, "2 numbers"), ({"balance": [0, None]}, "2 numbers"),
         ({"novelty_weight": 1.5}, "novelty_weight is a number"),
         ({"novelty_weight": "0.5"}, "a number")],
        ids=repr,
    )  # fmt: skip
    def test_bad_words_are_refused_saying_why(self, task, words, message):
        with pytest.raises(InvalidBrief, match=message):
            task.parse_brief(words)

    def test_known_words_are_named_once(self, two):
        with pytest.raises(InvalidBrief) as refused:
            two.parse_brief({"zzz": 1})
        assert str(refused.value).count("'library'") == 1

    def test_libraries_are_named(self, two):
        for index, library in enumerate(two.libraries):
            vector = two.parse_brief({"library": library.name})
            assert Briefs.decode(vector[None], two._inks).library[0] == index
            assert two.describe_brief(vector)["library"] == library.name

    def test_libraries_of_one_name_are_told_apart(self, two):
        twin = replace(two.libraries[1], name=two.libraries[0].name)
        names = names_of((two.libraries[0], twin))
        assert len(set(names)) == 2
        usual = two.parse_brief({})
        for index, name in enumerate(names):
            vector = parse({"library": name}, two._inks, names, usual)
            assert Briefs.decode(vector[None], two._inks).library[0] == index
            assert describe(vector, two._inks, names)["library"] == name

    def test_one_library_need_not_be_named(self, task):
        words = task.describe_brief(task.parse_brief({}))
        assert "library" not in words
        named = task.parse_brief({"library": task.libraries[0].name})
        np.testing.assert_array_equal(named, task.parse_brief({}))


class TestAtReset:
    def test_a_brief_in_words_keeps_the_environments_novelty_weight(self):
        env = gym.make(ENV_ID, size=6, novelty_weight=0.25)
        words = {"lead": "black", "order": "up-down", "warmth": 10}
        observation, _ = env.reset(seed=0, options={"brief": words})
        told = env.unwrapped.task.describe_brief(observation["brief"])
        assert observation["brief"][0] == 0.25
        assert (told["order"], told["warmth"]) == ("up-down", 10.0)

    def test_the_library_shown_is_the_one_named(self, two):
        env = gym.make(ENV_ID, library=TWO)
        for index, library in enumerate(two.libraries):
            observation, _ = env.reset(options={"brief": {"library": library.name}})
            np.testing.assert_array_equal(observation["library"], two._shown[index])
            distinct = two.reference.distinct[index]
            np.testing.assert_array_equal(observation["action_mask"], distinct)


class TestKeeping:
    def test_each_part_is_kept_by_itself(self, task):
        """A work keeps the brief made of it; changing one part of that breaks that part alone."""
        cells = task.reference.projected("test", 1, 0)
        asked = extract_briefs(extract_pool(cells, 6, 0, task.reference.scale.tables), 0)
        changes = {
            "keeps_lead": {"share": asked.share + 0.4},
            "keeps_warmth": {"warmth": asked.warmth + 20},
            "keeps_complexity": {"complexity": asked.complexity + 5},
            "keeps_contrast": {"contrast": asked.contrast + 15},
            "keeps_balance": {"balance": asked.balance + np.float32(0.4)},
            "keeps_order": {"order": np.array([1]), "likeness": np.array([1], np.float32)},
        }
        names = list(changes)
        for name, change in changes.items():
            brief = asked._replace(**change)
            _, kept, terms = judge_all(cells, 6, brief, task.reference.scale)
            named = dict(zip(names, terms[0, -6:], strict=True))
            assert named.pop(name) < 0.6, name
            assert set(named.values()) == {1.0} and kept[0] < 1

    def test_worse_is_worse(self, task):
        cells = task.reference.projected("test", 1, 0)
        asked = extract_briefs(extract_pool(cells, 6, 0, task.reference.scale.tables), 0)
        found = [
            judge_all(cells, 6, asked._replace(warmth=asked.warmth + off), task.reference.scale)[1][
                0
            ]
            for off in (0, 5, 10, 20, 40)
        ]
        assert found[0] == 1 and (np.diff(found) < 0).all() and found[-1] > 0
