"""The book, its doctrines, variations of tactics, and the leagues of the splits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.errors import CorruptData
from creative_envs.tactics.opponents import league
from creative_envs.tactics.opponents.book import (
    HELD_OUT_NAMES,
    TRAINING_NAMES,
    held_out_book,
    training_book,
)
from creative_envs.tactics.opponents.doctrine import (
    COMBINED,
    DOCTRINES,
    FOOT,
    MISSILE,
    MOUNTED,
    arm_shares,
    arms_of,
    doctrines_of,
)
from creative_envs.tactics.opponents.evolution import evolve
from creative_envs.tactics.opponents.league import PARTIES, PARTY_SIZE, digest, load_league
from creative_envs.tactics.opponents.variation import crossed, mirrored, mutated, random_tactic
from creative_envs.tactics.squads import cost_of, counted, flipped, no_squads
from creative_envs.tactics.units.starting_table import TYPES, starting_table
from creative_envs.tactics.vocabulary import (
    COLUMN,
    DEPLOY_COLUMNS,
    MOST_BUDGET,
    MOST_OF_A_TYPE,
    ROW,
    ROWS,
    STANCE,
    TYPE,
)

UNITS = starting_table()
COST = np.arange(10, 18)


def army(**numbers):
    """A tactic of so many squads of each type, in a column."""
    tactic = no_squads(1)[0]
    names = [name for name, number in numbers.items() for _ in range(number)]
    for place, name in enumerate(names):
        tactic[place] = (TYPES.index(name), 0, place, 0, 0, 0, 0)
    return tactic


def assert_legal(tactic, cost):
    used = tactic[:, TYPE] >= 0
    assert (np.diff(used.astype(int)) <= 0).all(), "squads come first"
    assert (tactic[~used] == -1).all()
    assert counted(tactic[None]).max() <= MOST_OF_A_TYPE
    assert cost_of(tactic[None], cost)[0] <= MOST_BUDGET
    assert len({(row[COLUMN], row[ROW]) for row in tactic[used].tolist()}) == used.sum()
    sizes = (8, DEPLOY_COLUMNS, ROWS, 4, 4, 3, 3)
    assert ((tactic[used] >= 0) & (tactic[used] < sizes)).all()


class TestBook:
    def test_has_sixteen_tactics_with_names_of_their_own(self):
        assert training_book().shape == held_out_book().shape == (8, 12, 7)
        assert len({*TRAINING_NAMES, *HELD_OUT_NAMES}) == 16

    def test_all_are_different(self):
        both = np.concatenate([training_book(), held_out_book()])
        assert len({tactic.tobytes() for tactic in both}) == 16

    def test_keeps_to_the_cap_and_stands_apart(self):
        for tactic in (*training_book(), *held_out_book()):
            used = tactic[:, TYPE] >= 0
            assert counted(tactic[None]).max() <= MOST_OF_A_TYPE
            assert len({(row[COLUMN], row[ROW]) for row in tactic[used].tolist()}) == used.sum()


class TestDoctrine:
    def test_arms(self):
        assert [TYPES[i] for i in np.flatnonzero(arms_of(UNITS) == MOUNTED)] == [
            "cavalry",
            "lancer",
        ]
        missile = ["bow", "mage", "gunner"]
        assert [TYPES[i] for i in np.flatnonzero(arms_of(UNITS) == MISSILE)] == missile

    @pytest.mark.parametrize(
        ("numbers", "doctrine"),
        [
            ({"spear": 4}, FOOT),
            ({"cavalry": 2, "lancer": 2, "spear": 1}, MOUNTED),
            ({"bow": 3, "gunner": 1, "heavy": 1}, MISSILE),
            ({"spear": 1, "bow": 1, "cavalry": 1}, COMBINED),
        ],
    )
    def test_goes_by_what_is_spent(self, numbers, doctrine):
        assert doctrines_of(army(**numbers)[None], UNITS)[0] == doctrine

    def test_shares_add_up(self):
        shares = arm_shares(army(spear=1, bow=1, cavalry=1)[None], UNITS)[0]
        spent = np.array([UNITS.stats["cost"][TYPES.index(n)] for n in ("spear", "cavalry", "bow")])
        assert shares == pytest.approx(spent / spent.sum())


class TestVariation:
    @given(st.integers(0, 2**32 - 1))
    def test_makes_legal_tactics(self, seed):
        rng = np.random.default_rng(seed)
        one, other = random_tactic(rng, COST), random_tactic(rng, COST)
        assert_legal(one, COST)
        for _ in range(5):
            one = mutated(one, rng, COST)
            assert_legal(one, COST)
        assert_legal(crossed(one, other, rng, COST), COST)

    def test_the_same_seed_makes_the_same(self):
        made = [mutated(training_book()[0], np.random.default_rng(3), COST) for _ in range(2)]
        assert np.array_equal(*made)

    def test_mutants_differ_most_often(self):
        rng = np.random.default_rng(0)
        book = training_book()[0]
        assert sum(not np.array_equal(mutated(book, rng, COST), book) for _ in range(50)) > 40

    def test_a_child_has_squads_of_its_parents_alone(self):
        rng = np.random.default_rng(1)
        one, other = random_tactic(rng, COST), random_tactic(rng, COST)
        child = crossed(one, other, rng, COST)
        known = {(row[TYPE], *row[STANCE:]) for row in (*one.tolist(), *other.tolist())}
        rows = [row for row in child.tolist() if row[TYPE] >= 0]
        assert {(row[TYPE], *row[STANCE:]) for row in rows} <= known

    def test_half_are_mirrored(self):
        tactics = np.repeat(training_book()[:1], 200, axis=0)
        turned = mirrored(tactics, np.random.default_rng(0))
        changed = (turned != tactics).any(axis=(1, 2))
        assert 70 < changed.sum() < 130
        assert (turned[changed] == flipped(tactics[:1])).all()


class TestEvolution:
    def test_never_loses_its_best_and_finds_better(self):
        def fitness(tactics):  # likes lancers
            return counted(tactics)[:, TYPES.index("lancer")].astype(float)

        parents = training_book()
        found, worth = evolve(parents, fitness, 30, np.random.default_rng(0), COST)
        assert len(found) == len(parents)
        assert worth[0] == fitness(found[:1])[0] == MOST_OF_A_TYPE
        assert (np.diff(worth) <= 0).all()


class TestLeague:
    @pytest.mark.parametrize("split", ["train", "valid", "test"])
    def test_every_doctrine_has_its_parties(self, split):
        found = load_league(split)
        size = 5 if split == "test" else PARTY_SIZE
        assert found.tactics.shape == (len(DOCTRINES), PARTIES[split], size, 12, 7)
        assert found.parties == PARTIES[split]
        assert len(found.names) == len(DOCTRINES)
        assert len(found.names[0][0]) == size

    def test_splits_share_no_opponent(self):
        tactics = [load_league(split).tactics for split in ("train", "valid", "test")]
        known = [{t.tobytes() for t in found.reshape(-1, 12, 7)} for found in tactics]
        assert not known[0] & known[1]
        assert not (known[0] | known[1]) & known[2]

    def test_scoring_meets_the_held_out_book_and_training_none_of_it(self):
        held = {tactic.tobytes() for tactic in held_out_book()}
        met = {t.tobytes() for t in load_league("test").tactics.reshape(-1, 12, 7)}
        assert held <= met
        assert not held & {t.tobytes() for t in load_league("train").tactics.reshape(-1, 12, 7)}
        names = [n for of in load_league("test").names for party in of for n in party]
        assert set(HELD_OUT_NAMES) <= set(names)
        assert len(set(names)) == len(names)

    def test_members_of_a_party_are_different(self):
        for party in load_league("train").tactics.reshape(-1, PARTY_SIZE, 12, 7):
            assert len({tactic.tobytes() for tactic in party}) == PARTY_SIZE

    def test_another_file_is_refused(self, monkeypatch):
        monkeypatch.setattr(league, "SHA256", "of something else")
        with pytest.raises(CorruptData, match="generate"):
            league.load_opponents.__wrapped__()

    def test_the_digest_knows_names_shapes_and_values(self):
        array = np.arange(6)
        digests = {
            digest({"a": array}),
            digest({"b": array}),
            digest({"a": array.reshape(2, 3)}),
            digest({"a": array + 1}),
            digest({"a": array.astype(np.int16)}),
        }
        assert len(digests) == 5
        assert digest({"a": array}) == digest({"a": array.copy()})
