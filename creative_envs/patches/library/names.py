"""What to answer when a name is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidArgument


def require_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Raises `InvalidArgument`, suggesting the nearest, unless a name is one of those known."""
    names = list(known)
    if name not in names:
        close = get_close_matches(str(name), names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise InvalidArgument(f"unknown {kind} {shown(name)}; {hint}known: {', '.join(names)}")
