"""Quantile-regression DQN of sb3-contrib: any algorithm of the Stable-Baselines3 family."""

from sb3_contrib import QRDQN

from creative_envs.benchmark.adapters.sb3 import SB3Agent


class ContribQRDQN(SB3Agent):
    """QR-DQN, which learns the distribution of returns."""

    algorithm = QRDQN
    envs = 16
    settings = {
        "buffer_size": 20_000,
        "learning_starts": 1_000,
        "train_freq": 8,
        "gradient_steps": 2,
        "gamma": 1.0,
        "policy_kwargs": {"n_quantiles": 25},
    }
