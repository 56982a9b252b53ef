import pytest

from creative_envs.core.page import meter, write_document
from creative_envs.core.plot import Plot, apart, round_interval


def test_scales_reach_from_margin_to_margin():
    plot = Plot(200, 100, (20, 30, 10, 15), right=50, top=4)
    assert [plot.x(0), plot.x(50)] == [20, 170]
    assert [plot.y(0), plot.y(4)] == [85, 10]
    assert plot.points([0, 50], [4, 0]) == "20.0,10.0 170.0,85.0"


def test_grid_names_both_ends_of_both_axes():
    grid = Plot(200, 100, (20, 30, 10, 15), right=20_000, top=1).grid(0.5, "steps", 10_000)
    assert grid.count("<line") == 3
    assert all(f">{label}</text>" in grid for label in ("0", "10k", "20k", "0.5", "1", "steps"))


@pytest.mark.parametrize(("total", "interval"), [(1, 0.2), (20_000, 5_000), (3, 0.5), (0.7, 0.1)])
def test_intervals_are_round(total, interval):
    assert round_interval(total) == pytest.approx(interval)


def test_labels_part_where_they_would_overlap():
    assert apart([50, 0, 4, 60], gap=17) == [50, 0, 17, 67]
    assert apart([]) == []


@pytest.mark.parametrize(
    ("share", "width"), [(0.25, 25), (7, 100), (-1, 0), (float("nan"), 0), (float("inf"), 0)]
)
def test_meters_stay_within_their_ends(share, width):
    assert f"width:{width}%" in meter("quality", share)


def test_a_document_holds_its_style_and_script_and_a_safe_title(tmp_path):
    parts = ["<p>one</p>", "", "<p>two</p>"]
    path = write_document(tmp_path / "a.html", "<&>", parts, style="b{}", script="let x;")
    text = path.read_text(encoding="utf-8")
    assert "<title>&lt;&amp;&gt;</title>" in text and "<p>one</p>\n<p>two</p>" in text
    assert "b{}</style>" in text and "<script>\nlet x;</script>" in text
    assert "<script" not in write_document(path, "plain", parts).read_text(encoding="utf-8")
