from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from agents.explain.page import draw_section, spread_over, write_page
from tests.agents.explain.pictures import ShownTask, explanation
from tests.agents.test_page import Reader


def page(tmp_path: Path, **changes: object) -> tuple[str, Reader]:
    section = draw_section(
        ShownTask(), explanation(**changes), "Its <best>", shown=2, facts={"reward": "0.91"}
    )
    facts = {"completeness error": "0.002 & less", "deletion": "0.31 against 0.04"}
    write_page(tmp_path / "index.html", "Why beads", facts, [section, section])
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_page_is_well_formed_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    text, reader = page(tmp_path)
    assert reader.open == []
    assert reader.links and all(link.startswith("data:") for link in reader.links)
    assert "script" not in reader.counts
    assert not re.search(r"https?://|@import|url\(", text)


def test_page_shows_facts_importance_decisions_and_attention(tmp_path: Path) -> None:
    text, reader = page(tmp_path)
    assert reader.counts["img"] == reader.counts["figure"] == 2 * (1 + 2 + 1)
    assert text.index("0.002 &amp; less") < text.index("Its &lt;best&gt;")
    assert "reward</dt> <dd>0.91" in text
    assert text.count("pictures, not explanations") == 2
    assert "The choice at step 1." in text and "Heads at step 4." in text


def test_policies_without_attention_have_no_map(tmp_path: Path) -> None:
    text, reader = page(tmp_path, attention=np.zeros((0, 0, 0)))
    assert reader.counts["img"] == 2 * (1 + 2)
    assert "pictures, not explanations" not in text


def test_a_page_without_facts_has_no_empty_table(tmp_path: Path) -> None:
    write_page(tmp_path / "a.html", "Nothing", {}, [])
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<table" not in text and "<h1>Nothing</h1>" in text


def test_decisions_are_spread_evenly_each_once() -> None:
    assert spread_over(6, 3) == [1, 3, 5]
    assert spread_over(2, 5) == [0, 1]
    assert spread_over(1, 1) == [0] and spread_over(0, 3) == []
    assert spread_over(100, 2) == [25, 75]
