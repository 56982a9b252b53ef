from collections import Counter

import pytest

from agents.errors import ConfigError
from agents.joint.curriculum import ARMS, interleaved, stages_of

# Rollouts at 0.3 of the presets.
ROLLOUTS = {"melody": 81, "patches": 70, "tactics": 33}


def test_domains_are_equally_far_at_all_times():
    assert interleaved({"a": 2, "b": 1}) == ("a", "b", "a")
    assert interleaved({"a": 1, "b": 1}) == ("a", "b")
    turns = interleaved(ROLLOUTS)
    for length in range(len(turns) + 1):
        count = Counter(turns[:length])
        shares = [count[name] / total for name, total in ROLLOUTS.items()]
        assert max(shares) - min(shares) <= 1 / 33


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_has_the_same_rollouts(arm):
    stages = stages_of(arm, ROLLOUTS, 0.2)
    assert Counter(turn for stage in stages for turn in stage.turns) == ROLLOUTS


def test_domains_come_one_after_another():
    stages = stages_of("in-turn", {"a": 2, "b": 1}, 0.2)
    assert stages == [("a", ("a", "a")), ("b", ("b",))]
    assert stages_of("alone", {"a": 2, "b": 1}, 0.2) == [("everything", ("a", "a", "b"))]


def test_rehearsal_takes_its_share_of_later_stages():
    melody, patches, tactics = stages_of("rehearsal", ROLLOUTS, 0.2)
    # Of tactics' stage a fifth, 8 beside 33, is for the two before; of patches', 16 beside 66.
    assert Counter(tactics.turns) == {"tactics": 33, "melody": 4, "patches": 4}
    assert Counter(patches.turns) == {"patches": 66, "melody": 16}
    assert Counter(melody.turns) == {"melody": 81 - 4 - 16}
    assert patches.name == "patches"
    # Spread over the stage, not at one of its ends.
    first_half = Counter(patches.turns[: len(patches.turns) // 2])
    assert first_half["melody"] == 8


def test_odd_rollouts_go_to_the_first():
    *_, last = stages_of("rehearsal", {"a": 20, "b": 9, "c": 3}, 0.5)
    assert Counter(last.turns) == {"c": 3, "a": 2, "b": 1}


def test_rehearsal_that_leaves_no_stage_is_refused():
    with pytest.raises(ConfigError, match="stage of a: lower --rehearsal"):
        stages_of("rehearsal", {"a": 4, "b": 8}, 0.5)
