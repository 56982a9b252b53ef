"""The command line: what a newcomer types, and every mistake they can make."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import agents
from agents.commands import build_parser, main
from agents.config import RunConfig
from agents.policy import CausalAttentionPolicy, MlpPolicy
from tests.agents.necklaces import NECKLACES, tiny_config

ROOT = Path(__file__).parents[1]
MELODY = "creative_envs/MelodyComposition-v0"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run; never written to."""
    folder = tmp_path_factory.mktemp("trained")
    assert main(tiny_flags(folder, timesteps=192, eval_works=4, select_every=1)) == 0
    return folder / "run"


def dry_run(capsys, *arguments):
    """The settings a command would train with."""
    assert main([*arguments, "--dry-run"]) == 0
    return RunConfig.from_settings(yaml.safe_load(capsys.readouterr().out))


def sampled(folder):
    """The works in a folder as their JSON, in order, without the time they were made at."""
    works = [json.loads(path.read_text()) for path in sorted(folder.glob("work-*.json"))]
    assert all(work["provenance"].pop("made") for work in works)
    return works


def tiny_flags(tmp_path, **settings):
    file = tmp_path / "settings.yaml"
    file.write_text(tiny_config(**settings).to_yaml())
    return ["--config", str(file), "--out", str(tmp_path / "run")]


