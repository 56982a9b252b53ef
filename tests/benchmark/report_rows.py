"""Made-up results, whose numbers are known."""

import numpy as np

YIELDS = {"reference": 1.0, "strong": 0.8, "weak": 0.4, "elite-noise": 0.1, "memoriser": 0.0}


def row(environment="Toy", agent="strong", seed=0, value=0.5, status="ok", suite_sha="5" * 64):
    """A cell's results; those without a yield have no metrics."""
    metrics = {"yield": value, "quality": value / 2, "vendi": 10 * value, "novelty_percentile": 61}
    return {
        "suite": "toy-v1",
        "environment": environment,
        "agent": agent,
        "seed": seed,
        "status": status,
        "metrics": metrics if status == "ok" else {},
        "curve": [{"steps": 100 * k, "reward": 0.1 * k, "yield": value * k / 3} for k in (1, 2, 3)],
        "shown": {"best": [1], "median": [0], "random": [0]},
        "run": {
            "steps": 300,
            "budget": 300,
            "seconds": {"train": 2.5},
            "error": "Traceback\nValueError: too <bad>" if status == "failed" else "",
            "deterministic": agent == "memoriser",
            "sha256": {"suite": suite_sha, "references": "7" * 64, "agent": None},
            "versions": {"numpy": "2.0"},
            "hardware": {"processor": "slow"},
            "device": "cpu",
        },
    }


def rows(seeds=4, environments=("Toy", "Other"), yields=YIELDS, noise=0.02):
    """Every agent in every environment."""
    rng = np.random.default_rng(0)
    return [
        row(environment, agent, seed, level + noise * rng.random() * (agent != "reference"))
        for environment in environments
        for agent, level in yields.items()
        for seed in range(seeds)
    ]
