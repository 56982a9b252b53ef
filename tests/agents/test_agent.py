import shutil
import subprocess
import sys

import numpy as np
import pytest
from stable_baselines3.common.evaluation import evaluate_policy

import agents
from agents import evaluation
from agents.checkpoint import POLICY, Snapshot, latest
from agents.commands import main
from agents.errors import CheckpointError, ConfigError, RunError
from agents.runs import RunFolder
from agents.sealed import newest
from agents.training import train
from creative_envs.core.errors import InvalidBrief
from tests.agents.necklaces import necklace_envs, same_arrays, tiny_config
from tests.toy_domain import COLOURS, NecklaceTask


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run: its folder and what `train` gave."""
    config = tiny_config(select_every=1, select_works=8, media_every=0, learning_rate=3e-3)
    folder = RunFolder.create(config, tmp_path_factory.mktemp("runs") / "run")
    return folder, train(config, folder)


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of the run that may be spoiled."""
    return RunFolder(shutil.copytree(trained[0].path, tmp_path / "run"))


def tokens(works):
    return [work["tokens"].tolist() for work in works]


def test_the_best_and_the_last_are_exactly_those_trained(trained):
    folder, result = trained
    best = agents.load(folder.path)
    assert same_arrays(best.policy.state_dict(), result.policy.state_dict())
    last = agents.load(str(folder.path), which="last", device="cpu")
    stored = Snapshot.read(latest(folder.checkpoints)).policy
    assert same_arrays(last.policy.state_dict(), stored)
    assert best.config == RunFolder.open(folder.path)[1]
    assert not best.policy.training


def test_an_environment_that_cannot_be_made_any_more_is_told_in_a_line(copied):
    settings = copied.config.read_text().replace("env_kwargs: {}", "env_kwargs: {pearls: 3}")
    copied.config.write_text(settings)
    with pytest.raises(RunError, match=r"Cannot make the run.s environment .*pearls"):
        agents.load(copied.path)


def test_the_best_may_be_an_earlier_one(copied):
    best = newest(copied.best)
    shutil.rmtree(best)
    earlier = min(copied.checkpoints.iterdir())
    for name in ("policy.safetensors", "manifest.json"):
        assert (earlier / name).exists()
    with pytest.raises(CheckpointError, match="which="):
        agents.load(copied.path)
    agents.load(copied.path, which="last")


def test_a_run_that_never_sampled_gives_its_last(tmp_path):
    config = tiny_config(select_every=0, media_every=0, timesteps=96)
    folder = RunFolder.create(config, tmp_path / "run")
    result = train(config, folder)
    for which in ("best", "last"):
        agent = agents.load(folder.path, which)
        assert same_arrays(agent.policy.state_dict(), result.policy.state_dict())


def test_loading_leaves_the_generators_alone(trained):
    import torch

    before = torch.get_rng_state()
    agents.load(trained[0].path)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_agent_acts_in_sb3s_functions(trained):
    agent = agents.load(trained[0].path)
    env = necklace_envs(4)
    env.seed(0)
    observation = env.reset()
    actions, state = agent.predict(observation, deterministic=True)
    assert actions.shape == (4,)
    assert state is None
    assert (actions == agent.policy.predict(observation, deterministic=True)[0]).all()
    one, _ = agent.predict({name: rows[0] for name, rows in observation.items()})
    assert env.action_space.contains(np.int64(one))
    mean, _ = evaluate_policy(agent, env, n_eval_episodes=8)
    assert 0 <= mean <= 1


def test_samples_are_decided_by_the_seed(trained):
    agent = agents.load(trained[0].path)
    works = agent.sample(7, seed=1)
    assert len(works) == 7
    assert tokens(works) == tokens(agents.load(trained[0].path).sample(7, seed=1))
    assert tokens(works) != tokens(agent.sample(7, seed=2))
    assert {"reward", "quality", "novelty", "brief"} <= works[0].keys()
    assert len({tuple(work["brief"].tolist()) for work in works}) > 1


def test_samples_are_for_briefs_of_the_test_split(trained, monkeypatch):
    splits = []
    make = evaluation.make_test_envs

    def note(env_id, env_kwargs, n_envs, split="not said"):
        splits.append(split)
        return make(env_id, env_kwargs, n_envs, split)

    monkeypatch.setattr(evaluation, "make_test_envs", note)
    agents.load(trained[0].path).sample(2)
    assert "test" in splits
    assert set(splits) <= {"test", "not said"}


def test_samples_for_one_brief(trained):
    agent = agents.load(trained[0].path)
    brief = np.array([0.5, 2 / (COLOURS - 1)], np.float32)
    works = agent.sample(5, seed=3, brief=brief)
    assert all((work["brief"] == brief).all() for work in works)
    with pytest.raises(InvalidBrief):
        agent.sample(1, brief=np.zeros(17, np.float32))


def test_wrong_arguments_are_refused(trained):
    with pytest.raises(ConfigError, match="count must be at least 1"):
        agents.load(trained[0].path).sample(0)
    with pytest.raises(ConfigError, match="best, last"):
        agents.load(trained[0].path, which="worst")


def test_a_folder_without_a_run_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(RunError, match="is not a run's folder"):
            agents.load(path)


def test_a_run_without_a_checkpoint_is_told(tmp_path):
    folder = RunFolder.create(tiny_config(), tmp_path / "run")
    for which in ("best", "last"):
        with pytest.raises(CheckpointError, match=r"no checkpoint yet.*--resume"):
            agents.load(folder.path, which)


@pytest.mark.parametrize("which", ["best", "last"])
def test_a_damaged_policy_is_refused(copied, which):
    place = newest(copied.best if which == "best" else copied.checkpoints)
    data = (place / POLICY).read_bytes()
    (place / POLICY).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match=rf"{POLICY} is damaged"):
        agents.load(copied.path, which)


def test_other_reference_data_are_refused(trained, monkeypatch):
    monkeypatch.setattr(NecklaceTask, "reference_sha256", lambda task: "ab" * 32)
    with pytest.raises(CheckpointError, match="other reference data"):
        agents.load(trained[0].path)


def test_damaged_settings_are_told(copied):
    copied.config.write_text("policy: [unclosed")
    with pytest.raises(RunError, match="is damaged"):
        agents.load(copied.path)


@pytest.mark.parametrize("flag", ["--resume", "--sample"])
def test_the_command_line_tells_of_damage_in_one_line(copied, capsys, flag):
    for place in (newest(copied.best), newest(copied.checkpoints)):
        (place / POLICY).write_bytes(b"")
    assert main([flag, str(copied.path)]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "steps/s" not in line]
    assert len(errors) == 1
    assert POLICY in errors[0]


def test_importing_agents_imports_nothing_heavy():
    heavy = "{'torch', 'numpy', 'numba', 'gymnasium', 'stable_baselines3'}"
    code = f"import sys, agents; agents.load; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_does_not_wait_for_pytorchs_compiler(trained):
    code = (
        "import sys, agents; agents.load(sys.argv[1], device='cpu').sample(2);"
        "print('torch._dynamo' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(trained[0].path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
