from dataclasses import replace

import numpy as np
import pytest

from agents.errors import ConfigError
from agents.evaluation import sample_works, stack
from agents.ideation import workbench
from agents.ideation.workbench import Workbench
from tests.agents.ideation.beads import make_agent


@pytest.fixture
def bench(agent):
    return Workbench(agent.config, agent.policy)


@pytest.fixture
def string_bench(strings):
    return Workbench(strings.config, strings.policy)


def with_gaps(actions, start, span):
    """Kept actions with a gap in each row."""
    place = np.arange(actions.shape[1])
    start = np.broadcast_to(start, len(actions))[:, None]
    return np.where((place >= start) & (place < start + span), -1, actions)


def count_questions(bench, monkeypatch):
    """A list that grows by the number of states of every question to the policy."""
    asked, ask = [], bench.policy.get_distribution
    monkeypatch.setattr(
        bench.policy, "get_distribution", lambda o: asked.append(len(o["tokens"])) or ask(o)
    )
    return asked


def test_works_are_distributed_as_those_of_the_evaluation(agent, bench):
    count = 4000
    works = sample_works(agent.config, agent.policy, count, 3, brief=[0.5, 0.25])
    brief = bench.briefs(count, 3, [0.5, 0.25])
    made = bench.make(brief, np.random.default_rng(4))
    tokens, _, briefs = stack(works)
    assert (briefs == brief).all()
    for ours, theirs in ((made.finished.tokens, tokens),):
        pairs = [5 * t[:, :-1, 0].astype(int) + t[:, 1:, 0] for t in (ours, theirs)]
        shares = [np.stack([(p == v).mean(axis=0) for v in range(25)]) for p in pairs]
        # Four standard errors of a difference of two shares of the most uncertain kind
        assert np.abs(shares[0] - shares[1]).max() < 4 * np.sqrt(2 * 0.25 / count)
    assert abs(made.finished.reward.mean() - np.mean([w["reward"] for w in works])) < 0.02


def test_probabilities_are_the_policys_own_at_temperature_1(bench):
    from agents.ideation.workbench import Batch

    batch = Batch(bench.task, 6, bench.settings)
    batch.begin_episodes(np.arange(6), np.zeros(6, np.uint64), bench.briefs(6, 0))
    heat = np.array([1, 1, 1, 0.1, 1, 50.0])
    seen = batch.observation()
    seen["action_mask"][:, 0] = 0
    found = bench.probabilities(seen, heat)
    plain = bench.probabilities(seen, np.ones(6))
    assert np.allclose(found.sum(axis=1), 1) and (found[:, 0] == 0).all()
    assert np.array_equal(found[:3], plain[:3])
    sharpened = plain[3] ** 10 / (plain[3] ** 10).sum()
    assert np.allclose(found[3], sharpened, atol=1e-6)
    assert np.ptp(found[5, 1:]) < 0.1


@pytest.mark.parametrize("which", ["bench", "string_bench"])
def test_replayed_actions_give_the_same_works_for_nothing(which, request, monkeypatch):
    bench = request.getfixturevalue(which)
    brief = bench.briefs(20, 1)
    made = bench.make(brief, np.random.default_rng(0))
    asked = count_questions(bench, monkeypatch)
    again = bench.replay(brief, made.actions)
    assert not asked and not again.passes.any()
    for name in ("tokens", "length", "brief", "reward"):
        assert np.array_equal(getattr(again.finished, name), getattr(made.finished, name))
    assert np.array_equal(again.finished.scores.terms, made.finished.scores.terms)
    assert np.array_equal(again.actions, made.actions)


def test_every_state_asked_about_is_counted(string_bench, monkeypatch):
    brief = string_bench.briefs(30, 2)
    asked = count_questions(string_bench, monkeypatch)
    made = string_bench.make(brief, np.random.default_rng(1))
    assert len(set(made.finished.length.tolist())) > 1
    assert np.array_equal(made.passes, made.finished.length)
    # Finished works may be asked about with the others; they are not counted.
    assert made.passes.sum() <= sum(asked) < 2 * made.passes.sum()
    one = string_bench.make(brief[:1], np.random.default_rng(1))
    before = sum(asked)
    part = string_bench.make(brief[:1], np.random.default_rng(2), kept=with_gaps(one.actions, 2, 1))
    assert sum(asked) - before == part.passes.sum()


def test_the_beginning_and_the_rest_are_put_back(bench):
    brief = bench.briefs(200, 5)
    old = bench.make(brief, np.random.default_rng(0))
    start = np.arange(200) % 5
    new = bench.make(brief, np.random.default_rng(1), kept=with_gaps(old.actions, start, 1))
    place = np.arange(bench.task.max_length)
    before = place < start[:, None]
    assert (new.actions[before] == old.actions[before]).all()
    assert (new.passes >= 1).all()
    once = new.passes == 1
    after = (place > start[:, None]) & once[:, None]
    assert (new.actions[after] == old.actions[after]).all()
    # One more is sampled exactly where the next old bead would repeat the new one.
    rows = np.arange(200)
    repeats = new.actions[rows, start] == old.actions[rows, np.minimum(start + 1, 5)]
    assert repeats.any() and (new.passes[repeats] > 1).all() and once[~repeats].all()
    assert (new.actions[~before] != old.actions[~before]).any()


