import pytest

from agents.tables import format_estimates


def cells(line):
    """A line's cells, each "value [low, high]" or "-"."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_cells_are_interquartile_means_with_their_intervals():
    # Of 0, .2, .4, .6, 9 the smallest and the largest go. Two values: see test_statistics.
    rows = {
        "many": [{"a": value} for value in (9.0, 0.4, 0.0, 0.6, 0.2)],
        "two": [{"a": 0.0}, {"a": 1.0}],
        "equal": [{"a": -0.25}] * 3,
    }
    head, many, two, equal = format_estimates(rows, ["a"]).splitlines()
    assert cells(head) == ["a"]
    assert cells(many)[1].startswith("0.400 [0.")
    assert cells(two) == ["two", "0.500 [0.000, 1.000]"]
    assert cells(equal) == ["equal", "-0.250 [-0.250, -0.250]"]


def test_runs_that_lack_a_measure_are_left_out_of_it():
    rows = {"some": [{"a": 1.0}, {"a": 3.0, "b": 5.0}], "none": [{"a": 2.0}]}
    _, some, none = format_estimates(rows, ["a", "b"]).splitlines()
    assert cells(some)[1:] == ["2.000 [1.000, 3.000]", "5.000 [5.000, 5.000]"]
    assert cells(none)[1:] == ["2.000 [2.000, 2.000]", "-"]


@pytest.mark.parametrize("value", [0.5, 128.0, -98765.4321])
def test_columns_stay_in_line_and_apart_however_wide_numbers_are(value):
    rows = {"a long name": [{"distinct": value, "vendi": value}], "b": [{"distinct": 0.5}]}
    lines = format_estimates(rows, ["distinct", "vendi"]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert cells(lines[1]) == ["a long name", *[f"{value:.3f} [{value:.3f}, {value:.3f}]"] * 2]
    assert cells(lines[2]) == ["b", "0.500 [0.500, 0.500]", "-"]


def test_what_is_no_number_shows():
    assert "nan" in format_estimates({"a": [{"x": float("nan")}]}, ["x"])
