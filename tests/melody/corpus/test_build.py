"""The build of the shipped collection (where music21, its source, is installed)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from creative_envs.core.errors import EmptyCorpus
from creative_envs.melody.corpus import build
from creative_envs.melody.corpus.fingerprint import SHIPPED_CORPUS_SHA256
from creative_envs.melody.corpus.tunes import TuneBook

needs_music21 = pytest.mark.skipif(find_spec("music21") is None, reason="music21 is not installed")


@needs_music21
def test_rebuilt_collection_is_the_shipped_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tunes.npz"
    assert build.main(["--out", str(out)]) == 0
    assert TuneBook.load(out).sha256 == SHIPPED_CORPUS_SHA256
    printed = capsys.readouterr().out
    assert SHIPPED_CORPUS_SHA256 in printed
    assert "This is not the hash" not in printed


def test_other_collections_need_a_file_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build.main(["--collections", "essen"])
    assert "--out" in capsys.readouterr().err


def test_missing_source_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(EmptyCorpus, match="pip install"):
        build.glean("oneill")
