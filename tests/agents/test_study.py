"""Studies: what is planned, what is trained, and what the tables and curves say of it."""

import json
import math
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ConfigError
from agents.study.__main__ import main
from agents.study.chart import POINTS, study_chart
from agents.study.plan import plan_study
from agents.study.records import RunRecord, shared_budget, training_reward
from agents.study.report import make_report
from creative_envs.benchmark.statistics import estimate
from tests.agents.necklaces import NECKLACES, TINY

ROOT = Path(__file__).parents[2]


def settings(**changes):
    """Flags of a study of runs that take a moment."""
    chosen = {**TINY, "timesteps": 192, "media_every": 0, "eval_works": 8, **changes}
    chosen.pop("env")
    return ["--env", NECKLACES, *(f"--set={name}={value}" for name, value in chosen.items())]


def history(rewards, seconds_a_rollout=2.0, cpu=True):
    return [
        {"timesteps": 100 * n, "seconds": seconds_a_rollout * n, "reward": reward}
        | ({"cpu_seconds": seconds_a_rollout * n / 2} if cpu else {})
        for n, reward in enumerate(rewards, 1)
    ]


def record(reward, seconds_a_rollout=2.0, rollouts=40, cpu=True):
    """A run whose training reward rises in a straight line to its final one."""
    table = {
        "random": {"reward": 0.125, "unique": 1.0},
        "trained": {"reward": reward, "unique": 0.5},
        "human": {"reward": 0.75, "unique": 1.0},
    }
    rising = [reward * n / rollouts for n in range(1, rollouts + 1)]
    return RunRecord(table, history(rising, seconds_a_rollout, cpu))


FAST = [record(r, seconds_a_rollout=1.0) for r in (0.5, 0.25, 0.375, 0.25, 0.5)]
SLOW = [record(r, seconds_a_rollout=4.0) for r in (0.5, 0.5, 0.625, 0.5, 0.5)]


def section(report, beginning):
    (found,) = [s for s in report.sections if s.title.startswith(beginning)]
    return {row.name: row for row in found.rows}


class TestPlan:
    def test_every_variant_gets_every_seed_in_a_folder_of_its_own(self, tmp_path):
        texts = ["one-pass", "mlp:policy=mlp,size=base", "k:env_kwargs.beads=[1, 2],n_envs=3"]
        runs = plan_study(tmp_path, 2, {"timesteps": 10}, ["n_envs=5"], texts)
        assert [run.name for run in runs] == [
            f"{name}/seed{seed}" for seed in (0, 1) for name in ("one-pass", "mlp", "k")
        ]
        assert runs[4].path == tmp_path / "mlp" / "seed1"
        assert [run.config.seed for run in runs] == [0, 0, 0, 1, 1, 1]
        assert {run.config.timesteps for run in runs} == {10}
        assert [run.config.n_envs for run in runs[:3]] == [5, 5, 3]
        assert (runs[1].config.policy, runs[1].config.size) == ("mlp", "base")
        assert runs[2].config.env_kwargs == {"novelty_weight": [0.0, 1.0], "beads": [1, 2]}

    def test_runs_have_one_thread_unless_more_are_asked_for(self, tmp_path):
        one, two = (plan_study(tmp_path, 2, {}, s, [])[0] for s in ([], ["threads=2"]))
        assert (one.config.threads, two.config.threads) == (1, 2)

    def test_a_study_of_one_variant_is_named_after_its_policy(self, tmp_path):
        names = [run.name for run in plan_study(tmp_path, 2, {"policy": "mlp"}, [], [])]
        assert names == ["mlp/seed0", "mlp/seed1"]

    @pytest.mark.parametrize(
        ("variants", "words"),
        [
            (["a", "a:n_envs=2"], "name of its own"),
            (["../a"], "name of letters"),
            ([":n_envs=2"], "name of letters"),
            (["a:n_env=2"], "n_envs"),
            (["a:n_envs"], "key=value"),
            (["a", "b:seed=7"], "leave out seed"),
            (["a", "b:env=toy/Other-v0"], "share their environment"),
        ],
    )
    def test_mistaken_variants_are_refused(self, tmp_path, variants, words):
        with pytest.raises(ConfigError, match=words):
            plan_study(tmp_path, 2, {}, [], variants)


class TestRecords:
    def test_training_reward_is_the_mean_of_the_last_of_the_budget(self):
        # 100 rollouts of 2 seconds; at 100 seconds the last 5 % are those that end in (95, 100].
        found = training_reward(history([float(n) for n in range(1, 101)]), "seconds", 100)
        assert found == (48 + 49 + 50) / 3

    def test_a_window_without_rollouts_takes_the_last_one_before(self):
        assert training_reward(history([0.1, 0.2, 0.3]), "timesteps", 290) == 0.2
        assert math.isnan(training_reward(history([0.1]), "timesteps", 99))

    def test_the_shared_budget_is_the_least_any_run_reached(self):
        runs = [record(0.5, 2.0, rollouts=10), record(0.5, 1.0, rollouts=15)]
        assert shared_budget(runs, "timesteps") == 1000
        assert shared_budget(runs, "seconds") == 15
        assert shared_budget(runs, "cpu_seconds") == 7.5
        assert math.isnan(shared_budget([*runs, record(0.5, cpu=False)], "cpu_seconds"))


