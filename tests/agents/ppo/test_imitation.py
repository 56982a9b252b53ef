"""Cloning: demonstrations as layouts, behaviour cloning, warm starts and their priors."""

import copy
import dataclasses
import random
import shutil

import numpy as np
import pytest
import torch

from agents.checkpoint import latest, load_policy
from agents.environments import make_training_envs
from agents.errors import CheckpointError, ConfigError, UnfitEnvironment
from agents.ppo import demonstrations, imitation
from agents.ppo.demonstrations import Demonstrations
from agents.ppo.imitation import (
    clone,
    clone_references,
    cross_entropy,
    fit_critic,
    gather,
    warm_start,
)
from agents.runs import RunFolder
from agents.sealed import newest
from agents.training import make_model, train
from creative_envs.core.batch import Settings
from tests.agents.necklaces import mirrored, necklace_envs, same_arrays, tiny_config
from tests.toy_domain import BEADS, COLOURS, NecklaceTask

CPU = torch.device("cpu")
WITH_REFERENCE = {"track": "with-reference", "cloning_epochs": 20}


def toy_demonstrations(weights=(0.2, 0.6)):
    settings = Settings(novelty_weight=weights)
    return Demonstrations.of(NecklaceTask(), settings, np.random.default_rng(0))


def toy_layout(works=1):
    return toy_demonstrations().lay_out(NecklaceTask(), Settings(works=works), CPU)


def toy_model(**settings):
    config = tiny_config(**settings)
    return make_model(config, make_training_envs(config.env, config.env_kwargs, 4), CPU)


def toy_policy(**settings):
    return toy_model(**settings).policy


def generator_states():
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the one SB3 draws from
    return random.getstate(), numpy_state, torch.get_rng_state().tolist()


class TestDemonstrations:
    def test_weights_are_drawn_from_the_environments_range(self):
        weight = toy_demonstrations((0.2, 0.6)).brief[:, 0]
        assert 0.2 <= weight.min() < 0.3 < 0.5 < weight.max() <= 0.6
        assert (toy_demonstrations((0.25, 0.25)).brief[:, 0] == 0.25).all()

    def test_a_layout_is_what_environments_show(self):
        """Every work again in a real environment: the same masks, and the same probabilities."""
        demonstrations, policy = toy_demonstrations(), toy_policy()
        batch = demonstrations.lay_out(NecklaceTask(), Settings(), CPU).batch(np.arange(3))
        env = necklace_envs(3)
        env.set_options({"brief": demonstrations.brief[:3]})
        observation, seen = env.reset(), []
        for step in range(BEADS):
            seen.append(observation)
            observation, _, ended, _ = env.step(demonstrations.actions[:3, step])
        assert ended.all()
        stacked = {
            name: torch.as_tensor(np.stack([o[name] for o in seen], axis=1)).flatten(0, 1)
            for name in ("tokens", "brief", "action_mask")
        }
        assert torch.equal(batch.mask, stacked["action_mask"] != 0)
        assert torch.equal(batch.actions, torch.as_tensor(demonstrations.actions[:3].ravel()))
        with torch.no_grad():
            _, log_probs = policy.evaluate_works(batch)
            stepwise = policy.get_distribution(stacked).log_prob(batch.actions)
        chosen = log_probs.gather(1, batch.actions[:, None])[:, 0]
        torch.testing.assert_close(chosen, stepwise, atol=1e-5, rtol=0)

    def test_each_is_the_first_work_of_a_portfolio(self):
        works = toy_layout(works=3).batch(np.arange(2)).passes[0].context["works"]
        assert works.shape == (2, 2, 1 + BEADS) and not works.any()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda d: d.actions[:, 1].__setitem__(0, d.actions[0, 0]),  # a masked colour
            lambda d: d.length.__setitem__(0, BEADS - 1),  # not finished
        ],
        ids=["illegal", "unfinished"],
    )
    def test_what_the_rules_forbid_is_refused(self, spoil):
        demonstrations = toy_demonstrations()
        spoil(demonstrations)
        with pytest.raises(UnfitEnvironment, match="necklaces"):
            demonstrations.lay_out(NecklaceTask(), Settings(), CPU)


