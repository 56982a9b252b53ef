"""The suite's command line, its reports, and what it calls a regression; nothing is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import bench, growth, jumanji, memory, overview, regressions, scores, steps, suite
from benchmarks.domains import PATCHES
from benchmarks.effort import FULL, QUICK
from benchmarks.lines import Line, at_least, at_most, cost, figure, rate, table
from benchmarks.report import BadReport, Report
from benchmarks.timing import Subject, Timing, take_turns

LINES = [
    Line("a: steps a second over CartPole-v1", 0.5, "x", ">= 0.4 x", True),
    Line("b: a step", 30.0, "us", relative=3.0),
    Line("c: all that is held", 6.0, "kB"),
    Line("d: share", 12.0, "%"),
]


def report_of(*lines: Line) -> Report:
    return Report({"python": "3.11"}, {"rounds": 1}, {"Section": list(lines)})


class TestLines:
    def test_costs_and_rates_stand_beside_a_yardstick(self):
        ours, yardstick = Timing((2e-6, 4e-6, 9e-6)), Timing((1e-6, 1e-6, 3e-6))
        took = cost("a", ours, yardstick, 3)
        assert (took.value, took.relative, took.met) == (pytest.approx(4), pytest.approx(3), False)
        done = rate("a", ours, yardstick)
        assert (done.value, done.relative) == (pytest.approx(2.5e5), pytest.approx(1 / 3))

    def test_verdicts_stand_beside_targets(self):
        text = table([at_most("quick", 1, 2), at_least("slow", 0.2, 0.5), Line("told", 3, "MB")])
        verdicts = [line.split()[-1] for line in text.splitlines()]
        assert verdicts == ["met", "MISSED", "MB"]

    @pytest.mark.parametrize(
        ("value", "text"), [(12.345, "12.35"), (0.0123, "0.012"), (0.0, "0.00"), (-0.5, "-0.50")]
    )
    def test_small_figures_keep_two_digits(self, value, text):
        assert figure(value) == text


class TestReports:
    def test_what_is_written_is_read_back(self, tmp_path):
        written = report_of(*LINES)
        written.notes.append("Something is left out.")
        written.write_json(tmp_path / "bench.json")
        assert Report.read(tmp_path / "bench.json") == written

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            '{"format": "other"}',
            json.dumps({"format": "creative_envs.bench/1", "sections": {"a": [{"wat": 1}]}}),
            json.dumps({"format": "creative_envs.bench/1", "sections": {"a": [1]}}),
            json.dumps(
                {"format": "creative_envs.bench/1", "sections": {"a": [{"what": "", "value": "1"}]}}
            ),
        ],
    )
    def test_other_files_are_refused(self, tmp_path, text):
        path = tmp_path / "other.json"
        path.write_text(text)
        with pytest.raises(BadReport, match=r"other\.json"):
            Report.read(path)

    def test_pages_have_machine_tables_and_notes(self, tmp_path):
        report = report_of(*LINES)
        report.notes.append("Jumanji is left out.")
        report.write_markdown(tmp_path / "bench.md", "Performance")
        page = (tmp_path / "bench.md").read_text()
        assert page.startswith("# Performance\n") and "python 3.11" in page
        assert "| b: a step | 30.00 us |" in page and "0.50 x | >= 0.4 x met |" in page
        assert page.endswith("Jumanji is left out.\n")
        assert all(line.what in report.text() for line in LINES)


class TestOverview:
    def test_rates_over_cartpole_stand_side_by_side(self):
        lines = [
            Line(steps.over_cartpole("scalar", "A-v0, made"), 0.5),
            Line(steps.over_cartpole("vector of 64", "A-v0, made"), 0.25),
            Line(steps.over_cartpole("scalar", "B-v0"), 2.0),
            Line("scalar, B-v0: steps a second over MiniGrid", 9.0),
        ]
        assert overview.cells({"one": lines[:1], "two": lines[1:]})[1:] == [
            ["A-v0, made", "0.50", "0.25", "-"],
            ["B-v0", "2.00", "-", "-"],
        ]
        assert overview.cells({"one": lines[3:]}) == []


class TestRegressions:
    def changed(self, index, **changes):
        after = [replace(line, **changes) if i == index else line for i, line in enumerate(LINES)]
        return regressions.compare(report_of(*LINES), report_of(*after), 1.25)

    def test_nothing_is_worse_than_itself(self):
        comparison = self.changed(0)
        assert comparison.compared == 3 and comparison.regressions == []

    @pytest.mark.parametrize(
        ("index", "changes", "factor"),
        [(0, {"value": 0.25}, 2), (1, {"relative": 6.0}, 2), (2, {"value": 9.0}, 1.5)],
    )
    def test_worse_ratios_are_found(self, index, changes, factor):
        (found,) = self.changed(index, **changes).regressions
        assert found.what == LINES[index].what and found.factor == pytest.approx(factor)
        assert found.what in str(found)

    @pytest.mark.parametrize(
        ("index", "changes"),
        [
            (0, {"value": 0.45}),  # within the tolerance
            (0, {"value": 5.0}),  # better
            (1, {"value": 300.0}),  # a slower machine
            (1, {"relative": None}),
            (2, {"value": 3.0}),
            (2, {"value": 0.0}),
            (3, {"value": 90.0}),
            (0, {"what": "new"}),
        ],
    )
    def test_nothing_else_is(self, index, changes):
        assert self.changed(index, **changes).regressions == []

    def test_the_worst_comes_first(self):
        after = [replace(LINES[0], value=0.3), replace(LINES[1], relative=9.0)]
        found = regressions.compare(report_of(*LINES), report_of(*after)).regressions
        assert [regression.what for regression in found] == [LINES[1].what, LINES[0].what]


class TestCommand:
    @pytest.fixture(autouse=True)
    def _measured(self, monkeypatch):
        def measure(effort, report):
            report.notes.append(f"{effort.rounds} rounds")
            return LINES

        section = suite.Section("Section", measure)
        monkeypatch.setitem(suite.SECTIONS, "scores", section)

    def run(self, *arguments):
        return bench.main(["--section", "scores", *map(str, arguments)])

    def test_files_are_written_and_compared(self, tmp_path, capsys):
        path = tmp_path / "new.json"
        assert self.run("--quick", "--json", path, "--markdown", tmp_path / "new.md") == 0
        report = Report.read(path)
        assert report.sections == {"Section": LINES}
        assert report.settings["rounds"] == QUICK.rounds and "numba" in report.machine
        assert (tmp_path / "new.md").read_text().startswith("# ")
        assert self.run("--compare", path) == 0
        report.sections["Section"][0] = replace(LINES[0], value=5.0)
        report.write_json(path)
        assert self.run("--compare", path) == 1
        assert self.run("--compare", path, "--tolerance", 11) == 0
        assert "10.00 times worse: Section: a:" in capsys.readouterr().err

    def test_mistakes_are_told_before_anything_is_measured(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(bench, "measure", lambda *_: pytest.fail("measured"))
        assert self.run("--compare", tmp_path / "none.json") == 2
        assert self.run("--json", tmp_path / "none" / "a.json") == 2
        (tmp_path / "bad.json").write_text("{}")
        assert self.run("--compare", tmp_path / "bad.json") == 2
        assert len(capsys.readouterr().err.splitlines()) == 3
        for wrong in (["--rounds", "0"], ["--tolerance", "0.5"], ["--section", "wat"]):
            with pytest.raises(SystemExit, match="2"):
                bench.main(wrong)

    def test_ctrl_c_ends_it(self, monkeypatch):
        def interrupt(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(bench, "measure", interrupt)
        assert self.run() == 130

    def test_rounds_can_be_said(self):
        chosen = bench.parser().parse_args(["--rounds", "2"])
        assert bench.effort_of(chosen) == replace(FULL, rounds=2, training_rounds=2)

    def test_what_is_not_installed_is_told(self, monkeypatch, capsys):
        monkeypatch.setattr("benchmarks.others.find_spec", lambda _: None)
        assert self.run() == 0
        assert "MiniGrid" in capsys.readouterr().out


def test_help_does_not_wait_for_the_environments():
    code = (
        "import benchmarks.bench, sys; assert not {'torch', 'numba', 'gymnasium'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class TestJumanji:
    def test_what_it_printed_becomes_lines(self):
        told = {
            "seconds": {"CartPole-v1": [1.0, 2.0, 3.0], "Snake-v1": [2.0, 8.0, 6.0]},
            "compiling": {"Snake-v1": 1.5},
        }
        ratio, compiling = jumanji.lines({"vector of 64": told})
        assert overview.rates({"": [ratio]}) == {"Jumanji's Snake-v1": {"vector of 64": 0.5}}
        assert (compiling.value, compiling.unit) == (1.5, "s")

    def test_where_it_cannot_be_installed_a_note_says_so(self, monkeypatch, tmp_path):
        monkeypatch.setattr(jumanji, "PLACE", tmp_path / "none")
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
        report = report_of()
        monkeypatch.setattr(jumanji.environment, "__defaults__", (tmp_path / "none",))
        assert suite.SECTIONS["jumanji"].measure(QUICK, report) == []
        assert "its lines are left out" in report.notes[0]

    def test_an_environment_of_these_versions_is_kept(self, tmp_path):
        (tmp_path / "jumanji.txt").write_text(jumanji.VERSIONS.read_text())
        assert jumanji.environment(tmp_path).parent.parent == tmp_path


class TestGrowth:
    def test_exponents_are_of_a_power(self):
        sizes = np.array([4, 8, 16])
        assert growth.exponent(sizes, 3e-6 * sizes**1.5) == pytest.approx(1.5)

    def test_works_of_other_sizes_are_measured(self, monkeypatch):
        monkeypatch.setattr(growth, "WORKS", 2)
        monkeypatch.setattr(growth, "STEPS", 128)
        lines = growth.sizes_of_works(PATCHES, "size", (6, 8), replace(QUICK, rounds=1))
        assert [line.unit for line in lines] == ["us", "us", "^"] * 2
        assert "size = 6" in lines[0].what and "exponent of size" in lines[2].what

    def test_more_opponents_and_squads_are_fought(self, monkeypatch):
        monkeypatch.setattr(growth, "WORKS", 2)
        monkeypatch.setattr(growth, "OPPONENTS", (1, 3))
        monkeypatch.setattr(growth, "SQUADS", (2, 12))
        for measured in (growth.opponents, growth.squads):
            few, many, _ = measured(replace(QUICK, rounds=1))
            assert many.value > few.value


class TestMemory:
    def test_bytes_of_arrays_are_counted(self):
        class Holding:
            def __init__(self, size):
                self.held = np.zeros((size, 1000), np.uint8)

            def reset(self, seed=None):
                return {"seen": self.held[:, :10].copy()}, {}

        held, seen = memory.of_each(Holding, 10, 110)
        assert held == pytest.approx(1000, rel=0.05) and seen == 10


def test_battles_are_told_with_their_length(monkeypatch):
    monkeypatch.setattr(scores, "BATTLES", 20)
    line = scores.battles(1)
    assert line.unit == "/s" and line.value > 0 and line.relative is not None
    assert "8 squads" in line.what and " ticks" in line.what


def test_subjects_take_turns_after_a_round_that_warms_up():
    seen = []

    def subject(name):
        return Subject(lambda: None, lambda: seen.append(name) or 1)

    timings = take_turns({"a": subject("a"), "b": subject("b")}, 2)
    assert "".join(seen) == "abbaab"
    assert {name: len(timing.seconds) for name, timing in timings.items()} == {"a": 2, "b": 2}