class TestReport:
    def test_estimates_are_of_the_seeds(self):
        rows = section(make_report({"fast": FAST, "slow": SLOW}), "Works sampled")
        reward = rows["reward"]
        assert reward.cells["fast"] == estimate([0.5, 0.25, 0.375, 0.25, 0.5])
        assert reward.cells["slow"].value == 0.5
        assert list(reward.cells) == ["random", "human", "fast", "slow"]
        assert rows["CPU seconds"].cells["fast"].value == 20
        assert "human" not in rows["CPU seconds"].cells
        assert "quality" not in rows

    def test_clocks_disagree_about_who_learns_better(self):
        report = make_report({"fast": FAST, "slow": SLOW})
        rows = section(report, "Reward of works made")
        assert list(rows) == ["4,000 transitions", "20 CPU seconds", "40 wall-clock seconds"]
        steps, cpu = rows["4,000 transitions"].cells, rows["20 CPU seconds"].cells
        assert steps["slow"].value > steps["fast"].value
        assert cpu["slow"].value < cpu["fast"].value
        # By 20 CPU seconds the slow one has done 10 of 40 rollouts: a quarter of its reward.
        assert cpu["slow"].value == pytest.approx(0.5 / 4)
        better = section(report, "Probability of improvement over fast")
        # Slow 0.5 against fast 0.5 twice (half each) and 3 below, 4 times; 0.625 beats all 5.
        assert better["reward"].cells["slow"].value == pytest.approx((4 * 4 + 5) / 25)
        assert better["20 CPU seconds"].cells["slow"].value == 0
        assert list(better["reward"].cells) == ["slow"]

    def test_text_is_aligned_and_whole(self):
        lines = str(make_report({"fast": FAST, "slow": SLOW})).splitlines()
        assert lines[2].split() == ["random", "human", "fast", "slow"]
        (reward,) = [line for line in lines if line.startswith("reward  ") and "0.125" in line]
        assert len(reward) == len(lines[2])
        assert reward.split()[:3] == ["reward", "0.125", "0.750"]
        assert "0.375 [" in reward
        (unique,) = [line for line in lines if line.startswith("unique")]
        assert unique.split() == ["unique", "100%", "100%", "50%", "50%"]

    def test_without_cpu_seconds_the_rest_is_told(self):
        runs = [record(0.5, cpu=False), record(0.25, cpu=False)]
        rows = section(make_report({"only": runs}), "Reward of works made")
        assert list(rows) == ["4,000 transitions", "80 wall-clock seconds"]
        assert len(make_report({"only": runs}).sections) == 2

    def test_different_lengths_are_noted(self):
        short = [record(0.5, rollouts=20), record(0.25, rollouts=20)]
        report = make_report({"long": FAST[:2], "short": short})
        assert "long 4,000, short 2,000" in str(report)
        assert next(iter(section(report, "Reward of works made"))) == "2,000 transitions"
        assert not make_report({"long": FAST}).notes

    def test_numbers_are_kept_for_further_use(self):
        tables = make_report({"fast": FAST, "slow": SLOW}).as_json()["tables"]
        reward = tables["Works sampled for unseen briefs after training"]["reward"]
        assert reward["fast"]["seeds"] == [0.5, 0.25, 0.375, 0.25, 0.5]
        assert reward["fast"]["low"] <= reward["fast"]["value"] <= reward["fast"]["high"]


class TestChart:
    def test_it_draws_a_curve_and_a_band_for_each_variant_and_clock(self):
        drawing = ElementTree.fromstring(study_chart({"fast & light": FAST, "slow": SLOW}))
        kinds = [node.get("class") for node in drawing.iter()]
        assert kinds.count("curve") == kinds.count("band") == 4
        labels = [node.text for node in drawing.iter() if node.get("class") == "label"]
        assert any(label.startswith("fast & light ") for label in labels)
        assert any(label.startswith("slow 0.48") for label in labels)

    def test_curves_end_where_runs_do(self):
        drawing = ElementTree.fromstring(study_chart({"fast": FAST, "slow": SLOW}))
        curves = [
            node.get("points").split() for node in drawing.iter() if node.get("class") == "curve"
        ]
        ends = [float(points[-1].split(",")[0]) for points in curves]
        assert {len(points) for points in curves} == {POINTS}
        assert ends[0] == ends[1]  # equal transitions
        start = np.mean([float(points[0].split(",")[0]) for points in curves[:2]])
        assert ends[2] < start + (ends[3] - start) / 3  # a quarter of the CPU seconds

    def test_clocks_nobody_recorded_are_left_out(self):
        runs = [record(0.5, cpu=False), record(0.25, cpu=False)]
        assert study_chart({"only": runs}).count('class="curve"') == 1
        assert study_chart({"only": [record(0.5, rollouts=1)]}) == ""

    def test_runs_that_earned_nothing_are_drawn(self):
        ElementTree.fromstring(study_chart({"only": [record(0.0), record(0.0)]}))


