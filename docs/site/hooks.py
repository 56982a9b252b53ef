"""What MkDocs does beside rendering: pages made from code, and links that leave docs/."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import environments
import links
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[2]
CHANGELOG: Final = "CHANGELOG.md"
OVERVIEW: Final = "<!-- overview of scores -->"
"""Where the landing page wants its table."""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the pages of the environments, the changelog, and the notebooks to download."""
    for domain in environments.domains():
        _add(files, config, f"environments/{domain.name}.md", environments.page(domain))
    changes = (ROOT / CHANGELOG).read_text(encoding="utf-8")
    page = CHANGELOG.lower()
    _add(files, config, page, links.for_site(changes, CHANGELOG, page, config.repo_url or ""))
    for notebook in sorted((ROOT / links.NOTEBOOKS).glob("*.ipynb")):
        _add(files, config, f"{links.NOTEBOOKS}{notebook.name}", notebook.read_text("utf-8"))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links that leave docs/ into what the site can offer."""
    if page.file.generated_by:
        return markdown
    uri = page.file.src_uri
    if OVERVIEW in markdown:
        markdown = markdown.replace(OVERVIEW, environments.overview())
    return links.for_site(markdown, links.DOCS + uri, uri, config.repo_url or "")


def _add(files: Files, config: MkDocsConfig, uri: str, content: str) -> None:
    files.append(File.generated(config, uri, content=content))
