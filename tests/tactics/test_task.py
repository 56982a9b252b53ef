"""Tactic design through the task protocol: scores, references, search, what a brief decides."""

from __future__ import annotations

import pickle
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from creative_envs import artefact
from creative_envs.tactics import reference
from creative_envs.tactics.actions import DONE, tactics_of
from creative_envs.tactics.likeness import COPIED_PLAN, NEW_PLAN
from creative_envs.tactics.matches import OBJECTIVE_WEIGHTS, STEEPNESS
from creative_envs.tactics.novelty import EVEN_FIGHT, FARTHEST
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.shown import shown_maps
from creative_envs.tactics.squads import cost_of, counted, flipped, no_squads
from creative_envs.tactics.task import TacticTask
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.terrain.maps import generate_map
from creative_envs.tactics.vocabulary import (
    LEAST_BUDGET,
    MAX_TICKS,
    MOST_BUDGET,
    MOST_OF_A_TYPE,
    OBJECTIVES,
    ROCK,
)
from tests.playing import assert_same, play_episode
from tests.tactics.plans import SIZES, UNITS

DESIGN = "creative_envs/TacticDesign-v0"
MAPS = ("open-3", "river-3", "pass-3")
GROUND = generate_map("river", 3)
UPSIDE_DOWN = Ground("upside down", GROUND.terrain[::-1])
SPEAR, BOW, CAVALRY, LANCER, FENCER = 0, 1, 2, 3, 6
TERMS = {name: place for place, name in enumerate(TacticTask.term_names)}


@pytest.fixture(scope="module")
def task():
    return TacticTask(maps=MAPS)


@pytest.fixture(scope="module")
def held_out():
    return TacticTask(maps=MAPS, split="test")


def keys(count):
    return np.arange(count, dtype=np.uint64)


