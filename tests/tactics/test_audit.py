"""The audit's parts on small games, and the audit itself in short."""

import numpy as np
import pytest

from creative_envs.tactics.audit import __main__ as audit
from creative_envs.tactics.audit import baselines
from creative_envs.tactics.audit.determinism import battle_hash, hashes, random_pairings
from creative_envs.tactics.audit.leverage import leverage, specialisation
from creative_envs.tactics.battle.engine import fight
from creative_envs.tactics.brief import Briefs
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.opponents.oracle import double_oracle
from creative_envs.tactics.squads import counted
from creative_envs.tactics.terrain.ground import stacked
from creative_envs.tactics.terrain.maps import generate_map
from creative_envs.tactics.units.balancing import balance
from creative_envs.tactics.units.starting_table import starting_table
from creative_envs.tactics.vocabulary import COLUMN, STANCE

FIELDS = stacked([generate_map("open", 0), generate_map("hills", 0)])
UNITS = starting_table()


def test_the_short_audit_prints_every_part(capsys):
    audit.main(["--rounds", "1"])
    said = capsys.readouterr().out
    for part in ("Lanchester", "Hash of", "mean margins", "Double oracle", "leverage", "hiding"):
        assert part in said
    assert "MISSED (at least 10)" in said  # one round is not ten
    assert "bounds kept" in said


def test_hashes_agree_and_tell_battles_apart():
    found = hashes(FIELDS, UNITS)
    assert len(set(found.values())) == 1
    assert len(found) >= 6
    pairings = random_pairings(32, 2, UNITS)
    other = pairings._replace(first=1 - pairings.first)
    one, two = (battle_hash(fight(p, FIELDS, UNITS.records)) for p in (pairings, other))
    assert one != two


class TestLeverage:
    def judge(self, tactics, briefs):
        """Only lancers and the first squad's column and stance count."""
        lancers = counted(tactics)[:, 3] / 12
        return lancers + tactics[:, 0, COLUMN] / 70 + tactics[:, 0, STANCE] / 300

    def test_is_the_spread_of_what_is_drawn_anew(self):
        briefs = Briefs(*(np.zeros(60, np.int64) for _ in range(5)))
        tactics = np.repeat(training_book()[:1], 60, axis=0)
        found = leverage(self.judge, tactics, briefs, np.random.default_rng(0))
        # A column of 8 and a stance of 4, each drawn evenly.
        assert found["placement"] == pytest.approx(np.arange(8).std() / 70, rel=0.1)
        assert found["orders"] == pytest.approx(np.arange(4).std() / 300, rel=0.1)
        assert found["army"] > 0.05

    def test_specialisation(self):
        quality = np.array([[0.5, 0.5, 0.5, 0.5], [0.9, 0.1, 0.1, 0.1], [0.2, 0.6, 0.6, 0.1]])
        found = specialisation(quality)
        assert found.constant == pytest.approx(0.5)
        assert found.chosen == pytest.approx((0.9 + 0.6 + 0.6 + 0.5) / 4)
        assert found.share == 0.25
        assert found.different == 3


def test_double_oracle_adds_a_best_response_each_round():
    book = training_book()
    rng = np.random.default_rng(0)
    run = double_oracle(book, 160, FIELDS, UNITS.records, 2, 4, rng)
    assert np.array_equal(run.tactics[:8], book)
    assert run.tactics.shape == (10, 12, 7)
    assert np.abs(run.payoff + run.payoff.T).max() == 0
    assert len(run.gains) == 2 and run.gains[0] > 0
    assert run.mixture.sum() == pytest.approx(1)


def test_balancing_is_decided_by_its_seed(monkeypatch):
    from creative_envs.tactics.units import balancing

    monkeypatch.setattr(balancing, "ROUNDS", 1)
    monkeypatch.setattr(balancing, "GENERATIONS", 1)
    monkeypatch.setattr(balancing, "MAP_SEEDS", (900,))
    one, again = (balance(3, seed=1) for _ in range(2))
    assert one.sha256 == again.sha256
    assert one.name == "balanced"


def test_baselines_print_their_rows(capsys):
    baselines.main(["--seeds", "1", "--briefs", "8", "--battles", "6000"])
    said = capsys.readouterr().out
    for row in ("random legal", "book: ", "MAP-Elites", "hill climbing"):
        assert row in said
