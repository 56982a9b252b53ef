import shutil

import numpy as np
import pytest
import yaml

import agents
from agents import evaluation, portfolios
from agents.errors import ConfigError
from agents.portfolios import MEASURES, main, measure_pair, measure_set
from creative_envs.core.insight import Likeness
from tests.agents.ideation.beads import BEADS, ComparedTask, make_run
from tests.agents.necklaces import NECKLACES

STRINGS = "tests.agents.ideation.beads:toy/Strings-v0"


def nearest_references(task, tokens, length, brief):
    """Necklaces are as far from the only known one as the share of beads in which they differ."""
    apart = (tokens[:, :, 0] != np.arange(tokens.shape[1]) % 5).mean(axis=1)
    return [Likeness("the known one", float(distance)) for distance in apart]


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(ComparedTask, "nearest_references", nearest_references)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """By name, barely trained runs of a toy domain that compares works, and of others."""
    folder = tmp_path_factory.mktemp("runs")
    settings = {
        "pair": (BEADS, {"works": 2}, "attention"),
        "mlp pair": (BEADS, {"works": 2}, "mlp"),
        "triple": (BEADS, {"works": 3}, "attention"),
        "single": (BEADS, {}, "attention"),
        "mlp single": (BEADS, {"novelty_weight": 0.3}, "mlp"),
        "long single": (BEADS, {"beads": 8}, "attention"),
        "necklaces": (NECKLACES, {"works": 2}, "attention"),
        "strings": (STRINGS, {}, "attention"),
    }
    return {
        name: str(make_run(folder / name, env, timesteps=96, env_kwargs=keywords, policy=policy))
        for name, (env, keywords, policy) in settings.items()
    }


@pytest.fixture
def by_work(runs, tmp_path):
    """A portfolio run with a brief for every work."""
    run = tmp_path / "by work"
    shutil.copytree(runs["pair"], run)
    settings = yaml.safe_load((run / "config.yaml").read_text())
    settings["env_kwargs"]["brief_per"] = "work"
    (run / "config.yaml").write_text(yaml.safe_dump(settings))
    return str(run)


class KnownDistances:
    """A domain in which everything is given."""

    def __init__(self, unlike, distances):
        self.unlike, self.distances = np.array(unlike), distances

    def unlikeness(self, tokens, length, brief):
        return self.unlike

    def nearest_references(self, tokens, length, brief):
        return [Likeness("known", distance) for distance in self.distances]


def make_work(quality, novelty, reward, valid=True):
    scores = {"quality": quality, "novelty": novelty, "reward": reward, "valid": valid}
    return {"tokens": np.zeros((6, 1), np.int16), "length": 6, "brief": np.zeros(2), **scores}


def test_measures_of_a_set_by_hand():
    unlike = [[0, 0.5, 1], [0.5, 0, 1], [1, 1, 0]]
    works = [make_work(0.4, 0.5, 0.3), make_work(0.8, 0.6, 0.7), make_work(0.6, 0.1, 0.2)]
    found = measure_set(KnownDistances(unlike, [0.2, 0.3, 0.0]), works)
    assert tuple(found) == MEASURES
    assert found["return"] == pytest.approx(0.4)
    assert found["quality"] == pytest.approx(0.6)
    assert found["novelty"] == pytest.approx(0.4)
    assert found["unlikeness"] == pytest.approx(2.5 / 3)
    # Squares of similarities sum to 3 + 2 / 4; each pair weighs a ninth.
    assert found["vendi"] == pytest.approx(9 / 3.5)
    # The third is a copy. Of the others, worth .4 and .8, shares are 1/3 and 2/3: 1 / their
    # 1/9 + 4/9 + 2 x 2/9 x 1/4 = 9 / 6; the mean worth of all three is .4.
    assert found["yield"] == pytest.approx(0.4 * 9 / 6)


@pytest.mark.parametrize(
    ("works", "distances"),
    [
        ([make_work(0.0, 0.5, 0.3)] * 2, [0.5, 0.5]),
        ([make_work(0.7, 0.5, 0.3)] * 2, [0.0, 0.0]),
        ([make_work(0.7, 0.5, 0.3, valid=False)] * 2, [0.5, 0.5]),
    ],
)
def test_sets_of_no_worth_yield_nothing(works, distances):
    found = measure_set(KnownDistances([[0, 1], [1, 0]], distances), works)
    assert found["yield"] == 0 and found["vendi"] == 2 and np.isfinite([*found.values()]).all()


