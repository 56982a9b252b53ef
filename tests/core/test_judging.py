import numpy as np
import pytest

from creative_envs.core.errors import InvalidArgument, InvalidJudgement
from creative_envs.core.judging import BATCH, judged, percentiles


class Lightness:
    """Scores the mean value of pixels; remembers what it was shown, and spoils it."""

    def __init__(self):
        self.shapes = []

    def score(self, pictures):
        self.shapes.append(pictures.shape)
        scores = pictures.mean(axis=(1, 2, 3))
        pictures[:] = 0
        return scores


class Always:
    """Answers whatever it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def score(self, pictures):
        return self.answer


class Grey:
    """A work that is one grey."""

    def __init__(self, value):
        self.value = value

    def picture(self, pixels):
        return np.full((pixels, pixels, 3), self.value, np.uint8)


def greys(*values, side=4):
    return np.array([Grey(value).picture(side) for value in values])


def test_pictures_are_scored_in_order_and_in_batches():
    judge, values = Lightness(), np.arange(BATCH + 7) % 256
    pictures = greys(*values)
    judgement = judged(judge, pictures)
    np.testing.assert_allclose(judgement.scores, values)
    assert judgement.percentiles is None
    assert judge.shapes == [(BATCH, 4, 4, 3), (7, 4, 4, 3)]
    np.testing.assert_array_equal(pictures, greys(*values))  # the judge spoilt a copy only


def test_works_are_pictured_at_the_size_asked_for():
    judge = Lightness()
    judgement = judged(judge, [Grey(10), Grey(30)], [Grey(20), Grey(30)], pixels=5)
    np.testing.assert_allclose(judgement.scores, [10, 30])
    np.testing.assert_allclose(judgement.percentiles, [0, 75])
    assert judge.shapes == [(2, 5, 5, 3)] * 2
    judged(judge, [Grey(1)])
    assert judge.shapes[-1] == (1, 224, 224, 3)


def test_percentiles_count_ties_half():
    standard = np.array([3.0, 1.0, 2.0, 2.0])
    np.testing.assert_allclose(
        percentiles(np.array([0.0, 1.0, 2.0, 2.5, 9.0]), standard), [0, 12.5, 50, 75, 100]
    )


def test_no_works_get_no_scores():
    assert judged(Lightness(), greys(1)[:0]).scores.shape == (0,)
    assert judged(Lightness(), []).scores.shape == (0,)


@pytest.mark.parametrize(
    "answer",
    [
        np.zeros(3),
        np.zeros((2, 1)),
        0.5,
        [[1], [2, 3]],
        ["good", "bad"],
        None,
        [0.0, np.nan],
        [np.inf, 0.0],
    ],
)
def test_anything_but_a_finite_number_a_picture_is_refused(answer):
    with pytest.raises(InvalidJudgement, match=r"Always\.score"):
        judged(Always(answer), greys(1, 2))


def test_lists_and_other_numbers_will_do():
    np.testing.assert_allclose(judged(Always([1, 2]), greys(1, 2)).scores, [1.0, 2.0])


@pytest.mark.parametrize(
    "pictures",
    [
        greys(1).astype(np.float32),
        greys(1)[0],
        greys(1)[..., :1],
        np.zeros((1, 0, 4, 3), np.uint8),
        ["a picture"],
        [np.zeros((4, 4, 3), np.uint8)],
    ],
)
def test_what_is_no_picture_is_refused(pictures):
    for works, references in ((pictures, None), (greys(1), pictures)):
        with pytest.raises(InvalidArgument, match="picture"):
            judged(Lightness(), works, references)


def test_references_must_not_be_empty():
    with pytest.raises(InvalidArgument, match="references"):
        judged(Lightness(), greys(1), [])
