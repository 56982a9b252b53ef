"""Writes the gallery: works of the shipped models, references and random play, a page a domain.

The same seed makes the same pages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agents.command_line import command
from agents.errors import ConfigError, RunError

WORKS: Final = 64
SEED: Final = 6_000_011
"""Decides the works: not those that a model was chosen or its card scored by."""
LEAST: Final = 3
"""Works of a maker: the best, the median and another one."""


@command("exhibition")
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.exhibition", description=__doc__)
    add = parser.add_argument
    add(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where to (default: docs/gallery, with --readme docs/images); files of the same names "
        "are replaced",
    )
    add(
        "--works",
        type=int,
        default=WORKS,
        metavar="N",
        help=f"works of each maker, of which those shown are chosen (default: {WORKS})",
    )
    add("--seed", type=int, default=SEED, metavar="N", help=f"decides them (default: {SEED})")
    add(
        "--readme",
        action="store_true",
        help="write the README's picture and animation, gallery.png and gallery.gif, instead",
    )
    options = parser.parse_args(arguments)
    if options.works < LEAST or options.seed < 0:
        raise ConfigError(f"--works must be at least {LEAST}, and --seed at least 0")
    out = options.out or Path("docs") / ("images" if options.readme else "gallery")
    try:
        _write(out, options.works, options.seed, readme=options.readme)
    except OSError as error:
        raise RunError(
            f"Cannot write to {out} ({error.strerror or error}): name another folder with --out."
        ) from error


def _write(out: Path, works: int, seed: int, *, readme: bool) -> None:
    from agents.exhibition.banner import write_banner
    from agents.exhibition.rooms import write_rooms
    from agents.kernels import announce_compiling

    announce_compiling()
    out.mkdir(parents=True, exist_ok=True)
    written = (write_banner if readme else write_rooms)(out, works, seed)
    size = sum(file.stat().st_size for file in written)
    print(f"{len(written)} files, {size / 1e6:.1f} MB, in {out}")


if __name__ == "__main__":
    sys.exit(main())
