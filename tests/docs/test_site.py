"""The documentation site: it builds without warnings, and all that its pages lead to is there."""

from __future__ import annotations

import logging
import re
import shutil
import wave
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from PIL import Image

import creative_envs
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK
from tests.docs.site_code import ROOT, environments, links

GALLERY = re.compile(r"gallery/[\w/-]+\.(?:png|gif|wav|md)")
LOADING = {"img": "src", "script": "src", "audio": "src", "video": "src", "source": "src"}
LOADING |= {"iframe": "src", "link": "href"}
SHOWN = ("canonical", "next", "prev")
"""Kinds of ``<link>`` that load nothing."""


class Document(HTMLParser):
    """What a page of HTML leads to, loads and can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.without_alt: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if found.get(LOADING.get(tag, "")) and found.get("rel") not in SHOWN:
            self.loaded.append(found[LOADING[tag]])
        if tag == "img" and not found.get("alt", "").strip():
            self.without_alt.append(found.get("src", ""))


def stand_in_for_gallery(docs: Path) -> None:
    """`make gallery` makes the gallery anew; where it has not run, files of its names do."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = "".join(file.read_text(encoding="utf-8") for file in docs.glob("*.md"))
    for name in {*GALLERY.findall(config), *GALLERY.findall(named)}:
        file = docs / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            continue
        if file.suffix == ".md":
            file.write_text("# Gallery\n", encoding="utf-8")
        elif file.suffix == ".wav":
            with wave.open(str(file), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
        else:
            Image.new("L", (8, 8)).save(file)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds the site as `make docs` does, where any warning is an error."""
    docs, html = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", docs, dirs_exist_ok=True)
    stand_in_for_gallery(docs)
    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(docs), site_dir=str(html))
    assert config.strict
    warnings: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("mkdocs").addHandler(handler)
    try:
        build(config)
    except SystemExit:  # of a strict build, whose message says only how many warnings there were
        pytest.fail("\n".join(warnings))
    finally:
        logging.getLogger("mkdocs").removeHandler(handler)
    assert warnings == []
    return html


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Document]:
    """Every page but that for addresses that do not exist."""
    files = [file for file in sorted(site.rglob("*.html")) if file.name != "404.html"]
    return {file: Document(file.read_text(encoding="utf-8")) for file in files}


def is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme or parts.netloc)


def dead(pages: dict[Path, Document]) -> Iterator[str]:
    """Links to pages, places in pages and files that are not there."""
    for file, document in pages.items():
        for address in (*document.links, *document.loaded):
            if is_elsewhere(address):
                continue
            parts = urlsplit(address)
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if target.is_dir():
                target /= "index.html"
            anchors = pages[target].ids if target in pages else set()
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in anchors):
                yield f"{file.name}: {address}"


def test_every_link_leads_somewhere(pages: dict[Path, Document]) -> None:
    assert sum(len(document.links) for document in pages.values()) > 500
    assert list(dead(pages)) == []


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    text = '<a href="b.html">b</a><a href="#c">c</a><img src="d.png"><a href="https://e.org">e</a>'
    file = tmp_path / "a.html"
    file.write_text(text)
    assert list(dead({file: Document(text)})) == ["a.html: b.html", "a.html: #c", "a.html: d.png"]
    assert Document(text).without_alt == ["d.png"]


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Document]) -> None:
    loaded = {address for document in pages.values() for address in document.loaded}
    assert {Path(address).suffix for address in loaded} >= {".css", ".js", ".png", ".wav"}
    assert [address for address in loaded if is_elsewhere(address)] == []
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*", styles) == []


def test_every_picture_has_an_alternative_text(pages: dict[Path, Document]) -> None:
    assert {file.name: found for file, page in pages.items() if (found := page.without_alt)} == {}


def test_every_registered_environment_has_a_page(site: Path) -> None:
    for env_id, prefix in (SINGLE_WORK | PORTFOLIOS).items():
        page = site / "environments" / f"{prefix.split('.')[1]}.html"
        assert f"<code>{env_id}</code>" in page.read_text(encoding="utf-8")


def test_what_makes_the_site_is_not_on_it(site: Path) -> None:
    kinds = {file.suffix for file in site.rglob("*") if file.is_file()}
    assert {".html", ".css", ".txt", ".png"} <= kinds
    assert kinds & {".py", ".pyc"} == set()
    assert not (site / "results" / "benchmark" / "runs").exists()


def test_the_landing_page_shows_scores_and_lets_hear(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "<audio controls" in text
    for domain in environments.domains():
        quality = environments.shipped(domain.single)["quality"]
        assert re.search(rf'environments/{domain.name}\.html">.*?{quality:.2f} /', text, re.DOTALL)


def test_the_reference_holds_the_public_interface(site: Path) -> None:
    files = (site / "reference").glob("*.html")
    found = {name for file in files for name in Document(file.read_text("utf-8")).ids}
    homes = {f"{home}.{name}" for name, home in creative_envs._HOMES.items()}
    others = "CreativeEnv", "Task", "Agent", "SB3Agent", "CausalPPO", "brainstorm", "explain"
    assert homes <= found
    assert {name for name in others if not any(one.endswith(f".{name}") for one in found)} == set()


CASES = {
    "[a](../examples/a.py)": "a (`examples/a.py`)",
    "[examples/a.py](../examples/a.py)": "`examples/a.py`",
    "[examples/b](../examples/b/a.py), [`a.py`](../b/a.py)": "`examples/b/a.py`, `b/a.py`",
    "[b](results/melody/README.md#c)": "[b](results/melody/README.md#c)",
    "[changes](../CHANGELOG.md)": "[changes](changelog.md)",
    "[note](../notebooks/n.ipynb)": "[note](notebooks/n.ipynb)",
    "[out](https://example.org/x) [here](#y)": "[out](https://example.org/x) [here](#y)",
    "![p](images/p.png)": "![p](images/p.png)",
    "```md\n[a](../a.py)\n```": "```md\n[a](../a.py)\n```",
}


@pytest.mark.parametrize("markdown", CASES)
def test_links_that_leave_the_site_become_names(markdown: str) -> None:
    assert links.for_site(markdown, "docs/x.md", "x.md") == CASES[markdown]


def test_or_lead_into_the_repository_where_its_address_is_known() -> None:
    found = links.for_site("[a](../../b/a.py)", "docs/c/d.md", "c/d.md", "https://example.org/r/")
    assert found == "[a](https://example.org/r/blob/main/b/a.py)"
    assert links.for_site("[a](docs/b.md)", "CHANGELOG.md", "changelog.md") == "[a](b.md)"
