"""Entries that do not change while a work grows: read by every policy, and kept with it."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

import agents
from agents.checkpoint import Snapshot, load_policy, policy_tensors
from agents.errors import CheckpointError, UnfitEnvironment
from agents.features import work_shape
from agents.policy import POLICIES
from agents.ppo.algorithm import CausalPPO
from agents.ppo.works import WorkLayout
from agents.runs import RunFolder
from agents.training import make_model, policy_settings, train
from tests.agents.attention.test_parity import assert_same, in_one_pass, one_by_one, played, sampled
from tests.agents.fields import BLOCKS, PLANES, FieldTask, field_config, field_envs
from tests.agents.mosaics import MosaicTask, mosaic_envs
from tests.agents.necklaces import same_arrays, tiny_config
from tests.agents.ppo.streams import Stream, make_policy, scramble, tensors
from tests.toy_domain import NecklaceTask

CPU = torch.device("cpu")
STATIC = {"attention": ("embedding.weight", "embedding.bias", "place"), "mlp": ("weight",)}
"""What each policy learns of a static entry."""


def of_static(policy):
    """The parameters that only a static entry has."""
    return {name: p for name, p in policy.named_parameters() if ".static." in name}


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("works", [1, 3])
def test_three_ways_agree_where_briefs_show_maps(policy, works):
    env = field_envs(6, works=works, brief_per="work")
    torch.manual_seed(0)
    made = POLICIES[policy](
        env.observation_space, env.action_space, lambda _: 1e-2, static=("map",)
    )
    scramble(made)
    seen, buffer = played(env, 40)
    assert all(len(np.unique(observation["map"], axis=0)) > 1 for observation in seen)
    reference = one_by_one(made, seen)
    assert_same(sampled(made, seen), reference)
    assert_same(in_one_pass(made, buffer, 100), reference)


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
def test_an_entry_may_be_static_and_tell_of_actions(policy):
    env, task = mosaic_envs(6), MosaicTask()
    torch.manual_seed(0)
    made = POLICIES[policy](
        env.observation_space,
        env.action_space,
        lambda _: 1e-2,
        actions=task.action_table(),
        static=("library",),
    )
    scramble(made)
    seen, buffer = played(env, 20)
    reference = one_by_one(made, seen)
    assert_same(sampled(made, seen), reference)
    assert_same(in_one_pass(made, buffer, 100), reference)


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
def test_each_map_moves_its_own_row_alone(policy):
    stream = Stream(rows=8, steps=3, max_length=6, static=3)
    made = make_policy(stream, policy)
    batch = tensors(stream.observations[2])
    other = {**batch, "map": batch["map"].clone()}
    other["map"][::2] = 1 - other["map"][::2]
    before, after = (made.get_distribution(o).distribution.probs for o in (batch, other))
    moved = (before - after).abs().amax(dim=1)
    assert (moved[::2] > 1e-4).all()
    assert (moved[1::2] < 1e-6).all()
    values = made.predict_values(batch) - made.predict_values(other)
    assert (values[::2].abs() > 1e-4).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_the_gradient_reaches_all_that_is_learned_of_a_map(policy):
    stream = Stream(rows=8, steps=6, max_length=6, static=3)
    made = make_policy(stream, policy)
    batch = WorkLayout.of_rollout(stream.buffer(), CPU).batch(np.arange(8))
    values, log_probs = made.evaluate_works(batch)
    (values.square().mean() + log_probs[log_probs > -1e6].mean()).backward()
    learned = of_static(made)
    assert {name.partition(".static.0.")[2] for name in learned} == set(STATIC[policy])
    for parameter in learned.values():
        assert (parameter.grad != 0).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_without_static_entries_nothing_is_added(policy):
    """So what was saved of tasks without any loads."""
    made = make_policy(Stream(), policy)
    assert not of_static(made)
    config = tiny_config(policy=policy)
    assert policy_settings(config, NecklaceTask())["static"] == ()
    assert policy_settings(config, FieldTask())["static"] == ("map",)


@pytest.mark.parametrize("policy", POLICIES)
def test_runs_read_the_maps_of_their_task_and_load(policy, tmp_path):
    config = field_config(policy=policy, select_every=0, media_every=0, timesteps=192)
    folder = RunFolder.create(config, tmp_path / "run")
    result = train(config, folder)
    assert len(of_static(result.policy)) == len(STATIC[policy])
    loaded = agents.load(folder.path, device="cpu").policy
    assert loaded.static == ("map",)
    assert same_arrays(policy_tensors(loaded), policy_tensors(result.policy))
    env = field_envs(8)
    env.seed(0)
    batch = tensors(env.reset())
    with torch.no_grad():
        found, expected = (p.get_distribution(batch) for p in (loaded, result.policy))
    assert torch.equal(found.distribution.probs, expected.distribution.probs)


@pytest.mark.parametrize("policy", POLICIES)
def test_sb3s_own_files_keep_what_is_static(policy, tmp_path):
    env = field_envs()
    keywords = {"static": ("map",)}
    model = CausalPPO(
        POLICIES[policy], env, n_steps=12, batch_size=48, device="cpu", policy_kwargs=keywords
    )
    model.policy.save(tmp_path / "policy")
    model.save(tmp_path / "model")
    alone = POLICIES[policy].load(tmp_path / "policy", device="cpu")
    learner = CausalPPO.load(tmp_path / "model", env, device="cpu")
    for loaded in (alone, learner.policy):
        assert loaded.static == ("map",)
        assert same_arrays(policy_tensors(loaded), policy_tensors(model.policy))


def test_a_checkpoint_without_the_map_does_not_fit_a_policy_with_it(tmp_path, monkeypatch):
    config, env = field_config(), field_envs(8)
    with monkeypatch.context() as patch:
        patch.setattr(FieldTask, "prefix_entries", ())
        model = make_model(config, env, CPU)
        model.learn(config.rollout)
        written = Snapshot.capture(model, env, []).write(tmp_path)
        load_policy(make_model(config, env, CPU).policy, written, "")
    with pytest.raises(CheckpointError, match="cannot be used"):
        load_policy(make_model(config, env, CPU).policy, written, "")


def test_the_shape_tells_of_static_entries():
    shape = work_shape(field_envs().observation_space, static=("map",))
    assert shape.static == (("map", BLOCKS, PLANES),)
    assert shape.entries == ("tokens", "brief", "map")
    assert work_shape(field_envs().observation_space).entries == ("tokens", "brief")


@pytest.mark.parametrize(
    "entry",
    [
        None,
        spaces.Box(0, 1, (24,), np.float32),
        spaces.Box(0, 1, (2, 4, 3), np.float32),
        spaces.Box(0, 1, (4, 6), np.float64),
        spaces.Box(0, 2, (4, 6), np.float32),
        spaces.Box(-1, 1, (4, 6), np.float32),
        spaces.MultiBinary((4, 6)),
    ],
    ids=str,
)
@pytest.mark.parametrize("policy", POLICIES)
def test_an_entry_that_is_no_table_of_unit_numbers_is_refused(policy, entry):
    env = field_envs()
    shown = {name: s for name, s in env.observation_space.spaces.items() if name != "map"}
    if entry is not None:
        shown["map"] = entry
    with pytest.raises(UnfitEnvironment, match=r"'map', which must be .* Box \(M, P\)"):
        POLICIES[policy](spaces.Dict(shown), env.action_space, lambda _: 1e-2, static=("map",))
