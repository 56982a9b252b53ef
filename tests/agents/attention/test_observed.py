"""Features of actions that observations tell: read, embedded and pointed at by what they say."""

import pytest
import torch

from agents.attention import observed
from agents.attention.heads import ObservedPointerHead
from agents.attention.moments import Moments, chosen_works
from agents.attention.observed import (
    FeatureReader,
    ObservedEmbedding,
    distinct,
    grouped_product,
    lifted,
)
from tests.agents.mosaics import LEFT, PATCHES, RIGHT, TURNS, WIDTH, MosaicTask
from tests.agents.mosaics import gather as gather_sides

TABLE = MosaicTask().action_table()
SIZE = 24


def mosaics(count=6, libraries=3, seed=0):
    """Full mosaics with libraries in turn, and a moment of each."""
    generator = torch.Generator().manual_seed(seed)
    columns = [torch.randint(0, size, (count, 16), generator=generator) for size in (5, 4)]
    library = torch.rand(libraries, PATCHES, 12, generator=generator)
    context = {
        "tokens": torch.stack(columns, dim=2),
        "library": library[torch.arange(count) % libraries],
    }
    return Moments(context, torch.arange(count), torch.arange(count) * 3)


def sides(library, action):
    """Features of one action, from the domain's own account of its tiles."""
    return lifted(torch.as_tensor(library).flatten()[gather_sides()[action]])


def test_features_are_centred_and_have_their_squares():
    given = torch.linspace(0, 1, 101)[:, None]
    found = lifted(given)
    assert found.mean(dim=0).abs().max() < 0.05
    torch.testing.assert_close(found[:, 0], 4 * given[:, 0] - 2)
    torch.testing.assert_close(found[:, 1] - found[50, 1], found[:, 0] ** 2)


def test_reads_what_tokens_say_of_their_action():
    reader, (context, row, _) = FeatureReader(TABLE.features), mosaics()
    context["tokens"][4, 10:] = -1
    actions = reader.actions(context["tokens"])
    assert (actions[4, 10:] == -1).all()
    found = reader(context["library"], row[:, None], actions)
    every = reader.all(context["library"])
    assert found.shape == (6, 16, SIZE) and every.shape == (6, 20, SIZE)
    assert not found[4, 10:].any()
    for work, cell in ((0, 0), (3, 15), (4, 9), (5, 7)):
        patch, turn = context["tokens"][work, cell].tolist()
        expected = sides(context["library"][work], patch * TURNS + turn)
        assert torch.equal(found[work, cell], expected)
        assert torch.equal(every[work, patch * TURNS + turn], expected)


def test_neighbours_are_those_of_the_next_place():
    reader, (context, *_) = FeatureReader(TABLE.features), mosaics(count=1)
    actions = reader.actions(context["tokens"])
    for length in range(17):
        left, above = reader.neighbours_of(actions, torch.tensor(0), torch.tensor(length)).tolist()
        has_left, has_above = 0 < length < 16 and length % WIDTH, WIDTH <= length < 16
        assert left == (actions[0, length - 1] if has_left else -1)
        assert above == (actions[0, length - WIDTH] if has_above else -1)


def test_embedding_of_all_tokens_is_that_of_each_when_it_was_last():
    torch.manual_seed(0)
    embedding, (context, row, _) = ObservedEmbedding(TABLE.features, 8), mosaics()
    every = embedding.of_all(context)
    for length in range(1, 17):
        moments = Moments(context, row, torch.full((6,), length))
        torch.testing.assert_close(embedding.of_last(moments), every[:, length - 1])
    patch, turn = context["tokens"][2, 5].tolist()
    actions = FeatureReader(TABLE.features).actions(context["tokens"])
    known = [patch * TURNS + turn, actions[2, 5], actions[2, 2]]
    features = torch.cat([sides(context["library"][2], int(action)) for action in known])
    torch.testing.assert_close(every[2, 5], embedding.embedding.weight @ features)


def make_head(width=16):
    torch.manual_seed(0)
    head = ObservedPointerHead(width, TABLE)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return head


