import json

import pytest

from agents.joint.records import START, Evaluated, Outcome
from agents.joint.report import geometric_mean, make_reports
from creative_envs.benchmark.statistics import estimate


def outcome(arm, *moments, seed=0, parameters=300):
    """Of two domains; moments are (stage, reward of a, reward of b)."""
    evaluated = [
        Evaluated(
            stage,
            {
                "a": {"reward": a, "quality": a + 0.25},
                "b": {"reward": b, "quality": b + 0.25},
            },
        )
        for stage, a, b in [(START, 0.125, 0.0625), *moments]
    ]
    return Outcome(arm, seed, parameters, 10.0, {"a": 100, "b": 200}, evaluated)


ALONE = [outcome("alone", ("everything", 0.5, 0.25)), outcome("alone", ("everything", 0.5, 0.5))]
JOINT = [
    outcome("joint", ("everything", 0.25, 0.5), parameters=200),
    outcome("joint", ("everything", 0.5, 0.125), parameters=200),
]
IN_TURN = [
    outcome("in-turn", ("a", 0.5, 0.0625), ("b", 0.125, 0.375)),
    outcome("in-turn", ("a", 0.5, 0.0625), ("b", 0.375, 0.25)),
]
REHEARSAL = [
    outcome("rehearsal", ("a", 0.25, 0.0625), ("b", 0.5, 0.25)),
    outcome("rehearsal", ("a", 0.25, 0.0625), ("b", 0.5, 0.25)),
]
EVERYTHING = {"alone": ALONE, "joint": JOINT, "in-turn": IN_TURN, "rehearsal": REHEARSAL}


def section(report, beginning):
    (found,) = [s for s in report.sections if s.title.startswith(beginning)]
    return {row.name: row for row in found.rows}


def cells(row):
    return {column: cell.value for column, cell in row.cells.items()}


def test_scores_stand_beside_untrained_ones():
    arms, _ = make_reports(EVERYTHING)
    reward = section(arms, "Reward of works")
    # With two seeds the interquartile mean is the mean.
    assert cells(reward["a"]) == {
        "untrained": 0.125, "alone": 0.5, "joint": 0.375, "in-turn": 0.25, "rehearsal": 0.5,
    }  # fmt: skip
    assert reward["b"].cells["joint"] == estimate([0.5, 0.125])
    assert section(arms, "Quality of works")["a"].cells["alone"].value == 0.75


def test_transfer_ratios_are_taken_seed_by_seed():
    arms, _ = make_reports(EVERYTHING)
    ratio = section(arms, "Transfer ratio")
    assert ratio["a"].values["joint"] == [0.5, 1.0]
    assert ratio["b"].values["joint"] == [2.0, 0.25]
    # A half and a double cancel out; the root of 1 x 0.25 is a half.
    assert ratio["all"].values["joint"] == pytest.approx([1.0, 0.5])
    assert list(ratio["all"].cells) == ["joint", "in-turn", "rehearsal"]


def test_the_matrix_tells_what_was_forgotten():
    _, stages = make_reports(EVERYTHING)
    rows = section(stages, "In turn, without")
    assert list(rows) == ["at the start", "after a", "after b", "forgotten", "forward transfer"]
    assert cells(rows["after a"]) == {"a": 0.5, "b": 0.0625, "mean": 0.28125}
    assert cells(rows["after b"]) == {"a": 0.25, "b": 0.3125, "mean": 0.28125}
    assert rows["forgotten"].values == {"a": [0.375, 0.125], "mean": [0.375, 0.125]}
    assert rows["forward transfer"].values == {"b": [1.5, 0.5], "mean": [1.5, 0.5]}


def test_what_improves_later_is_forgotten_by_less_than_nothing():
    _, stages = make_reports(EVERYTHING)
    assert section(stages, "In turn, with rehearsal")["forgotten"].values["a"] == [-0.25, -0.25]


def test_the_mean_forgotten_is_over_all_domains_but_the_last():
    def three(a, b):
        scores = [(START, 0, 0, 0), ("a", 0.5, 0, 0), ("b", 0.5, 0.5, 0), ("c", a, b, 0.25)]
        moments = [
            Evaluated(
                stage,
                {name: {"reward": r, "quality": r} for name, r in zip("abc", found, strict=True)},
            )
            for stage, *found in scores
        ]
        return Outcome("in-turn", 0, 1, 1.0, {"a": 1, "b": 1, "c": 1}, moments)

    _, stages = make_reports({"in-turn": [three(0.25, 0.375), three(0.0, 0.5)]})
    forgotten = section(stages, "In turn, without")["forgotten"].values
    assert forgotten == {"a": [0.25, 0.5], "b": [0.125, 0.0], "mean": [0.1875, 0.25]}


def test_costs_are_told():
    costs = section(make_reports(EVERYTHING)[0], "Cost")
    assert cells(costs["parameters"])["alone"] == 300
    assert cells(costs["parameters"])["joint"] == 200
    assert cells(costs["CPU seconds of learning"])["in-turn"] == 10


def test_parts_of_a_study_are_reported_for_what_they_tell():
    (only,) = make_reports({"joint": JOINT})
    assert not any(s.title.startswith("Transfer ratio") for s in only.sections)
    _, stages = make_reports({"in-turn": IN_TURN})
    assert "forward transfer" not in section(stages, "In turn")


def test_ratios_over_nothing_are_not_told():
    nothing = [outcome("alone", ("everything", 0.0, 0.5))] * 2
    ratio = section(make_reports({"alone": nothing, "joint": JOINT})[0], "Transfer ratio")
    assert not ratio["a"].cells and not ratio["all"].cells
    assert ratio["b"].values["joint"] == [1.0, 0.25]


def test_reports_are_text_and_json():
    for report in make_reports(EVERYTHING):
        assert "NaN" not in json.dumps(report.as_json())
        assert "Interquartile mean over 2 seeds" in str(report)
    text = "\n".join(map(str, make_reports(EVERYTHING)))
    assert "a 100, b 200" in text
    assert "0.375 [0.250, 0.500]" in text


def test_geometric_mean():
    assert geometric_mean([4, 0.25, 1]) == pytest.approx(1)
    assert geometric_mean([8, 1, 1]) == pytest.approx(2)
