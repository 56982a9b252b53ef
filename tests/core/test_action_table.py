import numpy as np
import pytest

from creative_envs.core.action_table import ActionTable, ObservedFeatures
from creative_envs.core.errors import InvalidArgument
from creative_envs.melody.task import MelodyTask
from creative_envs.melody.vocabulary import DURATIONS
from tests.toy_domain import NecklaceTask

FITTING = {
    "features": np.zeros((4, 2), np.float32),
    "value": np.array([0, 1, 2, 2]),
    "relation": np.arange(12).reshape(4, 3) % 5,
}

OBSERVED = {
    "entry": "library",
    "gather": np.arange(8).reshape(4, 2),
    "columns": (2, 1),
    "neighbours": np.array([[-1, -1], [0, -1], [1, 0]]),
}


def test_counts_its_relations():
    assert ActionTable(**FITTING).relations == 5


@pytest.mark.parametrize(
    "change",
    [
        {"features": np.zeros(4, np.float32)},
        {"value": np.array([0, 1, 2])},
        {"value": np.array([0, 1, 2, 3])},
        {"value": np.array([0, 1, 2, -1])},
        {"relation": np.zeros((3, 3), np.int64)},
        {"relation": np.full((4, 3), -1)},
    ],
)
def test_refuses_parts_that_do_not_fit(change):
    with pytest.raises(InvalidArgument, match="ActionTable"):
        ActionTable(**{**FITTING, **change})


def test_features_may_be_read_off_observations():
    features = ObservedFeatures(**OBSERVED)
    assert features.shape == (4, 2)
    ActionTable(**{**FITTING, "features": features})
    three = ObservedFeatures(**{**OBSERVED, "gather": np.arange(6).reshape(3, 2)})
    with pytest.raises(InvalidArgument, match="ActionTable"):
        ActionTable(**{**FITTING, "features": three})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"gather": np.arange(8)}, "gather"),
        ({"gather": np.arange(8).reshape(4, 2) - 1}, "below 0"),
        ({"columns": ()}, "column"),
        ({"neighbours": np.array([-1, 0, 1])}, "neighbours"),
        ({"neighbours": np.array([[-1], [1], [1]])}, "before"),
        ({"neighbours": np.array([[0], [0], [1]])}, "before"),
        ({"neighbours": np.array([[-1], [-2], [1]])}, "before"),
    ],
)
def test_refuses_observed_features_that_do_not_fit(change, complaint):
    with pytest.raises(InvalidArgument, match=complaint):
        ObservedFeatures(**{**OBSERVED, **change})


def test_domains_may_have_none():
    assert NecklaceTask().action_table() is None


def test_melodies_relate_notes_by_interval():
    table = MelodyTask().action_table()
    actions = np.arange(len(table.value))
    assert table.features.shape == (208, 37)
    assert (table.value == actions // len(DURATIONS)).all()
    up, down, same = (
        table.relation[before + 1, after] for before, after in ((5, 9), (9, 5), (7, 7))
    )
    assert up - same == same - down == 4
    for before, after in ((3, 2), (20, 19), (25, 24)):
        assert table.relation[before + 1, after] == same - 1
    for before, after in ((-1, 5), (0, 5), (5, 0)):
        assert table.relation[before + 1, after] == 0
    assert table.relations == same + 24 + 1


def test_features_of_melodies_say_pitch_duration_and_height():
    features = MelodyTask().action_table().features
    assert (features[:, :26].argmax(1) == np.arange(208) // 8).all()
    assert (features[:, 26:34].argmax(1) == np.arange(208) % 8).all()
    highest, centre, lowest, rest = features[25 * 8 + 7], features[13 * 8], features[8], features[0]
    assert highest[34:].tolist() == [1, 1, 1]
    assert centre[34:].tolist() == [0, 0, 0]
    assert lowest[34:].tolist() == [-1, 1, 0]
    assert rest[34:].tolist() == [0, 0, 0]
