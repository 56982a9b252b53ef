"""The learned temperature of later works."""

import math

import pytest
import torch

from agents.attention.heat import Heat
from agents.attention.moments import Moments


def moments(weights, earlier):
    brief = torch.tensor([[weight, 0.3] for weight in weights])
    works = torch.zeros(len(weights), 3, 4)
    for row, count in enumerate(earlier):
        works[row, :count, 0] = 1
    rows = torch.arange(len(weights))
    return Moments({"brief": brief, "works": works}, rows, torch.zeros_like(rows))


def test_all_works_begin_at_temperature_one():
    assert Heat()(moments([0, 0.5, 1], [0, 1, 3])).tolist() == [1, 1, 1]


def test_later_works_follow_the_weight_and_first_ones_never():
    heat = Heat()
    with torch.no_grad():
        heat.exponents[:] = torch.tensor([-0.01, 0.03])
    first, cold, middling, hot = heat(moments([1, 0, 0.5, 1], [0, 1, 2, 3])).tolist()
    assert first == 1
    assert cold == pytest.approx(math.exp(1.5 * math.tanh(-0.1 / 1.5)))
    assert middling == pytest.approx(math.exp(1.5 * math.tanh(0.05 / 1.5)))
    assert cold < 1 < middling < hot


def test_temperatures_stay_within_bounds():
    heat = Heat()
    for exponent, bound in ((100.0, math.exp(1.5)), (-100.0, math.exp(-1.5))):
        with torch.no_grad():
            heat.exponents[:] = exponent
        assert heat(moments([1.0], [1])).item() == pytest.approx(bound)
