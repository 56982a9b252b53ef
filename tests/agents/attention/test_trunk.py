import pytest
import torch
from torch.nn import functional

from agents.attention.blocks import RelativeBias, TrunkSize
from agents.attention.embedding import TokenEmbedding
from agents.attention.moments import chosen_works
from agents.attention.static import StaticEntry
from agents.attention.trunk import TRUNK_SIZES, CausalTrunk, WorkShape

SHAPE = WorkShape(token_sizes=(7, 4), max_length=12, brief_size=3)
PORTFOLIO = WorkShape((7, 4), 12, 3, earlier_works=2, memory_size=5)
STATIC = (StaticEntry("map", 4, 6), StaticEntry("weather", 1, 3))
FIELD = WorkShape((7, 4), 12, 3, earlier_works=2, memory_size=5, static=STATIC)
SIZE = TrunkSize(width=16, depth=3, heads=2)


def make_batch(shape, count=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    columns = [
        torch.randint(0, size, (count, shape.max_length), generator=generator)
        for size in shape.token_sizes
    ]
    tokens = torch.stack(columns, dim=-1).short()
    context = {"tokens": tokens}
    context["brief"] = torch.rand(count, shape.brief_size, generator=generator)
    if shape.earlier_works:
        size = count, shape.earlier_works, shape.memory_size
        context["works"] = torch.rand(size, generator=generator)
    for name, rows, size in shape.static:
        context[name] = torch.rand(count, rows, size, generator=generator)
    return context, torch.arange(count) % (shape.max_length + 1)


def make_trunk(shape, size=SIZE):
    torch.manual_seed(1)
    trunk = CausalTrunk(shape, size)
    for block in trunk.blocks:
        torch.nn.init.normal_(block.bias.table)
    return trunk


@pytest.mark.parametrize("shape", [SHAPE, PORTFOLIO, FIELD])
def test_state_at_a_position_is_that_of_the_prefix_alone(shape):
    trunk = make_trunk(shape)
    context, length = make_batch(shape)
    states = trunk(context)
    read = trunk.read_out(context, length)
    assert states.shape == (9, shape.max_length + 1, SIZE.width)
    for row, t in enumerate(length.tolist()):
        alone = trunk(chosen_works(context, slice(row, row + 1), t))
        assert torch.allclose(states[row, t], alone[0, t], atol=1e-5)
        assert torch.allclose(read[row], alone[0, t], atol=1e-5)


def test_state_depends_on_every_token_before_it_and_on_none_after():
    trunk = make_trunk(SHAPE)
    context, _ = make_batch(SHAPE, count=1)
    for changed in range(SHAPE.max_length):
        other = context["tokens"].clone()
        other[0, changed, 0] = (other[0, changed, 0] + 1) % SHAPE.token_sizes[0]
        difference = trunk(context) - trunk({**context, "tokens": other})
        difference = difference.abs().amax(dim=2)[0]
        assert difference[: changed + 1].max() < 1e-6
        assert difference[changed + 1 :].min() > 1e-4


def test_brief_earlier_works_and_static_rows_matter():
    trunk = make_trunk(FIELD)
    context, length = make_batch(FIELD)
    state = trunk.read_out(context, length)
    for name in ("brief", "works", "map", "weather"):
        other = trunk.read_out({**context, name: 1 - context[name]}, length)
        assert ((state - other).abs() > 1e-3).any(1).all()


def test_elements_stand_in_the_order_that_is_told():
    trunk = make_trunk(FIELD)
    context, _ = make_batch(FIELD)
    elements = trunk.embed(context)
    assert trunk.prefix == 2 + 4 + 1 + 1
    assert elements.shape == (9, trunk.prefix + FIELD.max_length, SIZE.width)
    places = {"works": {0, 1}, "map": {2, 3, 4, 5}, "weather": {6}}
    for name, expected in places.items():
        moved = elements - trunk.embed({**context, name: 1 - context[name]})
        assert set(moved.abs().amax(dim=(0, 2)).nonzero()[:, 0].tolist()) == expected
    later = trunk.embed({**context, "brief": 1 - context["brief"]}) != elements
    assert later.any(dim=2).any(dim=0).nonzero()[:, 0].tolist() == [*range(7, 20)]


def test_a_row_means_what_its_place_says():
    """Rows that change places, and a change in one row alone, are noticed."""
    trunk = make_trunk(FIELD, TrunkSize(width=16, depth=1, heads=2))
    context, length = make_batch(FIELD)
    torch.nn.init.zeros_(trunk.blocks[0].bias.table)  # one block alone then reads rows as a set
    state = trunk.read_out(context, length)
    swapped = trunk.read_out({**context, "map": context["map"].flip(1)}, length)
    assert ((state - swapped).abs() > 1e-4).any(1).all()
    for row in range(4):
        changed = context["map"].clone()
        changed[:, row] = 1 - changed[:, row]
        other = trunk.read_out({**context, "map": changed}, length)
        assert ((state - other).abs() > 1e-3).any(1).all()


def test_bias_knows_distance_among_tokens_and_identity_of_the_prefix():
    bias = RelativeBias(heads=1, prefix=2, max_length=4)
    with torch.no_grad():
        bias.table.copy_(torch.arange(6.0)[None])
    inf = float("inf")
    expected = [
        [0, -inf, -inf, -inf, -inf],
        [0, 1, -inf, -inf, -inf],
        [0, 1, 2, -inf, -inf],
        [0, 1, 3, 2, -inf],
        [0, 1, 4, 3, 2],
    ]
    assert bias(5)[0].tolist() == expected


def test_token_embedding_is_a_linear_map_of_one_hot_vectors():
    embedding = TokenEmbedding((7, 4), width=8)
    tokens = make_batch(SHAPE)[0]["tokens"]
    tokens[:, 5:] = -1
    one_hot = [functional.one_hot(tokens[..., f].long() + 1, n) for f, n in enumerate((8, 5))]
    expected = torch.cat(one_hot, dim=-1).float() @ embedding.table
    assert torch.allclose(embedding(tokens), expected, atol=1e-6)


def test_flat_embedding_is_a_linear_map_of_all_one_hot_vectors_laid_end_to_end():
    embedding = TokenEmbedding((7, 4), width=8, positions=12)
    tokens = make_batch(SHAPE)[0]["tokens"]
    tokens[:, 5:] = -1
    one_hot = [functional.one_hot(tokens[..., f].long() + 1, n) for f, n in enumerate((8, 5))]
    expected = torch.cat(one_hot, dim=-1).float().flatten(1) @ embedding.table
    assert torch.allclose(embedding.flat(tokens), expected, atol=1e-6)


def test_sizes_grow():
    counts = [
        sum(p.numel() for p in CausalTrunk(SHAPE, size).parameters())
        for size in TRUNK_SIZES.values()
    ]
    assert counts == sorted(counts)
    assert 30_000 < counts[0] < 60_000
