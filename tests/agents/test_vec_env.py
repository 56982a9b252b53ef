import copy

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

from creative_envs import sample_legal
from tests.agents.necklaces import NECKLACES, necklace_envs, same_arrays
from tests.toy_domain import BEADS


def play(env, steps, seed):
    env.seed(seed)
    observation = env.reset()
    rng = np.random.default_rng(0)
    for _ in range(steps):
        actions = sample_legal(observation["action_mask"], rng)
        observation, reward, done, infos = env.step(actions)
        yield actions, observation, reward, done, infos


@pytest.mark.parametrize("works", [1, 3])
def test_equals_the_native_environment_step_by_step(works):
    native = gym.make_vec(NECKLACES, 4, autoreset_mode="SAME_STEP", works=works)
    native.reset(seed=3)
    episodes, works_told = 0, 0
    for actions, observation, reward, done, infos in play(necklace_envs(works=works), 40, seed=3):
        expected, expected_reward, terminated, _, info = native.step(actions)
        assert same_arrays(observation, expected)
        assert np.array_equal(reward, expected_reward.astype(np.float32))
        assert np.array_equal(done, terminated)
        works_told += sum("work" in info for info in infos)
        for row in done.nonzero()[0]:
            episodes += 1
            assert same_arrays(infos[row]["terminal_observation"], info["final_obs"][row])
            assert infos[row]["TimeLimit.truncated"] is False
            assert infos[row]["episode"]["l"] == BEADS * works
            assert infos[row]["work"]["length"] == BEADS
    assert episodes == 4 * (40 // (BEADS * works))
    assert works_told == 4 * (40 // BEADS)


def test_episode_return_is_the_unscaled_sum_of_rewards():
    sums = np.zeros(4)
    for _, _, reward, done, infos in play(necklace_envs(reward_scale=4.0, works=2), 36, seed=1):
        sums += reward
        for row in done.nonzero()[0]:
            assert infos[row]["episode"]["r"] * 4 == pytest.approx(sums[row], rel=1e-5)
        sums[done] = 0


def test_info_work_has_plain_values():
    work = next(
        infos[0]["work"] for *_, infos in play(necklace_envs(), 10, seed=1) if "work" in infos[0]
    )
    assert isinstance(work["quality"], float)
    assert set(work["terms"]) == {"evenness", "first_bead"}
    assert work["tokens"].shape == (BEADS, 1)
    assert not any(key.startswith("_") for key in (*work, *work["terms"]))


def test_observations_are_never_written_again():
    kept = [(obs, copy.deepcopy(obs)) for _, obs, *_ in play(necklace_envs(), 20, seed=0)]
    assert all(same_arrays(seen, copied) for seen, copied in kept)


def test_seed_decides_everything():
    runs = [list(play(necklace_envs(), 15, seed)) for seed in (5, 5, 6)]
    same, other = ([step[1]["brief"] for step in run] for run in (runs[1], runs[2]))
    first = [step[1]["brief"] for step in runs[0]]
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_state_round_trip_continues_exactly():
    env, other = necklace_envs(works=2), necklace_envs(works=2)
    for _ in play(env, 9, seed=2):
        pass
    other.set_state(env.get_state())
    mask = np.stack(env.env_method("action_masks"))
    rng = np.random.default_rng(1)
    for _ in range(30):
        actions = sample_legal(mask, rng)
        stepped, twin = env.step(actions), other.step(actions)
        assert same_arrays(stepped[0], twin[0])
        assert np.array_equal(stepped[1], twin[1])
        episodes = [[i["episode"]["r"] for i in s[3] if "episode" in i] for s in (stepped, twin)]
        assert episodes[0] == episodes[1]
        mask = stepped[0]["action_mask"]


def test_masks_reach_sb3_contrib():
    env = necklace_envs()
    observation = env.reset()
    assert is_masking_supported(env)
    assert np.array_equal(get_action_masks(env), observation["action_mask"].astype(bool))
    assert len(env.env_method("action_masks", indices=[1, 2])) == 2


def test_maskable_ppo_trains():
    env = necklace_envs(works=2)
    model = MaskablePPO("MultiInputPolicy", env, n_steps=16, batch_size=32, seed=0)
    before = copy.deepcopy(model.policy.state_dict())
    model.learn(128)
    assert not same_arrays(before, model.policy.state_dict())
    assert len(model.ep_info_buffer) > 0


def test_another_reset_mode_is_refused():
    from agents.vec_env import SB3VecEnv

    with pytest.raises(ValueError, match="SAME_STEP"):
        SB3VecEnv(gym.make_vec(NECKLACES, 2, autoreset_mode="NEXT_STEP"))


def test_credit_by_work_ends_every_work_and_changes_nothing_else():
    plain = play(necklace_envs(works=3), 40, seed=2)
    own = play(necklace_envs(works=3, credit="work"), 40, seed=2)
    ends = 0
    for (*_, observation, reward, done, infos), (*_, seen, paid, ended, told) in zip(
        plain, own, strict=True
    ):
        assert same_arrays(observation, seen)
        assert np.array_equal(reward, paid)
        assert np.array_equal(ended, ["work" in info for info in told])
        assert [info.get("episode", {}).get("r") for info in infos] == [
            info.get("episode", {}).get("r") for info in told
        ]
        assert (ended >= done).all()
        ends += int(ended.sum())
    assert ends == 4 * (40 // BEADS)


def test_shared_credit_charges_works_for_what_they_take_from_others():
    """Worked out again from the works themselves."""
    own = play(necklace_envs(works=3, credit="work"), 60, seed=2)
    shared = play(necklace_envs(works=3, credit="shared"), 60, seed=2)
    qualities: list[list[float]] = [[] for _ in range(4)]
    charged = 0
    for (_, _, paid, ended, told), (_, _, less, ended_too, _) in zip(own, shared, strict=True):
        assert np.array_equal(ended, ended_too)
        for row, info in enumerate(told):
            expected = 0.0
            if "work" in info:
                work, others = info["work"], qualities[row]
                if others:
                    expected = 0.5 * np.mean(others) * (1 - work["novelty"])
                others.append(work["quality"])
                if "episode" in info:
                    others.clear()
            assert paid[row] - less[row] == pytest.approx(expected, abs=1e-6)
            charged += expected > 0
    assert charged > 8


def test_shared_credit_survives_a_round_trip_of_states():
    env = necklace_envs(works=3, credit="shared")
    for _ in play(env, 2 * BEADS + 2, seed=5):
        pass
    other = necklace_envs(works=3, credit="shared")
    other.reset()
    other.set_state(copy.deepcopy(env.get_state()))
    rng = np.random.default_rng(1)
    for _ in range(3 * BEADS):
        actions = sample_legal(env.env.action_masks().astype(np.int8), rng)
        assert np.array_equal(env.step(actions)[1], other.step(actions)[1])


def test_staggered_portfolios_end_at_different_times():
    lengths = {row: [] for row in range(4)}
    for *_, done, infos in play(necklace_envs(works=3, staggered=True), 8 * BEADS, seed=2):
        for row in done.nonzero()[0]:
            lengths[int(row)].append(infos[row]["episode"]["l"] // BEADS)
    assert [each[:2] for each in lengths.values()] == [[3, 3], [2, 3], [1, 3], [3, 3]]
