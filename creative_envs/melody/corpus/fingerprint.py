"""The content hash of the tune collection that ships with the package."""

from __future__ import annotations

from typing import Final

SHIPPED_CORPUS_SHA256: Final = "17c5c6798d42721387aed7daea30accbdd6842b93a0f33488456336fc33372ed"
"""`TuneBook.sha256` of data/tunes.npz, as `python -m creative_envs.melody.corpus.build` prints."""
