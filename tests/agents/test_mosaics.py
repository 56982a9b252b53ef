"""Policies that are shown what actions are like: whatever a library's order, also of new ones."""

import dataclasses

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.utils import obs_as_tensor

from agents.checkpoint import policy_tensors
from agents.errors import UnfitEnvironment
from agents.policy import POLICIES
from agents.ppo.algorithm import CausalPPO
from agents.ppo.demonstrations import Demonstrations
from agents.ppo.imitation import clone
from creative_envs.core.action_table import ActionTable
from creative_envs.core.batch import Settings
from tests.agents.mosaics import PATCHES, TURNS, MosaicTask, mosaic_envs
from tests.agents.ppo.streams import collect, scramble

CPU = torch.device("cpu")
PERMUTED = np.array([3, 0, 4, 1, 2])
"""Old numbers of patches, by their new ones."""


def make_policy(policy="attention", scrambled=True, **keywords):
    env, table = mosaic_envs(**keywords), MosaicTask().action_table()
    torch.manual_seed(0)
    spaces = env.observation_space, env.action_space
    made = POLICIES[policy](*spaces, lambda _: 1e-2, actions=table)
    if scrambled:
        scramble(made)
    made.set_training_mode(False)
    return made


def played(steps, num_envs=6, **keywords):
    """What environments show after so many random steps."""
    env, rng = mosaic_envs(num_envs, **keywords), np.random.default_rng(0)
    env.seed(0)
    observation = env.reset()
    for _ in range(steps):
        legal = [rng.choice(row.nonzero()[0]) for row in observation["action_mask"]]
        observation = env.step(np.array(legal))[0]
    return obs_as_tensor(observation, CPU)


def renumbered(observation):
    """The same moment, had the patches of every library been numbered otherwise."""
    patch = observation["tokens"][:, :, 0].long()
    new = torch.as_tensor(PERMUTED.argsort())[patch.clamp(min=0)]
    tokens = observation["tokens"].clone()
    tokens[:, :, 0] = torch.where(patch >= 0, new, -1)
    mask = observation["action_mask"].unflatten(1, (PATCHES, TURNS))[:, PERMUTED]
    library = observation["library"][:, PERMUTED]
    return {**observation, "tokens": tokens, "action_mask": mask.flatten(1), "library": library}


