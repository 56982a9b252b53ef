import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pytest

from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.report import write_html, write_markdown
from creative_envs.benchmark.report.charts import looks
from creative_envs.benchmark.report.table import Improvement, by_suite
from creative_envs.benchmark.statistics import estimate
from tests.benchmark.report_rows import YIELDS, row, rows


def cells_of(text, heading):
    """Cells of the first markdown table below a heading."""
    below = text.split(f"## {heading}\n", 1)[1]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    size = next((i for i, (a, b) in enumerate(pairwise(lines)) if a.count("|") != b.count("|")), 99)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[: size + 1]]


def yields_of(found, environment, agent):
    return [
        one["metrics"]["yield"]
        for one in found
        if (one["environment"], one["agent"]) == (environment, agent)
    ]


class Page(HTMLParser):
    """Notes every tag with its attributes and checks that tags are closed in order."""

    VOID = frozenset({"meta", "link", "img"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_tables_are_sorted_by_yield_with_estimates_over_seeds():
    found = rows()
    table = cells_of(write_markdown(found), "Toy")
    assert table[0][:4] == ["agent", "yield", "quality", "novelty %"]
    agents = [line[0] for line in table[2 : 2 + len(YIELDS)]]
    assert agents == ["reference ◆", "strong", "weak", "elite-noise †", "memoriser † ‡"]
    values = [
        r["metrics"]["yield"] for r in found if (r["environment"], r["agent"]) == ("Toy", "weak")
    ]
    known = estimate(values)
    assert table[4][1] == f"{known.value:.3f} [{known.low:.3f}, {known.high:.3f}]"


def test_over_all_environments_seeds_are_resampled_within_each():
    found = rows()
    report = by_suite(found)[0]
    strong = next(one for one in report.overall if one.agent == "strong")
    values = [yields_of(found, name, "strong") for name in ("Toy", "Other")]
    assert strong.estimate == estimate(values)


@pytest.mark.parametrize("seeds", [1, 2])
def test_nothing_is_aggregated_under_three_seeds(seeds):
    values = [0.25, 0.75][:seeds]
    text = write_markdown([row(seed=seed, value=value) for seed, value in enumerate(values)])
    line = cells_of(text, "Toy")[2]
    assert line[1] == ", ".join(f"{value:.3f}" for value in values)
    assert f"({seeds} seed" in line[0] and "[" not in "".join(line)
    assert f"strong ({'1 seed' if seeds == 1 else '2 seeds'} in all environments)" in text
    assert "Probability of improvement" not in text


def test_an_agent_missing_somewhere_is_in_no_table_over_all():
    found = [r for r in rows() if (r["environment"], r["agent"]) != ("Other", "weak")]
    report = by_suite(found)[0]
    assert "weak" not in [one.agent for one in report.overall]
    assert report.left_out == {"weak": "1 of 2 environments"}


def test_improvement_is_over_environments_and_counts_the_pairs_told_apart():
    found = rows(yields={"a": 0.5, "b": 0.5, "c": 0.9}, noise=0.0)
    report = by_suite(found)[0]
    assert report.improvement.matrix["c", "a"] == 1.0
    assert report.improvement.matrix["a", "b"] == 0.5
    assert report.improvement.told_apart(["algorithm"]) == (2, 3)
    assert "2 of 3 pairs lie outside [0.3, 0.7] (67%)" in write_markdown(found)


@pytest.mark.parametrize(("chance", "apart"), [(0.3, 0), (0.7, 0), (0.29, 1), (0.71, 1)])
def test_pairs_at_the_ends_are_not_told_apart(chance, apart):
    matrix = {("a", "b"): chance, ("b", "a"): 1 - chance}
    assert Improvement(("a", "b"), matrix).told_apart(["algorithm"]) == (apart, 1)


def test_agents_that_take_turns_in_being_ahead_are_told_apart_within_environments():
    improvement = Improvement(("a", "b"), {("a", "b"): 0.5}, {("a", "b"): (1.0, 0.0, 0.5)})
    assert improvement.told_apart(["algorithm"]) == (0, 1)
    assert improvement.told_apart_within(["algorithm"]) == (2, 3)


@pytest.mark.parametrize("status", ["failed", "over budget", "uncounted"])
def test_cells_that_do_not_count_are_listed_and_left_out(status):
    found = [r for r in rows(environments=["Toy"]) if (r["agent"], r["seed"]) != ("weak", 3)]
    found.append(row("Toy", "weak", 3, 99.0, status=status))
    text = write_markdown(found)
    assert f"* {status}: Toy, weak, seed 3" in text
    assert ("ValueError: too <bad>" in text) == (status == "failed")
    assert "weak (3 seeds)" in text and "99.00" not in text


def test_missing_cells_are_those_asked_for_or_that_others_have():
    found = [r for r in rows() if (r["environment"], r["agent"], r["seed"]) != ("Toy", "weak", 2)]
    assert "* missing: Toy, weak, seed 2" in write_markdown(found)
    toy, suite = SimpleNamespace(name="Toy"), SimpleNamespace(name="toy-v1")
    asked = [SimpleNamespace(suite=suite, environment=toy, agent="late", seed=7)]
    text = write_markdown(found, cells=asked)
    assert "* missing: Toy, late, seed 7" in text and "weak, seed 2" not in text


def test_what_it_was_made_with_is_told_even_where_it_differs():
    found = rows()
    found[0]["run"]["versions"] = {"numpy": "1.9"}
    text = write_markdown(found)
    assert f"suite SHA-256: `{'5' * 64}`" in text
    assert f"references of Toy: `{'7' * 64}`" in text
    assert "numpy: `1.9 / 2.0`" in text and "processor: `slow`" in text


def test_rows_of_two_versions_of_a_suite_are_refused():
    with pytest.raises(InvalidResults, match="different content"):
        write_markdown([*rows(), row(suite_sha="6" * 64)])


def test_markdown_is_written_and_survives_hostile_names(tmp_path):
    path = tmp_path / "report.md"
    text = write_markdown([row(agent="a|b\nc", seed=seed) for seed in range(3)], path)
    assert path.read_text(encoding="utf-8") == text
    assert "| a\\|b c |" in text


def test_no_results_yet(tmp_path):
    assert "No results yet" in write_markdown([])
    path = write_html([], tmp_path / "page.html")
    assert "No results yet" in path.read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_anywhere_and_can_be_found_ones_way_about(tmp_path):
    text = write_html(rows(), tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not re.search(r"(src|href|url)\s*[=(]\s*[\"']?(https?:)?//", text)
    links = [one["href"] for one in page.all("a")]
    places = {one["id"] for one in page.all("section")}
    assert len(links) >= 5 and {link.removeprefix("#") for link in links} <= places
    charts = page.all("svg")
    assert len(charts) == 3 + 2 + 4 and all(one["aria-label"] for one in charts)
    assert len(page.all("table")) == 1 + 2 + 1


def test_page_cells_sort_by_their_values_and_kinds_stand_apart(tmp_path):
    page = Page(write_html(rows(), tmp_path / "page.html").read_text(encoding="utf-8"))
    kinds = [one["class"].split()[0] for one in page.all("tr") if " " in one.get("class", "")]
    assert kinds == ["reference", "algorithm", "algorithm", "adversary", "adversary"] * 2
    values = [one["data-value"] for one in page.all("td") if "data-value" in one]
    assert float(values[0]) == 1.0


def test_agents_look_the_same_everywhere_and_differ():
    found = looks(["reference", *(f"agent {n}" for n in range(25)), "random", "elite"])
    assert len(set(found.values())) == len(found)
    assert found["reference"].css == "reference" and found["elite"].css == "adversary"


def test_hostile_names_and_errors_stay_text(tmp_path):
    bad = "<script>alert(1)</script>"
    found = [row(bad, bad, seed) for seed in range(3)] + [row(bad, bad, 3, status="failed")]
    text = write_html(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert bad not in text and "too &lt;bad&gt;" in text
    Page(text)


def test_seeds_without_common_points_draw_no_curve(tmp_path):
    found = rows(environments=["Toy"])
    for one in found:
        one["curve"] = [{"steps": 100 + one["seed"], "reward": 0.1, "yield": float("nan")}]
    text = write_html(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h2>Learning</h2>" not in text


def test_reports_import_no_torch_and_no_numba():
    code = (
        "import sys; from creative_envs.benchmark.report import write_markdown; "
        "import creative_envs.benchmark.comparison; "
        "print([m for m in ('torch', 'numba', 'PIL') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
