import pytest

from agents.errors import ConfigError
from agents.study import interval, main, report, run_seed
from tests.agents.necklaces import NECKLACES, TINY, tiny_config


def test_interval_by_hand():
    mean, half = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0
    assert half == pytest.approx(2.776 * (2.5 / 5) ** 0.5)
    assert interval([2.0] * 40) == (2.0, 0.0)


def test_report_has_a_row_for_each_maker():
    tables = [{"random": {"reward": r}, "trained": {"reward": r + 0.5}} for r in (0.1, 0.2)]
    assert report(tables).splitlines() == [
        "                     reward",
        "random        0.150 ± 0.635",
        "trained       0.650 ± 0.635",
    ]


def test_a_study_trains_each_seed_once(tmp_path, capsys):
    settings = {**TINY, "timesteps": 192, "media_every": 0, "eval_works": 8}
    assignments = [f"--set={k}={v}" for k, v in settings.items() if k != "env"]
    arguments = ["--env", NECKLACES, "--seeds", "2", "--out", str(tmp_path), *assignments]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert "Training" in first
    assert main(arguments) == 0
    second = capsys.readouterr().out
    assert "Training" not in second
    assert first.endswith(second)
    assert {p.name for p in tmp_path.iterdir()} == {"attention-seed0", "attention-seed1"}


def test_mistakes_are_refused(tmp_path, capsys):
    assert main(["--seeds", "1", "--out", str(tmp_path)]) == 2
    assert main(["--set", "n_env=1", "--out", str(tmp_path)]) == 2
    assert "n_envs" in capsys.readouterr().err
    (tmp_path / "attention-seed0").mkdir()
    (tmp_path / "attention-seed0" / "config.yaml").write_text("n_envs: 3\n")
    with pytest.raises(ConfigError, match="other settings"):
        run_seed(tiny_config(), tmp_path)
