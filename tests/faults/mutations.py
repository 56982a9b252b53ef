"""Damage that files come to: bytes flipped, cut and doubled; parts of documents retyped or gone."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

NESTED: Final = "nested far too deep"
"""Stands in a document for lists within lists, which `json.dumps` itself cannot write."""
DEEP: Final = "[" * 100_000
JUNK: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    7,
    10**30,
    -(10**300),
    0.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "../../somewhere",
    "~nobody-of-this-name/x",
    "a\0b",
    "a\nb",
    "\ud800",
    "long" * 3000,
    [],
    [None],
    [[1, 2], [3]],
    {},
    {"a": 1},
    NESTED,
)
"""What may stand where something else is expected."""


def examples(count: int) -> settings:
    """Settings of a fuzz test; FAULT_EXAMPLES in the environment says how many examples instead."""
    return settings(
        max_examples=int(os.environ.get("FAULT_EXAMPLES", count)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@st.composite
def damaged_bytes(draw: st.DrawFn, intact: bytes) -> bytes:
    """A file after one to four accidents."""
    content = bytearray(intact)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        accident = draw(st.sampled_from(("flip", "cut", "insert", "drop", "double")))
        if accident == "flip" and content:
            content[at] ^= draw(st.integers(1, 255))
        elif accident == "cut":
            del content[at:]
        elif accident == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif accident == "drop":
            del content[at : at + draw(st.integers(1, 40))]
        else:
            content[at:at] = content[at : at + draw(st.integers(1, 400))]
    return bytes(content)


@st.composite
def damaged_document(draw: st.DrawFn, intact: Any) -> Any:
    """A document after one to three changes of its structure."""
    document = copy.deepcopy(intact)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            return document
        # the few parts near the root are as likely as the many leaves
        depth = draw(st.sampled_from(sorted({len(place) for place in places})))
        *parents, last = draw(st.sampled_from([place for place in places if len(place) == depth]))
        holder = document
        for step in parents:
            holder = holder[step]
        change = draw(st.sampled_from(("retype", "retype", "drop", "swap", "add")))
        if change == "retype":
            holder[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif change == "drop":
            del holder[last]
        elif change == "swap":
            other = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else [0, -1]))
            holder[last], holder[other] = holder[other], holder[last]
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(("extra", "", "name", "\ud800")))] = holder[last]
        else:
            holder.append(copy.deepcopy(holder[last]))
    return document


def _places(document: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a document but its root."""
    if isinstance(document, dict):
        steps = list(document)
    elif isinstance(document, list):
        steps = list(range(len(document)))
    else:
        return
    for step in steps:
        yield (*so_far, step)
        yield from _places(document[step], (*so_far, step))


def text_of(document: Any) -> bytes:
    """A document as JSON, with all that JSON in the wild may hold; see `NESTED`."""
    text = json.dumps(document)
    return text.replace(json.dumps(NESTED), DEEP).encode()


@contextmanager
def on_disk(name: str, content: bytes | None = None) -> Iterator[Path]:
    """A path in a new folder, with this content; hypothesis wants no fixtures of pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if content is not None:
            path.write_bytes(content)
        yield path
