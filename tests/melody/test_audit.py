import json

from creative_envs.melody.audit import __main__ as audit
from tests.melody.craft_works import work


def test_works_are_spelled_in_their_mode():
    words = "C4:4 z:4 Eb5:8 | B3:16"
    assert audit.spell(work(words, mode="minor")) == words


def test_a_short_audit_writes_all_its_figures(tmp_path, capsys):
    options = {
        "--json": tmp_path / "a.json",
        "--searches": 3,
        "--evaluations": 100,
        "--windows": 200,
    }
    audit.main([str(word) for pair in options.items() for word in pair])
    report = json.loads((tmp_path / "a.json").read_text())
    for name, row in report["controls"].items():
        assert row["craft"] >= row["wanted"], name
    assert 0.1 <= report["random"]["50%"] <= 0.2
    assert 0.8 <= report["human"]["50%"] <= 0.95
    for name in ("before hardening", "after hardening"):
        assert len(report[name]["optima"]) == 3
        assert 0 <= report[name]["median of all"]["audit_percentile"] <= 100
    printed = capsys.readouterr().out
    assert "RL Tuner" in printed and "audit percentile" in printed
