"""Pages that hold all they show: one HTML file, no request to anywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from creative_envs.core.files import write_atomically

STYLE: Final = "page.css"
"""What all pages have in common; light and dark."""
LONGEST_LIST: Final = 4
"""Entries of a list in a brief that are told; longer ones are for the picture to show."""
COLOUR: Final = re.compile("#[0-9a-f]{6}")


def write_document(
    path: str | Path, heading: str, parts: Iterable[str], *, style: str = "", script: str = ""
) -> Path:
    """Writes a page with its style inside it.

    Args:
        path: Where to; the folder must exist.
        heading: Its title.
        parts: HTML of its body; empty ones are left out.
        style: CSS beyond that of all pages.
        script: JavaScript that runs once the page is read.

    Returns:
        The path.

    Raises:
        OSError: It could not be written; the message says what to do.
    """
    common = (files("creative_envs.core") / STYLE).read_text(encoding="utf-8")
    document = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(heading)}</title>\n'
        f"<style>\n{common}{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n"
        + (f"<script>\n{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )
    return write_atomically(path, document.encode())


def meter(name: str, share: float) -> str:
    """A bar that is filled to a share of it, in the colour that the style gives the name."""
    width = 100 * min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    return f'<span class="bar {name}"><i style="width:{width:.0f}%"></i></span>'


def brief_list(brief: Mapping[str, Any]) -> str:
    """The parts of a brief, but for long lists: those are for the picture to show."""
    items = "".join(
        f"<div><dt>{escape(key.replace('_', ' '))}</dt> <dd>{_swatch(value)}"
        f"{escape(_words(value))}</dd></div>"
        for key, value in brief.items()
        if not isinstance(value, (list, tuple)) or len(value) <= LONGEST_LIST
    )
    return f"<dl>{items}</dl>"


def _swatch(value: Any) -> str:
    """A square of the colour, if the value is one."""
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        return ""
    return f'<i class="swatch" style="background:{value}"></i>'


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(_words(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