def refusal(capsys, *arguments):
    """The one line with which a command is refused."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("train_agent.py: ")
    return lines[0]


def test_a_run_ends_with_a_table_and_a_page(tmp_path, capsys):
    assert main(tiny_flags(tmp_path)) == 0
    run = tmp_path / "run"
    output = capsys.readouterr().out
    table = json.loads((run / "evaluation.json").read_text())
    assert list(table) == ["random", "trained"]
    assert set(table["trained"]) == {
        "reward", "quality", "craft", "adherence", "novelty", "unique", "difference",
    }  # fmt: skip
    assert f"{table['trained']['quality']:.3f}" in output
    assert str(run / "index.html") in output
    works = sorted(path.name for path in (run / "works").iterdir())
    assert works == [
        "random-best.txt",
        "random-median.txt",
        "trained-best.txt",
        "trained-median.txt",
        "trained-random.txt",
    ]
    assert len((run / "works" / "trained-best.txt").read_text().split()) == 6


def test_a_finished_run_can_be_shown_again(tmp_path, capsys):
    assert main(tiny_flags(tmp_path)) == 0
    run = tmp_path / "run"
    (run / "index.html").unlink()
    capsys.readouterr()
    assert main(["--resume", str(run), "--eval-works", "6", "--device", "cpu"]) == 0
    output = capsys.readouterr().out
    assert "Sampling 6 works" in output
    assert "device cpu" in output
    assert "Below are 6 works" in (run / "index.html").read_text()


def test_the_parser_needs_neither_torch_nor_gymnasium():
    code = (
        "import sys; from agents.commands import build_parser; build_parser().format_help();"
        "print(sorted({'torch', 'gymnasium', 'numpy', 'numba'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert shown.stdout.strip() == "[]"


def test_dry_run_prints_settings_that_can_be_used_again(tmp_path, capsys):
    assert main(["--env", NECKLACES, "--seed", "5", "--set", "n_envs=3", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "in 1,042 rollouts of 192" in output
    file = tmp_path / "printed.yaml"
    file.write_text(output)
    assert main(["--config", str(file), "--dry-run"]) == 0
    assert capsys.readouterr().out == output
    assert list(tmp_path.iterdir()) == [file]


def test_own_flags_win_over_the_file_and_set_over_both(tmp_path, capsys):
    file = tmp_path / "settings.yaml"
    file.write_text("seed: 1\nn_envs: 5\n")
    flags = ["--seed", "2", "--env", NECKLACES, "--config", str(file)]
    assert main([*flags, "--set", "n_envs=7", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "seed: 2\n" in output
    assert "n_envs: 7\n" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "env_kwargs.split=test"], "kept for evaluation"),
        (["--env", "creative_envs/MelodyCompositon-v0"], "did you mean 'creative_envs/MelodyComp"),
        (["--env", "CartPole-v1"], "not a creative environment"),
        (["--env", "no_such_module:x/Y-v0"], "No environment"),
        (["--set", "n_env=3"], "did you mean 'n_envs'"),
        (["--set", "n_envs"], "key=value"),
        (["--config", "missing.yaml"], "missing.yaml"),
        (["--timesteps", "0"], "at least 1"),
        (["--timesteps", "100k"], "--timesteps: wants a whole number, got '100k'"),
        (["--n-envs", "1.5"], "wants a whole number"),
        (["--seed", "nan"], "wants a whole number"),
        (["--seed", "-1"], "seed must be in 0"),
        (["--policy", "transformer"], "choose from 'attention', 'mlp'"),
        (["--smaple", "run"], "did you mean --sample?"),
        (["--n_envs", "3"], "did you mean --n-envs?"),
        (["--learning-rate", "1e-4"], "did you mean --set learning_rate=VALUE?"),
        (["--lr", "1e-4"], "'--lr': --help lists all flags"),
        (["melody"], "'melody': --help lists all flags"),
        (["--env"], "expected one argument"),
        (["--config", ""], "--config: wants a path"),
        (["--out", ""], "--out: wants a path"),
        (["--set", "env_kwargs.split=test", "--dry-run"], "kept for evaluation"),
        (["--env", NECKLACES, "--set", "env_kwargs.bead=3", "--dry-run"], "'beads'"),
        (["-n", "4"], "Only --sample RUN"),
        (["--sample", "missing"], "not a run's folder"),
        (["--sample", "x", "--set", "seed=3", "--dry-run"], "leave out --set, --dry-run"),
        (["--sample", "x", "--resume", "x"], "leave out --resume"),
        (["--resume", "missing"], "missing"),
        (["--resume", "x", "--seed", "3"], "leave out --seed"),
        (["--resume", "x", "--out", "y", "--set", "n_envs=2"], "leave out --set, --out"),
        (["--env", NECKLACES, "--set", "env_kwargs.bead=3", "--out", "run"], "'beads'"),
        (["--env", NECKLACES, "--set", "env_kwargs.works=0", "--out", "run"], "works"),
    ],
)
def test_mistakes_are_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in refusal(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_run_is_never_overwritten(tmp_path, capsys):
    assert main(tiny_flags(tmp_path)) == 0
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    capsys.readouterr()
    assert "--resume" in refusal(capsys, *tiny_flags(tmp_path))
    assert before == {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}


def test_default_folders_are_new_ones(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    flags = tiny_flags(tmp_path)[:2]
    assert main(flags) == main(flags) == 0
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert names == ["necklaces-v0-attention-seed0-1", "necklaces-v0-attention-seed0-2"]


def test_a_folder_that_cannot_be_made_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    flags = [*tiny_flags(tmp_path)[:2], "--out", str(tmp_path / "file" / "run")]
    assert "Cannot write" in refusal(capsys, *flags)


def test_a_full_disk_is_refused_before_training(tmp_path, monkeypatch, capsys):
    class Usage:
        free = 5 * 2**20

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    assert "Only 5 MiB are free" in refusal(capsys, *tiny_flags(tmp_path))


def test_a_damaged_run_is_refused(tmp_path, capsys):
    assert main(tiny_flags(tmp_path)) == 0
    run = tmp_path / "run"
    newest = sorted((run / "checkpoints").iterdir())[-1]
    (newest / "policy.safetensors").write_bytes(b"")
    capsys.readouterr()
    assert main(["--resume", str(run)]) == 2
    assert str(newest / "policy.safetensors") in capsys.readouterr().err
    (run / "config.yaml").write_text("n_envs: many\n")
    assert "damaged" in refusal(capsys, "--resume", str(run))


@pytest.mark.parametrize(
    ("flag", "value", "setting", "expected"),
    [
        ("--env", NECKLACES, "env", NECKLACES),
        ("--policy", "mlp", "policy", "mlp"),
        ("--size", "small", "size", "small"),
        ("--algorithm", "ppo", "algorithm", "ppo"),
        ("--track", "with-reference", "track", "with-reference"),
        ("--timesteps", "2e5", "timesteps", 200_000),
        ("--seed", "7", "seed", 7),
        ("--n-envs", "5", "n_envs", 5),
        ("--device", "cpu", "device", "cpu"),
        ("--eval-works", "9", "eval_works", 9),
        ("--set", "learning_rate=1e-4", "learning_rate", 1e-4),
        ("--set", "env_kwargs.beads=4", "env_kwargs", {"beads": 4}),
    ],
)
def test_a_flag_decides_its_setting(capsys, flag, value, setting, expected):
    assert getattr(dry_run(capsys, "--env", NECKLACES, flag, value), setting) == expected


def test_flags_reach_the_network_and_the_training(tmp_path, capsys):
    flags = tiny_flags(tmp_path, timesteps=96, eval_works=4)
    assert main([*flags, "--policy", "mlp", "--algorithm", "ppo", "--track", "with-reference"]) == 0
    run = tmp_path / "run"
    assert isinstance(agents.load(run).policy, MlpPolicy)
    assert (run / "prior").is_dir()
    assert "Training mlp (nano)" in capsys.readouterr().out


def test_a_size_is_of_the_network(tmp_path, trained):
    flags = tiny_flags(tmp_path, timesteps=96, eval_works=4)
    assert main([*flags, "--size", "small"]) == 0
    nano, small = (agents.load(run).policy for run in (trained, tmp_path / "run"))
    assert isinstance(small, CausalAttentionPolicy)
    parameters = [sum(p.numel() for p in policy.parameters()) for policy in (nano, small)]
    assert parameters[1] > 2 * parameters[0]


@pytest.mark.parametrize("policy", ["attention", "mlp"])
@pytest.mark.parametrize("size", ["nano", "small", "base"])
@pytest.mark.parametrize("algorithm", ["causal-ppo", "ppo"])
@pytest.mark.parametrize("track", ["from-scratch", "with-reference"])
def test_every_choice_has_settings_for_melodies(tmp_path, capsys, policy, size, algorithm, track):
    choices = ["--policy", policy, "--size", size, "--algorithm", algorithm, "--track", track]
    config = dry_run(capsys, "--env", MELODY, *choices)
    assert (config.policy, config.size) == (policy, size)
    assert (config.algorithm, config.track) == (algorithm, track)
    file = tmp_path / "settings.yaml"
    file.write_text(config.to_yaml())
    assert dry_run(capsys, "--config", str(file)) == config


def test_samples_are_files_and_a_page(tmp_path, trained, capsys):
    out = tmp_path / "works"
    assert main(["--sample", str(trained), "-n", "5", "--out", str(out)]) == 0
    output = capsys.readouterr().out
    assert str(out / "index.html") in output
    works = sampled(out)
    assert len(works) == len(list(out.glob("work-*.txt"))) == 5
    rewards = [work["reward"] for work in works]
    assert rewards == sorted(rewards, reverse=True)
    assert f"{rewards[0]:.3f}" in output
    for index, work in enumerate(works, start=1):
        beads = (out / f"work-{index:02}.txt").read_text().split()
        assert [int(bead) for bead in beads] == [token[0] for token in work["tokens"]]
        assert work["brief_in_words"]["vector"] == work["brief"]
    page = (out / "index.html").read_text()
    assert page.count("<article") == 5
    assert "5 works, sampled for briefs it never saw with seed 0" in page


def test_the_seed_of_samples_decides_them(tmp_path, trained):
    works = []
    for name, seed in (("first", "3"), ("again", "3"), ("other", "4")):
        out = tmp_path / name
        arguments = ["--sample", str(trained), "--count", "4", "--seed", seed, "--device", "cpu"]
        assert main([*arguments, "--out", str(out)]) == 0
        works.append(sampled(out))
    assert works[0] == works[1] != works[2]


def test_a_brief_is_kept_for_all_samples(tmp_path, trained):
    for colour in (0.25, 0.75):
        out = tmp_path / str(colour)
        brief = f"[0.5, {colour}]"
        arguments = ["--sample", str(trained), "-n", "4", "--brief", brief]
        assert main([*arguments, "--out", str(out)]) == 0
        works = sampled(out)
        assert [work["brief"] for work in works] == [[0.5, colour]] * 4
        for work in works:
            first_bead = 1 - abs(work["tokens"][0][0] / 4 - colour)
            assert work["adherence"] == pytest.approx(first_bead)


def test_brainstorming_and_focus_make_better_works(tmp_path, trained):
    means = []
    for name, further in (("plain", []), ("developed", ["--brainstorm", "8", "--focus", "4"])):
        out = tmp_path / name
        assert main(["--sample", str(trained), "-n", "4", *further, "--out", str(out)]) == 0
        works = sampled(out)
        assert len(works) == 4
        assert all(work["provenance"]["seed"] == 0 for work in works)
        made_by = {
            (work["provenance"]["brainstorm"], work["provenance"]["focus"]) for work in works
        }
        assert made_by == {(8, 4) if further else (None, None)}
        means.append(sum(work["reward"] for work in works) / 4)
    assert means[1] > means[0]
    page = (tmp_path / "developed" / "index.html").read_text(encoding="utf-8")
    assert "out of 8 candidates for every brief, refined in 4 steps" in page


def test_works_that_are_interrupted_leave_no_empty_folder(tmp_path, trained, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.samples.develop", interrupted)
    out = tmp_path / "works"
    assert main(["--sample", str(trained), "--focus", "3", "--out", str(out)]) == 130
    assert not out.exists()


def test_samples_come_from_the_best_or_the_last_policy(tmp_path, trained, capsys):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    shutil.rmtree(run / "best")
    capsys.readouterr()
    assert "best policy" in refusal(capsys, "--sample", str(run), "-n", "4")
    assert main(["--sample", str(run), "-n", "4", "--which", "last"]) == 0
    assert main(["--sample", str(run), "-n", "4", "--which", "last"]) == 0
    assert sampled(run / "samples-1") == sampled(run / "samples-2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-n", "0"], "at least 1"),
        (["-n", "many"], "wants a whole number"),
        (["--which", "worst"], "choose from 'best', 'last'"),
        (["--seed", "-1"], "seed must be in 0"),
        (["--brainstorm", "0"], "--brainstorm must be at least 1"),
        (["--focus", "0"], "--focus must be at least 1"),
        (["-n", "4", "--brief", "[0.5, 0.5]", "--brainstorm", "3"], "cannot be kept of 3"),
        (["--brief", "first"], "--brief wants key=value"),
        (["--brief", "colour=3"], "--brief: necklaces: give the brief as a vector of 2"),
        (["--brief", "[1, 2, 3]"], "vector of 2 numbers"),
        (["--out", "taken"], "exists already"),
        (["--out", "taken/file/works"], "Cannot write"),
    ],
)
def test_mistakes_in_sampling_are_refused_in_one_line(
    tmp_path, trained, monkeypatch, capsys, arguments, words
):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("in the way")
    monkeypatch.chdir(tmp_path)
    assert words in refusal(capsys, "--sample", str(trained), *arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert not list(trained.glob("samples-*"))


def test_broken_runs_are_refused_by_sampling(tmp_path, trained, capsys):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    settings = yaml.safe_load((run / "config.yaml").read_text())
    changed = {**settings, "env_kwargs": {"strings": 3}}
    (run / "config.yaml").write_text(yaml.safe_dump(changed))
    assert "Cannot make the run's environment" in refusal(capsys, "--sample", str(run))
    (run / "config.yaml").write_text(yaml.safe_dump(settings))
    for policy in run.rglob("policy.safetensors"):
        policy.write_bytes(policy.read_bytes()[:100])
    assert "damaged" in refusal(capsys, "--sample", str(run))
    (run / "config.yaml").write_text("env: 3\n")
    assert "damaged" in refusal(capsys, "--sample", str(run))


def test_help_explains_every_flag(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    parser = build_parser()
    assert parser.format_help() == text
    for action in parser._actions:
        assert f"{action.option_strings[-1]} " in text
        assert action.help in " ".join(text.split())
