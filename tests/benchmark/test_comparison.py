import numpy as np
import pytest

from creative_envs.benchmark.comparison import change, compare
from creative_envs.benchmark.errors import InvalidResults
from tests.benchmark.report_rows import row, rows

BEFORE = [0.50, 0.52, 0.48, 0.51]


def of(values, agent="strong", environment="Toy", **kwargs):
    return [row(environment, agent, seed, value, **kwargs) for seed, value in enumerate(values)]


def test_results_compared_with_themselves_show_no_difference():
    found = compare(rows(), rows())
    assert len(found.differences) == 10 and not found.regressions
    assert all(one.change.value == 0 for one in found.differences)
    assert "0 regressions of 10 compared." in str(found)


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([0.30, 0.31, 0.29, 0.30], "worse"),
        ([0.70, 0.71, 0.69, 0.70], "better"),
        ([0.30, 0.70, 0.50, 0.45], "no difference shown"),
        ([0.10, 0.11], "too few seeds"),
    ],
)
def test_only_an_interval_wholly_below_nothing_is_a_regression(after, verdict):
    found = compare(of(BEFORE), of(after))
    assert found.differences[0].verdict == verdict
    assert bool(found.regressions) == (verdict == "worse")
    assert verdict in str(found)


def test_the_difference_is_of_interquartile_means():
    found = change([0.0, 1.0, 2.0, 50.0], [1.0, 2.0, 3.0, 4.0])
    assert found.value == pytest.approx(2.5 - 1.5)
    assert found.low < found.value < found.high


def test_its_interval_is_that_of_resampling_both_sides():
    rng = np.random.default_rng(1)
    old, new = rng.random(5), rng.random(5) + 0.2
    drawn = [
        np.sort(rng.choice(new, 5))[1:4].mean() - np.sort(rng.choice(old, 5))[1:4].mean()
        for _ in range(6_000)
    ]
    found = change(old, new)
    assert [found.low, found.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.03)


def test_rounding_is_no_regression():
    assert not compare(of(BEFORE), of([value - 1e-12 for value in BEFORE])).regressions


def test_an_agent_that_only_fails_now_is_a_regression():
    found = compare(of(BEFORE), of(BEFORE, status="failed"))
    assert [one.verdict for one in found.regressions] == ["fails now"]
    assert not compare(of(BEFORE, status="failed"), of(BEFORE)).regressions


def test_what_is_in_one_folder_only_is_told():
    found = compare(of(BEFORE) + of(BEFORE, "old"), of(BEFORE) + of(BEFORE, "new"))
    assert found.alone == ("only before: Toy, old", "only after: Toy, new")
    assert [one.agent for one in found.differences] == ["strong"]


def test_ids_and_short_names_mean_the_same_environment():
    found = compare(
        of(BEFORE),
        of(BEFORE, environment="creative_envs/Toy-v0"),
    )
    assert [one.environment for one in found.differences] == ["Toy"]


def other_suite():
    return [{**one, "suite": "full-v1"} for one in of(BEFORE)]


def other_references():
    found = of(BEFORE)
    for one in found:
        one["run"]["sha256"]["references"] = "other"
    return found


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (of(BEFORE, suite_sha="6" * 64), "different content"),
        (other_suite(), "different suites"),
        (other_references(), "different references"),
        (of(BEFORE, "somebody else"), "nothing to compare"),
        ([], "nothing to compare|different content"),
    ],
)
def test_what_does_not_compare_is_refused(after, message):
    with pytest.raises(InvalidResults, match=message):
        compare(of(BEFORE), after)
