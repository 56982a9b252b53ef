"""The command line: what a newcomer types, and every mistake they can make."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.commands import build_parser, main
from tests.agents.necklaces import NECKLACES, tiny_config

ROOT = Path(__file__).parents[1]


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
        "reward", "quality", "craft", "adherence", "novelty", "unique",
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
    assert main(["--resume", str(run), "--eval-works", "6"]) == 0
    assert (run / "index.html").exists()


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


def test_help_names_every_flag_once():
    text = build_parser().format_help()
    for flag in ("--env", "--timesteps", "--seed", "--device", "--n-envs", "--policy", "--out"):
        assert text.count(f"{flag} ") >= 1
