"""Wakes whoever waits for a subprocess that has died.

Forked workers hold the ends of each other's pipes, so that when one dies at a refused step its pipe
never closes, and a library that waits for the answer waits forever (`SubprocVecEnv` with
``start_method="fork"``).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

_POLL_SECONDS: Final = 0.2
_GRACE_POLLS: Final = 5
"""Polls the wait may last after the death: a pipe that does close wakes it by itself."""

_SIGNAL: Final = signal.SIGURG
"""Ignored by default, so that one which comes too late does nothing."""


@contextmanager
def woken(refused: Callable[[], int], error: Callable[[], Exception]) -> Iterator[None]:
    """Raises in the body, which runs in the main thread, a second after the process has died.

    In any other thread, which signals do not reach, this does nothing.

    Args:
        refused: The process that was refused a step, 0 while there is none.
        error: Makes what is raised.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    inside, done = True, threading.Event()

    def handle(*_: Any) -> None:
        if inside:
            raise error()

    before = signal.signal(_SIGNAL, handle)
    watcher = threading.Thread(target=_watch, args=(refused, done), daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            inside = False
    finally:
        done.set()
        watcher.join()
        signal.signal(_SIGNAL, before)


def _watch(refused: Callable[[], int], done: threading.Event) -> None:
    polls = 0
    while not done.wait(_POLL_SECONDS):
        process = refused()
        polls = polls + 1 if process and _is_dead(process) else 0
        if polls == _GRACE_POLLS:
            signal.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)
            polls = 0  # a library may catch the error and wait again


def _is_dead(process: int) -> bool:
    """Whether a process has ended; a child that nobody has waited for yet stays for its parent."""
    if process == os.getpid():
        return False
    try:
        if hasattr(os, "waitid"):
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, process, flags) is not None
    except ChildProcessError:  # not ours
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False