class TestCommand:
    def test_a_study_trains_each_seed_once(self, tmp_path, capsys):
        arguments = ["--seeds", "2", "--out", str(tmp_path), *settings()]
        variants = ["--variant=plain", "--variant=twice:n_epochs=2"]
        assert main([*arguments, *variants]) == 0
        first = capsys.readouterr().out
        assert first.count("Training ") == 4
        assert main([*arguments, *variants]) == 0
        second = capsys.readouterr().out
        assert "Training " not in second
        assert first.endswith(second)
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "curves.svg", "plain", "report.txt", "results.json", "twice",
        ]  # fmt: skip
        assert {p.name for p in (tmp_path / "twice").iterdir()} == {"seed0", "seed1"}
        assert (tmp_path / "report.txt").read_text() in second
        results = json.loads((tmp_path / "results.json").read_text())
        assert results["settings"]["twice"]["n_epochs"] == 2
        assert results["seeds"] == 2

    def test_a_seed_that_was_interrupted_is_continued(self, tmp_path, capsys):
        arguments = ["--seeds", "2", "--out", str(tmp_path), *settings()]
        assert main(arguments) == 0
        first = capsys.readouterr().out
        (tmp_path / "attention" / "seed1" / "evaluation.json").unlink()
        assert main(arguments) == 0
        second = capsys.readouterr().out
        assert second.count("Sampling ") == 1
        assert first.split("Interquartile")[1] == second.split("Interquartile")[1]

    def test_mistakes_are_refused(self, tmp_path, capsys):
        def refusal(*arguments):
            assert main([*arguments, "--out", str(tmp_path)]) == 2
            (line,) = capsys.readouterr().err.strip().splitlines()
            return line

        assert "at least 2" in refusal("--seeds", "1")
        assert "n_envs" in refusal("--set", "n_env=1")
        assert "at least 1" in refusal("--jobs", "0")
        assert "one thread" in refusal("--jobs", "2", "--set", "threads=2")
        run = tmp_path / "attention" / "seed0"
        run.mkdir(parents=True)
        (run / "config.yaml").write_text("n_envs: 3\n")
        assert "other settings" in refusal(*settings())
        assert [path.name for path in run.iterdir()] == ["config.yaml"]

    def test_runs_at_once_are_those_made_one_after_another(self, tmp_path, capsys):
        assert main(["--seeds", "2", "--out", str(tmp_path / "one"), *settings()]) == 0
        capsys.readouterr()
        assert main(["--seeds=2", "--jobs=2", "--out", str(tmp_path / "two"), *settings()]) == 0
        assert "finished (2 of 2)" in capsys.readouterr().out
        folders = [tmp_path / study / "attention" for study in ("one", "two")]
        for seed in (0, 1):
            one, two = (f / f"seed{seed}" / "evaluation.json" for f in folders)
            assert one.read_text() == two.read_text()
            assert "Training attention" in (folders[1] / f"seed{seed}.log").read_text()

    def test_runs_at_once_are_continued_by_the_same_command(self, tmp_path, capsys):
        arguments = ["--seeds=2", "--out", str(tmp_path), *settings()]
        assert main(arguments) == 0
        first = capsys.readouterr().out
        (tmp_path / "attention" / "seed1" / "evaluation.json").unlink()
        assert main([*arguments, "--jobs=2"]) == 0
        second = capsys.readouterr().out
        assert "attention/seed1 finished (1 of 1)" in second
        assert first.split("Interquartile")[1] == second.split("Interquartile")[1]

    def test_a_failing_run_is_named_with_its_reason(self, tmp_path, capsys):
        arguments = ["--jobs=2", "--seeds=2", "--out", str(tmp_path)]
        assert main([*arguments, *settings(), "--set", "env_kwargs.bead=3"]) == 2
        captured = capsys.readouterr()
        (line,) = captured.err.strip().splitlines()
        assert "attention/seed0 failed" in line
        assert "'beads'" in line
        assert str(tmp_path / "attention" / "seed0.log") in line

    def test_ctrl_c_saves_every_run(self, tmp_path):
        command = [sys.executable, "-m", "agents.study", "--jobs=2", "--seeds=2"]
        command += ["--out", str(tmp_path), *settings(timesteps=960_000)]
        study = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        checkpoints = [tmp_path / "attention" / f"seed{n}" / "checkpoints" for n in (0, 1)]
        deadline = time.monotonic() + 120
        try:
            while not all(list(folder.glob("step_*[0-9]")) for folder in checkpoints):
                assert time.monotonic() < deadline
                assert study.poll() is None
                time.sleep(0.2)
        finally:
            study.send_signal(signal.SIGINT)
            _, error = study.communicate(timeout=60)
        assert study.returncode == 130
        assert b"The same command continues" in error
        for seed in (0, 1):
            log = (tmp_path / "attention" / f"seed{seed}.log").read_text()
            assert "Stopped; saved as" in log
