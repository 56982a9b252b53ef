import numpy as np
import pytest

from agents.errors import ConfigError
from agents.ideation.focus import Habit, Refining, focus
from agents.ideation.workbench import Draft, Workbench


@pytest.fixture(scope="module")
def drafts(agent):
    bench = Workbench(agent.config, agent.policy)
    made = bench.make(bench.briefs(6, 0), np.random.default_rng(0))
    return [bench.draft(made, row) for row in range(6)]


@pytest.mark.parametrize("by", ["reward", "quality"])
def test_works_become_better_and_never_worse(agent, drafts, by):
    gains = []
    for draft in drafts:
        found = focus(agent, draft, 20, by=by)
        assert (np.diff(found.values) >= 0).all() and len(found.values) == 21
        assert found.values[0] == draft.work[by] == found.start.work[by]
        assert found.values[-1] == found.best.work[by]
        assert np.array_equal(found.best.work["brief"], draft.work["brief"])
        gains.append(found.values[-1] - found.values[0])
    assert max(gains) > 0


def test_works_of_other_lengths_become_better_too(strings):
    bench = Workbench(strings.config, strings.policy)
    made = bench.make(bench.briefs(4, 0), np.random.default_rng(0))
    for row in range(4):
        found = focus(strings, bench.draft(made, row), 15, proposals=3)
        work, actions = found.best.work, found.best.actions
        assert len(actions) == work["length"] and found.scored == 45
        again = bench.replay(
            work["brief"][None], np.pad(actions, (0, 12 - len(actions)), constant_values=-1)[None]
        )
        assert again.finished.reward[0] == work["reward"] == found.values[-1]


def test_a_seed_decides_everything(agent, drafts):
    first, again, other = (focus(agent, drafts[0], 6, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.passes, again.passes)
    assert np.array_equal(first.best.actions, again.best.actions)
    assert not (
        np.array_equal(first.passes, other.passes) and np.array_equal(first.values, other.values)
    )


def test_passes_are_those_of_the_proposals(agent, drafts, monkeypatch):
    asked, ask = [], agent.policy.get_distribution
    monkeypatch.setattr(
        agent.policy, "get_distribution", lambda o: asked.append(len(o["tokens"])) or ask(o)
    )
    found = focus(agent, drafts[0], 8, proposals=1, spans=[2])
    assert found.passes[0] == 0 and found.passes[-1] == sum(asked)
    assert (np.diff(found.passes) >= 1).all()


def test_a_work_from_a_file_is_taken_as_its_draft_is(agent, drafts):
    work = drafts[1].work
    kept = {"tokens": work["tokens"].tolist(), "length": work["length"], "brief": work["brief"]}
    first, second = focus(agent, kept, 5), focus(agent, drafts[1], 5)
    assert np.array_equal(first.values, second.values)
    assert first.start.actions.tolist() == drafts[1].actions.tolist()


def test_no_steps_change_nothing(agent, drafts):
    found = focus(agent, drafts[2], 0)
    assert found.best is found.start and found.values.shape == (1,)
    assert found.best.work["tokens"].tolist() == drafts[2].work["tokens"].tolist()


def test_budgets_are_kept(agent):
    bench = Workbench(agent.config, agent.policy)
    made = bench.make(bench.briefs(3, 0), np.random.default_rng(0))
    habit = Habit(spans=[6], proposals=2)
    refining = Refining(bench, made, habit)
    start = refining.value.copy()
    budget = np.array([0, 5, 100])
    for _ in range(40):
        refining.step(np.random.default_rng(1), budget)
    assert refining.passes[0] == 0 and refining.passes[2] >= 100
    assert refining.scored[1] == 2
    assert (refining.value[:2] == start[:2]).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": -1}, "steps"),
        ({"by": "beauty"}, "by is one of"),
        ({"spans": ()}, "spans"),
        ({"spans": (0, 2)}, "spans"),
        ({"proposals": 0}, "proposals"),
        ({"temperature": 0}, "temperature"),
    ],
)
def test_bad_arguments_are_refused(agent, drafts, arguments, words):
    with pytest.raises(ConfigError, match=words):
        focus(agent, drafts[0], **arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": [[0], [0], [1], [2], [3], [4]]},
        {"tokens": [[9]] * 6},
        {"tokens": [[0], [1]] * 9, "length": 18},
        {"brief": [0.5, 3.0]},
        {"length": "long"},
    ],
)
def test_a_work_the_rules_cannot_make_is_refused(agent, drafts, change):
    with pytest.raises(ConfigError, match="the work to focus on"):
        focus(agent, {**drafts[0].work, **change})
    assert isinstance(drafts[0], Draft)
