"""What all command lines of this package do alike: exit codes, and errors in a line."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

from agents.errors import AgentError, Interrupted

USER_ERROR = 2
CTRL_C = 130
OURS = ("agents", "creative_envs")
P = ParamSpec("P")


def command(name: str, farewell: str = "") -> Callable[[Callable[P, int | None]], Callable[P, int]]:
    """Makes a function that runs a command line return its exit code.

    That is what it returns itself, or 0; 2 for a user's mistake or a file that cannot be written,
    which is told in a line; and 130 for Ctrl-C, or what an `Interrupted` says; 141 where whoever
    read the output, such as ``head``, has had enough. A Python without what is installed by
    ``make train`` is a user's mistake too: most likely .venv was not activated.

    Args:
        name: Begins the line.
        farewell: Told at Ctrl-C.
    """

    def decorated(run: Callable[P, int | None]) -> Callable[P, int]:
        @functools.wraps(run)
        def guarded(*args: P.args, **keywords: P.kwargs) -> int:
            try:
                code = run(*args, **keywords) or 0
                if sys.stdout is not None:  # as it is under ``>&-``
                    sys.stdout.flush()
                return code
            except Interrupted as interruption:
                print(interruption, file=sys.stderr)
                return interruption.exit_code
            except AgentError as error:
                print(f"{name}: {error}", file=sys.stderr)
                return USER_ERROR
            except ModuleNotFoundError as error:
                package = (error.name or "").partition(".")[0]
                if not package or package in OURS:
                    raise
                print(
                    f"{name}: there is no {package} in the Python that runs this, "
                    f"{sys.executable}. Activate the environment, `source .venv/bin/activate`, "
                    "or make it first, `make train`.",
                    file=sys.stderr,
                )
                return USER_ERROR
            except BrokenPipeError:
                from creative_envs.core.streams import BROKEN_PIPE, silence  # not before --help

                silence()
                return BROKEN_PIPE
            except OSError as error:
                from creative_envs.core.streams import words_of

                print(f"{name}: {words_of(error)}", file=sys.stderr)
                return USER_ERROR
            except KeyboardInterrupt:
                if farewell:
                    print(farewell, file=sys.stderr)
                return CTRL_C

        return guarded

    return decorated
