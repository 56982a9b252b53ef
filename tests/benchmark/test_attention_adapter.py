from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("stable_baselines3")

import torch

from creative_envs.benchmark.adapters.attention import PPOAttention
from creative_envs.benchmark.suite import Environment, load_suite
from tests.benchmark.baseline_training import actions_of, new_context, sample

TACTICS = load_suite("quick").environment("TacticDesign")
PORTFOLIOS = replace(TACTICS, id="creative_envs/TacticPortfolio-v0", arguments={"works": 2})
BUDGET = 640


def trained(folder: Path, environment: Environment = TACTICS, seed: int = 0) -> Any:
    return PPOAttention().train(new_context(folder, environment, seed, BUDGET))


def test_a_seed_decides_what_is_learnt(tmp_path: Path) -> None:
    one, same, other = (trained(tmp_path, seed=seed).policy.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(values, same[name]) for name, values in one.items())
    assert not all(torch.equal(values, other[name]) for name, values in one.items())


def test_the_budget_is_learnt_from_and_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents.ppo.algorithm import CausalPPO

    updates: list[float] = []
    monkeypatch.setattr(CausalPPO, "train", lambda self: updates.append(self.ent_coef))
    context = new_context(tmp_path, TACTICS, 0, 6_000)
    PPOAttention().train(context)
    assert 6_000 - 32 < context.meter.spent <= 6_000
    assert len(updates) == 3
    assert updates[0] == 0.01 > updates[1] > updates[2] > 0.001
    assert {path.name for path in context.folder.iterdir()} <= {"meter"} | {
        path.name for path in context.folder.glob("*.jsonl")
    }


def test_works_are_drawn_by_the_seed_of_the_policy(tmp_path: Path) -> None:
    policy = trained(tmp_path)
    before = torch.get_rng_state()
    one, same, other = (sample(policy, TACTICS, 8, seed) for seed in (0, 0, 1))
    assert actions_of(one) == actions_of(same) != actions_of(other)
    assert torch.equal(torch.get_rng_state(), before)


def test_portfolios_start_from_nothing(tmp_path: Path) -> None:
    config = PPOAttention().config(new_context(tmp_path, PORTFOLIOS, 4, 20_000))
    assert (config.start, config.track, config.seed) == (None, "from-scratch", 4)
    assert config.credit == "work"
    assert len(sample(trained(tmp_path, PORTFOLIOS), PORTFOLIOS, 4).episodes) == 2


def test_presets_are_cut_to_short_budgets(tmp_path: Path) -> None:
    short, long = (
        PPOAttention().config(new_context(tmp_path, TACTICS, 0, budget))
        for budget in (20_000, 2_000_000)
    )
    assert (long.n_envs, long.n_steps, long.batch_size) == (128, 64, 2048)
    assert short.n_envs * short.n_steps * 10 <= 20_000
    assert short.learning_rate == long.learning_rate