class TestClone:
    @pytest.mark.parametrize("name", ["attention", "mlp"])
    def test_a_policy_learns_to_act_as_shown(self, name):
        policy, works = toy_policy(policy=name), toy_layout()
        critic = copy.deepcopy(policy.value_net.state_dict())
        nats = clone(policy, works, works, epochs=60, seed=0, batch_size=64, learning_rate=0.01)
        assert nats[0] > 1.2 and min(nats) < 0.1  # log 4, nearly, and knowing them by heart
        assert cross_entropy(policy, works) == pytest.approx(min(nats))
        assert same_arrays(policy.value_net.state_dict(), critic)
        assert not policy.optimizer.state

    def test_the_best_parameters_stay(self):
        policy, works = toy_policy(), toy_layout()
        other = toy_demonstrations()
        other.actions[:] = (-other.actions) % COLOURS  # backwards: learning makes these dearer
        held_out = other.lay_out(NecklaceTask(), Settings(), CPU)
        nats = clone(policy, works, held_out, epochs=5, seed=0)
        assert min(nats) < nats[-1]
        assert cross_entropy(policy, held_out) == pytest.approx(min(nats))

    def test_the_same_seed_the_same_parameters_and_no_global_draws(self):
        states = []
        for seed in (1, 1, 2):
            policy = toy_policy()
            before = generator_states()
            clone(policy, toy_layout(), toy_layout(), epochs=2, seed=seed, batch_size=32)
            assert generator_states() == before
            states.append(policy.state_dict())
        assert same_arrays(states[0], states[1])
        assert not same_arrays(states[0], states[2])

    def test_epochs_may_be_shorter_or_longer_than_a_pass(self):
        """As many steps at the same rates, whether the policy is judged seldom or often."""
        states, judged = [], []
        for epochs, epoch in ((2, None), (4, 120), (1, 480)):
            policy = toy_policy()
            nats = clone(
                policy,
                toy_layout(),
                toy_layout(),
                epochs=epochs,
                seed=1,
                epoch=epoch,
                batch_size=60,
            )
            assert nats[-1] == min(nats)
            states.append(policy.state_dict())
            judged.append(len(nats) - 1)
        assert judged == [2, 4, 1]
        assert same_arrays(states[0], states[1]) and same_arrays(states[0], states[2])

    def test_sampling_afterwards_remembers_nothing_of_before(self):
        policy, env, seen = toy_policy(), necklace_envs(4), []
        seen.append(env.reset())
        seen += [env.step(np.array(beads))[0] for beads in ([0, 1, 2, 3], [1, 2, 3, 4])]
        seen = [{k: torch.as_tensor(v) for k, v in observation.items()} for observation in seen]
        with torch.no_grad():
            for observation in seen[:2]:
                policy.get_distribution(observation)
        clone(policy, toy_layout(), toy_layout(), epochs=1, seed=0)
        with torch.no_grad():
            sampled = policy.get_distribution(seen[2]).distribution.logits
        stepwise = policy.get_distribution(seen[2]).distribution.logits
        torch.testing.assert_close(sampled, stepwise, atol=1e-5, rtol=0)


class TestSymmetry:
    """Of necklaces whose colours are read from the other end."""

    @pytest.fixture(autouse=True)
    def symmetric(self, monkeypatch):
        monkeypatch.setattr(NecklaceTask, "symmetric_demonstrations", mirrored)

    def env_of(self, config):
        return make_training_envs(config.env, config.env_kwargs, 4)

    def test_works_come_first_and_images_have_weights_of_their_own(self):
        works, rng = toy_demonstrations((0.2, 0.6)), np.random.default_rng(1)
        both = works.with_symmetric(NecklaceTask(), Settings(novelty_weight=(0.2, 0.6)), rng)
        assert len(both) == 2 * len(works)
        for name in ("actions", "length", "brief"):
            np.testing.assert_array_equal(
                getattr(both, name)[: len(works)], getattr(works, name), err_msg=name
            )
        weight = both.brief[:, 0].reshape(2, -1)
        assert weight.min() >= 0.2 and weight.max() <= 0.6
        assert (weight[0] != weight[1]).all()
        both.lay_out(NecklaceTask(), Settings(), CPU)

    def test_learned_from_but_never_judged_by(self, monkeypatch):
        seen = {}

        def note(policy, works, held_out, **settings):
            seen[len(works)] = held_out, settings
            return [1.0, 0.5]

        monkeypatch.setattr(imitation, "clone", note)
        for augment in (False, True):
            config = tiny_config(**WITH_REFERENCE, augment=augment)
            assert clone_references(config, self.env_of(config), toy_policy()) == 0.5
        (plain, settings), (augmented, others) = (seen[n * 40 * BEADS] for n in (1, 2))
        assert settings == others and settings["epoch"] == 40 * BEADS
        for batch, other in zip(plain.in_order(64), augmented.in_order(64), strict=True):
            assert torch.equal(batch.actions, other.actions)
            for one, two in zip(batch.passes, other.passes, strict=True):
                assert torch.equal(one.context["brief"], two.context["brief"])

    def test_of_works_held_out_as_a_share_no_image_is_shown(self, monkeypatch):
        images = []

        def note(task, *works):
            images.append(works[0])
            return mirrored(task, *works)

        monkeypatch.setattr(NecklaceTask, "symmetric_demonstrations", note)
        config = tiny_config(**WITH_REFERENCE, augment=True, env_kwargs={"split": "valid"})
        clone_references(
            dataclasses.replace(config, cloning_epochs=1), self.env_of(config), toy_policy()
        )
        assert [len(actions) for actions in images] == [36]

    def test_a_policy_learns_images_only_if_shown_them(self):
        """Necklaces that begin dark are learned from; their mirror images begin light."""
        task, settings, costs = NecklaceTask(), Settings(), {}
        works = toy_demonstrations()
        dark = Demonstrations(
            *(a[works.actions[:, 0] < 2] for a in (works.actions, works.length, works.brief))
        )
        both = dark.with_symmetric(task, settings, np.random.default_rng(0))
        unseen = both[len(dark) :].lay_out(task, settings, CPU)
        for name, shown in (("plain", dark), ("augmented", both)):
            policy, layout = toy_policy(), shown.lay_out(task, settings, CPU)
            clone(policy, layout, layout, epochs=60, seed=0, batch_size=32, learning_rate=0.01)
            costs[name] = cross_entropy(policy, unseen)
        assert costs["augmented"] < 0.2 < 1 < costs["plain"]


