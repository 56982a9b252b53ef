import numpy as np
import pytest
import torch

from agents.errors import RatioMismatch
from agents.joint.learner import Learner
from agents.joint.records import START
from agents.joint.sharing import share_trunk
from agents.joint.training import train_arm
from agents.ppo import algorithm
from agents.runs import RunFolder
from agents.training import train
from tests.agents.joint.domains import toy_configs, toy_learners
from tests.agents.necklaces import same_arrays


def parameters(learner):
    return learner.policy.state_dict()


def tell_nobody(words):
    pass


def learn_all(learners):
    for _ in range(learners[0].rollouts):
        for learner in learners:
            learner.learn_rollout()


def outcome_of(arm, **settings):
    return train_arm(arm, toy_configs(**settings), works=8, rehearsal=0.25, tell=tell_nobody)


@pytest.fixture
def ratio_errors(monkeypatch):
    """How far the first ratios of every update were from 1."""
    found = []

    def note(error, tolerance):
        found.append(error)
        if error > tolerance:
            raise RatioMismatch(str(error))

    monkeypatch.setattr(algorithm, "check_ratio", note)
    return found


def test_nothing_shared_is_what_train_agent_trains(tmp_path):
    """Bit for bit, although two domains learn in turn here."""
    learners = toy_learners(seed=3)
    learn_all(learners)
    for learner in learners:
        folder = RunFolder.create(learner.config, tmp_path / learner.config.env.rpartition("/")[2])
        trained = train(learner.config, folder)
        assert same_arrays(trained.policy.state_dict(), parameters(learner))
        assert [entry["reward"] for entry in trained.history] == [
            entry["reward"] for entry in learner.history
        ]


def test_the_first_stage_is_learned_as_if_alone():
    alone, _ = toy_learners()
    shared = toy_learners()
    share_trunk([learner.policy for learner in shared])
    for _ in range(2):
        alone.learn_rollout()
        shared[0].learn_rollout()
    assert same_arrays(parameters(alone), parameters(shared[0]))


def test_evaluations_change_nothing_that_is_learned():
    looked_at, left_alone = toy_learners()[0], toy_learners()[0]
    for _ in range(2):
        assert looked_at.evaluate(8) == looked_at.evaluate(8)
        looked_at.learn_rollout()
        left_alone.learn_rollout()
    assert same_arrays(parameters(looked_at), parameters(left_alone))


def test_updates_see_the_policy_that_sampled(ratio_errors):
    learners = toy_learners()
    share_trunk([learner.policy for learner in learners])
    learn_all(learners)
    assert len(ratio_errors) == 8
    assert max(ratio_errors) < 1e-5


def test_another_domain_that_learns_before_the_update_is_found_out(monkeypatch):
    one, other = toy_learners()
    share_trunk([one.policy, other.policy])
    update = one.model.train

    def update_too_late():
        other.learn_rollout()
        update()

    monkeypatch.setattr(one.model, "train", update_too_late)
    with pytest.raises(RatioMismatch):
        one.learn_rollout()


def test_schedules_run_over_all_steps_of_a_domain():
    config = toy_configs(ent_coef=0.5, final_ent_coef=0.1, final_learning_rate=0.5)["Fields"]
    learner = Learner(config)
    seen = []
    for _ in range(learner.rollouts):
        learner.learn_rollout()
        seen.append((learner.model.ent_coef, learner.policy.optimizer.param_groups[0]["lr"]))
    # Entropy as at the start of each of four rollouts, the rate as at its end.
    assert np.array(seen)[:, 0] == pytest.approx([0.5, 0.4, 0.3, 0.2])
    assert np.array(seen)[:, 1] / config.learning_rate == pytest.approx([0.875, 0.75, 0.625, 0.5])


def test_environments_are_made_as_settings_say():
    env = Learner(toy_configs(credit="work", n_envs=3, reward_scale=2.0)["Fields"]).model.env
    assert (env.credit, env.num_envs, env.reward_scale) == ("work", 3, 2.0)


@pytest.mark.parametrize(
    ("arm", "stages"),
    [
        ("alone", ["everything"]),
        ("joint", ["everything"]),
        ("in-turn", ["Necklaces", "Fields"]),
        ("rehearsal", ["Necklaces", "Fields"]),
    ],
)
def test_every_arm_learns_from_the_same_steps(arm, stages):
    outcome = outcome_of(arm)
    assert outcome.steps == {"Necklaces": 224, "Fields": 224}
    assert [moment.stage for moment in outcome.evaluated] == [START, *stages]
    assert [point["timesteps"] for point in outcome.curves["Fields"]] == [56, 112, 168, 224]
    assert outcome.cpu_seconds > 0
    assert torch.get_num_threads() == 1


def test_stages_touch_what_they_should():
    alone, in_turn = outcome_of("alone"), outcome_of("in-turn")
    assert in_turn.parameters < alone.parameters
    scores = [moment.domains for moment in in_turn.evaluated]
    assert scores[0]["Necklaces"] == alone.evaluated[0].domains["Necklaces"]
    # The first domain has nothing before it, and its works change with the second's updates.
    assert scores[1]["Necklaces"] == alone.evaluated[1].domains["Necklaces"]
    assert scores[2]["Necklaces"] != scores[1]["Necklaces"]


def test_an_arm_is_repeated_exactly_and_tells_how_far_it_is():
    words = []
    first = train_arm("joint", toy_configs(), 8, 0.25, words.append)
    second = outcome_of("joint")
    assert first.evaluated == second.evaluated
    assert first.curves == second.curves
    assert outcome_of("joint", seed=1).evaluated != first.evaluated
    assert words[-1].startswith("100% after ")
    assert "Necklaces 0." in words[-1] and "Fields 0." in words[-1]
