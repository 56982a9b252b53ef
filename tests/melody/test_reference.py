import numpy as np

from creative_envs.melody import reference
from creative_envs.melody.corpus.tunes import load_default
from creative_envs.melody.reference import DEFAULT_CORPUS
from creative_envs.melody.task import MelodyTask


def test_the_hash_of_a_task_is_of_its_data_and_not_of_its_rules() -> None:
    expected = MelodyTask().reference_sha256()
    assert len(expected) == 64
    assert MelodyTask(split="test").reference_sha256() == expected
    assert MelodyTask(chromatic=True).reference_sha256() == expected


def test_the_hash_tells_tunes_lengths_and_craft_models_apart(monkeypatch) -> None:
    book = load_default()
    without_one = book.select(np.arange(len(book.split)) != 7)
    hashes = [
        reference._digest(book, DEFAULT_CORPUS, 8),
        reference._digest(book, DEFAULT_CORPUS, 4),
        reference._digest(without_one, DEFAULT_CORPUS, 8),
        reference._digest(book, "a copy of the shipped tunes", 8),  # fits a craft model of its own
    ]
    assert hashes[0] == MelodyTask().reference_sha256()
    monkeypatch.setattr(reference, "SHA256", {reference.CRAFT_FILE: "another model"})
    hashes.append(reference._digest(book, DEFAULT_CORPUS, 8))
    assert len(set(hashes)) == len(hashes)
