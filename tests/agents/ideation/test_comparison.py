import json

import pytest

from agents.errors import ConfigError
from agents.ideation.__main__ import main
from agents.ideation.comparison import Trial, compare
from tests.agents.ideation.beads import ComparedTask


@pytest.fixture(scope="module")
def measured(agent):
    told = []
    trial = Trial(briefs=3, budgets=(2, 8))
    return compare(agent, trial, told.append), trial, told


def test_focus_starts_from_candidates_and_takes_no_more_passes(measured):
    tables, trial, told = measured
    best = tables["best"]
    for count in trial.budgets:
        assert best[f"best of {count}"]["passes"] == best[f"focus {count}"]["passes"] == 6 * count
    assert best["best of 8"]["scored"] == 8 < best["focus 8"]["scored"]
    assert best["best of 8"]["reward"] >= best["best of 2"]["reward"]
    assert sum(told) <= trial.works * 1.2


def test_differences_are_paired(measured):
    for table in measured[0].values():
        for name, row in table.items():
            assert not name.startswith("difference") or set(row) <= {
                "distinct",
                "vendi",
                "quality",
                "reward",
            }
    best = measured[0]["best"]
    expected = best["focus 8"]["reward"] - best["best of 8"]["reward"]
    assert best["difference 8"]["reward"] == expected


def test_a_judge_that_no_reward_uses_has_its_say(agent, monkeypatch, measured):
    assert "audit" not in measured[0]["best"]["focus 8"]

    def share_of_firsts(self, tokens, length, brief):
        return 100 * (tokens[:, 0, 0] == 0)

    monkeypatch.setattr(ComparedTask, "audit_percentile", share_of_firsts, raising=False)
    best = compare(agent, measured[1])["best"]
    for maker in ("best of 8", "focus 8"):
        assert best[maker]["reward"] == measured[0]["best"][maker]["reward"]
        assert round(best[maker]["audit"] * 3 / 100, 6) in (0, 1, 2, 3)
    gain = best["focus 8"]["audit"] - best["best of 8"]["audit"]
    assert best["difference 8"]["audit"] == gain


def test_more_works_hold_no_fewer_different_ones(measured):
    variety = measured[0]["variety"]
    for maker in ("sampled", "brainstorm"):
        few, many = variety[f"{maker} 2"], variety[f"{maker} 8"]
        assert few["distinct"] <= many["distinct"] <= 8
        assert few["vendi"] <= few["distinct"] and many["vendi"] <= many["distinct"] + 1e-9


def test_the_command_prints_tables_and_writes_json(agent, tmp_path, capsys):
    path = tmp_path / "out.json"
    run = str(agent.folder.path)
    assert main([run, "--briefs", "2", "--most", "3", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "3 samples take 18 forward passes a brief" in printed
    assert "best of 3" in printed and "spread" in printed and "brainstorm 3" in printed
    written = json.loads(path.read_text())
    assert written["briefs"] == 2 and set(written["runs"][run]) == {"variety", "kept", "best"}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--briefs", "0"], "briefs"),
        (["--floor", "2"], "floor"),
        (["--by", "beauty"], "by is one of"),
        (["--most", "0"], "budgets"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_mistakes_are_one_line(agent, capsys, flags, words):
    assert main([str(agent.folder.path), *flags]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "ideation: " in capsys.readouterr().err


def test_budgets_ascend():
    with pytest.raises(ConfigError, match="ascending"):
        Trial(budgets=(8, 4))