class TestCritic:
    @pytest.mark.parametrize("works", [1, 3])
    def test_expects_what_the_policys_works_earn_and_changes_nothing_else(self, works):
        config = tiny_config(env_kwargs={"works": works}, reward_scale=5.0)
        env = make_training_envs(config.env, config.env_kwargs, 4, config.reward_scale)
        policy = make_model(config, env, CPU).policy
        before, generators = copy.deepcopy(policy.state_dict()), generator_states()
        fit_critic(config, env, policy)
        after = policy.state_dict()
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert changed == {"value_net.weight", "value_net.bias"}
        assert generator_states() == generators
        fitted = self.error(policy, works)
        policy.load_state_dict(before)
        assert fitted < 0.98 < 2 < self.error(policy, works)

    @torch.no_grad()
    def error(self, policy, works):
        """Mean squared error of values, over the variance of the returns, in new works."""
        env = necklace_envs(200, works=works, reward_scale=5.0)
        env.seed(77)
        observation, values, rewards = env.reset(), [], []
        for _ in range(works * BEADS):
            seen = {name: torch.as_tensor(array) for name, array in observation.items()}
            actions, value, _ = policy(seen)
            observation, reward, _, _ = env.step(actions.numpy())
            values.append(value[:, 0].numpy())
            rewards.append(reward)
        returns = np.cumsum(rewards[::-1], axis=0)[::-1]
        return np.mean((values - returns) ** 2) / returns.var()


class TestWarmStart:
    def start(self, folder, **settings):
        config = tiny_config(**WITH_REFERENCE, **settings)
        env = make_training_envs(config.env, config.env_kwargs, config.n_envs)
        model = make_model(config, env, CPU)
        warm_start(config, env, model, RunFolder(folder))
        return model

    def test_nothing_is_cloned_from_scratch(self, tmp_path):
        config, model = tiny_config(prior_coef=0.1), toy_model()
        before = copy.deepcopy(model.policy.state_dict())
        warm_start(config, model.get_env(), model, RunFolder(tmp_path))
        assert same_arrays(model.policy.state_dict(), before)
        assert model.prior is None and not list(tmp_path.iterdir())

    def test_clones_once_and_then_loads(self, tmp_path):
        first = self.start(tmp_path)
        (stored,) = tmp_path.glob("prior/*/policy.safetensors")
        before = stored.read_bytes()
        again = self.start(tmp_path)
        assert same_arrays(first.policy.state_dict(), again.policy.state_dict())
        assert stored.read_bytes() == before
        assert not same_arrays(first.policy.state_dict(), toy_policy().state_dict())
        assert first.prior is None and not first.policy.optimizer.state

    def test_a_run_that_has_begun_needs_its_prior(self, tmp_path):
        self.start(tmp_path)
        shutil.rmtree(tmp_path / "prior")
        (tmp_path / "checkpoints" / "step_000000000096").mkdir(parents=True)
        with pytest.raises(CheckpointError, match="missing"):
            self.start(tmp_path)

    def test_a_damaged_prior_is_refused(self, tmp_path):
        self.start(tmp_path)
        (stored,) = tmp_path.glob("prior/*/policy.safetensors")
        stored.write_bytes(stored.read_bytes()[:-1] + b"?")
        with pytest.raises(CheckpointError, match=r"policy\.safetensors is damaged"):
            self.start(tmp_path)

    def test_a_prior_of_another_size_is_refused(self, tmp_path):
        self.start(tmp_path)
        with pytest.raises(CheckpointError, match="prior"):
            self.start(tmp_path, size="small")

    def test_a_domain_without_demonstrations_is_named(self, tmp_path, monkeypatch):
        monkeypatch.delattr(NecklaceTask, "demonstrations")
        with pytest.raises(ConfigError, match=r"Necklaces-v0 .*from-scratch"):
            self.start(tmp_path)

    @pytest.mark.parametrize(("count", "split"), [(0, "train"), (1, "valid")])
    def test_too_few_demonstrations_are_refused(self, tmp_path, monkeypatch, count, split):
        shown = NecklaceTask.demonstrations
        monkeypatch.setattr(NecklaceTask, "demonstrations", lambda task, _: shown(task, count))
        with pytest.raises(ConfigError, match="too few"):
            self.start(tmp_path, env_kwargs={"split": split})

    def test_without_a_validation_split_a_share_is_held_out(self):
        config = tiny_config(env_kwargs={"split": "valid"})
        works, held_out = gather(config, make_training_envs(config.env, config.env_kwargs, 4))
        assert (len(works), len(held_out)) == (36, 4)

    def test_a_domain_without_symmetries_is_named(self, tmp_path):
        with pytest.raises(ConfigError, match=r"Necklaces-v0 .*augment=false"):
            self.start(tmp_path, augment=True)

    def test_plain_ppo_starts_warm_but_knows_no_prior(self, tmp_path):
        self.start(tmp_path, algorithm="ppo")
        with pytest.raises(ConfigError, match="prior_coef=0"):
            self.start(tmp_path, algorithm="ppo", prior_coef=0.1)


