"""Stopping on request: Ctrl-C and SIGTERM become an exception that training can answer."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any


class StopRequested(BaseException):
    """Somebody asked the program to stop; raised once, wherever the program stands."""


class StopSignals:
    """While entered, turns the first SIGINT or SIGTERM into `StopRequested`, and ignores more.

    Ignoring the later ones lets the program finish saving however often Ctrl-C is pressed.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}

    @property
    def exit_code(self) -> int:
        """The shell's convention for a program ended by the signal: 130 for Ctrl-C."""
        return 128 + (self.received or signal.SIGINT)

    def __enter__(self) -> StopSignals:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            raise StopRequested