def any_rows(count, seed=0):
    """Twelve squads each as somebody may write them down, (n, 12, 7)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, SIZES, (count, 12, len(SIZES))).astype(np.int16)


def made(task, count, seed=0, briefs=None):
    """Tokens, lengths and briefs of legal works."""
    briefs = task.draw_briefs(keys(count)) if briefs is None else briefs
    briefs[:, 0] = 0.5
    tactics = task.fielded(any_rows(count, seed), task.decoded(briefs))
    tokens, length, _ = task.played(tactics, briefs)
    return tokens, length, briefs


def as_an_enemy(task, count):
    """Works that are one of their own enemies, whom they beat from one side at most."""
    briefs = task.draw_briefs(keys(count))
    asked = task.decoded(briefs)
    same = task.reference.league.tactics[asked.doctrine, asked.party, 0]
    return *task.played(task.fielded(same, asked), briefs)[:2], briefs


def after_the_book(task, count, changed=0):
    """Works of the book by turns, so many of the first squads of each exchanged for any."""
    briefs = task.draw_briefs(keys(count))
    tactics = np.resize(training_book(), (count, 12, 7))
    tactics[:, :changed] = any_rows(count)[:, :changed]
    return *task.played(task.fielded(tactics, task.decoded(briefs)), briefs)[:2], briefs


def scores_of(task, tokens, length, briefs):
    nothing = np.zeros((len(length), 0, 1 + task.memory_size), np.float32)
    return task.score(tokens, length, briefs, nothing)


def asked_for(task, count, **words):
    """The same brief in words so many times."""
    return np.repeat(task.parse_brief(words)[None], count, axis=0)


class TestArguments:
    def test_sizes(self, task):
        assert (task.n_actions, task.max_length, task.brief_size) == (144, 36, 17)
        assert task.token_sizes == (9, 9, 17, 5, 5, 4, 4, 21)
        assert task.memory_size == len(task.descriptor_names) == 6
        assert task.prefix_entries == ("map",) == tuple(task.context_spaces())

    def test_pickles_as_its_arguments(self, task):
        twin = pickle.loads(pickle.dumps(task))
        assert twin.reference is task.reference and len(pickle.dumps(task)) < 500

    def test_pickles_with_a_map_of_its_own(self):
        own = TacticTask(maps=(UPSIDE_DOWN, "open-3"), split="valid")
        twin = pickle.loads(pickle.dumps(own))
        assert twin.reference_sha256() == own.reference_sha256()
        assert_same(twin.draw_briefs(keys(5)), own.draw_briefs(keys(5)))

    def test_references_are_told_apart(self, tmp_path):
        UNITS.save(tmp_path / "units.json")
        units = str(tmp_path / "units.json")
        given = [{}, {"maps": MAPS}, {"maps": MAPS[:2]}, {"units": units}]
        hashes = [TacticTask(**arguments).reference_sha256() for arguments in given]
        assert len(set(hashes)) == len(given) and all(len(digest) == 64 for digest in hashes)

    @pytest.mark.parametrize("name", ["COPIED_PLAN", "NEW_PLAN", "REACH", "MOVED"])
    def test_so_are_other_measures_of_likeness(self, task, monkeypatch, name):
        before = task.reference_sha256()
        assert replace(task.reference).sha256 == before
        monkeypatch.setattr(reference, name, 2 * getattr(reference, name))
        assert replace(task.reference).sha256 != before

    @pytest.mark.parametrize("maps", [None, MAPS], ids=["maps of the split", "maps of one's own"])
    def test_a_run_is_tested_by_the_reference_it_was_trained_with(self, maps):
        """Checkpoints are refused where the hash is another: it is the same in every split."""
        splits = ("train", "valid", "test")
        assert len({TacticTask(split, maps).reference_sha256() for split in splits}) == 1

    def test_splits_share_no_map(self):
        atlases = [TacticTask(split).reference.atlas for split in ("train", "valid", "test")]
        grounds = [ground.terrain for atlas in atlases for ground in atlas.grounds]
        assert len(set(grounds)) == len(grounds)

    def test_the_context_is_the_map_of_the_brief(self, task):
        briefs = np.concatenate([asked_for(task, 1, map=name) for name in MAPS])
        shown = task.context(briefs)["map"]
        grounds = [generate_map(kind, 3).cells for kind in ("open", "river", "pass")]
        np.testing.assert_array_equal(shown, shown_maps(np.stack(grounds)))
        assert not np.array_equal(shown[0], shown[1])


class TestScores:
    def test_are_what_the_replays_of_the_artefact_come_to(self, held_out):
        """Every battle again, one by one, and quality by its formula from both sides of each."""
        works = made(held_out, 12), as_an_enemy(held_out, 12)
        tokens, length, briefs = (np.concatenate(parts) for parts in zip(*works, strict=True))
        scores = scores_of(held_out, tokens, length, briefs)
        won_from_one_side = 0
        for row in range(len(length)):
            work = {"tokens": tokens[row], "length": length[row], "brief": briefs[row]}
            tactic = held_out.artefact_of(work)
            assert len(tactic.enemies) == 5
            parts = np.array([[_parts(tactic, enemy, first) for first in (0, 1)]
                              for enemy in range(5)])  # fmt: skip
            margins = parts @ OBJECTIVE_WEIGHTS[OBJECTIVES.index(tactic.objective)]
            quality = (1 / (1 + np.exp(-STEEPNESS * margins))).mean()
            assert scores.quality[row] == pytest.approx(quality, abs=1e-6)
            expected = [*parts.mean(axis=(0, 1)), (margins.mean(axis=1) > 0).mean()]
            assert scores.terms[row, :4] == pytest.approx(expected, abs=1e-6)
            spent = scores.terms[row, TERMS["spent"]]
            assert spent == pytest.approx(tactic.cost / tactic.budget)
            assert not np.array_equal(parts[:, 0], parts[:, 1]), "both sides should differ"
            won_from_one_side += int(((margins > 0).sum(axis=1) == 1).sum())
        assert won_from_one_side > 0

    def test_terms_lie_in_their_ranges(self, task):
        scores = scores_of(task, *made(task, 30))
        terms = dict(zip(task.term_names, scores.terms.T, strict=True))
        for name in ("value", "zones", "camp"):
            assert np.abs(terms[name]).max() <= 1 and terms[name].std() > 0
        for name in ("won", "spent", "plan_distance"):
            assert terms[name].min() >= 0 and terms[name].max() <= 1 and terms[name].std() > 0
        assert (terms["own_distance"] == FARTHEST).all() and (terms["book_distance"] > 0).all()
        assert (scores.adherence == 1).all() and scores.valid.all()
        assert (scores.quality == scores.craft).all() and scores.craft.std() > 0.01

    @pytest.mark.parametrize("changed", [2, 12], ids=["after the book", "any"])
    def test_novelty_is_the_formula_of_its_terms(self, task, changed):
        tokens, length, briefs = after_the_book(task, 24, changed)
        memory = task.memory(tokens, length, briefs)
        earlier = np.ones((24, 2, 1 + task.memory_size), np.float32)
        earlier[:, :, 1:] = np.stack([np.roll(memory, n, axis=0) for n in (1, 5)], axis=1)
        scores, scale = task.score(tokens, length, briefs, earlier), task.reference.novelty
        distance = scores.terms[:, [TERMS["book_distance"], TERMS["own_distance"]]].min(axis=1)
        unlike = np.clip((distance - scale.copied) / (scale.new - scale.copied), 0, 1)
        plan = scores.terms[:, TERMS["plan_distance"]]
        unlike_plan = np.clip((plan - COPIED_PLAN) / (NEW_PLAN - COPIED_PLAN), 0, 1)
        gated = np.minimum(unlike, unlike_plan) * np.minimum(scores.quality / EVEN_FIGHT, 1)
        np.testing.assert_allclose(scores.novelty, gated, atol=1e-5)
        assert scores.novelty.std() > 0

    def test_novelty_is_none_for_the_book(self, task):
        scores = scores_of(task, *after_the_book(task, 16))
        assert not scores.terms[:, TERMS["plan_distance"]].any() and not scores.novelty.any()
        assert scores.terms[:, TERMS["book_distance"]].max() > task.reference.novelty.copied

    def test_do_not_depend_on_the_company(self, task):
        works = made(task, 6)
        together = scores_of(task, *works)
        for row in range(6):
            one = slice(row, row + 1)
            alone = scores_of(task, *(part[one] for part in works))
            for part in ("craft", "adherence", "novelty", "valid", "terms", "descriptor"):
                assert_same(getattr(alone, part), getattr(together, part)[one], part)

    def test_write_nothing_they_were_given(self, task):
        given = (*made(task, 3), np.zeros((3, 1, 1 + task.memory_size), np.float32))
        before = [array.copy() for array in given]
        task.score(*given)
        task.memory(*given[:3])
        assert_same(list(given), before)

    def test_memory_is_what_scoring_comes_by(self, task):
        works = made(task, 8)
        scores, memory = scores_of(task, *works), task.memory(*works)
        assert_same(memory, scores.memory)
        assert memory.min() >= 0 and memory.max() <= 1 and (memory.std(axis=0) > 0).all()

    def test_no_army_is_no_work(self, task):
        tokens = np.full((1, 36, 8), -1, np.int16)
        scores = scores_of(task, tokens, np.zeros(1, np.int32), task.draw_briefs(keys(1)))
        assert not scores.valid[0] and scores.quality[0] == 0
        assert all(np.isfinite(part).all() for part in (scores.terms, scores.descriptor))


def _parts(tactic, enemy, first):
    """Value, zones and camp for minus against in one battle, as shares of the most there is."""
    value, zones, camp, *_ = (np.asarray(v[0]) for v in tactic.replay(enemy, first).outcome)
    shares = value / (1000 * tactic.budget), zones / (3 * MAX_TICKS), camp / (4 * MAX_TICKS)
    return [share[0] - share[1] for share in shares]


class TestBriefs:
    """All a brief says decides how a tactic fares."""

    CHANGES = (
        {"map": "river-3"},
        {"budget": 190},
        {"objective": "break-through"},
        {"enemy": "foot-0"},
        {"enemy": "missile-7"},
    )

    @pytest.mark.parametrize("change", CHANGES, ids=str)
    def test_every_part_counts(self, task, change):
        words = {"map": "open-3", "budget": 130, "objective": "hold", "enemy": "missile-0"}
        works = made(task, 12, briefs=asked_for(task, 12, **words))
        other = asked_for(task, 12, **{**words, **change})
        one, another = scores_of(task, *works), scores_of(task, *works[:2], other)
        assert (one.quality != another.quality).mean() > 0.7

    def test_a_work_for_another_brief_is_judged_by_what_takes_the_field(self, task):
        assert task.keeps_sense_for_other_briefs
        rich = made(task, 12, briefs=asked_for(task, 12, map="open-3", budget=MOST_BUDGET))
        poor = asked_for(task, 12, map="pass-3", budget=LEAST_BUDGET, objective="hold")
        fielded = task.fielded(tactics_of(*rich[:2]), task.decoded(poor))
        assert (cost_of(fielded, task.reference.units.records["cost"]) <= LEAST_BUDGET).all()
        tokens, length, _ = task.played(fielded, poor)
        judged, remade = (scores_of(task, *two, poor) for two in (rich[:2], (tokens, length)))
        np.testing.assert_array_equal(judged.quality, remade.quality)
        assert not np.array_equal(judged.quality, scores_of(task, *rich).quality)


class TestPortfolios:
    def test_a_repeat_is_not_new(self, task):
        tokens, length, briefs = made(task, 12)
        earlier = np.ones((12, 1, 1 + task.memory_size), np.float32)
        earlier[:, 0, 1:] = task.memory(tokens, length, briefs)
        again = task.score(tokens, length, briefs, earlier)
        assert (again.novelty == 0).all() and not again.terms[:, TERMS["own_distance"]].any()
        earlier[:, 0, 0] = 0  # there is no such work
        assert_same(
            task.score(tokens, length, briefs, earlier).novelty,
            scores_of(task, tokens, length, briefs).novelty,
        )

    def test_nor_when_it_is_played(self):
        env = gym.make("creative_envs/TacticPortfolio-v0", works=3, maps=MAPS).unwrapped
        env.reset(seed=0, options={"brief": {"map": "open-3", "budget": 150}})
        novelty = []
        for _ in range(3):
            for action in (SPEAR, 20, 1, LANCER, 50, 17, BOW, 90, 4, DONE):
                info = env.step(action)[4]
                assert not info["illegal"]
            novelty.append(info["work"]["novelty"])
        assert novelty[1:] == [0, 0]


class TestFlips:
    def test_north_and_south_are_alike_in_all_scores(self):
        """The map, the tactic and its opponents upside down: the same battles, mirrored."""
        here, there = TacticTask(maps=GROUND), TacticTask(maps=UPSIDE_DOWN)
        league = there.reference.league
        turned = flipped(league.tactics.reshape(-1, *league.tactics.shape[-2:]))
        league = replace(league, tactics=turned.reshape(league.tactics.shape))
        there.reference = replace(there.reference, league=league)
        briefs = here.draw_briefs(keys(20))
        asked = here.decoded(briefs)
        upside_down = asked.encode(there.reference.atlas, league.parties)
        tactics = here.fielded(any_rows(20), asked)
        one = scores_of(here, *here.played(tactics, briefs)[:2], briefs)
        works = there.played(flipped(tactics), upside_down)[:2]
        other = scores_of(there, *works, upside_down)
        np.testing.assert_array_equal(one.quality, other.quality)
        np.testing.assert_allclose(one.novelty, other.novelty, atol=1e-5)
        np.testing.assert_allclose(one.terms, other.terms, atol=1e-5)
        lean = list(here.descriptor_names).index("asymmetry")
        leans = one.descriptor[:, lean], 1 - other.descriptor[:, lean]
        np.testing.assert_allclose(*leans, atol=1e-6)
        assert not np.allclose(one.descriptor[:, lean], 0.5)

    def test_but_not_against_opponents_that_stay(self):
        here, there = TacticTask(maps=GROUND), TacticTask(maps=UPSIDE_DOWN)
        briefs = here.draw_briefs(keys(20))
        asked = here.decoded(briefs)
        tactics = here.fielded(any_rows(20), asked)
        assert (here.quality(tactics, asked) != there.quality(flipped(tactics), asked)).any()


class TestPlayed:
    @pytest.mark.parametrize(
        ("types", "budget", "length"),
        [((SPEAR,), 120, 4), ((SPEAR,) * 4, 120, 13), ((LANCER,) * 4 + (CAVALRY,), 120, 15),
         ((SPEAR,) * 4 + (BOW,) * 4 + (FENCER,) * 4, 200, 36)],
        ids=["done", "four of a type", "no points left", "twelve squads"],
    )  # fmt: skip
    def test_ends_with_done_only_where_there_is_a_choice(self, tmp_path, types, budget, length):
        UNITS.save(tmp_path / "units.json")
        task = TacticTask(maps="open-3", units=str(tmp_path / "units.json"))
        brief = task.parse_brief({"budget": budget})[None]
        tactic = no_squads(1)
        for place, kind in enumerate(types):
            tactic[0, place] = (kind, 0, place, place % 4, 1, 2, 1)
        tokens, lengths, actions = task.played(tactic, brief)
        assert lengths.tolist() == [length]
        assert (actions[0, length - 1] == DONE) == (length % 3 == 1)
        assert (actions[0, :length] >= 0).all() and (actions[0, length:] == -1).all()
        assert_same(tactics_of(tokens, lengths), tactic)


class TestReferences:
    def test_demonstrations_are_played_as_they_are(self):
        env = gym.make(DESIGN, maps=MAPS, split="valid").unwrapped
        actions, lengths, briefs = env.task.demonstrations(6)
        for work, length, brief in zip(actions, lengths, briefs, strict=True):
            env.reset(seed=0, options={"brief": brief})
            for step in range(length):
                _, _, terminated, _, info = env.step(int(work[step]))
                assert not info["illegal"] and terminated == (step == length - 1)
            assert (work[length:] == -1).all()

    def test_are_the_same_every_time_and_of_their_split(self, task, held_out):
        assert_same(task.demonstrations(3), task.demonstrations(3))
        assert not np.array_equal(task.demonstrations(3)[0], held_out.demonstrations(3)[0])
        assert_same(task.reference_works(3), held_out.reference_works(3))

    def test_are_the_best_there_are_for_their_briefs(self, held_out):
        tokens, length, briefs = held_out.reference_works(6)
        asked, league = held_out.decoded(briefs), held_out.reference.league
        experts = league.tactics.reshape(-1, *league.tactics.shape[-2:])
        best = held_out.quality(tactics_of(tokens, length), asked)
        for expert in experts:
            others = held_out.quality(np.repeat(expert[None], 6, axis=0), asked)
            assert (best >= others - 1e-12).all()

    def test_are_better_than_chance(self, held_out):
        tokens, length, briefs = held_out.reference_works(16)
        by_chance = scores_of(held_out, *made(held_out, 16, briefs=briefs.copy()))
        experts = scores_of(held_out, tokens, length, briefs)
        assert experts.quality.mean() > by_chance.quality.mean() + 0.1

    def test_are_legal(self, held_out):
        tokens, length, briefs = held_out.reference_works(16)
        tactics, asked = tactics_of(tokens, length), held_out.decoded(briefs)
        assert (cost_of(tactics, held_out.reference.units.records["cost"]) <= asked.budget).all()
        assert counted(tactics).max() <= MOST_OF_A_TYPE
        for tactic, field in zip(tactics, asked.field, strict=True):
            used = tactic[tactic[:, 0] >= 0]
            cells = {(row, column) for column, row in used[:, 1:3].tolist()}
            terrain = held_out.reference.atlas.grounds[field].terrain
            assert len(cells) == len(used)
            assert all(terrain[row][column] != ROCK for row, column in cells)


class TestSearch:
    def searched(self, task, evaluations, seed=0):
        briefs = task.draw_briefs(keys(6))
        return scores_of(task, *task.searched_works(briefs, evaluations, seed), briefs).quality

    def test_is_better_than_chance_and_the_longer_the_better(self, task):
        few, more = self.searched(task, 8), self.searched(task, 60)
        assert (more >= few).all() and more.mean() > few.mean()
        chance = scores_of(task, *made(task, 6, briefs=task.draw_briefs(keys(6)))).quality
        assert more.mean() > chance.mean() + 0.1

    def test_is_decided_by_its_seed(self, task):
        briefs = task.draw_briefs(keys(4))
        one, again, other = (task.searched_works(briefs, 12, seed) for seed in (0, 0, 1))
        assert_same(one, again)
        assert not np.array_equal(one[0], other[0])


class TestArtefacts:
    def test_are_of_the_map_and_the_enemies_the_brief_names(self):
        env = gym.make(DESIGN, maps=MAPS)
        brief = {"map": "pass-3", "enemy": "mounted-5", "budget": 170, "objective": "hold"}
        work = play_episode(env, seed=1, options={"brief": brief})[1][0]
        tactic = artefact(DESIGN, work, maps=MAPS)
        assert tactic == env.unwrapped.artefact()
        assert tactic.ground == generate_map("pass", 3)
        assert (tactic.budget, tactic.objective) == (170, "hold")
        names = env.unwrapped.task.reference.league.names[1][5]
        assert tuple(enemy.name for enemy in tactic.enemies) == names
        assert brief.items() <= tactic.brief.items()
        assert tactic.scores["quality"] == pytest.approx(work["quality"])
