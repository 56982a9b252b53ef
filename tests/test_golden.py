"""Environments still do what they did when their version was made."""

from __future__ import annotations

import json

import pytest

from tests.golden.trajectories import RECORDED, STEPS, path_of, record


@pytest.mark.parametrize("name", RECORDED)
def test_trajectories_are_those_recorded(name):
    recorded, played = json.loads(path_of(name).read_text()), record(name)
    assert (recorded["id"], recorded["arguments"]) == (played["id"], played["arguments"])
    for old, new in zip(recorded["trajectories"], played["trajectories"], strict=True):
        assert new["observations"] == old["observations"], f"seed {old['seed']}"
        assert new["rewards"] == pytest.approx(old["rewards"], abs=2e-6)
        assert len(new["rewards"]) == STEPS and len(new["works"]) > 0
        for old_terms, new_terms in zip(old["works"], new["works"], strict=True):
            assert new_terms == pytest.approx(old_terms, abs=2e-6)


def test_seeds_differ():
    for name in RECORDED:
        first, second = json.loads(path_of(name).read_text())["trajectories"]
        assert first["observations"] != second["observations"]
        assert first["rewards"] != second["rewards"]