def test_barred_actions_are_taken_only_where_nothing_else_is_legal(bench, monkeypatch):
    brief = bench.briefs(200, 5)
    old = bench.make(brief, np.random.default_rng(0))
    kept = with_gaps(old.actions, 2, 1)
    barred = np.where(np.arange(6) == 2, old.actions, -1)
    new = bench.make(brief, np.random.default_rng(1), kept=kept, avoided=barred)
    assert (new.actions[:, 2] != old.actions[:, 2]).all()
    assert (new.actions[:, :2] == old.actions[:, :2]).all()
    only = np.eye(5)[old.actions[:, 2]]
    monkeypatch.setattr(bench, "probabilities", lambda observation, temperature: only)
    forced = bench.make(brief, np.random.default_rng(1), kept=kept, avoided=barred)
    assert (forced.actions[:, 2] == old.actions[:, 2]).all()


def test_works_whose_rest_does_not_fit_are_finished_all_the_same(string_bench):
    brief = string_bench.briefs(300, 6)
    old = string_bench.make(brief, np.random.default_rng(0))
    kept = with_gaps(old.actions, 1, 2)
    new = string_bench.make(brief, np.random.default_rng(1), kept=kept)
    length = new.finished.length
    assert (new.finished.tokens[np.arange(300), length - 1, 1] == 12).all()
    assert ((new.actions >= 0).sum(axis=1) == length).all()
    assert (new.actions[:, 0] == old.actions[:, 0]).all()
    assert (length < old.finished.length).any() and (length > old.finished.length).any()


def test_works_do_not_depend_on_how_many_are_made_at_once(bench, monkeypatch):
    brief = bench.briefs(10, 0)
    monkeypatch.setattr(workbench, "MOST_AT_ONCE", 4)
    made = bench.make(brief, np.random.default_rng(3), temperature=np.linspace(0.5, 2, 10))
    assert made.finished.tokens.shape[0] == 10 and np.array_equal(made.finished.brief, brief)
    alone = bench.make(brief[:4], np.random.default_rng(3), temperature=np.linspace(0.5, 2, 10)[:4])
    assert np.array_equal(made.actions[:4], alone.actions)


def test_the_policy_is_shown_another_weight_than_works_are_scored_by(bench, monkeypatch):
    seen, ask = [], bench.policy.get_distribution
    monkeypatch.setattr(
        bench.policy, "get_distribution", lambda o: seen.append(o["brief"][:, 0]) or ask(o)
    )
    brief = bench.briefs(3, 0)
    made = bench.make(brief, np.random.default_rng(0), weight=[0.0, 0.25, 1.0])
    assert np.array_equal(seen[0], [0.0, 0.25, 1.0])
    assert np.array_equal(made.finished.brief, brief)
    assert bench.draft(made, 1).work["brief"][0] == brief[1, 0]


def test_the_first_work_of_portfolios_is_made(tmp_path):
    agent = make_agent(tmp_path / "run", env_kwargs={"works": 3})
    bench = Workbench(agent.config, agent.policy)
    made = bench.make(bench.briefs(4, 0), np.random.default_rng(0))
    assert (made.finished.scores.novelty == 1).all()
    assert (made.passes == bench.task.max_length).all()


@pytest.mark.parametrize("temperature", [0, -1.0, np.nan, np.inf, "hot", [1.0, 0.0]])
def test_temperatures_are_above_0(bench, temperature):
    with pytest.raises(ConfigError, match="temperature"):
        bench.make(bench.briefs(2, 0), np.random.default_rng(0), temperature=temperature)


@pytest.mark.parametrize("weight", [-0.1, 1.5, np.nan, "new"])
def test_weights_lie_in_their_range(bench, weight):
    with pytest.raises(ConfigError, match="novelty weight"):
        bench.make(bench.briefs(2, 0), np.random.default_rng(0), weight=weight)


@pytest.mark.parametrize("brief", [[0.5], [0.5, 2.0], {"colour": "red"}, "red"])
def test_a_brief_that_cannot_be_read_is_refused(bench, brief):
    with pytest.raises(ConfigError, match="brief"):
        bench.briefs(1, 0, brief)


def test_briefs_are_held_out_and_drawn_by_seed(agent, bench):
    works = sample_works(agent.config, agent.policy, 5, 9)
    assert np.array_equal(bench.briefs(5, 9), stack(works)[2])
    other = Workbench(replace(agent.config, seed=5), agent.policy)
    assert np.array_equal(other.briefs(5, 9), bench.briefs(5, 9))
    assert not np.array_equal(bench.briefs(50, 10), bench.briefs(50, 9))
