import dataclasses

import pytest

from agents.config import PRESETS, RunConfig, preset, read_settings, resolve
from agents.errors import ConfigError

MELODY = "creative_envs/MelodyComposition-v0"


def test_later_sources_win(tmp_path, monkeypatch):
    monkeypatch.setattr("agents.config.PRESETS", tmp_path)
    (tmp_path / "MelodyComposition-v0.yaml").write_text(
        "common: {n_envs: 11, n_steps: 12, n_epochs: 13, seed: 14, env_kwargs: {a: 1, b: 2}}\n"
        "attention: {n_steps: 22, n_epochs: 23, seed: 24}\nmlp: {n_envs: 99}\n"
    )
    file = tmp_path / "mine.yaml"
    file.write_text("n_epochs: 33\nseed: 34\nenv_kwargs: {b: 3}\n")
    config = resolve({"seed": 44, "timesteps": None}, file, ["env_kwargs.c=[0, 1]"])
    assert (config.n_envs, config.n_steps, config.n_epochs, config.seed) == (11, 22, 33, 44)
    assert config.env_kwargs == {"a": 1, "b": 3, "c": [0, 1]}
    assert config.timesteps == RunConfig().timesteps
    assert resolve({}, None, ["policy=mlp"]).n_envs == 99


def test_size_and_track_choose_their_parts_of_the_preset(tmp_path, monkeypatch):
    (tmp_path / "Thing-v0.yaml").write_text(
        "common: {n_envs: 1, n_steps: 2}\nattention: {n_envs: 3, seed: 4}\n"
        "sizes:\n  base: {seed: 5}\ntracks:\n  with-reference: {seed: 6}\n"
    )
    monkeypatch.setattr("agents.config.PRESETS", tmp_path)
    for size, seed in (("nano", 4), ("small", 4), ("base", 5)):
        config = resolve({"env": "x/Thing-v0", "size": size})
        assert (config.n_envs, config.n_steps, config.seed, config.size) == (3, 2, seed, size)
    assert resolve({"env": "x/Thing-v0", "size": "base", "track": "with-reference"}).seed == 6


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("policy", ["attention", "mlp"])
@pytest.mark.parametrize("size", ["nano", "small", "base"])
@pytest.mark.parametrize("track", ["from-scratch", "with-reference"])
def test_presets_are_valid(path, policy, size, track):
    settings = preset(f"creative_envs/{path.stem}", policy, size, track)
    assert RunConfig.from_settings({**settings, "track": track})
    assert "env" not in settings
    assert "policy" not in settings


def test_an_environment_without_preset_has_the_defaults():
    assert resolve({"env": "other/Thing-v3"}) == RunConfig(env="other/Thing-v3")


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("learning_rate=1e-3", "learning_rate", 0.001),
        ("n_envs=16", "n_envs", 16),
        ("timesteps=2e5", "timesteps", 200_000),
        ("target_kl=null", "target_kl", None),
        ("target_kl=0.02", "target_kl", 0.02),
        ("size=small", "size", "small"),
        ("env_kwargs={works: 2}", "env_kwargs", {"works": 2}),
        ("augment=false", "augment", False),
    ],
)
def test_set_reads_values_of_the_setting_s_type(assignment, name, value):
    read = getattr(resolve({"env": "x"}, None, [assignment]), name)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("learning_rte=1", "did you mean 'learning_rate'"),
        ("learning_rate", "key=value"),
        ("learning_rate=fast", "must be a number"),
        ("learning_rate=.nan", "must be a number"),
        ("learning_rate=-1", "above 0"),
        ("n_envs=1.5", "whole number"),
        ("n_envs=0", "at least 1"),
        ("n_envs=1e9", "at most"),
        ("n_envs=true", "must be a number"),
        ("size=huge", "one of nano, small, base"),
        ("policy=[1]", "one of attention, mlp"),
        ("env_kwargs=3", "mapping"),
        ("size.x=1", "no parts"),
        ("augment=true", "track=with-reference"),
        ("augment=1", "of type bool"),
        ("gamma=1.5", r"in \[0, 1\]"),
        ("env=3", "of type str"),
        ("seed=[", "cannot read"),
    ],
)
def test_wrong_assignments_are_refused(assignment, words):
    with pytest.raises(ConfigError, match=words):
        resolve({}, None, [assignment])


@pytest.mark.parametrize("text", ["a: [", "- 1\n", "nenvs: 3\n", "\xff\xfe"])
def test_wrong_files_are_refused(tmp_path, text):
    file = tmp_path / "wrong.yaml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError):
        resolve({}, file)
    with pytest.raises(ConfigError, match="missing"):
        resolve({}, tmp_path / "missing.yaml")


def test_yaml_round_trip(tmp_path):
    config = RunConfig(env="a/B-v0", env_kwargs={"works": 2, "w": [0, 1]}, target_kl=0.03, seed=5)
    file = tmp_path / "config.yaml"
    file.write_text(config.to_yaml())
    assert RunConfig.from_settings(read_settings(file)) == config


def test_timesteps_are_rounded_up_to_whole_rollouts():
    config = RunConfig(n_envs=10, n_steps=10, timesteps=201)
    assert config.total_timesteps == 300
    assert dataclasses.replace(config, timesteps=200).total_timesteps == 200
