"""Links of Markdown that is read in the checkout as well as on the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from re import Match

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)(`{3,}).*?^\1\2`* *$", flags=re.DOTALL | re.MULTILINE)
DOCS, NOTEBOOKS = "docs/", "notebooks/"


def for_site(markdown: str, source: str, page: str, repository: str = "") -> str:
    """Markdown whose links lead somewhere on the site.

    A link to a file that is not on the site becomes one into the repository, or just the file's
    name where no address of a repository is known.

    Args:
        markdown: As it is read in the checkout.
        source: Its file, from the top of the checkout: ``"docs/benchmark.md"``.
        page: Its page, from the top of the site: ``"benchmark.md"``.
        repository: Address of the repository, "" where there is none.
    """

    def replaced(link: Match[str]) -> str:
        text, target = link.groups()
        path, _, anchor = target.partition("#")
        if not path or ":" in path:
            return link.group()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        on_site = _on_site(path)
        if on_site:
            place = posixpath.relpath(on_site, posixpath.dirname(page) or ".")
            return f"[{text}]({place}{anchor and '#' + anchor})"
        if repository:
            return f"[{text}]({repository.rstrip('/')}/blob/main/{path})"
        named = text.strip("`")
        is_name = named == path or path.startswith(f"{named}/") or path.endswith(f"/{named}")
        return f"`{path}`" if is_name else f"{text} (`{path}`)"

    return outside_code(markdown, lambda prose: LINK.sub(replaced, prose))


def outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """Markdown with all but its fenced blocks changed."""
    parts, end = [], 0
    for block in FENCED.finditer(markdown):
        parts += [change(markdown[end : block.start()]), block.group()]
        end = block.end()
    return "".join([*parts, change(markdown[end:])])


def _on_site(path: str) -> str:
    """Where a file of the checkout lies on the site; "" for one that does not."""
    if path == "CHANGELOG.md":
        return "changelog.md"
    if path.startswith(NOTEBOOKS):
        return path
    return path.removeprefix(DOCS) if path.startswith(DOCS) else ""
