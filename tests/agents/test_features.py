import pytest
import torch

from agents.features import AttentionFeatures, MlpFeatures, work_shape
from tests.agents.necklaces import necklace_envs
from tests.agents.ppo.streams import MEMORY, Stream, tensors


def make(features_type, stream, size="nano"):
    torch.manual_seed(0)
    made = features_type(stream.space, size, static=("map",) if stream.static else ())
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return made


def test_shape_is_read_off_the_observations():
    shape = work_shape(Stream(max_length=5, columns=2, earlier=3).space)
    assert (shape.token_sizes, shape.max_length, shape.brief_size) == ((4, 4), 5, 3)
    assert (shape.earlier_works, shape.memory_size) == (3, 1 + MEMORY)
    assert work_shape(necklace_envs().observation_space).earlier_works == 0


@pytest.mark.parametrize("count", [1, 15, 16, 31, 32, 200])
def test_grouping_by_length_changes_nothing(count):
    stream = Stream(rows=count, steps=1, max_length=6)
    features = make(AttentionFeatures, stream)
    batch = tensors(stream.observations[0])
    alone = [features({k: v[i : i + 1] for k, v in batch.items()}) for i in range(count)]
    assert torch.allclose(features(batch), torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize("features_type", [AttentionFeatures, MlpFeatures])
def test_every_part_of_an_observation_matters(features_type):
    stream = Stream(rows=40, steps=1, max_length=6, earlier=2, static=3)
    features = make(features_type, stream)
    batch = tensors(stream.observations[0])
    written = batch["tokens"] >= 0
    state = features(batch)
    for name in ("tokens", "brief", "works", "map"):
        changed = 3 - batch[name] if name == "tokens" else 1 - batch[name]
        other = {**batch, name: torch.where(written, changed, -1) if name == "tokens" else changed}
        moved = (features(other) - state).abs().amax(dim=1)
        affected = written.any(dim=(1, 2)) if name == "tokens" else torch.ones(40, dtype=bool)
        assert affected.any()
        assert (moved[affected] > 1e-3).all()
        assert (moved[~affected] < 1e-6).all()


@pytest.mark.parametrize("features_type", [AttentionFeatures, MlpFeatures])
def test_the_mask_is_not_encoded(features_type):
    stream = Stream()
    features = make(features_type, stream)
    batch = tensors(stream.observations[0])
    other = {**batch, "action_mask": 1 - batch["action_mask"]}
    assert torch.equal(features(batch), features(other))


def test_multi_layer_perceptron_reads_one_hot_tokens_and_all_else_laid_end_to_end():
    stream = Stream(rows=8, steps=1, max_length=4, earlier=2, static=3)
    features = make(MlpFeatures, stream)
    batch = tensors(stream.observations[0])
    one_hot = torch.nn.functional.one_hot(batch["tokens"].long() + 1, 5).flatten(1).float()
    first = one_hot @ features.tokens.table + features.brief(batch["brief"])
    first = first + batch["works"].flatten(1) @ features.works.weight.T
    first = first + batch["map"].flatten(1) @ features.static[0].weight.T
    assert torch.allclose(features(batch), features.hidden(first), atol=1e-5)


@pytest.mark.parametrize(
    "dtype", [torch.int8, torch.int16, torch.int32, torch.int64, torch.float32]
)
def test_tokens_of_any_type(dtype):
    stream = Stream(rows=6)
    batch = tensors(stream.observations[5])
    for features_type in (AttentionFeatures, MlpFeatures):
        features = make(features_type, stream)
        other = {**batch, "tokens": batch["tokens"].to(dtype)}
        assert torch.equal(features(batch), features(other))
        with torch.no_grad():
            assert torch.allclose(features.sampled(other), features(batch), atol=1e-5)
