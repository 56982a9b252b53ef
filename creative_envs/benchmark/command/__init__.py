"""``creative-bench``: lists, runs, scores, reports and compares.

What takes long to import is imported by the subcommand that needs it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from creative_envs.core.errors import CreativeEnvsError
from creative_envs.core.streams import BROKEN_PIPE, flush, silence, words_of

PROGRAM: Final = "creative-bench"
FAILED, MISTAKE, INTERRUPTED, TERMINATED = 1, 2, 130, 143

_EPILOG: Final = """\
for example:
  creative-bench list
  creative-bench run --suite quick --agents random,elite,ppo-mlp --out results
  creative-bench run --suite quick --agents mine.py:MyAgent --out results
  creative-bench report results --html report.html
"""


class Terminated(KeyboardInterrupt):
    """SIGTERM came: everything ends as with Ctrl-C, but for the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand.

    Args:
        arguments: Of the command line; None for those of this process.

    Returns:
        The exit code: 0; 1 if a cell failed, or for ``--fail-on-regression`` if there is one; 2 for
        a user's mistake, which is told in a line; 130 for Ctrl-C, 143 for SIGTERM, and 141 where
        whoever read the output has gone, such as ``head``.
    """
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _run(arguments)
        flush()
    except BrokenPipeError:
        silence()
        return BROKEN_PIPE
    except (CreativeEnvsError, OSError) as error:
        print(f"{PROGRAM}: error: {_one_line(error)}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt as error:
        return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as end:  # after --help or a usage error
        flush()
        return int(end.code or 0)
    return int(chosen.handler(chosen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Compares algorithms on creativity tasks: trained within a budget of steps, "
        "scored by works on held-out briefs. 1.00 is what reference works come to.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, handler: Any, summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=f"{summary}.")
        command.set_defaults(handler=handler)
        return command

    listing = add("list", _list, "Show suites, environments and agents")
    what = ("suites", "environments", "agents")
    listing.add_argument("what", nargs="?", choices=what, help="one kind only")
    _add_run(add("run", _run_suite, "Train and sample agents; continues what was interrupted"))
    status = add("status", _status, "Show what is done, running, failed and missing")
    _add_folder(status)
    score = add("score", _score, "Score stored works again, without training")
    _add_folder(score)
    _add_jobs(score)
    report = add("report", _report, "Write tables and a page of works; prints tables by default")
    _add_folder(report)
    report.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page")
    report.add_argument("--no-works", action="store_true", help="leave works out of the page: fast")
    report.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables")
    compare = add("compare", _compare, "Compare two folders of results")
    compare.add_argument("before", type=Path, metavar="A", help="folder of results")
    compare.add_argument("after", type=Path, metavar="B", help="folder of results")
    compare.add_argument(
        "--fail-on-regression", action="store_true", help="exit with 1 if an agent got worse"
    )
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--suite", required=True, help="its name, or a TOML file of your own")
    run.add_argument(
        "--agents",
        required=True,
        type=_names,
        metavar="A,B,...",
        help="names (see list), package.module:Class or file.py:Class",
    )
    run.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of results")
    run.add_argument(
        "--environments", type=_names, metavar="A,B,...", help="only these of the suite"
    )
    run.add_argument("--seeds", type=_count, metavar="N", help="default: as the suite says")
    _add_jobs(run)
    run.add_argument(
        "--runner", choices=("local", "ray"), default="local", help="ray: on a cluster"
    )
    run.add_argument("--address", help="of a running Ray cluster, such as auto or host:port")
    run.add_argument("--device", default="cpu", help="for torch: cpu (default) or cuda")
    run.add_argument("--retry-failed", action="store_true", help="run failed cells again")
    run.add_argument(
        "--keep-policies",
        action="store_true",
        help="keep policies that can save themselves",
    )


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of results")


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jobs", type=_count, metavar="N", help="cells at a time; default: one a core"
    )


def _list(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.command.listing import listing

    print(listing(chosen.what))
    return 0


def _run_suite(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.command.running import Request, run_suite

    settings = {name: value for name, value in vars(chosen).items() if name != "handler"}
    return run_suite(Request(**settings))


def _status(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.command.status import status
    from creative_envs.benchmark.results import Results

    print(status(Results(chosen.folder)))
    return 0


def _score(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.command.rescoring import rescore
    from creative_envs.benchmark.results import Results

    return rescore(Results(chosen.folder), chosen.jobs)


def _report(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.report import write_html, write_markdown
    from creative_envs.benchmark.results import Results

    results = Results(chosen.folder)
    suites = {suite.name: suite for suite in results.suites()}
    rows, cells = results.scores(), results.cells()
    if chosen.html is not None:
        episodes = None if chosen.no_works else lambda row: results.works(row["cell"])
        write_html(rows, chosen.html, suites=suites, cells=cells, episodes=episodes)
    text = write_markdown(rows, chosen.markdown, suites=suites, cells=cells)
    if chosen.html is None and chosen.markdown is None:
        print(text, end="")
    for what, path in (("Page", chosen.html), ("Tables", chosen.markdown)):
        if path is not None:
            print(f"{what}: {path.resolve()}")
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    from creative_envs.benchmark.comparison import compare
    from creative_envs.benchmark.results import Results

    comparison = compare(Results(chosen.before).scores(), Results(chosen.after).scores())
    print(comparison)
    return FAILED if chosen.fail_on_regression and comparison.regressions else 0


def _names(text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise argparse.ArgumentTypeError("give at least one name")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1, not {text!r}")
    return int(text)


def _terminate(number: int, frame: Any) -> None:
    raise Terminated


def _one_line(error: BaseException) -> str:
    text = words_of(error) if isinstance(error, OSError) else str(error)
    return " ".join(text.split())
