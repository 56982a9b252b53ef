import re
from html.parser import HTMLParser

import numpy as np
import pytest

from agents.chart import learning_curve
from agents.evaluation import Evaluation, Sample
from agents.gallery import Exhibit
from agents.page import write_page
from creative_envs.core.page import brief_list
from tests.agents.necklaces import tiny_config

SCORES = {"reward": 0.5, "quality": 0.6, "craft": 0.7, "adherence": 0.8, "novelty": 0.9}
WORK = {**SCORES, "tokens": np.zeros((6, 1))}
HISTORY = [
    {"timesteps": 100 * n, "seconds": 30.0 * n, "unique": 1.0, **SCORES} for n in range(1, 6)
]


class Reader(HTMLParser):
    """Notes the tags that are open, every link, and how often each tag occurs."""

    VOID = frozenset({"meta", "link", "img", "line", "polyline", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.links, self.counts = [], [], {}

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.links += [value for name, value in attributes if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path):
    files = []
    for name, content in (("a.png", b"picture"), ("a.wav", b"sound"), ("a.mid", b"notes")):
        (tmp_path / name).write_bytes(content)
        files.append(tmp_path / name)
    exhibits = [
        Exhibit(
            "trained", "best", WORK, 61.4, {"mode": "<minor>", "range": [1.0, 2.5]}, tuple(files)
        ),
        Exhibit("random", "median", WORK, None, {}, tuple(files[:1])),
    ]
    samples = tuple(Sample(name, [WORK], None) for name in ("random", "trained"))
    path = tmp_path / "index.html"
    write_page(path, tiny_config(), "necklaces", Evaluation(samples), exhibits, HISTORY)
    return path.read_text(encoding="utf-8")


def test_page_is_well_formed_and_asks_nobody_for_anything(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.links
    assert all(link.startswith("data:") for link in reader.links)
    assert "script" not in reader.counts
    assert not re.search(r"https?://|@import|url\(", page)


def test_page_shows_scores_works_and_briefs(page):
    reader = Reader()
    reader.feed(page)
    assert reader.counts["article"] == reader.counts["img"] == 2
    assert reader.counts["audio"] == 1
    assert reader.counts["svg"] == 1
    assert "audit 61" in page
    assert "&lt;minor&gt;" in page
    assert "1 2.5" in page
    assert "to see and hear." in page
    assert 'download="a.mid"' in page


class TestPictures:
    """What a domain of pictures shows: the picture and its making; the rest to download."""

    def page(self, tmp_path, *suffixes):
        files = tuple(tmp_path / f"a{suffix}" for suffix in suffixes)
        for file in files:
            file.write_bytes(b"content")
        exhibits = [Exhibit("trained", "best", WORK, None, {}, files)]
        evaluation = Evaluation((Sample("trained", [WORK], None),))
        path = tmp_path / "index.html"
        write_page(path, tiny_config(), "patches", evaluation, exhibits, [])
        reader = Reader()
        text = path.read_text(encoding="utf-8")
        reader.feed(text)
        assert reader.open == [] and all(link.startswith("data:") for link in reader.links)
        return text, reader

    def test_a_picture_and_its_making_stand_side_by_side(self, tmp_path):
        text, reader = self.page(tmp_path, ".png", ".gif", ".svg", ".json")
        assert reader.counts["img"] == 2
        assert text.index("data:image/png") < text.index("data:image/gif")
        assert text.count('loading="lazy"') == 1 and text.count('class="views"') == 1
        assert 'download="a.svg"' in text and 'download="a.json"' in text
        assert 'download="a.png"' not in text
        assert "to see." in text and "hear" not in text

    def test_one_picture_stands_alone(self, tmp_path):
        text, reader = self.page(tmp_path, ".png")
        assert reader.counts["img"] == 1
        assert 'class="views"' not in text and "loading" not in text

    def test_vector_shapes_are_shown_where_there_is_nothing_else(self, tmp_path):
        text, reader = self.page(tmp_path, ".svg")
        assert reader.counts["img"] == 1 and "download=" not in text


@pytest.mark.parametrize(
    ("track", "words"),
    [("from-scratch", "reward alone and from scratch"), ("with-reference", "after cloning works")],
)
def test_page_says_what_the_agent_was_taught(tmp_path, track, words):
    path = tmp_path / "index.html"
    evaluation = Evaluation((Sample("trained", [WORK], None),))
    write_page(path, tiny_config(track=track), "necklaces", evaluation, [], HISTORY)
    text = path.read_text(encoding="utf-8")
    assert words in text
    assert ("from scratch" in text) == (track == "from-scratch")


def test_curve_reaches_from_the_first_to_the_last_rollout():
    chart = learning_curve(HISTORY, {"human reward": 0.86})
    assert chart.count("<polyline") == 3
    assert "human reward 0.86" in chart
    x = [float(point.split(",")[0]) for point in re.search(r'points="([^"]+)"', chart)[1].split()]
    assert len(x) == 5
    assert x == sorted(x)
    assert learning_curve(HISTORY[:1]) == ""


def test_colours_asked_for_are_shown():
    assert 'style="background:#d8492f"' in brief_list({"lead": "#d8492f"})
    assert "swatch" not in brief_list({"lead": "red", "share": 0.3})
    assert "swatch" not in brief_list({"lead": "#d8492f;x:url(y)"})
