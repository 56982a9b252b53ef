"""The code and the commands of the README, of every page and of the examples' READMEs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GENERATED: Final = ("docs/gallery", "docs/environments", "docs/results/benchmark/runs")
PROGRAMS: Final = ("python", "creative-bench", "make", "pip", "tensorboard")
"""What a line of an indented block, or a phrase, begins with if it is a command."""
FENCE: Final = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
PHRASE: Final = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def guides() -> list[str]:
    """Paths of all pages, relative to the project."""
    found = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/README.md")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [name for name in names if not name.startswith(GENERATED)]


def text_of(guide: str) -> str:
    return (ROOT / guide).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: As written after the fence.
        content: Its lines.
        line: Where it begins in the page.
    """

    language: str
    content: str
    line: int


def blocks_of(text: str) -> list[Block]:
    return [
        Block(match[1], match[2], text[: match.start()].count("\n") + 2)
        for match in FENCE.finditer(text)
    ]


def commands_in(lines: str) -> list[list[str]]:
    """The commands of a script: their words, without comments; they may go over several lines."""
    found, pending = [], ""
    for line in lines.replace("\\\n", " ").splitlines():
        pending = f"{pending}\n{line}" if pending else line
        try:
            words = shlex.split(pending, comments=True)
        except ValueError:  # within quotes
            continue
        found += [words] if words else []
        pending = ""
    assert not pending, f"a quote is never closed: {pending}"
    return found


def mentioned(text: str) -> list[list[str]]:
    """Commands outside fences: lines of indented blocks, and phrases in backticks."""
    prose = FENCE.sub("", text)
    indented = "\n".join(re.findall(r"^    (\S.*)$", prose.replace("\\\n", " "), re.MULTILINE))
    phrases = [" ".join(phrase.split()) for phrase in PHRASE.findall(prose)]
    lines = [*indented.splitlines(), *phrases]
    return [
        shlex.split(line, comments=True)
        for line in lines
        if line.split(" ")[0] in PROGRAMS and " " in line
    ]
