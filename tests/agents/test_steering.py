import math
import shutil

import numpy as np
import pytest

import agents
from agents import evaluation, steering
from agents.steering import CORRELATED, WEIGHTS, main, measure, rank_correlation, verdict
from tests.agents.ideation.beads import BEADS, make_run
from tests.agents.necklaces import NECKLACES


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """By name, runs of the toy domain: novelty weights drawn (twice) and fixed, and portfolios."""
    folder = tmp_path_factory.mktemp("runs")
    drawn = {"novelty_weight": [0.0, 1.0]}
    settings = {
        "drawn": {"env_kwargs": drawn},
        "mlp": {"env_kwargs": drawn, "policy": "mlp", "seed": 1},
        "fixed": {"seed": 2},
        "portfolio": {"env_kwargs": {**drawn, "works": 2}},
    }
    return {
        name: str(make_run(folder / name, NECKLACES, timesteps=96, **chosen))
        for name, chosen in settings.items()
    }


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3, 4], [10, 100, 1000, 1e9], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, -1e9], -1.0),
        # Ranks 1 2 3 4 5 and 1 2 3.5 5 3.5, from their means: 8 / sqrt(10 x 9.5).
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 8 / math.sqrt(95)),
        # Ranks 1.5 1.5 3.5 3.5 and 1 2 3 4: 4 / sqrt(4 x 5).
        ([0, 0, 1, 1], [1, 2, 3, 4], 4 / math.sqrt(20)),
        # Ranks 2 2 2 4 and 4 1 2.5 2.5: -.75 + .75 = 0.
        ([0, 0, 0, 1], [9, 1, 2, 2], 0.0),
        ([1, 1, 1], [1, 2, 3], 0.0),
        ([1, 2, 3], [0.1, 0.1, 0.1], 0.0),
    ],
)
def test_rank_correlations_by_hand(one, other, expected):
    assert rank_correlation(one, other) == pytest.approx(expected)
    assert rank_correlation(other, one) == pytest.approx(expected)


def test_rank_correlation_of_what_is_no_number_is_none():
    assert math.isnan(rank_correlation([1, 2, 3], [1, math.nan, 3]))
    assert math.isnan(rank_correlation([math.nan, 1, 2], [1, 2, 3]))


def test_rank_correlation_sees_ranks_alone():
    rng = np.random.default_rng(0)
    one, other = rng.random(50), rng.random(50)
    expected = np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1]
    assert rank_correlation(one, other) == pytest.approx(expected)
    assert rank_correlation(np.exp(one), other**3) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("correlations", "words"),
    [
        ([0.9], "in 1 of 1 runs: fewer than 5 runs prove nothing."),
        ([0.9, 0.8, 0.7, 0.6], "in 4 of 4 runs: fewer than 5 runs prove nothing."),
        ([-0.1, 0.9], "in 1 of 2 runs: fewer than 5 runs prove nothing."),
        ([0.1, 0.2, 0.3, 0.4, 0.5], "in 5 of 5 runs: it steers novelty."),
        ([0.02, 0.09, 0.05, 0.04, 0.9], "in 5 of 5 runs: a correlation below 0.1 is too little"),
        ([0.1, 0.2, 0.0, 0.4, 0.5], "in 4 of 5 runs: it is no control of novelty."),
        ([0.1, 0.2, math.nan, 0.4, 0.5], "in 4 of 5 runs: it is no control of novelty."),
        ([-0.1] * 6, "in 0 of 6 runs: it is no control of novelty."),
    ],
)
def test_verdicts(correlations, words):
    said = verdict(correlations)
    assert said.startswith(f"Novelty rises with the weight {words}") and said.endswith(".")


def test_the_same_briefs_are_asked_for_at_every_weight(runs, monkeypatch):
    made, sample = [], evaluation.sample_works
    monkeypatch.setattr(
        evaluation, "sample_works", lambda *given: made.append(sample(*given)) or made[-1]
    )
    measures, correlations = measure(agents.load(runs["drawn"], device="cpu"), 7)
    briefs = np.array([[work["brief"] for work in works] for works in made])
    assert briefs.shape == (len(WEIGHTS), 7, 2)
    assert (briefs[:, :, 0] == np.array(WEIGHTS)[:, None]).all()
    assert (briefs[:, :, 1] == briefs[0, :, 1]).all() and len(set(briefs[0, :, 1])) > 1
    assert [found["quality"] for found in measures] == pytest.approx(
        [np.mean([work["quality"] for work in works]) for works in made]
    )
    assert tuple(correlations) == CORRELATED


def test_correlations_are_of_works_with_the_weight_they_were_asked_at(runs, monkeypatch):
    """A maker that heeds the weight, paying for it with quality."""

    def obedient(config, policy, count, seed):
        weight = config.env_kwargs["novelty_weight"]
        work = {"tokens": np.zeros((6, 1), np.int16), "length": 6, "brief": np.zeros(2)}
        scores = {"novelty": weight, "quality": -weight, "craft": 0, "adherence": 0, "reward": 0}
        return [{**work, **scores}] * count

    monkeypatch.setattr(evaluation, "sample_works", obedient)
    measures, correlations = measure(agents.load(runs["drawn"], device="cpu"), 5)
    assert correlations == pytest.approx({"novelty": 1.0, "quality": -1.0})
    assert [found["novelty"] for found in measures] == list(WEIGHTS)


def test_a_report_of_several_runs_is_the_same_every_time(runs, capsys):
    texts = []
    for _ in range(2):
        assert main([runs["drawn"], runs["mlp"], "--works", "6"]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    lines = texts[0].splitlines()
    assert [line[:8].strip() for line in lines[2:7]] == [f"w = {weight:g}" for weight in WEIGHTS]
    assert [line.split(":")[0].strip() for line in lines[-4:-2]] == [runs["drawn"], runs["mlp"]]
    assert lines[-1].endswith("of 2 runs: fewer than 5 runs prove nothing.")


def test_runs_that_know_one_weight_are_named(runs, capsys):
    assert main([runs["drawn"], runs["fixed"], "--works", "5"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"{runs['fixed']} was trained at one weight, and knows no other."


def test_portfolios_are_compared_within_themselves(runs, monkeypatch, capsys):
    seen, difference = [], evaluation.mean_difference
    monkeypatch.setattr(
        evaluation, "mean_difference", lambda works, each: seen.append(each) or difference(works)
    )
    assert main([runs["portfolio"], "--works", "6"]) == 0
    assert seen == [2] * len(WEIGHTS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing"], "not a run's folder"),
        (["creative_envs/Nothing-v0"], "neither a run's folder nor"),
        (["RUN", "--works", "4"], "--works must be at least 5, got 4"),
        (["RUN", "--works", "-1"], "--works must be at least 5, got -1"),
        (["RUN", "OTHER"], "several environments"),
    ],
)
def test_mistakes_are_one_line(runs, tmp_path, capsys, arguments, words):
    other = tmp_path / "other"
    shutil.copytree(runs["drawn"], other)
    settings = (other / "config.yaml").read_text()
    (other / "config.yaml").write_text(settings.replace(NECKLACES, BEADS))
    places = {"RUN": runs["drawn"], "OTHER": str(other)}
    assert main([places.get(argument, argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("steering: ") and words in said and said.count("\n") == 1


def test_it_can_be_stopped(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(steering, "report", stop)
    assert main(["run"]) == 130
