"""Checks the models shipped with the repository, or adds one: ``python -m agents.pretrained``.

Without arguments, every model's files are compared with the hashes of its card, and its works are
sampled again and compared with the card's scores; the exit code is 1 where something differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agents import pretrained
from agents.command_line import command
from agents.errors import AgentError


@command("pretrained")
def main(arguments: Sequence[str] | None = None, root: Path = pretrained.ROOT) -> int:
    """Runs the command line.

    Args:
        arguments: Instead of the process's own.
        root: Where models lie.

    Returns:
        The exit code: 0, 1 if a model is not what its card says, 2 for a user's mistake, 130 for
        Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m agents.pretrained",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--add",
        nargs="+",
        type=Path,
        metavar="RUN",
        help="make or replace a model from the best of these finished runs, a seed each, chosen by "
        "their works for briefs of the validation split",
    )
    parser.add_argument(
        "--readmes", action="store_true", help="write every model's README.md anew from its card"
    )
    options = parser.parse_args(arguments)
    if options.readmes:
        _write_readmes(root)
        return 0
    if options.add:
        _add(options.add, root)
        return 0
    return _verify(root)


def _add(runs: Sequence[Path], root: Path) -> None:
    from agents.pretrained.adding import add
    from agents.pretrained.readme import format_score

    card = add(runs, root)
    print(f"{card.env}: seed {card.seed}, the best of {len(card.candidates)}.")
    for name, value in card.scores.items():
        print(f"{name:<12}{format_score(name, value):>9}")


def _write_readmes(root: Path) -> None:
    from agents.pretrained.card import Card

    for folder in pretrained.folders(root):
        Card.read(folder).write(folder)


def _verify(root: Path) -> int:
    from agents.pretrained.scoring import verify

    folders = pretrained.folders(root)
    failed = 0
    for folder in folders:
        try:
            comparison = verify(folder)
        except AgentError as error:
            print(f"{folder.name}: FAILED: {error}\n")
            failed += 1
            continue
        deviating = ", ".join(comparison.deviating)
        failed += bool(deviating)
        print(f"{folder.name}: {f'FAILED: deviates in {deviating}' if deviating else 'verified'}")
        print(f"{comparison}\n")
    print(f"{len(folders) - failed} of {len(folders)} models are what their cards say.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
