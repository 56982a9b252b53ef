"""Counts the cases of each line of the list in `README.md` beside this file.

    python -m tests.sweep.counts

Prints the table anew, with what pytest collects for the tests named.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
ROOT = README.parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)*)`")


def lines() -> list[tuple[str, list[str], str]]:
    """Of the table: the item, the tests it names, and the number of cases beside them."""
    found = []
    for line in README.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and NAMED.search(line):
            found.append((cells[0], NAMED.findall(cells[1]), cells[2]))
    return found


def collected(tests: list[str]) -> list[str]:
    """The cases pytest collects for tests."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", *tests],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if "::" in line]


def main() -> None:
    """Prints the table with its counts."""
    everything = sorted({test for _, tests, _ in lines() for test in tests})
    cases = collected(everything)
    for item, tests, _ in lines():
        named = tuple(tests)
        own = {case for case in cases if re.split(r"(?=\[)", case)[0].startswith(named)}
        print(f"| {item} | {' '.join(f'`{test}`' for test in tests)} | {len(own)} |")
    print(f"\n{len(set(cases))} cases in all")


if __name__ == "__main__":
    main()