@pytest.mark.parametrize("names", [("pair", "single"), ("mlp pair", "mlp single")])
def test_all_makers_are_given_the_same_briefs_at_the_same_weight(runs, known, monkeypatch, names):
    made, asked, sample = [], [], evaluation.sample_works

    def note(config, policy, count, seed):
        asked.append(policy)
        made.append(sample(config, policy, count, seed))
        return made[-1]

    monkeypatch.setattr(evaluation, "sample_works", note)
    ours, theirs = (agents.load(runs[name], device="cpu") for name in names)
    found = measure_pair(ours, theirs, 5, 0.75)
    assert list(found) == ["random", "single", "portfolio"]
    briefs = np.array([[work["brief"] for work in works] for works in made])
    assert briefs.shape == (3, 10, 2) and (briefs[:, :, 0] == 0.75).all()
    assert (briefs == briefs[0]).all() and (briefs[0, ::2] == briefs[0, 1::2]).all()
    assert len(np.unique(briefs[0, :, 1])) > 1
    assert asked == [None, theirs.policy, ours.policy]
    assert found["portfolio"]["quality"] == pytest.approx(
        np.mean([work["quality"] for work in made[2]])
    )
    # Work by work, as the mean over episodes of means over pairs.
    differing = [
        np.mean(one["tokens"] != other["tokens"])
        for one, other in zip(made[1][::2], made[1][1::2], strict=True)
    ]
    assert found["single"]["unlikeness"] == pytest.approx(np.mean(differing))


def test_gains_are_pair_by_pair(runs, monkeypatch, capsys):
    """Pairs gain .1 and .3, which no other pairing does."""
    levels = iter([(0.2, 0.3), (0.5, 0.8)])

    def known_levels(ours, theirs, episodes, weight):
        single, portfolio = next(levels)
        values = {"random": 0.0, "single": single, "portfolio": portfolio}
        return {maker: dict.fromkeys(MEASURES, value) for maker, value in values.items()}

    monkeypatch.setattr(portfolios, "measure_pair", known_levels)
    singles = ["--singles", runs["single"], runs["mlp single"]]
    assert main([runs["pair"], runs["mlp pair"], *singles, "--weight", "1"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines()[2:6]}
    assert list(rows) == ["random", "single", "portfolio", "gain"]
    assert rows["gain"].count("0.200 [0.100, 0.300]") == len(MEASURES)
    assert rows["single"].count("0.350 [0.200, 0.500]") == len(MEASURES)
    assert out.startswith("Sets of 2 works for one brief, novelty weight 1, 32 briefs")


def test_a_comparison_of_one_pair_is_the_same_every_time(runs, known, capsys):
    texts = []
    for _ in range(2):
        assert main([runs["triple"], "--singles", runs["single"], "--episodes", "2"]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0].startswith("Sets of 3 works for one brief, novelty weight 0.5, 2 briefs")
    assert "nan" not in texts[0]


@pytest.mark.parametrize(
    ("portfolio", "single", "further", "words"),
    [
        ("missing", "single", [], "'missing' is not a run's folder"),
        ("pair", "missing", [], "'missing' is not a run's folder"),
        ("single", "single", [], "makes single works: name runs of a portfolio environment"),
        ("pair", "pair", [], "makes no single works of the kind"),
        ("pair", "triple", [], "makes no single works of the kind"),
        ("pair", "strings", [], "makes no single works of the kind"),
        ("pair", "long single", [], "makes no single works of the kind"),
        ("by work", "single", [], "a brief for every work"),
        ("pair", "single", ["--episodes", "0"], "--episodes must be at least 1"),
        ("pair", "single", ["--weight", "1.5"], "--weight in [0, 1]"),
        ("pair", "single", ["--weight", "nan"], "--weight in [0, 1]"),
        ("pair", "single", ["--singles", "a", "b"], "as many runs as"),
    ],
)
def test_mistakes_are_one_line(runs, by_work, known, capsys, portfolio, single, further, words):
    places = {**runs, "by work": by_work, "missing": "missing"}
    assert main([places[portfolio], "--singles", places[single], *further]) == 2
    said = capsys.readouterr().err
    assert said.startswith("portfolios: ") and words in said and said.count("\n") == 1


def test_portfolios_of_several_sizes_are_refused(runs, known, capsys):
    singles = ["--singles", runs["single"], runs["single"]]
    assert main([runs["pair"], runs["triple"], *singles]) == 2
    assert "several environments or sizes" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["unlikeness", "nearest_references"])
def test_domains_that_cannot_compare_say_so(runs, known, monkeypatch, capsys, name):
    monkeypatch.delattr(ComparedTask, name)
    assert main([runs["pair"], "--singles", runs["single"], "--episodes", "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("portfolios: sets cannot be measured: necklaces ")
    assert said.count("\n") == 1


def test_a_domain_without_any_comparison_says_so(runs):
    ours = agents.load(runs["necklaces"], device="cpu")
    with pytest.raises(ConfigError, match="compares no works"):
        measure_pair(ours, ours, 1, 0.5)


def test_it_can_be_stopped(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(portfolios, "compare", stop)
    assert main(["run", "--singles", "run"]) == 130
