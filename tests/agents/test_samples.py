"""What is written beside a work sampled from a run."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from agents.evaluation import Sample
from agents.samples import _write_works
from tests.toy_domain import NecklaceTask

WORK = {"tokens": np.zeros((6, 1), np.int16), "length": 6, "brief": np.zeros(2, np.float32)}


@dataclass(frozen=True)
class Programme:
    """A work whose own format is JSON, and which shows more where there is more to show."""

    media: tuple[str, ...]

    def save(self, path):
        path.write_text('"the work itself"')
        return path


@pytest.mark.parametrize(
    ("media", "record"), [((".txt",), "work-01.json"), ((".txt", ".json"), "work-01.info.json")]
)
def test_the_record_never_replaces_the_work(tmp_path, monkeypatch, media, record):
    monkeypatch.setattr(NecklaceTask, "artefact", classmethod(lambda *_, **__: Programme(media)))
    (shown,) = _write_works(
        NecklaceTask(), Sample("trained", [WORK], None), [{"seed": 7}], tmp_path
    )
    assert [file.name for file in shown.files] == [f"work-01{suffix}" for suffix in media]
    assert all(json.loads(file.read_text()) == "the work itself" for file in shown.files)
    told = json.loads((tmp_path / record).read_text())
    assert told["length"] == 6
    assert told["provenance"] == {"seed": 7}
