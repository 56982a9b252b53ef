import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import agents
from agents import robustness
from agents.environments import make_test_envs
from agents.ideation.workbench import Workbench
from agents.robustness import KINDS, MEASURES, RANDOM, SAMPLES, crossed, hostile, main, measure
from tests.agents.ideation.beads import BEADS, make_run
from tests.agents.necklaces import NECKLACES


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Barely trained runs of necklaces; none of what their domain can tell of works is needed."""
    folder = tmp_path_factory.mktemp("runs")
    drawn = {"novelty_weight": [0.0, 1.0]}
    settings = {
        "single": {"env_kwargs": drawn},
        "mlp": {"env_kwargs": drawn, "policy": "mlp", "seed": 1},
        "portfolio": {"env_kwargs": {"works": 2}},
    }
    return {
        name: str(make_run(folder / name, NECKLACES, timesteps=96, **chosen))
        for name, chosen in settings.items()
    }


class Maker:
    """Stands for a bench whose works are as good as the entries of their briefs are high."""

    def __init__(self, noise=0.0):
        self.noise, self.works = noise, 0

    def make(self, briefs, rng, temperature=1.0):
        self.works += len(briefs)
        quality = true_quality(briefs) + self.noise * rng.standard_normal(len(briefs))
        return SimpleNamespace(finished=SimpleNamespace(scores=SimpleNamespace(quality=quality)))


def true_quality(briefs):
    return briefs[:, 1:].mean(axis=1)


def known_briefs(count=32, size=9, seed=0):
    return np.random.default_rng(seed).random((count, size)).astype(np.float32)


def test_every_entry_of_a_crossed_brief_is_of_one_of_its_two_parents():
    # Entry j of brief i is i + j / 16, so that each tells whose it is, and of which place.
    known = (np.arange(12)[:, None] + np.arange(10) / 16).astype(np.float32)
    children = crossed(known, 400, np.random.default_rng(0))
    assert children.shape == (400, 10) and children.dtype == np.float32
    assert (children % 1 == np.arange(10) / 16).all()
    parents = [np.unique(np.floor(child)) for child in children]
    assert {len(each) for each in parents} == {1, 2}
    assert np.mean([len(each) for each in parents]) > 1.5
    assert {int(parent) for each in parents for parent in each} == set(range(12))


def test_a_search_finds_worse_briefs_than_the_known_ones():
    maker, known = Maker(), known_briefs()
    found = hostile(maker, known, 8, np.random.default_rng(1))
    assert found.shape == (8, 9)
    # Choosing among the known ones, however well, would give no less than this.
    chosen = np.sort(true_quality(known))[:8]
    assert true_quality(found).max() < chosen.mean()
    # No cross of entries in their places is below this.
    assert true_quality(found).min() >= known[:, 1:].min(axis=0).mean() - 1e-6
    assert all(np.isin(found[:, place], known[:, place]).all() for place in range(9))
    assert maker.works == (robustness.ROUNDS + 1) * 32 * SAMPLES


def test_a_search_is_not_taken_in_by_bad_luck():
    """With noise as large as briefs differ, it still finds what is worse."""
    known = known_briefs(size=3)
    spread = true_quality(known).std() * np.sqrt(SAMPLES)
    found = [
        true_quality(hostile(Maker(spread), known, 8, np.random.default_rng(seed))).mean()
        for seed in range(5)
    ]
    assert np.mean(found) < np.sort(true_quality(known))[:8].mean()


def test_novelty_weights_are_not_what_is_hostile():
    class Weighty(Maker):
        def make(self, briefs, rng, temperature=1.0):
            return super().make(np.repeat(briefs[:, :1], 2, axis=1), rng)

    known = known_briefs()
    found = hostile(Weighty(), known, 8, np.random.default_rng(0))
    assert np.isin(found[:, 0], known[:, 0]).all()


def test_the_generator_decides_every_search():
    known = known_briefs()
    first, same, other = (
        hostile(Maker(0.1), known, 4, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same) and not np.array_equal(first, other)
    assert np.array_equal(known, known_briefs())


@pytest.mark.parametrize("count", [2, 3])
def test_few_briefs_are_enough(count):
    found = hostile(Maker(), known_briefs(count, size=3), count, np.random.default_rng(0))
    assert len(found) == count


def test_random_actions_are_all_alike_but_legal(runs):
    agent = agents.load(runs["single"], device="cpu")
    bench = Workbench(agent.config, agent.policy)
    env = make_test_envs(agent.config.env, agent.config.env_kwargs, 8)
    env.reset(seed=0)
    observation, *_ = env.step(np.arange(8) % 5)
    found = bench.probabilities(observation, np.full(8, RANDOM))
    assert found == pytest.approx(observation["action_mask"] / 4, abs=1e-5)
    assert (found[observation["action_mask"] == 0] < 1e-30).all()


@pytest.mark.parametrize("name", ["single", "mlp", "portfolio"])
def test_measures_are_of_all_kinds_and_a_function_of_the_run(runs, name):
    agent = agents.load(runs[name], device="cpu")
    found, same = (measure(agent, 3) for _ in range(2))
    assert found == same and tuple(found) == KINDS
    for row in found.values():
        assert tuple(row) == MEASURES
        assert 0 <= row["quality"] <= 1 and 0 <= row["random"] <= 1
        assert row["developed"] > row["quality"]


def test_any_briefs_are_of_any_numbers_with_known_weights(runs, monkeypatch):
    agent = agents.load(runs["single"], device="cpu")
    asked = []
    monkeypatch.setattr(robustness, "_judge", lambda _, briefs, __: asked.append(briefs) or {})
    measure(agent, 6)
    known, cross, numbers, _ = asked
    assert {briefs.shape for briefs in asked} == {(6, 2)}
    assert {briefs.dtype for briefs in asked} == {np.dtype(np.float32)}
    assert np.isin(known[:, 1], np.arange(5) / 4).all()
    assert np.isin(cross, known).all()
    assert np.array_equal(numbers[:, 0], known[:, 0])
    assert not np.isin(numbers[:, 1], np.arange(5) / 4).any()


def test_a_report_has_a_row_for_every_kind(runs, capsys):
    assert main([runs["single"], runs["mlp"], "--briefs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Mean quality for 2 briefs of each kind; interquartile mean over 2")
    assert tuple(lines[1].split()) == MEASURES
    assert tuple(line[:10].strip() for line in lines[2:6]) == KINDS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing"], "not a run's folder"),
        (["RUN", "missing"], "not a run's folder"),
        (["creative_envs/Nothing-v0"], "neither a run's folder nor"),
        (["RUN", "--briefs", "1"], "--briefs must be at least 2, got 1"),
        (["RUN", "OTHER"], "several environments"),
    ],
)
def test_mistakes_are_one_line(runs, tmp_path, capsys, arguments, words):
    other = tmp_path / "other"
    shutil.copytree(runs["single"], other)
    settings = (other / "config.yaml").read_text()
    (other / "config.yaml").write_text(settings.replace(NECKLACES, BEADS))
    places = {"RUN": runs["single"], "OTHER": str(other)}
    assert main([places.get(argument, argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("robustness: ") and words in said and said.count("\n") == 1


def test_it_can_be_stopped(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(robustness, "report", stop)
    assert main(["run"]) == 130
