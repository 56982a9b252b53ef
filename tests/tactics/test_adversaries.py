"""Search finds better tactics; tricks do not pay."""

import numpy as np
import pytest

from creative_envs.tactics.adversaries.hacks import HACKS, all_hold, corner, whole_book
from creative_envs.tactics.adversaries.search import climb_each, map_elites
from creative_envs.tactics.brief import Atlas, draw_briefs
from creative_envs.tactics.squads import counted
from creative_envs.tactics.task import TacticTask
from creative_envs.tactics.terrain.maps import generate_map
from creative_envs.tactics.units.starting_table import TYPES
from creative_envs.tactics.vocabulary import HOLD, STANCE, TYPE

COST = np.full(8, 12)
LANCER, MAGE = TYPES.index("lancer"), TYPES.index("mage")
ATLAS = Atlas([generate_map("open", 0), generate_map("river", 0)])


def wanted(tactics, briefs):
    """A toy score: lancers against the first doctrine, mages against all others."""
    kind = np.where(briefs.doctrine == 0, LANCER, MAGE)
    return counted(tactics)[np.arange(len(tactics)), kind] / 4


def some_briefs(count):
    return draw_briefs(np.arange(count, dtype=np.uint64), ATLAS, 3)


class TestSearch:
    def test_hill_climbing_answers_each_brief(self):
        briefs = some_briefs(12)
        found = climb_each(wanted, briefs, 150, 0, COST)
        assert wanted(found, briefs).min() == 1

    def test_hill_climbing_is_decided_by_its_seed(self):
        briefs = some_briefs(4)
        one, again, other = (climb_each(wanted, briefs, 20, seed, COST) for seed in (0, 0, 1))
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)

    def test_more_trials_are_never_worse(self):
        briefs = some_briefs(8)
        few, many = (climb_each(wanted, briefs, n, 0, COST) for n in (10, 60))
        assert (wanted(many, briefs) >= wanted(few, briefs)).all()

    def test_map_elites_answers_briefs_it_never_saw_by_their_kind(self):
        def draw(keys):
            return draw_briefs(keys, ATLAS, 3)

        elites = map_elites(wanted, draw, ATLAS, 20_000, 0, COST)
        unseen = some_briefs(40)
        assert wanted(elites.answer(unseen, ATLAS), unseen).mean() > 0.95

    def test_map_elites_tries_as_often_as_it_is_told(self):
        tried = []

        def counting(tactics, briefs):
            tried.append(len(tactics))
            return wanted(tactics, briefs)

        map_elites(counting, lambda keys: draw_briefs(keys, ATLAS, 3), ATLAS, 1024, 0, COST)
        assert sum(tried) == 1024


@pytest.fixture(scope="module")
def judged():
    """From a tactic to its quality for each of some briefs of the test split."""
    task = TacticTask(split="test")
    briefs = task.decoded(task.draw_briefs(np.arange(96, dtype=np.uint64)))
    return lambda tactic: task.quality(np.repeat(tactic[None], 96, axis=0), briefs)


class TestHacks:
    @pytest.mark.parametrize("name", HACKS)
    def test_pay_less_than_the_books_25th_percentile(self, name, judged):
        limit = np.quantile([judged(tactic) for tactic in whole_book()], 0.25)
        assert max(judged(tactic).mean() for tactic in HACKS[name]()) < limit

    def test_all_hold_changes_nothing_but_orders_to_move(self):
        book, still = whole_book(), all_hold()
        assert np.array_equal(book[:, :, :STANCE], still[:, :, :STANCE])
        assert (still[:, :, STANCE][book[:, :, TYPE] >= 0] == HOLD).all()

    def test_corners_are_crowded_but_every_squad_has_its_cell(self):
        for tactic in corner():
            used = tactic[tactic[:, TYPE] >= 0]
            assert len(np.unique(used[:, 1:3], axis=0)) == len(used)
            assert used[:, 1].max() < 4 and used[:, 2].min() >= 13