@torch.no_grad()
@pytest.mark.parametrize("steps", [0, 1, 7])
def test_the_numbers_of_patches_mean_nothing(steps):
    policy, observation = make_policy(), played(steps)
    probabilities = policy.get_distribution(observation).distribution.probs
    others = policy.get_distribution(renumbered(observation)).distribution.probs
    expected = probabilities.unflatten(1, (PATCHES, TURNS))[:, PERMUTED].flatten(1)
    torch.testing.assert_close(others, expected, atol=1e-5, rtol=1e-4)
    assert (probabilities - expected).abs().max() > 0.01
    values = policy.predict_values(observation), policy.predict_values(renumbered(observation))
    torch.testing.assert_close(*values, atol=1e-5, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
def test_new_policy_is_all_but_uniform_over_legal_actions(policy):
    made, observation = make_policy(policy, scrambled=False), played(6)
    probabilities = made.get_distribution(observation).distribution.probs
    legal = observation["action_mask"] != 0
    uniform = legal / legal.sum(dim=1, keepdim=True)
    assert not legal.all()
    assert (probabilities - uniform).abs().max() < 0.2 * uniform.max()


@torch.no_grad()
def test_another_library_is_noticed_in_the_middle_of_a_work():
    policy = make_policy()
    before, after = played(4), played(5)
    after["library"][1] = 1 - after["library"][1]
    for observation in (before, after):
        expected = policy.features_extractor(observation)
        found = policy.features_extractor.sampled(observation)
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_what_is_read_is_not_stored():
    names = policy_tensors(make_policy()).keys()
    assert {name.rpartition(".")[2] for name in names} <= {
        "weight",
        "bias",
        "table",
        "step",
        "related",
    }


def test_parameters_know_no_patch_by_its_number():
    """Twice the patches, and the parameters are the same."""
    sizes = [{name: v.shape for name, v in policy_tensors(make_policy()).items()}]
    env, table = mosaic_envs(), MosaicTask().action_table()
    more = {
        name: spaces.Box(-1, 100, space.shape, space.dtype) if name == "tokens" else space
        for name, space in env.observation_space.spaces.items()
    }
    more["library"] = spaces.Box(0, 1, (2 * PATCHES, 12), np.float32)
    features = table.features
    gather = np.concatenate([features.gather, features.gather + features.gather.max() + 1])
    larger = ActionTable(
        features=dataclasses.replace(features, gather=gather),
        value=np.arange(2 * PATCHES * TURNS) // TURNS,
        relation=np.pad(table.relation, ((0, PATCHES), (0, PATCHES)), mode="edge"),
    )
    action_space = spaces.Discrete(2 * PATCHES * TURNS)
    made = POLICIES["attention"](spaces.Dict(more), action_space, lambda _: 1e-2, actions=larger)
    sizes.append({name: v.shape for name, v in policy_tensors(made).items()})
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "change",
    [
        {"entry": "libary"},
        {"gather": MosaicTask().action_table().features.gather + 1},
        {"columns": (1,)},
        {"neighbours": np.full((15, 2), -1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_table_that_does_not_fit_the_observations_is_refused(policy, change):
    env, table = mosaic_envs(), MosaicTask().action_table()
    features = dataclasses.replace(table.features, **change)
    unfit = dataclasses.replace(table, features=features)
    with pytest.raises(UnfitEnvironment, match=features.entry):
        POLICIES[policy](env.observation_space, env.action_space, lambda _: 1e-2, actions=unfit)


@pytest.mark.parametrize("policy", POLICIES)
def test_demonstrations_come_with_their_libraries(policy):
    task, settings = MosaicTask(), Settings()
    shown = Demonstrations.of(task, settings, np.random.default_rng(0))
    layout = shown.lay_out(task, settings, CPU)
    batch = layout.batch(np.arange(len(shown)))
    order = batch.moments.context["brief"].numpy()
    library = batch.moments.context["library"].numpy()
    assert np.array_equal(library, task.context(order)["library"])
    nats = clone(make_policy(policy, scrambled=False), layout, layout, epochs=10, seed=0)
    assert min(nats) < 0.9 * nats[0]


def make_learner(policy, **keywords):
    env = mosaic_envs(64, libraries=8, reward="shaped", reward_scale=4.0)
    return CausalPPO(
        POLICIES[policy],
        env,
        n_steps=16,
        batch_size=256,
        n_epochs=4,
        learning_rate=2e-3,
        gamma=1.0,
        seed=0,
        device="cpu",
        policy_kwargs={"actions": env.env.task.action_table()},
        **keywords,
    )


def mean_craft(model, split):
    """Of mosaics sampled, one an environment, with the libraries of a split."""
    env = mosaic_envs(128, libraries=8, split=split)
    env.seed(100)
    observation, craft = env.reset(), np.full(128, np.nan)
    while np.isnan(craft).any():
        observation, _, _, infos = env.step(model.predict(observation)[0])
        for row, info in enumerate(infos):
            if "work" in info and np.isnan(craft[row]):
                craft[row] = info["work"]["craft"]
    return craft.mean()


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_learned_of_some_libraries_holds_for_others(policy):
    model = make_learner(policy)
    before = mean_craft(model, "test")
    model.learn(64 * 16 * 16)
    assert before < 0.4
    assert mean_craft(model, "train") > before + 0.4
    assert mean_craft(model, "test") > before + 0.3


def test_bfloat16_runs_and_saved_learners_continue(tmp_path):
    model = make_learner("attention", precision="bfloat16")
    model.learn(64 * 16)
    model.save(tmp_path / "model")
    loaded = CausalPPO.load(tmp_path / "model", model.env, device="cpu")
    observation = played(3)
    with torch.no_grad():
        assert torch.equal(
            model.policy.get_distribution(observation).distribution.probs,
            loaded.policy.get_distribution(observation).distribution.probs,
        )
    collect(loaded)
    loaded.train()