@pytest.mark.parametrize("libraries", [1, 3, 6])
@torch.no_grad()
def test_logit_compares_state_and_neighbours_with_the_features_of_an_action(libraries):
    head, moments, states = make_head(), mosaics(libraries=libraries), torch.randn(6, 16)
    logits = head(states, moments)
    actions = head.read.actions(moments.context["tokens"])
    for work, length in enumerate(moments.length.tolist()):
        library = moments.context["library"][work]
        near = [
            sides(library, int(actions[work, place])) if place >= 0 else torch.zeros(SIZE)
            for place in TABLE.features.neighbours[length]
        ]
        heeded = [seen * heed for seen, heed in zip(near, head.heed(states[work]), strict=True)]
        query = head.query(states[work]) + head.match.weight @ torch.cat(heeded)
        last = int(moments.context["tokens"][work, length - 1, 0]) if length else -1
        for action in range(20):
            relation = TABLE.relation[last + 1, TABLE.value[action]]
            expected = query @ sides(library, action) + head.related(states[work])[relation]
            torch.testing.assert_close(logits[work, action], expected, atol=1e-4, rtol=1e-5)


@torch.no_grad()
def test_a_match_of_sides_can_be_told_exactly():
    """What heads add up can be minus the squared distance of a side from the one beside it."""
    head, moments = ObservedPointerHead(16, TABLE), mosaics()
    for parameter in head.parameters():
        parameter.zero_()
    head.heed.bias.fill_(1.0)
    places = torch.arange(12).view(4, 3)
    head.match.weight[places[LEFT], places[RIGHT]] = 2.0
    head.query.bias[12 + places[LEFT]] = -1.0
    logits = head(torch.zeros(6, 16), moments)
    reader = head.read
    colours = reader.all(moments.context["library"])[:, :, :12].unflatten(2, (4, 3))
    actions = reader.actions(moments.context["tokens"])
    for work, length in enumerate(moments.length.tolist()):
        if length % WIDTH:
            beside = colours[work, actions[work, length - 1], RIGHT]
            expected = -(colours[work, :, LEFT] - beside).square().sum(dim=1)
            difference = logits[work] - expected
            torch.testing.assert_close(difference, difference[:1].expand(20), atol=1e-4, rtol=0)


@pytest.mark.parametrize("which", [[0] * 7, [0, 1, 2, 3, 4, 5, 6], [2, 2, 0, 1, 0, 2, 2]])
def test_rows_that_repeat_are_found(which):
    rows = torch.rand(7, 5, 4)
    rows[1] = rows[0]
    rows[1, 4, 3] += 1e-7  # the least difference counts
    found = distinct(rows[which])
    assert len(found.rows) == len(set(which))
    assert torch.equal(found.rows[found.which], rows[which])


def test_rows_whose_hashes_collide_are_kept_apart(monkeypatch):
    rows = torch.rand(7, 5, 4)
    monkeypatch.setattr(observed, "HASH_BASE", 0)
    found = distinct(rows)
    assert torch.equal(found.rows[found.which], rows)


@pytest.mark.parametrize("which", [[0, 0, 0], [2, 0, 2, 2, 1, 0], [1, 1], [0, 1, 2]])
def test_products_by_group_are_those_of_each_row(which):
    generator = torch.Generator().manual_seed(0)
    count = 1 if which == [0, 0, 0] else 3
    queries = torch.randn(len(which), 8, generator=generator, requires_grad=True)
    keys = torch.randn(count, 5, 8, generator=generator, requires_grad=True)
    which = torch.tensor(which)
    one_by_one = (keys[which] @ queries[..., None])[..., 0]
    products = grouped_product(queries, which, keys)
    torch.testing.assert_close(products, one_by_one)
    weights = torch.randn(products.shape, generator=generator)
    ours = torch.autograd.grad((products * weights).sum(), (queries, keys))
    theirs = torch.autograd.grad((one_by_one * weights).sum(), (queries, keys))
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


@torch.no_grad()
def test_works_can_be_chosen_from_a_context():
    context = mosaics().context
    chosen = chosen_works(context, torch.tensor([4, 1]), 3)
    assert torch.equal(chosen["tokens"], context["tokens"][[4, 1], :3])
    assert torch.equal(chosen["library"], context["library"][[4, 1]])
