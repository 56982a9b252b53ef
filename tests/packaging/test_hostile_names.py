"""Names from files are text wherever they are shown: none becomes a part of the page."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from creative_envs.benchmark.report import write_html, write_markdown
from creative_envs.core.page import brief_list, write_document
from creative_envs.melody.artefact import Melody
from creative_envs.patches.artefact import Composition
from creative_envs.patches.library.load import load_library
from tests.benchmark.report_rows import row

BAD = "\"'--></title></pre></svg></style><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
TUNE = Melody(((0, 4), (4, 4), (7, 8)), "4/4", "major", title=BAD, bars=1)


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def harmless(text: str, scripts: int = 0) -> None:
    """The bad name is there, as text or in an attribute, and has made no element."""
    page = Page(text)
    told = page.text + "".join(value for all_ in page.attributes.values() for value in all_)
    assert "alert(1)" in told
    assert page.tags.count("script") == scripts
    assert not any(name.startswith("on") for name in page.attributes)
    assert "x" not in page.attributes.get("src", [])


def test_the_check_finds_what_is_not_escaped() -> None:
    for text in (f"<p>{BAD}</p>", f'<p title="{BAD}">', f"<title>{BAD}</title>"):
        with pytest.raises(AssertionError):
            harmless(text)


def test_documents_and_briefs(tmp_path: Path) -> None:
    brief = {BAD: BAD, "list": [BAD, BAD], "colour": "#ffffff" + BAD}
    path = write_document(tmp_path / "page.html", BAD, [brief_list(brief)])
    harmless(path.read_text(encoding="utf-8"))


def hostile_row(seed: int, status: str = "ok") -> dict[str, Any]:
    """A cell all of whose words are bad."""
    made = row(BAD, BAD, seed, status=status)
    run = made["run"]
    run |= {"error": BAD, "device": BAD, "versions": {BAD: BAD}, "hardware": {BAD: BAD}}
    run["sha256"] |= {"references": BAD, "agent": BAD}
    return made


def test_reports(tmp_path: Path) -> None:
    rows = [hostile_row(seed) for seed in range(3)] + [hostile_row(3, "failed")]
    path = write_html(rows, tmp_path / "report.html")
    harmless(path.read_text(encoding="utf-8"), scripts=1)
    lines = write_markdown(rows).splitlines()
    bare = [line for line in lines if "<script" in line.partition("`")[0]]
    assert any("alert(1)" in line for line in lines) and not bare
    assert all(line.count("`") % 2 == 0 for line in lines)


def test_works_in_notebooks_and_files(tmp_path: Path) -> None:
    harmless(TUNE._repr_html_())
    library = load_library("procedural")
    composition = replace(Composition((3,) * 64, library=library, size=8), title=BAD)
    harmless(composition._repr_html_())
    drawn = composition.save(tmp_path / "work.svg").read_text(encoding="utf-8")
    title = ElementTree.fromstring(drawn).find("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.text == BAD
    score = TUNE.save(tmp_path / "work.musicxml").read_text(encoding="utf-8")
    assert BAD in {element.text for element in ElementTree.fromstring(score).iter()}


class TestPagesOfAgents:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("agents.page")

    def test_works(self, tmp_path: Path) -> None:
        from agents.gallery import Exhibit
        from agents.page import write_samples_page

        scores = dict.fromkeys(("reward", "quality", "craft", "adherence", "novelty"), 0.5)
        text, sound = tmp_path / "a.txt", tmp_path / f"{BAD[:2]}.abc"
        for file in (text, sound):
            file.write_text(BAD)
        shown = Exhibit("trained", BAD, scores, None, {BAD: BAD}, (text, sound))
        write_samples_page(tmp_path / "page.html", BAD, BAD, {BAD: scores}, [shown])
        harmless((tmp_path / "page.html").read_text(encoding="utf-8"))

    def test_explanations(self, tmp_path: Path) -> None:
        from agents.explain.page import Section, write_page

        picture = np.zeros((4, 4, 3), np.uint8)
        section = Section(BAD, picture, ((picture, BAD),), ((picture, BAD),), {BAD: BAD})
        write_page(tmp_path / "page.html", BAD, {BAD: BAD}, [section])
        harmless((tmp_path / "page.html").read_text(encoding="utf-8"))

    def test_charts(self) -> None:
        from agents.chart import learning_curve
        from agents.study.chart import study_chart
        from agents.study.records import RunRecord

        history = [
            {"timesteps": 100.0 * k, "cpu_seconds": 1.0 * k, "seconds": 1.0 * k}
            | dict.fromkeys(("quality", "novelty", "reward"), 0.5)
            for k in range(1, 4)
        ]
        harmless(learning_curve(history, {BAD: 0.5}))
        harmless(study_chart({BAD: [RunRecord({}, history)]}))
