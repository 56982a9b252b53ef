"""From usable tunes to a TuneBook: duplicates out, families found, columns laid end to end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from creative_envs.melody.corpus.admission import Tune
from creative_envs.melody.corpus.families import find_families, split_by_family
from creative_envs.melody.corpus.tunes import TuneBook, offsets


def bind(tunes: Sequence[Tune]) -> TuneBook:
    """Make a book of tunes, in their order; of tunes with the same notes the first is kept."""
    kept = _without_duplicates(tunes)
    family = find_families([tune.title for tune in kept], [tune.pitch for tune in kept])
    names = [f"{tune.collection}/{tune.id}/{tune.title}" for tune in kept]
    return TuneBook(
        pitch=np.array([pitch for tune in kept for pitch in tune.pitch], np.int8),
        ticks=np.array([ticks for tune in kept for ticks in tune.ticks], np.int16),
        offset=offsets(len(tune.pitch) for tune in kept),
        bar_line=np.array([line for tune in kept for line in tune.bar_lines], np.int32),
        upbeat=np.array([upbeat for tune in kept for upbeat in tune.upbeats], np.int16),
        bar_offset=offsets(len(tune.bar_lines) for tune in kept),
        metre=np.array([tune.metre for tune in kept], np.int8),
        mode=np.array([tune.mode for tune in kept], np.int8),
        tonic=np.array([tune.tonic for tune in kept], np.int8),
        pickup=np.array([tune.pickup for tune in kept], np.int32),
        family=family,
        split=split_by_family(family, names),
        collection=np.array([tune.collection for tune in kept], np.str_),
        title=np.array([tune.title for tune in kept], np.str_),
        id=np.array([tune.id for tune in kept], np.str_),
    )


def _without_duplicates(tunes: Sequence[Tune]) -> list[Tune]:
    first: dict[tuple[object, ...], Tune] = {}
    for tune in tunes:
        first.setdefault((tune.metre, tune.mode, tune.pitch, tune.ticks), tune)
    return list(first.values())