class TestTraining:
    def run(self, path, **settings):
        config = tiny_config(**WITH_REFERENCE, media_every=0, **settings)
        return train(config, RunFolder.create(config, path))

    def test_the_prior_never_changes_and_holds_the_policy_back(self, tmp_path):
        distance = {}
        for coefficient in (0.0, 0.01, 100.0):
            path = tmp_path / str(coefficient)
            policy = self.run(path, prior_coef=coefficient, learning_rate=3e-3).policy
            prior = toy_policy()
            load_policy(prior, newest(RunFolder(path).prior), "")
            assert not same_arrays(policy.state_dict(), prior.state_dict())
            distance[coefficient] = self.divergence(policy, prior)
        assert distance[100.0] < 0.5 * min(distance[0.0], distance[0.01])

    def test_learning_leaves_the_prior_as_it_is(self, tmp_path):
        config = tiny_config(**WITH_REFERENCE, prior_coef=0.5)
        env = make_training_envs(config.env, config.env_kwargs, config.n_envs)
        model = make_model(config, env, CPU)
        warm_start(config, env, model, RunFolder(tmp_path))
        before = copy.deepcopy(model.prior.state_dict())
        model.learn(2 * config.rollout)
        assert same_arrays(model.prior.state_dict(), before)
        assert not same_arrays(model.policy.state_dict(), before)
        assert all(parameter.grad is None for parameter in model.prior.parameters())

    def test_a_resumed_run_equals_an_uninterrupted_one(self, tmp_path):
        config = tiny_config(**WITH_REFERENCE, media_every=0, prior_coef=0.5)
        folder = RunFolder.create(config, tmp_path)
        whole = train(config, folder).policy
        shutil.rmtree(latest(folder.checkpoints))
        assert latest(folder.checkpoints).name == "step_000000000384"
        resumed = train(config, folder).policy
        assert same_arrays(resumed.state_dict(), whole.state_dict())

    @torch.no_grad()
    def divergence(self, policy, prior):
        batch = toy_layout().batch(np.arange(10))
        (_, ours), (_, theirs) = policy.evaluate_works(batch), prior.evaluate_works(batch)
        return (ours.exp() * (ours - theirs)).sum(dim=1).mean().item()


def test_melodies_are_cloned_for_portfolios(monkeypatch):
    monkeypatch.setattr(demonstrations, "MOST_WORKS", 64)
    config = tiny_config(env="creative_envs/MelodyPortfolio-v0", seed=2)
    env = make_training_envs(config.env, config.env_kwargs, 4)
    policy = make_model(config, env, CPU).policy
    works, held_out = (
        part.lay_out(env.env.task, env.env.settings, CPU) for part in gather(config, env)
    )
    nats = clone(policy, works, held_out, epochs=2, seed=0, batch_size=512)
    assert nats[0] == pytest.approx(np.log(120), abs=0.2)  # so many actions are legal, about
    assert nats[-1] < nats[0] - 1
