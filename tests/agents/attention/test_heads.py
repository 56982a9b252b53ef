import numpy as np
import pytest
import torch

from agents.attention.heads import FlatHead, PointerHead
from agents.attention.moments import Moments
from creative_envs.core.action_table import ActionTable

VALUE = np.array([0, 1, 2, 2, 1, 0])
RELATION = np.array([[0, 0, 0], [1, 2, 3], [4, 1, 2], [5, 4, 1]])
"""Of three values to none (first row), and to each of the three."""


def make_pointer(features=4, width=16):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    table = ActionTable(rng.normal(size=(6, features)).astype(np.float32), VALUE, RELATION)
    return PointerHead(width, table)


def after(last):
    """Moments whose last tokens have these first columns (m,), -1 for none."""
    last = torch.as_tensor(last)
    return Moments({"tokens": last[:, None, None]}, torch.arange(len(last)), (last >= 0).long())


@pytest.mark.parametrize("make", [lambda: FlatHead(16, 6), make_pointer])
def test_heads_begin_all_but_indifferent(make):
    torch.manual_seed(0)
    logits = make()(torch.randn(50, 16), after(torch.randint(-1, 3, (50,))))
    assert logits.shape == (50, 6)
    assert 0 < logits.std() < 0.2


def test_flat_head_does_not_care_for_the_last_token():
    head, states = FlatHead(16, 6), torch.randn(4, 16)
    assert torch.equal(head(states, after([-1] * 4)), head(states, after([0, 1, 2, 0])))


@pytest.mark.parametrize("last", [-1, 0, 1, 2])
def test_pointer_logit_is_query_times_features_and_relation_plus_bias(last):
    head = make_pointer()
    torch.nn.init.normal_(head.bias)
    state = torch.randn(1, 16)
    query = head.query.weight @ state[0] + head.query.bias
    logits = head(state, after([last]))[0]
    for action in range(6):
        relation = int(RELATION[last + 1, VALUE[action]])
        embedding = head.embedding.weight @ head.features[action] + head.related[relation]
        assert torch.isclose(logits[action], query @ embedding + head.bias[action], atol=1e-6)


def test_actions_alike_have_logits_alike_but_for_their_bias():
    features = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    head = PointerHead(8, ActionTable(features, np.array([1, 2, 1]), RELATION))
    torch.nn.init.normal_(head.query.weight)
    last = after([-1, 0, 1, 2, 0])
    logits = head(torch.randn(5, 8), last)
    assert torch.allclose(logits[:, 0], logits[:, 2], atol=1e-6)
    assert not torch.allclose(logits[:, 0], logits[:, 1])
    with torch.no_grad():
        head.bias[2] = 0.5
    again = head(torch.randn(5, 8), last)
    assert torch.allclose(again[:, 2] - again[:, 0], torch.full((5,), 0.5), atol=1e-6)


def test_what_is_known_of_actions_is_not_learned():
    head = make_pointer()
    assert {"features", "value"}.isdisjoint(dict(head.named_parameters()))
