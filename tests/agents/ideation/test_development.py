import numpy as np
import pytest

import agents
from agents.commands import main
from agents.errors import ConfigError
from agents.ideation.brainstorm import brainstorm
from agents.ideation.development import develop
from agents.ideation.focus import focus
from tests.agents.ideation.beads import make_run
from tests.agents.necklaces import NECKLACES

BRIEF = [0.5, 0.25]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A run of the domain that compares no works."""
    return make_run(tmp_path_factory.mktemp("plain") / "run", NECKLACES, timesteps=96)


def tokens(works):
    return [work["tokens"].tolist() for work in works]


def test_works_are_for_the_briefs_that_sampled_ones_are_for(agent):
    sampled = agent.sample(5, seed=3)
    for candidates, steps in ((None, 2), (4, 0), (4, 2)):
        made = develop(agent, 5, seed=3, candidates=candidates, steps=steps)
        assert len(made) == 5
        for work, other in zip(made, sampled, strict=True):
            assert np.array_equal(work["brief"], other["brief"])


def test_each_brief_gets_the_best_of_its_candidates(agent):
    made = develop(agent, 3, seed=7, candidates=6)
    for number, work in enumerate(made):
        found = brainstorm(agent, work["brief"], 6, keep=1, seed=7 + number)
        assert work["quality"] == max(draft.work["quality"] for draft in found.drafts)
        assert work["tokens"].tolist() == found.best.work["tokens"].tolist()


def test_one_brief_gets_good_works_that_differ(agent):
    made = develop(agent, 4, seed=2, brief=BRIEF, candidates=24)
    assert 1 < len(made) <= 4
    assert all(work["brief"].tolist() == BRIEF for work in made)
    assert min(work["quality"] for work in made) >= 0.8 * made[0]["quality"]
    assert len({str(each) for each in tokens(made)}) == len(made)


def test_works_that_are_only_refined_are_all_kept(agent):
    """Without candidates there is nothing to choose from, and so no gate."""
    unrefined = develop(agent, 12, seed=2, brief=BRIEF)
    refined = develop(agent, 12, seed=2, brief=BRIEF, steps=3)
    assert len(unrefined) == len(refined) == 12
    gains = [
        after["reward"] - before["reward"] for before, after in zip(unrefined, refined, strict=True)
    ]
    assert min(gains) >= 0 and max(gains) > 0


def test_refined_works_are_what_focus_makes_of_the_chosen(agent):
    chosen = develop(agent, 3, seed=5, candidates=4)
    refined = develop(agent, 3, seed=5, candidates=4, steps=3)
    for number, (before, after) in enumerate(zip(chosen, refined, strict=True)):
        expected = focus(agent, before, 3, seed=5 + number).best.work
        assert after["tokens"].tolist() == expected["tokens"].tolist()
        assert after["reward"] == expected["reward"] >= before["reward"]


def test_seeds_decide_everything(agent):
    for settings in ({"steps": 2}, {"candidates": 3}, {"candidates": 6, "brief": BRIEF}):
        first, same, other = (
            tokens(develop(agent, 3, seed=seed, **settings)) for seed in (1, 1, 2)
        )
        assert first == same != other


def test_works_of_several_lengths_are_developed_too(strings):
    made = develop(strings, 3, candidates=4, steps=2)
    assert len(made) == 3 and all(work["length"] > 0 for work in made)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"count": 0}, "count must be at least 1"),
        ({"candidates": 0}, "candidates must be at least 1"),
        ({"steps": -1}, "steps must be at least 0"),
        ({"brief": BRIEF, "candidates": 2}, "3 works cannot be kept of 2"),
        ({"brief": [1, 2, 3], "candidates": 3}, "vector of 2"),
        ({"brief": [1, 2, 3], "steps": 1}, "vector of 2"),
    ],
)
def test_mistakes_are_refused(agent, settings, words):
    with pytest.raises(ConfigError, match=words):
        develop(agent, **{"count": 3, **settings})


def test_a_domain_that_compares_no_works_does_what_needs_no_comparison(plain):
    agent = agents.load(plain, device="cpu")
    assert len(develop(agent, 3, candidates=4)) == 3
    assert len(develop(agent, 3, brief=BRIEF, steps=1)) == 3
    assert len(develop(agent, 1, brief=BRIEF, candidates=4)) == 1
    with pytest.raises(ConfigError, match="compares no works: of one brief, keep one"):
        develop(agent, 3, brief=BRIEF, candidates=4)


def refusal(capsys, *arguments):
    """The one line with which `train_agent.py` refuses a command."""
    assert main([*map(str, arguments)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("train_agent.py: ") and said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--brainstorm", "8"], "Only --sample RUN makes works from a run: leave out --brainstorm"),
        (["--focus", "8", "--dry-run"], "Only --sample RUN makes works from a run"),
        (["--resume", "RUN", "--focus", "8"], "leave out --focus"),
        (["--resume", "RUN", "--brainstorm", "8"], "leave out --brainstorm"),
        (["--sample", "RUN", "--brainstorm", "many"], "--brainstorm: wants a whole number"),
        (["--sample", "RUN", "--brainstorm", "-3"], "--brainstorm must be at least 1, got -3"),
        (["--sample", "RUN", "--focus", "0.5"], "--focus: wants a whole number"),
        (["--sample", "missing", "--brainstorm", "8"], "not a run's folder"),
        (["--sample", "RUN", "--brainstorm", "32", "--brief", "[0.5, 0.2]"], "compares no works"),
        (["--sample", "RUN", "--brainstorm", "8", "--brief", "[0.5, 0.2]"], "16 works cannot be"),
    ],
)
def test_mistakes_on_the_command_line_leave_nothing_behind(plain, capsys, arguments, words):
    before = sorted(plain.rglob("*"))
    given = [plain if argument == "RUN" else argument for argument in arguments]
    assert words in refusal(capsys, *given)
    assert sorted(plain.rglob("*")) == before


def test_all_works_for_one_brief_are_refined(plain, tmp_path, capsys):
    flags = ["-n", "5", "--brief", "[0.5, 0.25]", "--focus", "2", "--out", str(tmp_path / "works")]
    assert main(["--sample", str(plain), *flags]) == 0
    assert "5 works, the best first" in capsys.readouterr().out
    page = (tmp_path / "works" / "index.html").read_text(encoding="utf-8")
    assert "5 works, sampled for one brief with seed 0, refined in 2 steps" in page


def test_fewer_works_than_asked_for_are_explained(tmp_path, capsys):
    run = make_run(tmp_path / "run", timesteps=96)
    flags = ["--sample", str(run), "--brief", str(BRIEF), "--brainstorm", "12"]
    assert main([*flags, "-n", "1", "--out", str(tmp_path / "one")]) == 0
    assert "Fewer than" not in capsys.readouterr().out
    assert main([*flags, "-n", "12", "--out", str(tmp_path / "many")]) == 0
    assert "Fewer than the 12 asked for: " in capsys.readouterr().out
    page = (tmp_path / "many" / "index.html").read_text(encoding="utf-8")
    assert "out of 12 candidates; the best" in page


def test_it_can_be_stopped(plain, tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.ideation.development.focus", stop)
    flags = ["-n", "2", "--focus", "2", "--out", str(tmp_path / "works")]
    assert main(["--sample", str(plain), *flags]) == 130
    bar, _, said = capsys.readouterr().err.rpartition("\r")
    assert "focus" in bar and said == "Stopped.\n"
