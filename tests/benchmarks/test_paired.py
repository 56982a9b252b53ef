"""Two checkouts are timed in turn by the same code."""

from __future__ import annotations

import io
import json
import sys

import pytest

from benchmarks import paired
from benchmarks.timing import Subject


def test_who_begins_changes_and_the_first_round_does_not_count():
    seen = []

    def timer(name, seconds):
        return lambda what: seen.append(name) or next(seconds)

    old, new = timer("old", iter([99.0, 4.0, 6.0])), timer("new", iter([99.0, 2.0, 2.0]))
    ((was, now),) = paired.pair(["a"], old, new, 2).values()
    assert seen == ["old", "new", "new", "old", "old", "new"]
    assert was.seconds == (4.0, 6.0) and now.seconds == (2.0, 2.0)
    last = paired.table({"a": (was, now)}).splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")[4:7]] == ["**2.50**", "2.00", "3.00"]


def test_workers_time_what_is_asked_of_their_checkout(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "stdin", io.StringIO("b\nb\n"))
    ran = []
    subjects = {name: Subject(lambda: None, lambda n=name: ran.append(n) or 1) for name in "ab"}
    paired.work(tmp_path, lambda: subjects)
    names, *seconds = capsys.readouterr().out.splitlines()
    assert json.loads(names) == ["a", "b"] and ran == ["b", "b"]
    assert all(float(value) >= 0 for value in seconds)
    assert sys.path[0] == str(tmp_path)


def test_a_folder_that_is_no_checkout_is_a_mistake(tmp_path):
    with pytest.raises(SystemExit, match="2"):
        paired.main([str(tmp_path)])


def test_a_checkout_that_fails_is_told_in_a_line(tmp_path, capfd):
    package = tmp_path / "creative_envs"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('broken')")
    assert paired.main([str(tmp_path)]) == 2
    assert f"what is timed of {tmp_path} failed" in capfd.readouterr().err.splitlines()[-1]
